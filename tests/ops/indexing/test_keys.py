"""Forms of keys: lists that are tuples, numbers that are indices, an Ellipsis that stands for nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt

X = mt.arange(24).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("key", "same"),
    [
        ([[0, 1], [1, 0]], ([0, 1], [1, 0])),
        ([[[0, 1], [1, 0]]], (mt.tensor([[0, 1], [1, 0]]),)),
        ([slice(0, 1), 2], (slice(0, 1), 2)),
        ([mt.tensor(1), mt.tensor(2)], (1, 2)),
        ([None, 0], (None, 0)),
        ([..., 0], (..., 0)),
        ([range(2), (0, 1)], ([0, 1], [0, 1])),
    ],
    ids=str,
)
def test_a_list_of_sequences_is_a_tuple(key: Any, same: Any) -> None:
    """And is warned of, in reading and in writing."""
    with pytest.warns(UserWarning, match=r"non-tuple sequence.*x\[tuple\(seq\)\]") as seen:
        assert mt.equal(X[key], X[same])
    assert seen[0].filename == __file__
    one, other = X.clone(), X.clone()
    with pytest.warns(UserWarning, match="non-tuple sequence"):
        one[key] = 100
    other[same] = 100
    assert mt.equal(one, other)


def test_a_list_of_numbers_is_an_array_of_indices() -> None:
    """Also a long one of lists; numbers are cut to integers."""
    assert X[[0, 1]].shape == (2, 3, 4)
    assert X[[[0, 1]] * 32].shape == (32, 2, 3, 4)
    assert X[[1.9]].tolist() == X[[1]].tolist() == X[np.array([1.2])].tolist()
    assert X[[True, False]].tolist() == X[:1].tolist()


def test_an_ellipsis_that_stands_for_nothing() -> None:
    """A second one is nothing; one between arrays leaves them side by side."""
    assert X[..., ...].shape == X[...].shape
    assert X[:, [0, 1, 2], ..., [0, 1, 2]].shape == (2, 3)
    assert X[..., [0, 1], ...].shape == (2, 3, 2)


def test_an_empty_mask_has_to_fit() -> None:
    """NumPy takes one of no elements for any dimension."""
    with pytest.raises(IndexError, match=r"mask \[0\] at index 0 does not match .* \[0, 3\] at index 1"):
        mt.zeros(0, 3)[..., mt.tensor([], dtype=mt.bool)]


def test_values_have_the_dtype_of_their_place() -> None:
    """Where arrays point; a mask may be filled with one number of any dtype, and a view is copied into."""
    for key in ([0, 1], mt.tensor([True, True]), (slice(None), [0, 1])):
        x = mt.zeros(2, 2)
        with pytest.raises(
            RuntimeError, match=r"dtypes match, got torch.float32 for the destination and torch.int64 for"
        ):
            x[key] = mt.ones(2, 2, dtype=mt.int64)
        assert x.tolist() == [[0.0, 0.0], [0.0, 0.0]]
    with pytest.raises(RuntimeError, match="dtypes match"):
        mt.index_put(x, (mt.tensor([0]),), mt.ones(2, dtype=mt.float64))
    x[mt.tensor([True, False])] = mt.tensor(2)
    x[1] = mt.tensor([3, 4])
    assert x.tolist() == [[2.0, 2.0], [3.0, 4.0]]
    with pytest.raises(IndexError):
        x[[0, 5]] = mt.tensor([1, 2])


def test_no_slice_goes_backwards_in_an_assignment_either():
    x, first = mt.zeros(3, 3), mt.tensor([0])
    for target in (x, mt.zeros(3, 3, requires_grad=True) * 1):
        for key in (slice(None, None, -1), (slice(None, None, -1), first)):
            with pytest.raises(ValueError, match=r"step must be greater than zero: use x\.flip"):
                target[key] = 1.0
    assert not x.any()
