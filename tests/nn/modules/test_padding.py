"""Layers with borders: which element goes where."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
from microtensor import nn


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (nn.ConstantPad1d((1, 2), 9.0), [9.0, 1.0, 2.0, 3.0, 9.0, 9.0]),
        (nn.ZeroPad1d((-1, 1)), [2.0, 3.0, 0.0]),
        (nn.ReflectionPad1d(2), [3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0]),
        (nn.ReplicationPad1d((0, 2)), [1.0, 2.0, 3.0, 3.0, 3.0]),
        (nn.CircularPad1d((2, 1)), [2.0, 3.0, 1.0, 2.0, 3.0, 1.0]),
    ],
)
def test_borders(layer: Any, expected: list[float]) -> None:
    assert layer(mt.tensor([[1.0, 2.0, 3.0]])).tolist() == [expected]


def test_reprs() -> None:
    assert repr(nn.ConstantPad2d((1, 2, 3, 4), 0.5)) == "ConstantPad2d(padding=(1, 2, 3, 4), value=0.5)"
    assert repr(nn.ReflectionPad2d(1)) == "ReflectionPad2d((1, 1, 1, 1))"
