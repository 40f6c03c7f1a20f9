"""What fails half way leaves nothing half done: gradients, modes and tensors are as they were."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import microtensor as mt

pytestmark = pytest.mark.fast


def failing(error: type[BaseException]) -> Any:
    class Fails(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            raise error("half way")

    return Fails.apply


ERRORS = [ValueError, KeyboardInterrupt, SystemExit, MemoryError]


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("error", ERRORS)
def test_a_backward_that_fails_leaves_every_gradient(error: type[BaseException], create_graph: bool) -> None:
    x, w, fresh = [mt.ones(2, requires_grad=True) for _ in range(3)]
    (x * 2 + w * 3).sum().backward()
    h = x * w  # older than the failure: pulled back after it, if at all
    late = failing(error)(h) * w * fresh
    with pytest.raises(error, match="half way"):
        late.sum().backward(create_graph=create_graph)
    assert (x.grad.tolist(), w.grad.tolist(), fresh.grad) == ([2.0, 2.0], [3.0, 3.0], None)
    assert mt.is_grad_enabled()


@pytest.mark.parametrize("error", ERRORS)
def test_grad_that_fails_leaves_the_mode(error: type[BaseException]) -> None:
    x = mt.ones(2, requires_grad=True)
    with mt.no_grad():
        with mt.enable_grad():
            y = failing(error)(x).sum()
        with pytest.raises(error):
            mt.autograd.grad(y, x, create_graph=True)
        assert not mt.is_grad_enabled()
    assert x.grad is None


@pytest.fixture
def fragile() -> Iterator[Any]:
    """An op whose formula fails when its operand holds a NaN."""

    def formula(g: Any, x: Any) -> Any:
        if (x != x).any():
            raise FloatingPointError("a NaN")
        return g * 2

    @mt.op(x=formula, elementwise=True)
    def fragile(x: Any, /) -> Any:
        return x * 2

    yield fragile
    del mt.registry["fragile"]


def test_a_formula_that_fails_leaves_every_gradient(fragile: Any) -> None:
    x, w = mt.tensor([1.0, float("nan")], requires_grad=True), mt.ones(2, requires_grad=True)
    w.grad = mt.ones(2)
    with pytest.raises(FloatingPointError):
        (fragile(x * 1) * w).sum().backward()
    assert (x.grad, w.grad.tolist()) == (None, [1.0, 1.0])
    fragile(w).sum().backward()
    assert w.grad.tolist() == [3.0, 3.0]


def test_a_hook_that_fails_leaves_the_mode_and_its_leaf() -> None:
    x = mt.ones(2, requires_grad=True)
    y = x * 2

    def hook(g: mt.Tensor) -> None:
        raise ValueError("hook")

    y.register_hook(hook)
    with pytest.raises(ValueError, match="hook"):
        y.sum().backward()
    assert x.grad is None
    assert mt.is_grad_enabled()


@pytest.mark.parametrize(
    "write",
    [
        lambda y: y.add_(mt.ones(3)),
        lambda y: y.__setitem__(9, 1.0),
        lambda y: y.copy_(mt.ones(5)),
        lambda y: y.__setitem__(slice(0, 2), mt.ones(3)),
        lambda y: y.mul_("x"),
        lambda y: y.clamp_(),
    ],
    ids=["shape", "index", "copy", "slice", "type", "arguments"],
)
def test_a_write_that_fails_changes_nothing(write: Any) -> None:
    x = mt.ones(2, requires_grad=True)
    y = x * 2
    node, version = y.grad_fn, y._version
    with pytest.raises((RuntimeError, IndexError, TypeError, ValueError)):
        write(y)
    assert (y.tolist(), y._version, y.grad_fn) == ([2.0, 2.0], version, node)


def test_a_forward_that_fails_leaves_the_mode() -> None:
    class Fails(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Fails.apply(mt.ones(2, requires_grad=True))
    assert mt.is_grad_enabled()
