"""Two views meet wherever they have an element in common, and rarely elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from microtensor.compiled.c.c_nests import common
from microtensor.compiled.c.c_views import view


def some(random, x):
    """A random view of x."""
    index = []
    for n in x.shape:
        start, stop = sorted(random.integers(0, n + 1, 2))
        step = int(random.choice([1, 1, 2, 3, -1, -2]))
        index.append(slice(start, stop, step) if step > 0 else slice(stop - 1 if stop else 0, start, step))
    y = x[tuple(index)]
    return y.T if random.random() < 0.3 else y


@pytest.mark.parametrize("seed", range(5))
def test_what_shares_memory_meets(seed):
    random = np.random.default_rng(seed)
    wrong = shared = 0
    x = np.zeros((4, 6, 8), np.float32)
    for _ in range(1500):
        a, b = some(random, x), some(random, x)
        truth = np.shares_memory(a, b)
        said = view(a).meets(view(b))
        assert said or not truth, (a.shape, a.strides, b.shape, b.strides)
        shared += truth
        wrong += said and not truth
    assert shared > 30
    assert wrong < 500


def test_columns_and_blocks_of_columns_do_not_meet():
    x = np.zeros((5, 12), np.float32)
    assert not view(x[:, 0]).meets(view(x[:, 1]))
    assert not view(x[:, ::2]).meets(view(x[:, 1::2]))
    assert not view(x[:, :4]).meets(view(x[:, 4:8]))
    assert not view(x[1:, 4:8]).meets(view(x[:3, 8:]))
    assert not view(x[:2]).meets(view(x[2:]))
    assert view(x[:, :5]).meets(view(x[:, 4:8]))
    assert view(x[1]).meets(view(x[:, 3]))
    assert view(x.view(np.uint8)[:, 3::4]).meets(view(x))
    assert not view(x.view(np.uint8)[:, 3::4]).meets(view(x.view(np.uint8)[:, 2::4]))


@pytest.mark.parametrize(
    ("x", "y", "both"),
    [
        ((16, 64, 64), (1024, 64), (16, 64, 64)),
        ((6,), (2, 3), (2, 3)),
        ((2, 3), (3, 2), None),
        ((4, 6), (2, 12), (2, 2, 6)),
        ((1, 5, 1), (5,), (5,)),
        ((), (1,), ()),
        ((3,), (4,), None),
        ((0, 3), (0,), None),
    ],
)
def test_a_shape_that_two_come_from(x, y, both):
    assert common(x, y) == both


@pytest.mark.parametrize("fine", [(2, 3, 4), (6, 2, 2), (24,), (2, 1, 12)])
def test_a_view_in_a_finer_shape(fine):
    x = np.arange(48.0).reshape(24, 2)[::-1, 0]
    y = view(x).split(fine)
    assert np.lib.stride_tricks.as_strided(x, y.shape, y.strides).reshape(-1).tolist() == x.tolist()
