"""Hooks around forward and backward: when they run, what they see, what they may replace."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

import pytest

import microtensor as mt
from microtensor import nn


class Double(nn.Module):
    def forward(self, x: Any, *, plus: Any = 0) -> Any:
        return 2 * x + plus


class Failing(nn.Module):
    def forward(self, x: Any) -> Any:
        raise ValueError("no")


class Mixed(nn.Module):
    """Two tensors in, and out a tuple with something in it that is no tensor."""

    def forward(self, a: Any, b: Any, flag: int = 3) -> Any:
        return a * 2, b * 3, flag, a + b


def leaf(value: float = 1.0) -> Any:
    return mt.tensor([value], requires_grad=True)


def plain(gradients: Any) -> list[Any]:
    return [None if g is None else g.tolist() for g in gradients]


# ------------------------------------------------------------------ forward


def test_forward_hooks_run_in_order_around_forward() -> None:
    module, log = Double(), []
    module.register_forward_hook(lambda m, args, out: log.append(("after", args, out)))
    module.register_forward_pre_hook(lambda m, args: log.append(("before", args)))
    assert module(3) == 6
    assert log == [("before", (3,)), ("after", (3,), 6)]


def test_a_pre_hook_replaces_the_arguments() -> None:
    module = Double()
    module.register_forward_pre_hook(lambda m, args: args[0] + 1)
    module.register_forward_pre_hook(lambda m, args: (args[0] * 10,))
    assert module(3) == 80


def test_a_hook_replaces_the_result_for_those_after_it() -> None:
    module = Double()
    module.register_forward_hook(lambda m, args, out: out + 1)
    module.register_forward_hook(lambda m, args, out: out * 10)
    assert module(3) == 70


def test_prepended_hooks_come_first() -> None:
    module = Double()
    module.register_forward_hook(lambda m, args, out: out + 1)
    module.register_forward_hook(lambda m, args, out: out * 10, prepend=True)
    assert module(3) == 61
    module.register_forward_pre_hook(lambda m, args: args[0] + 1)
    module.register_forward_pre_hook(lambda m, args: args[0] * 10, prepend=True)
    assert module(3) == (2 * 31) * 10 + 1


def test_keyword_arguments_are_shown_on_request() -> None:
    module, log = Double(), []
    module.register_forward_pre_hook(lambda *args: log.append(args[1:]), with_kwargs=True)
    module.register_forward_hook(lambda *args: log.append(args[1:]), with_kwargs=True)
    module.register_forward_hook(lambda *args: log.append(args[1:]))
    assert module(3, plus=1) == 7
    assert log == [((3,), {"plus": 1}), ((3,), {"plus": 1}, 7), ((3,), 7)]


def test_a_pre_hook_replaces_keyword_arguments() -> None:
    module = Double()
    module.register_forward_pre_hook(lambda m, a, k: (a, {"plus": 5}), with_kwargs=True)
    assert module(3) == 11


def test_a_pre_hook_with_kwargs_must_return_a_pair() -> None:
    module = Double()
    module.register_forward_pre_hook(lambda m, a, k: 3, with_kwargs=True)
    with pytest.raises(RuntimeError, match=r"tuple of \(new_args, new_kwargs\), but got 3"):
        module(1)


def test_removed_hooks_do_not_run() -> None:
    module = Double()
    handle = module.register_forward_hook(lambda m, args, out: 0)
    with module.register_forward_pre_hook(lambda m, args: 7):
        assert module(3) == 0
    handle.remove()
    assert module(3) == 6


def test_a_hook_may_remove_itself() -> None:
    module, log = Double(), []

    def once(m: Any, args: Any, out: Any) -> None:
        log.append(out)
        handle.remove()

    handle = module.register_forward_hook(once)
    module(1)
    module(1)
    assert log == [2]


def test_forward_itself_runs_no_hooks() -> None:
    module = Double()
    module.register_forward_hook(lambda m, args, out: 0)
    assert module.forward(3) == 6


def test_hooks_that_always_run_see_a_failure() -> None:
    module, log = Failing(), []
    module.register_forward_hook(lambda *args: log.append("never"))
    module.register_forward_hook(lambda *args: log.append(args[1:]), always_call=True)
    with pytest.raises(ValueError, match="no"):
        module(1)
    assert log == [((1,), None)]


def test_hooks_that_have_run_do_not_run_again() -> None:
    module, log = Double(), []
    module.register_forward_hook(lambda *args: log.append("first"), always_call=True)
    module.register_forward_hook(lambda *args: 1 / 0)
    module.register_forward_hook(lambda *args: log.append("last"), always_call=True)
    with pytest.raises(ZeroDivisionError):
        module(1)
    assert log == ["first", "last"]


def test_the_failure_of_a_hook_that_always_runs_hides_nothing() -> None:
    module = Failing()
    module.register_forward_hook(lambda *args: 1 / 0, always_call=True)
    with pytest.warns(UserWarning, match="silenced.*division by zero"), pytest.raises(ValueError, match="no"):
        module(1)


# ----------------------------------------------------------------- backward


def test_a_backward_hook_sees_the_gradients_of_arguments_and_results() -> None:
    module, log = Double(), []
    module.register_full_backward_hook(lambda m, g_in, g_out: log.append((plain(g_in), plain(g_out))))
    x = leaf()
    (3 * module(x)).backward()
    assert log == [([[6.0]], [[3.0]])]
    assert x.grad.tolist() == [6.0]


def test_only_this_modules_share_of_the_gradient_is_seen() -> None:
    module, log = Double(), []
    module.register_full_backward_hook(lambda m, g_in, g_out: log.append(plain(g_in)))
    x = leaf()
    y = 5 * x
    (module(y) + 100 * y).backward()
    assert log == [[[2.0]]]
    assert x.grad.tolist() == [510.0]


def test_several_arguments_and_results_come_in_one_call() -> None:
    module, log = Mixed(), []
    module.register_full_backward_hook(lambda m, g_in, g_out: log.append((plain(g_in), plain(g_out))))
    a, b = leaf(), leaf()
    first, second, _, last = module(a, b, 7)
    (first + 10 * second + 100 * last).backward()
    assert log == [([[102.0], [130.0], None], [[1.0], [10.0], None, [100.0]])]
    assert a.grad.tolist() == [102.0]
    assert b.grad.tolist() == [130.0]


def test_unused_results_have_no_gradient_and_unreached_arguments_zeros() -> None:
    module, log = Mixed(), []
    module.register_full_backward_hook(lambda m, g_in, g_out: log.append((plain(g_in), plain(g_out))))
    a, b = leaf(), leaf()
    module(a, b)[0].backward()
    assert log == [([[2.0], [0.0]], [[1.0], None, None, None])]


def test_an_argument_without_gradient_counts_as_a_tensor() -> None:
    module, log = Mixed(), []
    module.register_full_backward_hook(lambda m, g_in, g_out: log.append(plain(g_in)))
    module(leaf(), mt.ones(1))[3].backward()
    assert log == [[[1.0], [0.0]]]


def test_backward_hooks_replace_gradients() -> None:
    module, x = Double(), leaf()
    module.register_full_backward_hook(lambda m, g_in, g_out: (g_in[0] * 10,))
    module.register_full_backward_hook(lambda m, g_in, g_out: (g_in[0] + 1,))
    module(x).backward()
    assert x.grad.tolist() == [21.0]


def test_prepended_backward_hooks_come_first() -> None:
    module, x = Double(), leaf()
    module.register_full_backward_hook(lambda m, g_in, g_out: (g_in[0] * 10,))
    module.register_full_backward_hook(lambda m, g_in, g_out: (g_in[0] + 1,), prepend=True)
    module(x).backward()
    assert x.grad.tolist() == [30.0]


def test_pre_hooks_run_before_the_modules_own_backward() -> None:
    module, x, log = Double(), leaf(), []
    module.register_full_backward_hook(lambda m, g_in, g_out: log.append((plain(g_in), plain(g_out))))
    module.register_full_backward_pre_hook(lambda m, g_out: (g_out[0] * 5,))
    module(x).backward()
    assert log == [([[10.0]], [[5.0]])]
    assert x.grad.tolist() == [10.0]


def test_a_pre_hook_alone() -> None:
    layer = nn.Linear(1, 1)
    layer.register_full_backward_pre_hook(lambda m, g_out: (g_out[0] * 5,))
    layer(mt.ones(1, 1)).sum().backward()
    assert layer.bias.grad.tolist() == [5.0]


def test_without_gradients_of_arguments_the_hook_runs_at_the_results() -> None:
    layer, log = nn.Linear(2, 1), []
    layer.register_full_backward_hook(lambda m, g_in, g_out: log.append((g_in, plain(g_out))))
    layer(mt.ones(1, 2)).sum().backward()
    assert log == [((None,), [[[1.0]]])]
    assert layer.weight.grad.tolist() == [[1.0, 1.0]]


def test_there_is_nothing_to_replace_then() -> None:
    layer = nn.Linear(1, 1)
    layer.register_full_backward_hook(lambda m, g_in, g_out: (mt.ones(1),))
    with pytest.raises(RuntimeError, match="should always return None"):
        layer(mt.ones(1, 1)).sum().backward()


@pytest.mark.parametrize("method", ["register_full_backward_hook", "register_full_backward_pre_hook"])
def test_a_wrong_number_of_gradients(method: str) -> None:
    module = Double()
    getattr(module, method)(lambda *args: (None, None))
    with pytest.raises(RuntimeError, match=r"invalid number of grad_.*got 2, but expected 1"):
        module(leaf()).backward()


def test_results_that_are_not_tensors_or_tuples_are_warned_about() -> None:
    class Named(nn.Module):
        def forward(self, x: Any) -> Any:
            return {"x": x * 2}

    module, x = Named(), leaf()
    module.register_full_backward_hook(lambda *args: 1 / 0)
    with pytest.warns(UserWarning, match=r"should be a Tensor or a tuple of Tensors.*dict"):
        result = module(x)
    result["x"].backward()
    assert x.grad.tolist() == [2.0]


def test_named_tuples_stay_named() -> None:
    class Pair(NamedTuple):
        left: Any
        right: Any

    class Split(nn.Module):
        def forward(self, x: Any) -> Any:
            return Pair(x, 2 * x)

    module = Split()
    module.register_full_backward_hook(lambda *args: None)
    result = module(leaf())
    assert isinstance(result, Pair)
    assert result.right.tolist() == [2.0]


def test_without_grad_mode_nothing_is_put_in_between() -> None:
    layer = nn.Identity()
    layer.register_full_backward_hook(lambda *args: 1 / 0)
    x = leaf()
    with mt.no_grad():
        assert layer(x) is x


def test_hooks_of_nested_modules_run_from_the_outside_in() -> None:
    net, log = nn.Sequential(Double(), Double()), []
    for name, module in net.named_modules():
        module.register_full_backward_pre_hook(lambda m, g, name=name: log.append(f"{name}<"))
        module.register_full_backward_hook(lambda m, i, o, name=name: log.append(f"{name}>"))
    net(leaf()).backward()
    assert log == ["<", "1<", "1>", "0<", "0>", ">"]


def test_a_module_used_twice_is_heard_twice() -> None:
    module, log = Double(), []
    module.register_full_backward_hook(lambda m, g_in, g_out: log.append(plain(g_in)))
    module(module(leaf())).backward()
    assert log == [[[2.0]], [[4.0]]]


def test_second_derivatives_pass_through_the_gates() -> None:
    class Cube(nn.Module):
        def forward(self, x: Any) -> Any:
            return x * x * x

    module, x = Cube(), leaf(2.0)
    module.register_full_backward_hook(lambda m, g_in, g_out: (g_in[0] * 10,))
    (first,) = mt.autograd.grad(module(x), x, create_graph=True)
    (second,) = mt.autograd.grad(first, x)
    assert first.tolist() == [120.0]
    assert second.tolist() == [120.0]


def test_the_private_names_of_hooks_show_and_change_them() -> None:
    layer = nn.Identity()
    assert layer(1) == 1
    assert not layer._backward_hooks
    assert not layer._backward_pre_hooks

    def double(module: nn.Module, args: tuple[Any, ...], result: Any) -> Any:
        return 2 * result

    handle = layer.register_forward_hook(double)
    assert list(layer._forward_hooks.items()) == [(handle.id, double)]
    assert repr(layer._forward_hooks) == repr(OrderedDict({handle.id: double}))
    layer._forward_pre_hooks[7] = lambda module, args: (args[0] + 1,)
    assert (layer(1), len(layer._forward_pre_hooks)) == (4, 1)
    del layer._forward_pre_hooks[7]
    layer._forward_hooks.clear()
    assert layer(1) == 1
    handle.remove()
