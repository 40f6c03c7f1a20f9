"""Flatten and Unflatten."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
from microtensor import nn


def test_flatten_keeps_the_batch() -> None:
    x = mt.arange(24).reshape(2, 3, 4)
    assert tuple(nn.Flatten()(x).shape) == (2, 12)
    assert tuple(nn.Flatten(0, 1)(x).shape) == (6, 4)
    assert repr(nn.Flatten()) == "Flatten(start_dim=1, end_dim=-1)"


def test_unflatten_undoes_it() -> None:
    x = mt.arange(24).reshape(2, 3, 4)
    layer = nn.Sequential(nn.Flatten(), nn.Unflatten(1, (3, 4)))
    assert layer(x).tolist() == x.tolist()
    assert repr(layer[1]) == "Unflatten(dim=1, unflattened_size=(3, 4))"


@pytest.mark.parametrize(
    ("size", "words"), [(3, "a tuple of ints, but found type int"), ((2, "a"), "type str at pos 1")]
)
def test_sizes_are_integers(size: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        nn.Unflatten(1, size)
