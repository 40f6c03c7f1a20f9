"""Indexing: every kind of key, read, written and differentiated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microtensor as mt
from microtensor.testing import numerical_gradient

X = np.arange(24.0).reshape(2, 3, 4)
BASIC: list[Any] = [
    0,
    -1,
    slice(None),
    slice(1, None),
    (0, 1),
    (slice(None), 1),
    (Ellipsis, -1),
    None,
    (None, 0),
    (slice(None), None),
    (slice(None), slice(None, None, 2)),
    (1, slice(0, 2), slice(1, 4, 2)),
    (Ellipsis, slice(0, 0)),
    (0, Ellipsis, 0),
    Ellipsis,
    (),
    np.int64(1),
    (slice(None), np.int32(0)),
    np.array(1),
]
ADVANCED: list[Any] = [
    [0, 1],
    [1, 1, 0],
    np.array([[0, 1], [1, 1]]),
    ([0, 1], [1, 2]),
    (slice(None), [2, 0]),
    (Ellipsis, [0, 3, 3]),
    ([0, 1], slice(None), [1, 2]),
    X > 11,
    X[:, :, 0] > 5,
    [True, False],
    (slice(None), np.array([True, False, True])),
    (0, [1, 2]),
    ([1, 0], Ellipsis, 2),
    (np.array([[0], [1]]), np.array([0, 2])),
    (slice(1, None), None, [0, 2]),
    np.zeros(0, np.int64),
    [-1, -2],
    (slice(None), -1, [0, 1]),
]
every_key = pytest.mark.parametrize("key", BASIC + ADVANCED, ids=str)


def as_ours(key: Any) -> Any:
    """Arrays in a key become tensors."""
    if isinstance(key, tuple):
        return tuple(map(as_ours, key))
    return mt.tensor(key) if isinstance(key, np.ndarray) else key


@every_key
def test_reading_gives_what_numpy_gives(key: Any) -> None:
    np.testing.assert_array_equal(mt.tensor(X)[as_ours(key)].array, X[key])
    np.testing.assert_array_equal(mt.tensor(X)[key].array, X[key])


@every_key
def test_basic_keys_give_views_and_others_copies(key: Any) -> None:
    x = mt.tensor(X)
    y = x[as_ours(key)]
    basic = any(key is k for k in BASIC)
    assert np.shares_memory(y.array, x.array) == (basic and y.numel() > 0)
    assert y._is_view() == basic


@every_key
def test_the_gradient_of_reading_is_that_of_differences(key: Any) -> None:
    x = mt.tensor(X, requires_grad=True)
    (x[as_ours(key)] ** 2).sum().backward()
    expected = np.zeros_like(X)
    np.add.at(expected, key, 2 * X[key])
    np.testing.assert_array_equal(x.grad.array, expected)


@every_key
def test_writing_gives_what_numpy_gives(key: Any) -> None:
    x, expected = mt.tensor(X), X.copy()
    x[as_ours(key)] = -1.0
    expected[key] = -1.0
    np.testing.assert_array_equal(x.array, expected)
    assert x._version == 1


@every_key
def test_the_gradient_of_writing_reaches_both_sides(key: Any) -> None:
    x, v = mt.tensor(X, requires_grad=True), mt.tensor(3.0, dtype=mt.float64, requires_grad=True)
    y = x * 1
    y[as_ours(key)] = v
    (y**2).sum().backward()
    kept = np.ones_like(X)
    kept[key] = 0
    np.testing.assert_array_equal(x.grad.array, 2 * X * kept)
    assert v.grad.item() == 6 * X[key].size


def test_integers_are_taken_before_index_arrays() -> None:
    """PyTorch selects first, so the dimension of the arrays stays in its place; NumPy moves it."""
    x = mt.tensor(X)
    expected = X[0][:, [1, 2]]
    assert x[0, :, [1, 2]].tolist() == expected.tolist()
    assert x[1, :, mt.tensor([True, False, True, False])].tolist() == X[1][:, [0, 2]].tolist()


def test_integers_are_taken_before_index_arrays_when_writing() -> None:
    x, expected = mt.tensor(X), X.copy()
    x[0, :, [1, 2]] = mt.tensor(X[1][:, :2])
    expected[0][:, [1, 2]] = X[1][:, :2]
    assert x.tolist() == expected.tolist()


def test_bools_are_masks_of_no_dimension() -> None:
    x = mt.tensor([1.0, 2.0], requires_grad=True)
    assert tuple(x[True].shape) == (1, 2)
    assert tuple(x[False].shape) == (0, 2)
    (x[True] * 3).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


@pytest.mark.parametrize(
    ("key", "error", "text"),
    [
        (5, IndexError, "out of bounds"),
        (-3, IndexError, "out of bounds"),
        ((0, 0, 0, 0), IndexError, "too many|3"),
        (1.5, IndexError, "valid indices"),
        ([0, 9], IndexError, "out of bounds"),
        (mt.tensor([0.5]), IndexError, "long, int, byte or bool.*float32"),
        (slice(None, None, -1), ValueError, r"greater than zero.*flip"),
        (mt.tensor([True, False, True]), IndexError, r"shape of the mask \[3\] at index 0 .* \[2, 3, 4\]"),
        (mt.ones(2, 3, 4, 1, dtype=mt.bool), IndexError, "too many indices for tensor of dimension 3"),
        (mt.tensor([0], dtype=mt.int8), IndexError, "long, int, byte or bool.*int8"),
        ("a", IndexError, "valid indices"),
    ],
)
def test_keys_that_make_no_sense(key: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        mt.tensor(X)[key]


def test_a_scalar_has_nothing_to_index() -> None:
    with pytest.raises(IndexError, match="0-dim"):
        mt.tensor(1.0)[0]
    assert mt.tensor(1.0)[()].item() == mt.tensor(1.0)[...].item() == 1.0
    assert mt.tensor(1.0)[None].tolist() == [1.0]


def test_a_uint8_tensor_is_a_mask() -> None:
    with pytest.warns(UserWarning, match="use a bool mask"):
        found = mt.tensor([1.0, 2.0, 3.0])[mt.tensor([1, 0, 1], dtype=mt.uint8)]
    assert found.tolist() == [1.0, 3.0]


@given(st.lists(st.integers(-5, 4), max_size=8), st.integers(0, 2**16))
def test_repeated_indices_add_up(rows: list[int], seed: int) -> None:
    """The sorted sum gives what adding one by one gives."""
    values = np.random.default_rng(seed).normal(size=(len(rows), 2))
    x = mt.zeros(5, 2, dtype=mt.float64, requires_grad=True)
    index = mt.tensor(np.array(rows, np.int64))
    x[index].backward(mt.tensor(values))
    expected = np.zeros((5, 2))
    for row, value in zip(rows, values, strict=True):
        expected[row] += value
    np.testing.assert_allclose(x.grad.array, expected, atol=1e-12)


@pytest.mark.parametrize("dim", [0, 1, 2, -1, -2, -3])
def test_select_and_its_gradient_for_every_dimension(dim: int) -> None:
    x = mt.tensor(X, requires_grad=True)
    y = x.select(dim, 1)
    np.testing.assert_array_equal(y.detach().array, np.take(X, 1, dim))
    (y * y).sum().backward()
    expected = np.zeros_like(X)
    np.moveaxis(expected, dim, 0)[1] = 2 * np.take(X, 1, dim)
    np.testing.assert_array_equal(x.grad.array, expected)


@pytest.mark.parametrize("dim", [0, 1, 2, -1, -2, -3])
@pytest.mark.parametrize(
    "read",
    [
        lambda x, d: x.narrow(d, 1, 1),
        lambda x, d: x.unbind(d)[1],
        lambda x, d: x.split(1, d)[1],
        lambda x, d: x.index_select(d, mt.tensor([1, 0, 1])),
        lambda x, d: mt.gather(x, d, mt.ones(2, 3, 4).long()),
        lambda x, d: x.flip(d),
        lambda x, d: x.chunk(2, d)[0],
        lambda x, d: x.movedim(d, 0),
        lambda x, d: x.unsqueeze(d),
    ],
    ids=["narrow", "unbind", "split", "index_select", "gather", "flip", "chunk", "movedim", "unsqueeze"],
)
def test_gradients_for_every_dimension(read: Any, dim: int) -> None:
    x = mt.tensor(X[:, :, :] + 0.5, requires_grad=True)
    (read(x, dim) ** 2).sum().backward()
    expected = numerical_gradient(lambda a: (read(mt.tensor(a), dim) ** 2).sum().item(), X + 0.5, 1e-2)
    np.testing.assert_allclose(x.grad.array, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("offset", "dims"), [(0, (0, 1)), (1, (1, 2)), (-1, (-1, 0)), (2, (0, 2))])
def test_diagonals_are_writable_views(offset: int, dims: tuple[int, int]) -> None:
    x, expected = mt.tensor(X), X.copy()
    d = x.diagonal(offset, *dims)
    np.testing.assert_array_equal(d.array, np.diagonal(X, offset, *dims))
    d.fill_(-1)
    window = np.diagonal(expected, offset, *dims)
    window.flags.writeable = True
    window[...] = -1
    np.testing.assert_array_equal(x.array, expected)


def test_gather_checks_its_index() -> None:
    x = mt.ones(2, 3)
    with pytest.raises(RuntimeError, match="int64 for index, got torch.float32"):
        mt.gather(x, 1, mt.ones(2, 1))
    with pytest.raises(RuntimeError, match=r"\(1,\).*\(2, 3\)"):
        mt.gather(x, 1, mt.tensor([0]))
    with pytest.raises(RuntimeError, match="7.*out of bounds.*size 3"):
        mt.gather(x, 1, mt.tensor([[7]]))


def test_masks() -> None:
    x = mt.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    mask = mt.tensor([True, False])
    assert x.masked_fill(mask, 9.0).tolist() == [[9.0, 2.0], [9.0, 4.0]]
    assert x.masked_select(x > 2).tolist() == [3.0, 4.0]
    (x.masked_select(mask) * 2).sum().backward()
    assert x.grad.tolist() == [[2.0, 0.0], [2.0, 0.0]]
    with pytest.raises(RuntimeError, match="boolean masks.*int64"):
        x.masked_fill(mt.tensor([1, 0]), 0.0)


def test_nonzero_and_where() -> None:
    x = mt.tensor([[0, 3], [4, 0]])
    assert x.nonzero().tolist() == [[0, 1], [1, 0]]
    assert [t.tolist() for t in mt.where(x > 0)] == [[0, 1], [1, 0]]
    assert tuple(mt.tensor(5).nonzero().shape) == (1, 0)


def test_iterating_and_containing() -> None:
    assert [row.tolist() for row in mt.arange(4).view(2, 2)] == [[0, 1], [2, 3]]
    assert 3 in mt.arange(4)
    assert 4 not in mt.arange(4)
