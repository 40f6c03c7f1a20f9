"""The data sets: shapes, dtypes, seeds, and that each is what its name says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import microtensor as mt
from microtensor import datasets

DRAWN: list[Callable[..., Any]] = [datasets.moons, datasets.circles, datasets.spirals, datasets.sine]


@pytest.mark.parametrize("make", DRAWN)
def test_equal_seeds_give_equal_data_and_leave_the_global_stream(make: Callable[..., Any]) -> None:
    before = mt.get_rng_state()
    x, y = make(51, seed=3)
    again = make(51, seed=mt.Generator().manual_seed(3))
    other = make(51, seed=4)
    assert mt.equal(x, again[0])
    assert mt.equal(y, again[1])
    assert not mt.equal(x, other[0])
    assert mt.equal(mt.get_rng_state(), before)
    assert len(x) == len(y) == 51
    assert x.dtype == mt.float32


@pytest.mark.parametrize("make", DRAWN)
def test_too_few_points(make: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"at least \d points are needed, not 0"):
        make(0)


def test_shapes_without_noise() -> None:
    x, y = datasets.circles(40, noise=0.0, factor=0.25)
    assert mt.allclose(x.square().sum(1).sqrt(), mt.where(y == 1, mt.tensor(0.25), mt.tensor(1.0)))
    x, y = datasets.moons(40, noise=0.0)
    centre = mt.stack([y.float(), y * 0.5], 1)
    assert mt.allclose((x - centre).square().sum(1), mt.ones(40), atol=1e-5)
    assert bool((x[y == 0][:, 1] >= 0).all())
    x, y = datasets.spirals(40, classes=4, noise=0.0)
    assert bool((x.square().sum(1) <= 1.0001).all())
    assert sorted(set(y.tolist())) == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="inner circle's radius"):
        datasets.circles(factor=1.0)


def test_digits() -> None:
    images, labels = datasets.digits()
    assert (images.dtype, labels.dtype) == (mt.float32, mt.int64)
    assert images.min() == 0
    assert images.max() == 1
    assert [(labels == k).sum().item() for k in range(10)] == [
        178,
        182,
        177,
        183,
        181,
        182,
        181,
        179,
        174,
        180,
    ]
    assert (images * 16).sum().item() == 561718


def test_digits_can_be_learned() -> None:
    images, labels = datasets.digits()
    x = images.flatten(1)
    model = mt.nn.Linear(64, 10)
    optimizer = mt.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(60):
        optimizer.zero_grad()
        mt.nn.functional.cross_entropy(model(x[:1500]), labels[:1500]).backward()
        optimizer.step()
    assert (model(x[1500:]).argmax(1) == labels[1500:]).float().mean() > 0.85


def test_sonnets() -> None:
    text = datasets.sonnets()
    poems = [part for part in text.split("\n\n") if "\n" in part.strip()]
    assert len(poems) == 14
    assert [len(poem.strip().splitlines()) for poem in poems] == [14] * 14
    assert text.isascii()
    assert 8_000 < len(text) < 12_000
