"""Dropout."""

from __future__ import annotations

import pytest

import microtensor as mt
from microtensor import nn


def test_noise_in_training_only() -> None:
    layer, x = nn.Dropout(0.25), mt.ones(1000)
    mt.manual_seed(0)
    noisy = layer(x)
    assert {round(v, 4) for v in noisy.tolist()} == {0.0, 1.3333}
    assert 0.65 < float((noisy > 0).float().mean()) < 0.85
    assert layer.eval()(x) is x


def test_in_place_it_changes_its_input() -> None:
    x = mt.ones(100)
    assert nn.Dropout(0.5, inplace=True)(x) is x
    assert 0 in x.tolist()


@pytest.mark.parametrize("p", [-0.1, 1.1])
def test_a_probability_lies_between_0_and_1(p: float) -> None:
    with pytest.raises(ValueError, match=f"between 0 and 1, but got {p}"):
        nn.Dropout(p)


def test_repr() -> None:
    assert repr(nn.Dropout(0.3, True)) == "Dropout(p=0.3, inplace=True)"
