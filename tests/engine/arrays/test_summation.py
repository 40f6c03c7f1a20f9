"""Sums along any dimension keep their digits: in every layout, for every reduction made of sums."""

from __future__ import annotations

from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.engine.arrays.summation import column_total, total

SHAPES = [(5000,), (3000, 2), (2, 3000), (3, 1500, 2), (130, 2, 300), (3, 129, 7, 2), (131, 257)]


def layouts(x: Any) -> list[Any]:
    """The array as it is, transposed, strided, reversed, and with one row repeated by a stride of 0."""
    turned = [x.transpose(p) for p in permutations(range(x.ndim))][:6]
    return [*turned, x[::2], x[..., ::-1], np.broadcast_to(x[:1], x.shape)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_layout_and_choice_of_dimensions(shape: tuple[int, ...]) -> None:
    """The right shape, and no more than 8 units in the last place from the sum in float64."""
    base = np.random.default_rng(0).random(shape).astype(np.float32)
    for x in layouts(base):
        for axes in (a for k in range(1, x.ndim + 1) for a in combinations(range(x.ndim), k)):
            right = np.add.reduce(x, axis=axes, keepdims=True, dtype=np.float64)
            for keepdims, wanted in ((True, right), (False, right.squeeze(axes))):
                found = total(x, axes, keepdims)
                assert (found.shape, found.dtype) == (wanted.shape, np.float32)
                assert np.max(np.abs(found - wanted) / np.spacing(np.float32(wanted))) <= 8


def test_arguments_are_numpys() -> None:
    """An axis that does not exist or comes twice is NumPy's error, also of a long array."""
    x = np.ones((3000, 2), np.float32)
    with pytest.raises(np.exceptions.AxisError):
        total(x, 2)
    with pytest.raises(ValueError, match="repeated"):
        total(x, (0, 0))
    assert total(x) == 6000
    assert total(x, ()).shape == x.shape
    assert total(x, -2, True).shape == (1, 2)


@pytest.mark.parametrize(("rows", "columns"), [(512, 3), (4097, 5), (1000, 300)])
def test_products_with_ones(rows: int, columns: int) -> None:
    """The sums of columns by BLAS in blocks, of rows whose number 16 does not divide too."""
    x = np.random.default_rng(1).random((rows, columns)).astype(np.float32)
    for array in (x, np.asfortranarray(x)):
        found = column_total(array, np.ones)
        np.testing.assert_allclose(found, x.sum(0, dtype=np.float64), rtol=5e-7)


MANY = 200_000


def _tenths() -> Any:
    return mt.full((MANY, 2), 0.1)


def _gradient_of_bias(layer: Any) -> Any:
    bias = mt.zeros(2, requires_grad=True)
    (layer(bias) * 0.1).sum().backward()
    return bias.grad


LONG = {
    "sum": (lambda: _tenths().sum(0), MANY * 0.1),
    "sum over all but one": (lambda: mt.full((2, MANY // 2, 3), 0.1).sum((0, 1)), MANY * 0.1),
    "mean": (lambda: _tenths().mean(0), 0.1),
    "nansum": (lambda: _tenths().nansum(0), MANY * 0.1),
    "einsum": (lambda: mt.einsum("ij->j", _tenths()), MANY * 0.1),
    "norm": (lambda: _tenths().norm(1, 0), MANY * 0.1),
    "logsumexp": (lambda: mt.zeros(MANY, 2).logsumexp(0).exp(), MANY),
    "softmax": (lambda: mt.zeros(MANY, 2).softmax(0).sum(0), 1.0),
    "log_softmax": (lambda: mt.zeros(MANY, 2).log_softmax(0).exp().sum(0), 1.0),
    "broadcast": (lambda: _gradient_of_bias(lambda b: b + mt.zeros(MANY, 2)), MANY * 0.1),
    "linear": (
        lambda: _gradient_of_bias(lambda b: mt.nn.functional.linear(mt.ones(MANY, 1), mt.ones(2, 1), b)),
        MANY * 0.1,
    ),
    "cumsum": (lambda: _tenths().cumsum(0)[-1], MANY * 0.1),
    "cumulative_trapezoid": (lambda: mt.cumulative_trapezoid(_tenths(), dim=0)[-1], (MANY - 1) * 0.1),
}


@pytest.mark.parametrize("name", LONG)
def test_what_is_made_of_long_sums(name: str) -> None:
    """Of columns of 200,000 equal numbers a sum row by row has lost the fourth digit."""
    compute, right = LONG[name]
    np.testing.assert_allclose(compute().numpy(), right, rtol=2e-6)


def test_the_variance_of_long_columns_far_from_zero() -> None:
    """At 1000 a sum row by row misses the mean by so much that the variance is 1.7 for 1."""
    x = np.random.default_rng(2).standard_normal((300_000, 2)).astype(np.float32) + 1000
    right = x.astype(np.float64)
    np.testing.assert_allclose(mt.tensor(x).var(0).numpy(), right.var(0, ddof=1), rtol=1e-5)
    normed = mt.nn.functional.batch_norm(mt.tensor(x), None, None, training=True).numpy()
    np.testing.assert_allclose(normed, (right - right.mean(0)) / right.std(0), atol=2e-4)


def test_one_column_is_added_in_pairs() -> None:
    """As a row is: one after the other, 300,000 tenths in float32 miss the third digit."""
    x = np.full((300_000, 1), 0.1, np.float32)
    found = column_total(x, np.ones)
    assert (found.shape, found.dtype) == ((1,), np.float32)
    np.testing.assert_allclose(found, [30_000], rtol=2e-6)
