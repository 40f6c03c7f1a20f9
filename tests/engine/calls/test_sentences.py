"""PyTorch's sentences about shapes and dimensions, and silence where there is nothing to say."""

from __future__ import annotations

import numpy as np
import pytest

import microtensor as mt
from microtensor.engine.calls.sentences import misfit, out_of_range, unequal


def test_shapes_that_broadcast_need_no_sentence() -> None:
    assert unequal([(2, 3), (3,)]) == ""
    assert unequal([(2, 1), (1, 3)]) == ""
    assert misfit("add", [(2, 3), (2, 3)], {}) == ""
    assert misfit("cat", [(2,), (3,), (4,)], {}) == ""


def test_the_last_dimension_that_does_not_fit_is_named() -> None:
    text = "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1"
    assert unequal([(5, 3), (6, 4)]) == text
    assert unequal([(5, 3), (4,)]) == text


def test_a_dimension_out_of_range_is_named_with_its_range_if_it_is_known() -> None:
    known = np.exceptions.AxisError(2, 2)
    assert out_of_range(known) == "Dimension out of range (expected to be in range of [-2, 1], but got 2)"
    scalar = np.exceptions.AxisError(3, 0)
    assert out_of_range(scalar) == "Dimension out of range (expected to be in range of [-1, 0], but got 3)"
    assert out_of_range(np.exceptions.AxisError("axis 2 is too large")) == "Dimension out of range"


@pytest.mark.parametrize("key", [5, (0, 7), ([7],), (slice(1), -4)])
def test_an_index_out_of_bounds_is_told_in_pytorchs_words(key: object) -> None:
    said = r"^index -?\d is out of bounds for dimension \d with size 3: "
    x = mt.zeros(3, 3)
    with pytest.raises(IndexError, match=said):
        x[key]
    with pytest.raises(IndexError, match=said):
        x[key] = 1.0


def test_too_many_indices_are_told_in_pytorchs_words() -> None:
    x = mt.zeros(3, 3)
    with pytest.raises(IndexError, match=r"^too many indices for tensor of dimension 2: picked\("):
        x[0, 0, 0]
    with pytest.raises(IndexError, match=r"^too many indices for tensor of dimension 2: x\[key\] = "):
        x[0, 0, 0] = 1.0
    with pytest.raises(IndexError, match=r"^too many indices for tensor of dimension 2: index\("):
        x[mt.tensor([0]), mt.tensor([0]), mt.tensor([0])]
