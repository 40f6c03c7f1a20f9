"""The cosine of tensors that broadcast against each other."""

from __future__ import annotations

import pytest

import microtensor as mt


@pytest.mark.parametrize(
    ("first", "second", "dim", "shape"),
    [
        ((1, 2, 3), (2, 1, 3), -2, (2, 3)),
        ((3,), (2, 3), 0, (3,)),
        ((3,), (2, 3), -1, (2,)),
        ((2, 3), (2, 3), 1, (2,)),
    ],
)
def test_equal_directions(
    first: tuple[int, ...], second: tuple[int, ...], dim: int, shape: tuple[int, ...]
) -> None:
    """The norms are those of the dimension that both have together: a cosine is never above 1."""
    found = mt.nn.functional.cosine_similarity(mt.ones(first), mt.ones(second), dim=dim)
    assert tuple(found.shape) == shape
    assert (found - 1).abs().max() < 1e-6
