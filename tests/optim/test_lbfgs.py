"""L-BFGS, and its line search."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.optim import LBFGS
from microtensor.optim.updates.strong_wolfe import FLAT, SUFFICIENT, Point, strong_wolfe


def closure_of(optimizer: Any, loss: Callable[[], mt.Tensor]) -> Callable[[], mt.Tensor]:
    """What `step` wants."""

    def closure() -> mt.Tensor:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    return closure


def test_the_first_step_is_along_the_gradient() -> None:
    """It is no longer than 1 over the sum of the gradient's sizes, times the gradient."""
    w = mt.tensor([3.0, -1.0], dtype=mt.float64, requires_grad=True)
    optimizer = LBFGS([w], lr=0.5, max_iter=1)
    loss = optimizer.step(closure_of(optimizer, lambda: (w * w).sum()))
    assert loss.item() == 10
    assert w.tolist() == pytest.approx([3 - 0.5 * 6 / 8, -1 + 0.5 * 2 / 8])


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_a_bowl_takes_a_few_iterations(search: str | None) -> None:
    """A quadratic of four variables is solved to machine precision, far from its own scale."""
    scale = mt.tensor([1.0, 10.0, 100.0, 3.0], dtype=mt.float64)
    w = mt.ones(2, 2, dtype=mt.float64).requires_grad_()
    optimizer = LBFGS([w], max_iter=50, tolerance_change=1e-16, line_search_fn=search)
    for _ in range(3):
        optimizer.step(closure_of(optimizer, lambda: (scale * (w.reshape(4) - 2) ** 2).sum()))
    assert w.detach().numpy() == pytest.approx(2.0, abs=1e-6)
    assert optimizer.state[w]["func_evals"] < 90


def test_rosenbrock() -> None:
    """The banana valley, with the line search, in several parameters."""
    x, y = (mt.tensor([v], dtype=mt.float64, requires_grad=True) for v in (-1.2, 1.0))
    optimizer = LBFGS([x, y], max_iter=100, tolerance_change=1e-12, line_search_fn="strong_wolfe")
    optimizer.step(closure_of(optimizer, lambda: ((1 - x) ** 2 + 100 * (y - x**2) ** 2).sum()))
    assert (x.item(), y.item()) == pytest.approx((1, 1), abs=1e-5)


def test_limits() -> None:
    """`max_iter` and `max_eval` hold; a flat start ends at once; old differences are dropped."""
    w = mt.tensor([2.0, 1.0], requires_grad=True)
    optimizer = LBFGS([w], lr=0.1, max_iter=7, history_size=3)
    optimizer.step(closure_of(optimizer, lambda: (w**4).sum()))
    state = optimizer.state[w]
    assert (state["n_iter"], state["func_evals"], len(state["ro"])) == (7, 7, 3)
    optimizer = LBFGS([w], lr=0.1, max_eval=4)
    optimizer.step(closure_of(optimizer, lambda: (w**4).sum()))
    assert optimizer.state[w]["func_evals"] == 4
    optimizer.step(closure_of(optimizer, lambda: (w * 0).sum()))
    assert optimizer.state[w]["func_evals"] == 5


def test_a_parameter_without_a_gradient_stays() -> None:
    """It counts as one whose gradient is zero."""
    w, idle = mt.ones(2, requires_grad=True), mt.ones(3, requires_grad=True)
    optimizer = LBFGS([idle, w])
    optimizer.step(closure_of(optimizer, lambda: ((w - 3) ** 2).sum()))
    assert idle.tolist() == [1.0, 1.0, 1.0]
    assert w.tolist() == pytest.approx([3.0, 3.0], abs=1e-4)


@pytest.mark.parametrize("first", [1e-3, 0.1, 1.0, 10.0, 300.0])
@pytest.mark.parametrize(
    ("f", "df"),
    [
        (lambda t: (t - 2) ** 2, lambda t: 2 * (t - 2)),
        (lambda t: -t / (t**2 + 2), lambda t: (t**2 - 2) / (t**2 + 2) ** 2),
        (lambda t: math.exp(-t) + 0.1 * t * t, lambda t: -math.exp(-t) + 0.2 * t),
    ],
)
def test_strong_wolfe(f: Callable[[float], float], df: Callable[[float], float], first: float) -> None:
    """Where the search stops, both conditions hold."""
    count = 0

    def at(t: float) -> Point:
        nonlocal count
        count += 1
        return Point(t, f(t), np.array([df(t)]), df(t))

    start = Point(0.0, f(0), np.array([df(0)]), df(0))
    point, evaluations = strong_wolfe(at, start, first, 25, 1e-9)
    assert evaluations == count <= 26
    assert point.loss <= start.loss + SUFFICIENT * point.t * start.slope
    assert abs(point.slope) <= FLAT * abs(start.slope)


def test_the_first_rise_is_no_reason_to_turn() -> None:
    """A point is compared with the one before it from the third on, as in minFunc."""
    losses, tried = iter([-1.0, -0.95, -0.9]), []

    def at(t: float) -> Point:
        tried.append(t)
        return Point(t, next(losses), np.array([-2.0]), -2.0)

    strong_wolfe(at, Point(0.0, 0.0, np.array([-1.0]), -1.0), 1.0, 2, 1e-9)
    assert tried == sorted(tried)
    assert len(tried) == 3


def test_a_line_search_without_evaluations_left() -> None:
    """It returns the best point that it has."""
    start = Point(0.0, 1.0, np.array([-1.0]), -1.0)
    high = Point(1.0, 5.0, np.array([9.0]), 9.0)
    assert strong_wolfe(lambda t: high, start, 1.0, 0, 1e-9) == (start, 1)


def test_a_negative_rate_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Invalid learning rate: -1.0: it must be 0 or more"):
        mt.optim.LBFGS([mt.zeros(1, requires_grad=True)], lr=-1.0)
