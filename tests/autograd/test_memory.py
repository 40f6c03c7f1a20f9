"""Memory over many steps: what a training step allocates is gone before the next."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable

import pytest

import microtensor as mt
from microtensor.engine import versions


def allocated() -> int:
    """Blocks in use; collecting empties the interpreter's own lists of tuples for reuse."""
    gc.collect()
    return sys.getallocatedblocks()


def plain() -> Callable[[], None]:
    w, x = mt.ones(3, 2, requires_grad=True), mt.ones(4, 3)

    def step() -> None:
        loss = ((x @ w).tanh() ** 2).mean()
        loss.backward()
        with mt.no_grad():
            w.sub_(w.grad, alpha=0.1)
        w.grad = None

    return step


def with_views_and_writes() -> Callable[[], None]:
    w = mt.ones(4, requires_grad=True)

    def step() -> None:
        y = w * 2
        v = y[1:]
        v.mul_(3)
        y[0] = w[1]
        (y.view(2, 2).t() * 2).sum().backward()
        w.grad.zero_()

    return step


def with_second_derivatives() -> Callable[[], None]:
    w = mt.ones(4, requires_grad=True)

    def step() -> None:
        (g,) = mt.autograd.grad((w**3).sum(), w, create_graph=True)
        g.sum().backward()
        w.grad = None

    return step


def with_hooks_and_kept_gradients() -> Callable[[], None]:
    w = mt.ones(4, requires_grad=True)

    def step() -> None:
        handle = w.register_hook(lambda g: g * 2)
        y = w * 2
        y.retain_grad()
        y.sum().backward()
        handle.remove()
        w.grad = None

    return step


@pytest.mark.parametrize(
    "make", [plain, with_views_and_writes, with_second_derivatives, with_hooks_and_kept_gradients]
)
def test_a_thousand_steps_leave_memory_where_it_was(make: Callable[[], Callable[[], None]]) -> None:
    """One object a step would be twice the slack."""
    step = make()
    for _ in range(100):
        step()
    before, writes = allocated(), len(versions._writes)
    gc.disable()
    try:
        garbage = len(gc.get_objects())
        for _ in range(1000):
            step()
        assert len(gc.get_objects()) - garbage < 500, "cycles that only the collector would find"
    finally:
        gc.enable()
    assert allocated() - before < 500
    assert len(versions._writes) <= writes + 2
