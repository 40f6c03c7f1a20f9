"""``autograd.Function``: the user's own forward and backward, its context, and its checks."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest

import microtensor as mt
from microtensor.autograd import Function
from microtensor.autograd.function import once_differentiable
from microtensor.errors import StaleSavedError


def leaf() -> mt.Tensor:
    return mt.tensor([1.0, 2.0], requires_grad=True)


def make(forward: Callable[..., Any], backward: Callable[..., Any], **more: Any) -> Any:
    """A Function of two plain functions."""
    members = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    return type("Mine", (Function,), members | {k: staticmethod(v) for k, v in more.items()})


def cube_forward(ctx: Any, x: Any) -> Any:
    ctx.save_for_backward(x)
    return x**3


def cube_backward(ctx: Any, g: Any) -> Any:
    (x,) = ctx.saved_tensors
    return g * 3 * x**2


def double_forward(ctx: Any, x: Any) -> Any:
    return x * 2


def double_backward(ctx: Any, g: Any) -> Any:
    return g * 2


Cube, Double = make(cube_forward, cube_backward), make(double_forward, double_backward)


def test_it_has_a_name_a_gradient_and_derivatives_of_every_order() -> None:
    x = leaf()
    y = Cube.apply(x)
    assert y.grad_fn.name() == "MineBackward"
    for expected in ([3.0, 12.0], [6.0, 12.0], [6.0, 6.0]):
        (y,) = mt.autograd.grad(y.sum(), x, create_graph=True)
        assert y.tolist() == expected


def test_forward_records_nothing_inside_and_sees_plain_tensors() -> None:
    modes = []

    def forward(ctx: Any, x: Any) -> Any:
        modes.append(mt.is_grad_enabled())
        assert ctx.needs_input_grad == (True,)
        return (x * 2).exp()

    y = make(forward, double_backward).apply(leaf())
    assert modes == [False]
    assert [f.name() for f, _ in y.grad_fn.next_functions] == ["torch::autograd::AccumulateGrad"]


def test_backward_records_only_under_create_graph() -> None:
    modes = []

    def backward(ctx: Any, g: Any) -> Any:
        modes.append(mt.is_grad_enabled())
        return g * 2

    x, mine = leaf(), make(double_forward, backward)
    mine.apply(x).sum().backward()
    mt.autograd.grad(mine.apply(x).sum(), x, create_graph=True)
    assert modes == [False, True]


def test_constants_and_no_grad_record_nothing() -> None:
    assert Double.apply(mt.ones(2)).grad_fn is None
    with mt.no_grad():
        assert Double.apply(leaf()).grad_fn is None


def test_arguments_that_are_no_tensors_get_none() -> None:
    scale = make(
        lambda ctx, x, k, *, shift=0: (setattr(ctx, "k", k), x * k + shift)[1],
        lambda ctx, g: (g * ctx.k, None),
    )
    x = leaf()
    y = scale.apply(x, 3.0, shift=1)
    y.sum().backward()
    assert (y.tolist(), x.grad.tolist()) == ([4.0, 7.0], [3.0, 3.0])


def test_setup_context_separates_forward_from_saving() -> None:
    def setup(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(inputs[0], output)

    def backward(ctx: Any, g: Any) -> Any:
        x, out = ctx.saved_tensors
        return g * x * out

    x = leaf()
    make(lambda x: x * 5, backward, setup_context=setup).apply(x).sum().backward()
    assert x.grad.tolist() == [5.0, 20.0]


def test_unused_results_arrive_as_zeros_or_none() -> None:
    seen: list[Any] = []

    def two(materialize: bool) -> Any:
        def forward(ctx: Any, x: Any) -> Any:
            ctx.set_materialize_grads(materialize)
            return x * 2, x.sum()

        def backward(ctx: Any, a: Any, b: Any) -> Any:
            seen.append(b if b is None else b.item())
            return a * 2

        return make(forward, backward)

    for materialize in (True, False):
        two(materialize).apply(leaf())[0].sum().backward()
    assert seen == [0.0, None]


def test_a_constant_result_has_no_history() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        where = x * 0
        ctx.mark_non_differentiable(where)
        return x * 2, where

    x = leaf()
    y, constant = make(forward, lambda ctx, a, b: a * 2).apply(x)
    assert (y.requires_grad, constant.requires_grad, constant.grad_fn) == (True, False, None)
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_an_operand_returned_as_it_is_becomes_another_tensor() -> None:
    x = leaf()
    y = make(lambda ctx, x: x, lambda ctx, g: g * 10).apply(x)
    assert y is not x
    (y + x).sum().backward()
    assert x.grad.tolist() == [11.0, 11.0]


def dirty(ctx: Any, x: Any) -> Any:
    ctx.mark_dirty(x)
    return x.mul_(2)


@pytest.mark.parametrize("part", [slice(None), slice(1, None)], ids=["whole", "a view"])
def test_an_operand_written_in_place_takes_the_history(part: slice) -> None:
    x = leaf()
    y = x * 1
    z = make(dirty, double_backward).apply(y[part])
    assert z.grad_fn.name() in ("MineBackward", "SliceBackward0")
    (y * 3).sum().backward()
    expected = [3.0, 3.0]
    expected[part] = [6.0] * len(expected[part])
    assert x.grad.tolist() == expected


def test_a_leaf_may_not_be_written() -> None:
    with pytest.raises(RuntimeError, match="leaf"):
        make(dirty, double_backward).apply(leaf())


def test_saved_tensors_are_watched() -> None:
    y = leaf() * 1
    z = Cube.apply(y)
    y.mul_(2)
    with pytest.raises(StaleSavedError, match=r"saved a torch.float32 tensor of shape \(2,\).*mul_"):
        z.sum().backward()


def test_saved_results_make_no_cycle_and_keep_their_history() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    x = mt.tensor([0.0], requires_grad=True)
    y = make(forward, lambda ctx, g: g * ctx.saved_tensors[0]).apply(x)
    for _ in range(3):
        (y,) = mt.autograd.grad(y.sum(), x, create_graph=True)
        assert y.tolist() == [1.0]


def test_what_was_saved_is_freed_and_the_second_backward_says_so() -> None:
    y = Cube.apply(leaf()).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()


def test_a_function_that_saved_nothing_may_go_back_twice() -> None:
    x = leaf()
    y = Double.apply(x).sum()
    y.backward()
    y.backward()
    assert x.grad.tolist() == [4.0, 4.0]


WRONG: list[tuple[Callable[..., Any], type[Exception], str]] = [
    (lambda ctx, g: (g, g), RuntimeError, r"incorrect number of gradients \(expected 1, got 2\)"),
    (lambda ctx, g: mt.ones(5), RuntimeError, r"invalid gradient at index 0.*\[5\].*\[2\]"),
    (lambda ctx, g: 3.0, RuntimeError, r"expected Variable or None \(got float\)"),
]


@pytest.mark.parametrize(("backward", "error", "text"), WRONG)
def test_wrong_answers_are_named(backward: Callable[..., Any], error: type[Exception], text: str) -> None:
    x = leaf()
    with pytest.raises(error, match=text):
        make(double_forward, backward).apply(x).sum().backward()
    assert x.grad is None


def test_one_answer_too_few() -> None:
    x = leaf()
    with pytest.raises(RuntimeError, match=r"expected 2, got 1"):
        make(lambda ctx, x, y: x * y, double_backward).apply(x, x).sum().backward()


def test_trailing_nones_are_forgiven() -> None:
    x = leaf()
    make(double_forward, lambda ctx, g: (g * 2, None, None)).apply(x).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_an_answer_is_summed_and_cast_to_its_operand() -> None:
    x, b = mt.ones(3, 2, requires_grad=True), mt.ones(2, dtype=mt.float64, requires_grad=True)
    make(lambda ctx, x, b: x + b, lambda ctx, g: (g, g)).apply(x, b).sum().backward()
    assert (x.grad.dtype, b.grad.dtype, b.grad.tolist()) == (mt.float32, mt.float64, [3.0, 3.0])


def test_only_tensors_are_saved() -> None:
    with pytest.raises(TypeError, match="can only save variables.*float.*attribute of ctx"):
        make(lambda ctx, x: ctx.save_for_backward(3.0), double_backward).apply(leaf())
    make(lambda ctx, x: (ctx.save_for_backward(None, x), x * 2)[1], double_backward).apply(
        leaf()
    ).sum().backward()


def test_it_is_not_instantiated() -> None:
    with pytest.warns(DeprecationWarning, match=r"should not be instantiated.*Mine\.apply"):
        double = Double()
    with pytest.raises(RuntimeError, match=r"Legacy autograd function.*Mine\.apply"):
        double(mt.ones(2))


def test_differentiable_once_refuses_twice() -> None:
    x = leaf()
    once = make(double_forward, once_differentiable(lambda ctx, g: g * 2))
    once.apply(x).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]
    (g,) = mt.autograd.grad((once.apply(x) * x).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        g.sum().backward()


def test_a_function_without_backward_says_what_is_missing() -> None:
    class Half(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x / 2

    y = Half.apply(mt.ones(2, requires_grad=True))
    with pytest.raises(NotImplementedError, match="You must implement either the backward or.*static method"):
        y.sum().backward()


def test_what_a_function_leaves_out_says_so_when_it_is_called() -> None:
    with pytest.raises(NotImplementedError, match="setup_context is not implemented"):
        Double.setup_context(None, (), None)
    with pytest.raises(NotImplementedError, match="override the vmap staticmethod or set generate_vmap_rule"):
        Double.vmap(None, (0,), mt.ones(2))


def test_the_node_is_written_as_pytorch_writes_it() -> None:
    node = Double.apply(leaf()).grad_fn
    assert repr(node) == f"<microtensor.autograd.function.MineBackward object at {id(node):#x}>"
    with pytest.raises(AttributeError, match="'MineBackward' object has no attribute '_absent'"):
        _ = node._absent


def test_forward_may_compute_with_numpy() -> None:
    class Exp(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = mt.from_numpy(np.exp(x.numpy()))
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.saved_tensors[0]

    x = mt.zeros(2, requires_grad=True)
    Exp.apply(x).sum().backward()
    assert x.grad.tolist() == [1, 1]


def test_the_context_and_the_node_show_the_same_attributes() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        ctx.scale, ctx.op = 3, "mine"
        return x * 3

    seen = []

    def backward(ctx: Any, g: Any) -> Any:
        seen.append((ctx.note, ctx.op))
        return g * ctx.scale

    x = leaf()
    node = make(forward, backward).apply(x).grad_fn
    node.note = "set on the node"
    assert (node.scale, node.needs_input_grad, node.dirty_tensors) == (3, (True,), None)
    assert node.saved_tensors[0].tolist() == [1.0, 2.0]
    node(mt.ones(2))
    assert seen == [("set on the node", "mine")]
    with pytest.raises(AttributeError, match="nothing"):
        _ = node.nothing


def test_attributes_outlive_what_was_saved() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        ctx.scale = 3
        return x * 3

    y = make(forward, double_backward).apply(leaf())
    y.sum().backward()
    assert y.grad_fn.scale == 3
    with pytest.raises(RuntimeError, match="second time"):
        _ = y.grad_fn.saved_tensors


def test_a_node_cannot_be_pickled() -> None:
    for y in (Double.apply(leaf()), leaf() * 2):
        with pytest.raises(TypeError, match=r"cannot pickle '\w+Backward0?' object"):
            pickle.dumps(y.grad_fn)


def test_setup_context_sees_the_defaults_of_forward() -> None:
    seen = []

    def forward(x: Any, k: float = 5.0) -> Any:
        return x * k

    def setup(ctx: Any, inputs: Any, output: Any) -> None:
        seen.append(inputs[1])
        ctx.k = inputs[1]

    mine = make(forward, lambda ctx, g: (g * ctx.k, None), setup_context=setup)
    x = leaf()
    mine.apply(x).sum().backward()
    mine.apply(x, k=7.0).sum().backward()
    assert seen == [5.0, 7.0]
    assert x.grad.tolist() == [12.0, 12.0]


def test_vjp_is_another_name_of_backward() -> None:
    class Scaled(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 9

        @staticmethod
        def vjp(ctx: Any, g: Any) -> Any:
            return g * 9

    class Both(Scaled):
        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 9

    x = leaf()
    Scaled.apply(x).sum().backward()
    assert x.grad.tolist() == [9.0, 9.0]
    with pytest.raises(RuntimeError, match="Implementing both 'backward' and 'vjp'"):
        Both.apply(x).sum().backward()


def test_saved_variables_is_an_old_name() -> None:
    x = leaf()
    y = make(cube_forward, lambda ctx, g: g * ctx.saved_variables[0]).apply(x)
    with pytest.warns(DeprecationWarning, match="use 'saved_tensors'"):
        y.sum().backward()
    assert x.grad.tolist() == [1.0, 2.0]


def test_mark_shared_storage_is_an_old_name() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        ctx.mark_shared_storage()
        return x * 2

    with pytest.warns(FutureWarning, match="Tensors with shared storages are automatically tracked"):
        make(forward, double_backward).apply(leaf())


def test_saved_tensors_may_be_read_once_and_gradients_come_in_a_list() -> None:
    seen = []

    class Once(mt.autograd.Function):
        clear_saved_tensors_on_access = True
        boxed_grads_call = True

        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx: Any, grads: Any) -> Any:
            seen.extend((len(ctx.saved_tensors), len(ctx.saved_tensors)))
            second = grads.pop()
            return 2 * grads.pop() + 3 * second

    x = leaf()
    a, b = Once.apply(x)
    (a + b).sum().backward()
    assert seen == [1, 0]
    assert x.grad.tolist() == [5.0, 5.0]


def test_what_was_written_must_be_returned() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        ctx.mark_dirty(x)
        return x.mul_(2).clone()

    with pytest.raises(RuntimeError, match="marked as dirty .* were not returned as output"):
        make(forward, double_backward).apply(leaf() * 1)


def test_a_written_view_is_returned_alone() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        ctx.mark_dirty(x)
        return x.mul_(2), x * 1

    with pytest.raises(RuntimeError, match="cannot return more than one Tensor"):
        make(forward, lambda ctx, a, b: a + b).apply((leaf() * 1)[:1])


def test_only_inputs_are_marked_dirty() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        y = x * 2
        ctx.mark_dirty(y)
        return y

    with pytest.warns(UserWarning, match="Only input Tensors should be given to ctx.mark_dirty"):
        make(forward, double_backward).apply(leaf() * 1)


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        (lambda ctx, x: x.view(-1), "This view was created inside a custom Function"),
        (lambda ctx, x: x, "an input was returned as-is"),
        (lambda ctx, x: (x[:1], x[1:]), "a function that returns multiple views"),
    ],
)
def test_a_view_of_an_operand_cannot_be_written_in_place(forward: Callable[..., Any], words: str) -> None:
    y = make(forward, lambda ctx, *gs: mt.cat([g.reshape(-1) for g in gs])).apply(leaf() * 1)
    part = y[0] if isinstance(y, tuple) else y
    with pytest.raises(RuntimeError, match=f"Output 0 of Mine is a view .*{words}"):
        part.add_(1)
    with mt.no_grad():
        part.add_(1)
    (part * 1).sum().backward()


class Gives(mt.autograd.Function):
    """The identity; backward notes what comes, and gives nothing on."""

    seen: ClassVar[list[Any]] = []

    @staticmethod
    def forward(ctx: Any, x: mt.Tensor, materialize: bool) -> mt.Tensor:
        ctx.set_materialize_grads(materialize)
        return x * 1

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        Gives.seen.append(None if g is None else g.tolist())
        return None, None


@pytest.mark.parametrize(("materialize", "given"), [(True, [0.0, 0.0]), (False, None)])
def test_a_function_before_one_that_gave_no_gradient_still_runs(materialize: bool, given: Any) -> None:
    x = leaf() * 1
    first = Gives.apply(x, materialize)
    hooked: list[Any] = []
    first.register_hook(lambda g: hooked.append(g))
    first.retain_grad()
    Gives.seen.clear()
    Gives.apply(first, True).sum().backward()
    assert Gives.seen == [[1.0, 1.0], given]
    assert hooked == [None]
    assert first.grad is None


def test_what_arrives_otherwise_adds_to_no_gradient() -> None:
    x = leaf() * 1
    first = Gives.apply(x, True)
    Gives.seen.clear()
    (first * 3 + Gives.apply(first, True)).sum().backward()
    assert Gives.seen == [[1.0, 1.0], [3.0, 3.0]]


def test_a_gradient_for_what_was_no_tensor_is_refused() -> None:
    y = make(lambda ctx, x, n: x * n, lambda ctx, g: (g, g)).apply(leaf(), 2)
    with pytest.raises(RuntimeError, match="a gradient different than None at position 2"):
        y.sum().backward()


def test_an_operand_that_is_returned_is_a_view_of_itself() -> None:
    x = leaf()
    y = make(lambda ctx, x: x, lambda ctx, g: g).apply(x)
    assert y._is_view()
    assert y._base is x

    def forward(ctx: Any, x: mt.Tensor) -> mt.Tensor:
        ctx.mark_non_differentiable(x)
        return x

    assert not make(forward, lambda ctx, g: g).apply(x * 1).requires_grad


def test_no_zeros_for_outputs_without_gradient_if_asked() -> None:
    seen: list[Any] = []

    def forward(ctx: Any, x: mt.Tensor) -> Any:
        constant = x.clone()
        ctx.mark_non_differentiable(constant)
        ctx._materialize_non_diff_grads = False
        return x.clone(), constant

    make(forward, lambda ctx, g, h: seen.append(h) or g).apply(leaf())[0].sum().backward()
    assert seen == [None]


def test_the_older_base_of_functions_in_place() -> None:
    class Add(mt.autograd.function.InplaceFunction):
        @staticmethod
        def forward(ctx: Any, x: mt.Tensor) -> mt.Tensor:
            ctx.mark_dirty(x)
            return x.add_(1)

        @staticmethod
        def backward(ctx: Any, g: mt.Tensor) -> mt.Tensor:
            return g

    x = leaf()
    Add.apply(x * 2).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]
    with pytest.warns(DeprecationWarning, match="should not be instantiated"):
        assert Add(inplace=True).inplace


def test_an_operand_given_twice_may_have_one_gradient_of_none() -> None:
    x = leaf()
    y = make(lambda ctx, a, b: a + b, lambda ctx, g: (g, None)).apply(first := x * 3, first)
    y.sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_an_output_that_is_asked_for_and_gets_nothing() -> None:
    pulled: list[Any] = []
    two = make(lambda ctx, x: (x * 1, x * 2), lambda ctx, g, h: pulled.append(g) or g)
    a, _ = two.apply(leaf())
    (found,) = mt.autograd.grad(Gives.apply(a, True).sum(), a, allow_unused=True)
    assert (found, pulled) == (None, [])
