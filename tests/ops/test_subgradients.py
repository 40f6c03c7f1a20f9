"""The subgradients that are chosen where no derivative exists: ``docs/reference/subgradients.md``, held.

Each row is a function of one tensor, the point, and the gradient that is chosen there.  The
parity tests compare the same rows with PyTorch.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt

pytestmark = pytest.mark.fast

INF, NAN = float("inf"), float("nan")

TABLE: dict[str, tuple[Any, Any, Any]] = {
    "abs at 0": (lambda t, x: t.abs(x), [0.0], [0.0]),
    "sign at 0": (lambda t, x: t.sign(x), [0.0], [0.0]),
    "relu at 0": (lambda t, x: t.relu(x), [0.0], [0.0]),
    "leaky_relu at 0": (lambda t, x: t.nn.functional.leaky_relu(x, 0.125), [0.0], [0.125]),
    "hardtanh at its ends": (lambda t, x: t.nn.functional.hardtanh(x), [-1.0, 1.0], [0.0, 0.0]),
    "relu6 at its ends": (lambda t, x: t.nn.functional.relu6(x), [0.0, 6.0], [0.0, 0.0]),
    "clamp at its bounds": (lambda t, x: t.clamp(x, -1, 1), [-1.0, 1.0, 2.0], [1.0, 1.0, 0.0]),
    "norm at 0": (lambda t, x: t.norm(x), [0.0, 0.0], [0.0, 0.0]),
    "norm, p = 1, at 0": (lambda t, x: t.norm(x, 1), [0.0, 2.0], [0.0, 1.0]),
    "sqrt at 0": (lambda t, x: t.sqrt(x), [0.0], [INF]),
    "sqrt at 0, times 0": (lambda t, x: t.sqrt(x) * 0, [0.0], [NAN]),
    "std of equal values": (lambda t, x: t.std(x), [2.0, 2.0], [0.0, 0.0]),
    "var of equal values": (lambda t, x: t.var(x), [2.0, 2.0], [0.0, 0.0]),
    "max over all, a tie": (lambda t, x: t.max(x), [3.0, 3.0, 1.0], [0.5, 0.5, 0.0]),
    "max along a dimension, a tie": (lambda t, x: t.max(x, 0).values, [3.0, 3.0, 1.0], [1.0, 0.0, 0.0]),
    "amax, a tie": (lambda t, x: t.amax(x, 0), [3.0, 3.0, 1.0], [0.5, 0.5, 0.0]),
    "amin, a tie": (lambda t, x: t.amin(x), [1.0, 3.0, 1.0], [0.5, 0.0, 0.5]),
    "maximum, a tie": (lambda t, x: t.maximum(x, t.tensor([2.0])), [2.0], [0.5]),
    "minimum, a tie": (lambda t, x: t.minimum(x, t.tensor([2.0])), [2.0], [0.5]),
    "prod with one zero": (lambda t, x: t.prod(x), [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
    "prod with two zeros": (lambda t, x: t.prod(x), [0.0, 0.0, 3.0], [0.0, 0.0, 0.0]),
    "prod along a dimension": (lambda t, x: t.prod(x, 0), [0.0, 2.0], [2.0, 0.0]),
    "pow 0 at base 0": (lambda t, x: x**0, [0.0], [0.0]),
    "pow 1 at base 0": (lambda t, x: x**1, [0.0], [1.0]),
    "pow 2 at base 0": (lambda t, x: x**2, [0.0], [0.0]),
    "base 0, by the exponent": (lambda t, x: t.tensor([0.0]) ** x, [2.0], [0.0]),
    "where beside an infinity": (
        lambda t, x: t.where(x > 0, 1 / t.where(x > 0, x, t.ones(2)), t.zeros(2)), [0.0, 2.0], [0.0, -0.25],
    ),
    "where, the branch not taken": (lambda t, x: t.where(x > 1, x, t.tensor([INF])), [0.0, 2.0], [0.0, 1.0]),
    "masked_fill": (lambda t, x: x.masked_fill(x < 1, -INF).exp(), [0.0, 0.0], [0.0, 0.0]),
    "atan2 at the origin": (lambda t, x: t.atan2(x, t.zeros(1)), [0.0], [0.0]),
    "round and floor": (lambda t, x: t.round(x) + t.floor(x), [0.5, 1.0], [0.0, 0.0]),
    "smooth_l1 at beta": (lambda t, x: t.nn.functional.smooth_l1_loss(x, t.zeros(1)), [1.0], [1.0]),
    "l1 at 0": (lambda t, x: t.nn.functional.l1_loss(x, t.zeros(1)), [0.0], [0.0]),
    "elu at 0": (lambda t, x: t.nn.functional.elu(x), [0.0], [1.0]),
    "logsumexp of -inf": (lambda t, x: t.logsumexp(t.cat([x, t.tensor([-INF])]), 0), [1.0], [1.0]),
}  # fmt: skip
NUMPY_WARNS = {"sqrt at 0", "sqrt at 0, times 0", "logsumexp of -inf"}


def gradient(torch: Any, row: str) -> Any:
    function, point, _ = TABLE[row]
    x = torch.tensor(point, requires_grad=True)
    function(torch, x).sum().backward()
    return x.grad.tolist()


@pytest.mark.parametrize("row", TABLE)
def test_the_chosen_subgradient(row: str) -> None:
    with np.errstate(all="ignore" if row in NUMPY_WARNS else "raise"):
        found = gradient(mt, row)
    assert np.array_equal(found, TABLE[row][2], equal_nan=True), found


@pytest.mark.parametrize("row", TABLE)
def test_pytorch_chooses_the_same(row: str) -> None:
    torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")
    assert np.array_equal(gradient(torch, row), TABLE[row][2], equal_nan=True)
