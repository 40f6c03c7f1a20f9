"""Layers that move pixels, and their inverses."""

from __future__ import annotations

import pytest

import microtensor as mt
from microtensor import nn


def test_shuffles_and_their_inverses() -> None:
    x = mt.rand(2, 8, 4, 6)
    assert mt.equal(nn.PixelUnshuffle(2)(nn.PixelShuffle(2)(x)), x)
    assert mt.equal(nn.ChannelShuffle(4)(nn.ChannelShuffle(2)(x)), x)


def test_folding_adds_up_what_overlaps() -> None:
    x = mt.ones(1, 1, 3, 3)
    counts = nn.Fold((3, 3), 2)(nn.Unfold(2)(x))
    assert counts.tolist() == [[[[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]]]


def test_older_names_warn() -> None:
    x = mt.tensor([[[[1.0, 3.0]]]])
    with pytest.warns(UserWarning, match="upsample` is deprecated"):
        assert mt.nn.functional.upsample(x, scale_factor=2).shape == (1, 1, 2, 4)
    assert nn.Upsample(scale_factor=(1, 2))(x).tolist() == [[[[1.0, 1.0, 3.0, 3.0]]]]
    assert nn.UpsamplingBilinear2d((1, 3))(x).tolist() == [[[[1.0, 2.0, 3.0]]]]


def test_reprs() -> None:
    assert repr(nn.Upsample(3)) == "Upsample(size=3, mode='nearest')"
    assert repr(nn.LocalResponseNorm(2)) == "LocalResponseNorm(2, alpha=0.0001, beta=0.75, k=1.0)"
