"""``backward``: where gradients go, what they add to, and who owns their memory."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.errors import GraphError

pytestmark = pytest.mark.fast


def leaf(*values: float) -> mt.Tensor:
    return mt.tensor([float(v) for v in values], requires_grad=True)


def test_gradients_add_up_in_place() -> None:
    x = leaf(1, 2)
    (x * x).sum().backward()
    first, array = x.grad, x.grad.array
    (x * x).sum().backward()
    assert x.grad is first
    assert x.grad.array is array
    assert x.grad.tolist() == [4.0, 8.0]


def test_the_gradient_is_the_users_own_tensor_if_there_is_one() -> None:
    x, mine = leaf(1, 2), mt.tensor([10.0, 20.0])
    x.grad = mine
    x.sum().backward()
    assert x.grad is mine
    assert mine.tolist() == [11.0, 21.0]


def test_setting_none_starts_again() -> None:
    x = leaf(1, 2)
    x.sum().backward()
    old = x.grad
    x.grad = None
    (x * 3).sum().backward()
    assert (old.tolist(), x.grad.tolist()) == ([1.0, 1.0], [3.0, 3.0])


SHARING: dict[str, Any] = {
    "a sum": lambda x, w: x + w,
    "a difference": lambda x, w: x - (-w),
    "a view of a sum": lambda x, w: (x + w).view(2, 1),
    "a cat": lambda x, w: mt.cat([x, w]),
    "a stack": lambda x, w: mt.stack([x, w]),
    "sums of sums": lambda x, w: x + w + x + w,
    "an expansion": lambda x, w: x.expand(3, 2) + w.expand(3, 2),
    "clones": lambda x, w: x.clone() + w.clone(),
    "transposes": lambda x, w: x.view(1, 2).t() + w.view(1, 2).t(),
    "where": lambda x, w: mt.where(mt.tensor([True, False]), x, w),
}


@pytest.mark.parametrize("make", SHARING.values(), ids=SHARING)
def test_no_two_leaves_share_memory_and_no_cotangent_is_kept_or_written(make: Any) -> None:
    x, w = leaf(1, 2), leaf(3, 4)
    y = make(x, w)
    cotangent = mt.full(tuple(y.shape), 1.0)
    y.backward(cotangent)
    assert not np.shares_memory(x.grad.array, w.grad.array)
    assert x.grad.array.flags.writeable
    before = w.grad.tolist()
    x.grad.mul_(100)
    assert w.grad.tolist() == before
    assert bool((cotangent == 1).all())
    y2 = make(x, w)
    y2.backward(cotangent)  # adding to what is there must not write to the cotangent either
    assert bool((cotangent == 1).all())


def test_a_leaf_that_is_the_output_copies_its_cotangent() -> None:
    x, u = leaf(1, 2), mt.ones(2)
    x.backward(u)
    x.backward(u)
    u.fill_(100)
    assert x.grad.tolist() == [2.0, 2.0]


@pytest.mark.parametrize("value", [1.0, [1.0, 2.0], np.ones(2)])
def test_a_cotangent_is_a_tensor(value: Any) -> None:
    x = leaf(1, 2)
    with pytest.raises(TypeError, match="takes a Tensor"):
        (x * 2).backward(value)
    assert x.grad is None


def test_a_cotangent_has_the_shape_of_the_output() -> None:
    x = leaf(1, 2)
    with pytest.raises(RuntimeError, match=r"Mismatch in shape.*\(3,\).*\(2,\)"):
        (x * 2).backward(mt.ones(3))
    with pytest.raises(RuntimeError, match=r"scalar outputs.*\(2,\).*sum, mean"):
        (x * 2).backward()
    assert x.grad is None


def test_without_a_graph_the_error_says_what_to_check() -> None:
    with pytest.raises(GraphError, match="does not require grad.*requires_grad=True.*no_grad"):
        mt.ones(2).sum().backward()


def test_all_arguments_are_checked_before_anything_runs() -> None:
    x = leaf(1, 2)
    with pytest.raises(RuntimeError):
        mt.autograd.backward([x.sum(), mt.ones(2).sum()])
    with pytest.raises(RuntimeError, match="2 tensors and 1"):
        mt.autograd.backward([x.sum(), x.sum()], [mt.tensor(1.0)])
    assert x.grad is None


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_outputs_that_depend_on_each_other_in_any_order(order: tuple[int, ...]) -> None:
    """f + g + h with g = f^2 and h = g^2 at f = x^2 = 4: (1 + 2 f + 4 f^3) 2 x."""
    x = mt.tensor(2.0, requires_grad=True)
    f = x * x
    g = f * f
    outputs = (f, g, g * g)
    mt.autograd.backward([outputs[i] for i in order])
    assert x.grad.item() == (1 + 8 + 256) * 4


def test_inputs_limit_where_gradients_go() -> None:
    x, w = leaf(1, 2), leaf(3, 4)
    y = x * w
    (y * x).sum().backward(inputs=[w])
    assert (x.grad, w.grad.tolist()) == (None, [1.0, 4.0])


def test_inputs_limit_what_is_computed() -> None:
    class Forbidden(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            raise AssertionError("not on the way to any input")

    x, w = leaf(1, 2), leaf(3, 4)
    (Forbidden.apply(x) * w).sum().backward(inputs=[w])
    assert w.grad.tolist() == [1.0, 2.0]


def test_a_non_leaf_input_retains_its_gradient_and_frees_nothing_behind_it() -> None:
    x = leaf(1, 2)
    h = x * x
    (h * h).sum().backward(inputs=[h])
    assert h.grad.tolist() == [2.0, 8.0]
    assert h.retains_grad
    assert x.grad is None
    with pytest.raises(RuntimeError, match="MulBackward0 had saved was freed"):
        h.sum().backward()
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_create_graph_leaves_a_gradient_that_can_be_differentiated() -> None:
    x = leaf(1, 2)
    (x**3).sum().backward(create_graph=True)
    g = x.grad
    assert g.requires_grad
    x.grad = None
    g.sum().backward()
    assert x.grad.tolist() == [6.0, 12.0]


def test_a_plain_backward_after_create_graph_gives_a_plain_sum() -> None:
    x = leaf(1, 2)
    (x**2).sum().backward(create_graph=True)
    (x**2).sum().backward()
    assert x.grad.tolist() == [4.0, 8.0]


def test_gradients_of_float64_stay_float64_and_of_float32_float32() -> None:
    for dtype in (mt.float16, mt.float32, mt.float64):
        x = mt.ones(3, dtype=dtype, requires_grad=True)
        ((x * 2.5 + 1).exp() / 3).mean().backward()
        assert x.grad.dtype == dtype


def test_a_0d_leaf() -> None:
    x = mt.tensor(3.0, requires_grad=True)
    for expected in (6.0, 12.0):
        (x * x).backward()
        assert (x.grad.item(), tuple(x.grad.shape)) == (expected, ())


def test_zero_grad_by_hand() -> None:
    x = leaf(1, 2)
    x.sum().backward()
    x.grad.zero_()
    (x * 2).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_a_backward_inside_a_backward_two_thousand_deep() -> None:
    class Deep(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            with mt.enable_grad():
                ctx.x = x.detach().requires_grad_() - 1
            return ctx.x.detach()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            if ctx.x >= 0:
                with mt.enable_grad():
                    Deep.apply(ctx.x).sum().backward()
            return g

    limit = sys.getrecursionlimit()
    x = mt.tensor(2000.0, requires_grad=True)
    Deep.apply(x).sum().backward()
    assert x.grad.item() == 1.0
    assert sys.getrecursionlimit() == limit


def test_cotangents_are_given_under_one_name() -> None:
    x, one = leaf(1, 2), mt.ones(2)
    with (
        pytest.warns(FutureWarning, match="`grad_variables` is deprecated"),
        pytest.raises(RuntimeError, match=r"arguments both passed to `backward\(\)`"),
    ):
        mt.autograd.backward([x * 2], [one], grad_variables=[one])
    assert x.grad is None
