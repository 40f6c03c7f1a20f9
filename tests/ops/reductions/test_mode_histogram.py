"""Modes beside NaN, and histograms of nothing and of one value."""

from __future__ import annotations

import math

import pytest

import microtensor as mt

NAN = math.nan


@pytest.mark.parametrize(
    ("line", "value", "place"),
    [
        ([1.0, NAN, 1.0], 1.0, 0),
        ([NAN, 1.0, 2.0], NAN, 0),
        ([NAN, NAN], NAN, 0),
        ([2.0, NAN, NAN, 2.0, NAN, 3.0], 2.0, 0),
        ([2.0, 1.0, NAN, 1.0, 1.0], 1.0, 4),
        ([3.0, 2.0, 2.0, 3.0, 1.0], 2.0, 2),
        ([NAN] * 3 + [4.0, 5.0, 5.0] + [6.0] * 12, 6.0, 10),
    ],
)
def test_mode(line: list[float], value: float, place: int) -> None:
    found = mt.mode(mt.tensor(line))
    assert found.indices == place
    assert found.values == value or (math.isnan(value) and math.isnan(found.values))


def test_histogram_of_nothing_and_of_one_value() -> None:
    nothing, one = mt.histogram(mt.zeros(0), 2), mt.histogram(mt.zeros(2), 2)
    assert nothing.bin_edges.tolist() == [0.0, 0.5, 1.0]
    assert one.bin_edges.tolist() == [-0.5, 0.0, 0.5]
    assert one.hist.tolist() == [0.0, 2.0]
    assert mt.histc(mt.zeros(2), 2).tolist() == [0.0, 2.0]


def test_edges_that_do_not_rise_are_searched_all_the_same() -> None:
    x, edges = mt.tensor([0.0, 0.5, 1.0, 1.5, 2.0, 3.0]), mt.tensor([0.0, 3.0, 1.0, 2.0])
    assert mt.histogram(x, edges).hist.tolist() == [2.0, 0.0, 3.0]
    points = mt.tensor([[[0.0, 1.0]], [[1.0, 0.0]], [[9.0, 0.0]]])
    found = mt.histogramdd(points, [mt.tensor([0.0, 0.5, 1.0]), mt.tensor([0.0, 2.0])], density=True)
    assert found.hist.tolist() == [[0.5], [0.5]]


def test_covariances_have_the_dtype_of_wider_weights() -> None:
    x = mt.tensor([[1.0, 2.0, 4.0]])
    assert mt.cov(x.half(), aweights=mt.ones(3)).dtype == mt.float32
    with pytest.raises(RuntimeError, match="expected aweights to have floating point dtype"):
        mt.cov(x, aweights=mt.ones(3).long())
