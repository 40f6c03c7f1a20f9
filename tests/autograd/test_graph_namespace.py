"""``autograd.graph``: hooks on what is saved, a look at it, and gradients of several tensors together."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.autograd import graph
from microtensor.autograd.graph import (
    allow_mutation_on_saved_tensors,
    disable_saved_tensors_hooks,
    get_gradient_edge,
    increment_version,
    register_multi_grad_hook,
    save_on_cpu,
    saved_tensors_hooks,
    saved_values,
)  # fmt: skip
from microtensor.engine.grad_mode import observer, recording
from microtensor.errors import GraphFreedError, StaleSavedError


def leaf(*values: float) -> mt.Tensor:
    return mt.tensor(list(values), requires_grad=True)


class Log:
    """Hooks that change nothing and write down what they are given."""

    def __init__(self) -> None:
        self.packed: list[Any] = []
        self.unpacked: list[Any] = []
        self.hooks = saved_tensors_hooks(self.pack, self.unpack)

    def pack(self, tensor: Any) -> Any:
        self.packed.append(tensor.tolist())
        return tensor

    def unpack(self, tensor: Any) -> Any:
        self.unpacked.append(tensor.tolist())
        return tensor


class Square(mt.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        out = x * x + y
        ctx.save_for_backward(x, None, out, y * 2)
        return out

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, nothing, out, doubled = ctx.saved_tensors
        assert nothing is None
        return 2 * x * g, g + 0 * out + 0 * doubled


# ------------------------------------------------------------------ saved_tensors_hooks


def test_every_saved_tensor_is_packed_once_and_unpacked_in_the_pass() -> None:
    log, a, b = Log(), leaf(2.0), leaf(3.0)
    with log.hooks:
        y = (a * b).exp().sum()
    assert len(log.packed) == 3
    assert log.packed[:2] == [[3.0], [2.0]]
    assert log.unpacked == []
    y.backward()
    assert log.unpacked == [log.packed[2], *log.packed[:2]]


def test_what_is_no_tensor_is_not_packed() -> None:
    log, a = Log(), leaf(2.0, 3.0)
    with log.hooks:
        (a * 2.0).log().sum(0, keepdim=True).reshape(1, 1) + 1
    assert log.packed == [[4.0, 6.0]]


def test_a_tensor_of_one_number_is_packed_and_a_number_is_not() -> None:
    log, a = Log(), leaf(2.0, 3.0)
    with log.hooks:
        y = a.sum() * (a.sum() - 4.0) * 2.0
    assert sorted(log.packed) == [1.0, 5.0]
    y.backward()
    assert len(log.packed) == len(log.unpacked)


def test_index_arrays_are_packed_with_their_key() -> None:
    log, a = Log(), leaf(2.0, 3.0, 4.0)
    with log.hooks:
        y = a[mt.tensor([2, 0])]
    assert [2, 0] in log.packed
    y.sum().backward()
    assert a.grad is not None
    assert a.grad.tolist() == [1.0, 0.0, 1.0]


def test_only_what_an_edge_needs_is_packed() -> None:
    log, a = Log(), leaf(2.0)
    with log.hooks:
        a * mt.tensor([5.0])
        a.detach() * 3
    assert log.packed == [[5.0]]


def test_an_operand_comes_with_its_history_and_a_result_without() -> None:
    seen: list[Any] = []
    a = leaf(2.0)
    b = a * 1
    with saved_tensors_hooks(lambda t: seen.append(t) or t, lambda t: t):
        b.log()
        a.log()
        a.exp()
    assert seen[0].grad_fn is b.grad_fn
    assert seen[1] is a
    assert not seen[2].requires_grad


def test_anything_may_be_kept_and_the_gradient_is_that_of_what_comes_back() -> None:
    a = leaf(2.0, 3.0)
    with saved_tensors_hooks(lambda t: t.tolist(), lambda kept: mt.tensor([10 * v for v in kept])):
        y = (a**2).sum()
    y.backward()
    assert a.grad is not None
    assert a.grad.tolist() == [40.0, 60.0]


def test_the_innermost_pair_applies_and_the_outer_one_returns() -> None:
    outer, inner, a = Log(), Log(), leaf(2.0)
    with outer.hooks:
        with inner.hooks:
            x = a * a
        x.exp()
    assert len(inner.packed) == 2
    assert len(outer.packed) == 1
    assert observer() is None
    assert recording() is True


def test_hooks_run_without_recording_and_see_no_hooks() -> None:
    log, a = Log(), leaf(2.0)

    def pack(tensor: Any) -> Any:
        log.packed.append((tensor * tensor).requires_grad)
        return tensor

    def unpack(tensor: Any) -> Any:
        log.unpacked.append(mt.is_grad_enabled())
        return tensor

    with saved_tensors_hooks(pack, unpack):
        (a * a).sum().backward()
    assert log.packed == [False, False]
    assert log.unpacked == [False, False]


def test_hooks_that_unpacking_enters_end_with_it() -> None:
    log, a = Log(), leaf(2.0)

    def unpack(tensor: Any) -> Any:
        log.hooks.__enter__()
        return tensor

    with saved_tensors_hooks(lambda t: t, unpack):
        y = a.exp()
    y.sum().backward()
    a.exp().sum().backward()
    assert log.packed == log.unpacked == []
    assert mt.is_grad_enabled()


def test_hooks_that_their_own_unpacking_enters_end_with_the_block() -> None:
    packed: list[Any] = []

    def unpack(tensor: Any) -> Any:
        hooks.__enter__()
        return tensor

    hooks = saved_tensors_hooks(lambda t: packed.append(t) or t, unpack)
    with hooks:
        leaf(2.0).exp().sum().backward()
    leaf(2.0).exp()
    assert len(packed) == 1


def test_a_function_is_packed_like_an_op() -> None:
    log, x, y = Log(), leaf(3.0), leaf(4.0)
    with log.hooks:
        out = Square.apply(x, y)
    assert log.packed == [[3.0], [13.0], [8.0]]
    out.sum().backward()
    assert log.unpacked == log.packed
    assert x.grad is not None
    assert x.grad.tolist() == [6.0]


def test_an_op_of_several_outputs_is_packed() -> None:
    log, x = Log(), leaf(3.0, 1.0)
    with log.hooks:
        values, _ = x.max(0)
    values.backward()
    assert log.packed == log.unpacked
    assert x.grad is not None
    assert x.grad.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("keep", [lambda t: t, lambda t: t.numpy(force=True).copy()])
def test_second_derivatives_go_through_hooks(keep: Any) -> None:
    x = leaf(2.0, 3.0)
    with saved_tensors_hooks(keep, lambda kept: kept if isinstance(kept, mt.Tensor) else mt.tensor(kept)):
        y = (x**3 + Square.apply(x, x * 0)).sum()
    (g,) = mt.autograd.grad(y, x, create_graph=True)
    (h,) = mt.autograd.grad(g.sum(), x)
    assert g.tolist() == [16.0, 33.0]
    assert h.tolist() == [14.0, 20.0]


def test_a_graph_that_is_retained_unpacks_again() -> None:
    log, a = Log(), leaf(2.0)
    with log.hooks:
        y = (a * a).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert len(log.packed) == 2
    assert len(log.unpacked) == 4
    with pytest.raises(GraphFreedError):
        y.backward()


def test_a_pack_hook_must_not_write() -> None:
    a = leaf(2.0)
    hooks = saved_tensors_hooks(lambda t: t.add_(1), lambda t: t)
    with hooks, pytest.raises(RuntimeError, match="pack hook is modifying its input in place"):
        a.clone() * a


def test_an_unpack_hook_must_return_a_tensor() -> None:
    a = leaf(2.0)
    with saved_tensors_hooks(lambda t: t, lambda t: 3):  # type: ignore[arg-type, return-value]
        y = (a * a).sum()
    with pytest.raises(TypeError, match="expected to be a Tensor but got result of type int"):
        y.backward()


def test_a_kept_array_that_was_overwritten_is_refused() -> None:
    a = leaf(2.0)
    b = a * 1
    with saved_tensors_hooks(lambda t: t, lambda t: t):
        y = (b**2).sum()
    b.add_(1)
    with pytest.raises(StaleSavedError, match="add_"):
        y.backward()


def test_an_unpack_hook_may_fill_a_new_tensor_in_place() -> None:
    a = leaf(2.0)
    with saved_tensors_hooks(lambda t: t.tolist(), lambda kept: mt.zeros(1).copy_(mt.tensor(kept))):
        y = (a**2).sum()
    y.backward()
    assert a.grad is not None
    assert a.grad.tolist() == [4.0]


def test_a_packed_graph_dies_with_its_tensor() -> None:
    gc.disable()
    try:
        a = leaf(2.0)
        with Log().hooks:
            y = Square.apply(a.exp() * a, a).sigmoid()
        node = weakref.ref(y.grad_fn)
        del y
        assert node() is None
    finally:
        gc.enable()


def test_an_error_in_a_hook_leaves_nothing_behind() -> None:
    a = leaf(2.0)
    with pytest.raises(ZeroDivisionError), saved_tensors_hooks(lambda t: 1 / 0, lambda t: t):
        a * a
    assert observer() is None
    assert recording() is True


def test_disabling_refuses_both_ways() -> None:
    log, refused = Log(), pytest.raises(RuntimeError, match="not here")
    with disable_saved_tensors_hooks("not here"), refused, log.hooks:
        pass
    with log.hooks, refused, disable_saved_tensors_hooks("not here"):
        pass
    with log.hooks:
        leaf(1.0).exp()
    assert len(log.packed) == 1


def test_saving_on_the_cpu_changes_nothing() -> None:
    a = leaf(2.0)
    with save_on_cpu(pin_memory=True):
        assert observer() is None
        (a * a).sum().backward()


@pytest.mark.parametrize("write", ["add_", "zero_", "mul_"])
def test_mutation_of_saved_tensors_can_be_allowed(write: str) -> None:
    a = leaf(2.0)
    with allow_mutation_on_saved_tensors():
        b = a.clone()
        y = (b**2).sum()
        getattr(b, write)(*() if write == "zero_" else (5.0,))
    y.backward()
    assert a.grad is not None
    assert a.grad.tolist() == [4.0]


# ------------------------------------------------------------------ what a node saved


def test_saved_values_have_the_formulas_names() -> None:
    a, b = leaf(2.0), leaf(3.0)
    product = saved_values((a * b).grad_fn)
    assert {name: value.tolist() for name, value in product.items()} == {"x": [2.0], "y": [3.0]}
    assert saved_values((a + 5.0).grad_fn) == {"alpha": 1}
    assert saved_values((a * mt.ones(1)).grad_fn)["x"] is None
    assert saved_values(a.exp().grad_fn)["out"].tolist() == np.exp(a.tolist(), dtype=np.float32).tolist()


def test_saved_values_of_a_function_and_of_packed_nodes() -> None:
    x, y = leaf(3.0), leaf(4.0)
    with saved_tensors_hooks(lambda t: t.tolist(), mt.tensor):
        out = Square.apply(x, y)
        power = x**2
    saved = saved_values(out.grad_fn)["saved_tensors"]
    assert [None if v is None else v.tolist() for v in saved] == [[3.0], None, [13.0], [8.0]]
    assert saved_values(power.grad_fn)["x"].tolist() == [3.0]


def test_saved_values_of_a_freed_node() -> None:
    x = leaf(3.0)
    y = x**2
    y.sum().backward()
    with pytest.raises(GraphFreedError):
        saved_values(y.grad_fn)


# ------------------------------------------------------------------ edges and versions


def test_a_gradient_edge_is_a_node_and_an_output() -> None:
    x = leaf(3.0, 1.0)
    edge = get_gradient_edge(x)
    assert (edge.node.name(), edge.node.variable is x, edge.output_nr) == (
        "torch::autograd::AccumulateGrad",
        True,
        0,
    )
    parts = (x * 2).split(1)
    edges = [get_gradient_edge(part) for part in parts]
    assert [edge.node for edge in edges] == [part.grad_fn for part in parts]
    assert [edge.output_nr for edge in edges] == [part.output_nr for part in parts]
    with pytest.raises(RuntimeError, match="does not require gradients"):
        get_gradient_edge(mt.ones(1))


def test_a_write_behind_autograds_back_can_be_told() -> None:
    x = leaf(3.0)
    b, c = x * 1, x * 1
    y = (b**2).sum()
    increment_version([b, c])
    assert (b._version, c._version) == (1, 1)
    with pytest.raises(StaleSavedError, match="increment_version"):
        y.backward()


# ------------------------------------------------------------------ several gradients


def test_the_gradients_of_several_tensors_come_together_once_a_pass() -> None:
    a, b, c = leaf(1.0), leaf(2.0), leaf(3.0)
    product, calls = a * b, []
    handle = register_multi_grad_hook([a, product, b, c], lambda grads: calls.append(plain(grads)))
    (product * a).sum().backward(retain_graph=True)
    (product * 2).sum().backward(retain_graph=True)
    assert calls == [[[4.0], [1.0], [1.0], None], [[4.0], [2.0], [2.0], None]]
    handle.remove()
    product.sum().backward()
    assert len(calls) == 2


def plain(grads: Any) -> list[Any]:
    return [None if g is None else g.tolist() for g in grads]


def test_autograd_grad_waits_for_what_it_computes_only() -> None:
    a, b = leaf(1.0), leaf(2.0)
    product, calls = a * b, []
    register_multi_grad_hook([a, b, product], lambda grads: calls.append(plain(grads)))
    mt.autograd.grad((product * 3).sum(), product, retain_graph=True)
    mt.autograd.grad((product * 3).sum(), a)
    assert calls == [[None, None, [3.0]], [[6.0], None, [3.0]]]


def test_any_is_the_first_gradient_of_each_pass() -> None:
    a, b = leaf(1.0), leaf(2.0)
    product, calls = a * b, []
    with register_multi_grad_hook([a, b, product], lambda g: calls.append(g.tolist()), mode="any"):
        loss = (product * 3).sum()
        loss.backward(retain_graph=True)
        loss.backward()
    assert calls == [[3.0], [3.0]]
    (a * b).sum().backward()
    assert len(calls) == 2


def test_a_pass_that_failed_does_not_confuse_the_next() -> None:
    a, b, calls = leaf(1.0), leaf(2.0), []
    product = a * b
    register_multi_grad_hook([product, a], lambda grads: calls.append(plain(grads)))
    stop = product.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        product.sum().backward(retain_graph=True)
    stop.remove()
    product.sum().backward()
    assert calls == [[[1.0], [2.0]]]


def test_a_multi_grad_hook_owns_no_graph() -> None:
    gc.disable()
    try:
        a = leaf(1.0)
        y = a * 2
        z = y * 3
        register_multi_grad_hook([y, z], print)
        node = weakref.ref(z.grad_fn)
        del y, z
        assert node() is None
    finally:
        gc.enable()


def test_a_leaf_that_the_pass_starts_from_is_waited_for() -> None:
    a, b, calls = leaf(1.0), leaf(2.0), []
    register_multi_grad_hook([a, b], lambda grads: calls.append(plain(grads)))
    mt.autograd.backward([b, (a * 3).sum()], [mt.tensor([7.0]), None])
    assert calls == [[[3.0], [7.0]]]


def test_bad_arguments_hang_up_nothing() -> None:
    a = leaf(1.0)
    with pytest.raises(ValueError, match="mode"):
        register_multi_grad_hook([a], print, mode="some")
    with pytest.raises(RuntimeError, match="does not require gradients"):
        register_multi_grad_hook([a, mt.ones(1)], lambda grads: 1 / 0)
    a.sum().backward()


def test_the_namespace_has_pytorchs_names() -> None:
    names = {"GradientEdge", "Node", "disable_saved_tensors_hooks", "get_gradient_edge", "save_on_cpu"}
    assert names <= set(graph.__all__)
    assert isinstance(leaf(1.0).exp().grad_fn, graph.Node)


def test_a_hook_on_several_leaves_waits_for_those_behind_the_node_that_is_next() -> None:
    calls: list[Any] = []
    a, b, c = (mt.ones(1, requires_grad=True) for _ in range(3))
    mt.autograd.graph.register_multi_grad_hook([a, b, c], lambda gs: calls.append([g is None for g in gs]))
    (a * b * c).backward()
    assert calls == [[False, False, False]]


def test_mutation_is_allowed_once() -> None:
    allow = mt.autograd.graph.allow_mutation_on_saved_tensors
    with allow(), pytest.raises(RuntimeError, match="contexts cannot be nested"), allow():
        pass
    with allow():
        pass
