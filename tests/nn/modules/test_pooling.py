"""Pooling layers say what they are, and undo each other."""

from __future__ import annotations

import microtensor as mt
from microtensor import nn


def test_reprs() -> None:
    assert (
        repr(nn.MaxPool2d(2)) == "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
    )
    assert repr(nn.AvgPool1d(2)) == "AvgPool1d(kernel_size=(2,), stride=(2,), padding=(0,))"
    assert repr(nn.AdaptiveAvgPool2d((1, None))) == "AdaptiveAvgPool2d(output_size=(1, None))"


def test_unpooling_undoes_pooling_where_the_largest_were() -> None:
    x = mt.tensor([[[1.0, 2.0, 0.0, 5.0], [3.0, 0.0, 4.0, 0.0]]])
    largest, indices = nn.MaxPool2d(2, return_indices=True)(x)
    assert (largest.tolist(), indices.tolist()) == ([[[3.0, 5.0]]], [[[4, 3]]])
    back = nn.MaxUnpool2d(2)(largest, indices)
    assert back.tolist() == [[[0.0, 0.0, 0.0, 5.0], [3.0, 0.0, 0.0, 0.0]]]


def test_an_average_spreads_its_gradient() -> None:
    x = mt.zeros(1, 3, 3, requires_grad=True)
    nn.AvgPool2d(2, 1)(x).sum().backward()
    assert x.grad.tolist() == [[[0.25, 0.5, 0.25], [0.5, 1.0, 0.5], [0.25, 0.5, 0.25]]]
