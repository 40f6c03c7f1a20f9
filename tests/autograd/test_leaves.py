"""Leaves and non-leaves: `requires_grad`, `is_leaf`, `detach`, `retain_grad`, and ``.grad``."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import microtensor as mt

pytestmark = pytest.mark.fast


def leaf() -> mt.Tensor:
    return mt.tensor([1.0, 2.0], requires_grad=True)


def test_leaves_are_what_no_operation_made() -> None:
    x = leaf()
    y = x * 2
    assert x.is_leaf
    assert not y.is_leaf
    assert mt.ones(2).is_leaf
    assert (mt.ones(2) * 2).is_leaf
    assert y.detach().is_leaf
    with mt.no_grad():
        assert (x * 2).is_leaf


def test_only_floats_require_a_gradient() -> None:
    for dtype in (mt.int64, mt.bool, mt.uint8):
        with pytest.raises(RuntimeError, match=r"only Tensors of floating point.*x\.float\(\)"):
            mt.ones(2, dtype=dtype).requires_grad_()
        with pytest.raises(RuntimeError, match="only Tensors of floating point"):
            mt.ones(2, dtype=dtype, requires_grad=True)
    assert mt.ones(2, dtype=mt.float16).requires_grad_().requires_grad


def test_requires_grad_can_be_switched_on_leaves_only() -> None:
    x = leaf()
    assert x.requires_grad_(False) is x
    assert not x.requires_grad
    y = x.requires_grad_() * 2
    with pytest.raises(RuntimeError, match=r"flags of leaf variables.*detach.*MulBackward0"):
        y.requires_grad = False
    assert y.requires_grad


def test_detach_shares_memory_and_drops_history() -> None:
    y = leaf() * 2
    z = y.detach()
    assert (z.requires_grad, z.grad_fn, z.data_ptr()) == (False, None, y.data_ptr())
    z[0] = 9
    assert y.tolist() == [9.0, 4.0]


def test_detach_in_place() -> None:
    x = leaf()
    y = x * 2
    assert y.detach_() is y
    assert (y.requires_grad, y.is_leaf) == (False, True)
    with pytest.raises(RuntimeError, match="view"):
        (x * 2)[0].detach_()


def test_data_is_the_same_memory_and_can_be_replaced() -> None:
    x = leaf()
    x.data[0] = 7
    assert x.tolist() == [7.0, 2.0]
    x.data = mt.zeros(3)
    assert (tuple(x.shape), x.requires_grad) == ((3,), True)
    with pytest.raises(TypeError, match="takes a tensor"):
        x.data = [1.0]  # type: ignore[assignment]
    with pytest.raises(RuntimeError, match="floating point"):
        x.data = mt.tensor([1])


def test_replacing_data_does_not_disturb_a_graph_that_was_recorded() -> None:
    """The gradient is that of the numbers that the forward pass saw."""
    x = leaf()
    y = (x * x).sum()
    x.data = mt.full((2,), 100.0)
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0]


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (3.0, TypeError, "tensor or None"),
        (mt.ones(3), RuntimeError, r"\(2,\).*\(3,\)"),
        (mt.ones(2, dtype=mt.float64), RuntimeError, "float32.*float64"),
    ],
)
def test_a_gradient_looks_like_its_tensor(value: Any, error: type[Exception], text: str) -> None:
    x = leaf()
    with pytest.raises(error, match=text):
        x.grad = value
    assert x.grad is None


def test_a_tensor_is_not_its_own_gradient() -> None:
    x = leaf()
    with pytest.raises(RuntimeError):
        x.grad = x


def test_a_gradient_can_be_deleted() -> None:
    x = leaf()
    x.grad = mt.ones(2)
    del x.grad
    assert x.grad is None


def test_a_non_leaf_keeps_its_gradient_only_if_asked() -> None:
    x = leaf()
    y, z = x * 2, x * 3
    y.retain_grad()
    (y * z).sum().backward()
    assert y.grad.tolist() == [3.0, 6.0]
    assert z._grad is None
    assert (y.retains_grad, z.retains_grad, x.retains_grad) == (True, False, False)


def test_a_kept_gradient_is_memory_of_its_own() -> None:
    x = leaf()
    y = x * 2
    y.retain_grad()
    z = y + 1
    z.retain_grad()
    z.sum().backward()
    y.grad.mul_(100)
    assert (x.grad.tolist(), z.grad.tolist()) == ([2.0, 2.0], [1.0, 1.0])


def test_kept_gradients_add_up() -> None:
    y = leaf() + 2
    y.retain_grad()
    for expected in (1.0, 2.0):
        y.sum().backward()
        assert y.grad.tolist() == [expected] * 2


def test_retain_grad_needs_a_gradient() -> None:
    with pytest.raises(RuntimeError, match="requires_grad=False"):
        mt.ones(2).retain_grad()
    x = leaf()
    x.retain_grad()
    assert not x.retains_grad


def test_retain_grad_does_not_keep_its_tensor_alive() -> None:
    x = leaf()
    y = x * 2
    y.retain_grad()
    z = y.sum()
    del y
    z.backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_the_cotangent_of_one_output_does_not_become_the_gradient() -> None:
    """An op with several outputs may hand one of their cotangents on as it is."""
    x, g = mt.tensor(2.0, requires_grad=True), mt.zeros(()).fill_(3.0)
    x.sort().values.backward(g)
    x.grad.zero_()
    assert g.item() == 3.0


def test_gradients_of_a_recorded_pass_share_no_memory() -> None:
    p, q = mt.ones(2, requires_grad=True), mt.ones(2, requires_grad=True)
    (p + q).sum().backward(create_graph=True)
    (p + q).sum().backward()
    assert (p.grad.tolist(), q.grad.tolist()) == ([2, 2], [2, 2])
    p.grad.detach().mul_(10)
    assert q.grad.tolist() == [2, 2]


def test_a_variadic_op_that_returns_one_array_twice() -> None:
    @mt.op(arrays=lambda g: [g * 1.0] * 2)
    def both(*arrays: Any) -> Any:
        return arrays[0] + arrays[1]

    try:
        p, q = mt.ones(2, requires_grad=True), mt.ones(2, requires_grad=True)
        both(p, q).sum().backward()
        p.grad.add_(1)
        assert (p.grad.tolist(), q.grad.tolist()) == ([2, 2], [1, 1])
    finally:
        del mt.registry["both"]


def test_a_gradient_is_not_the_users_own_tensor() -> None:
    x, g = mt.ones(2, requires_grad=True), mt.ones(2)
    x.backward(g)
    x.grad.add_(1)
    assert g.tolist() == [1, 1]


def test_passes_of_several_threads_into_one_leaf_lose_nothing() -> None:
    w = mt.ones(200_000, requires_grad=True)

    def passes() -> None:
        for _ in range(40):
            (w * 1.0).sum().backward()

    threads = [threading.Thread(target=passes) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (w.grad.min().item(), w.grad.max().item()) == (160, 160)
