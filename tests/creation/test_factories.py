"""Making tensors: from data, from sizes, like another, and in ranges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt

DATA: list[tuple[Any, Any, Any]] = [
    (1, mt.int64, 1),
    (1.5, mt.float32, 1.5),
    (True, mt.bool, True),
    ([1, 2], mt.int64, [1, 2]),
    ([1, 2.5], mt.float32, [1.0, 2.5]),
    ([True, 2], mt.int64, [1, 2]),
    ([], mt.float32, []),
    ([[1.0], [2.0]], mt.float32, [[1.0], [2.0]]),
    ((1, 2), mt.int64, [1, 2]),
    (range(3), mt.int64, [0, 1, 2]),
    (np.float64(2.0), mt.float64, 2.0),
    (np.ones(2, np.int16), mt.int16, [1, 1]),
    (np.arange(3.0)[::-1], mt.float64, [2.0, 1.0, 0.0]),
]


@pytest.mark.parametrize(("data", "dtype", "values"), DATA, ids=repr)
def test_tensor_infers_dtype_and_shape(data: Any, dtype: Any, values: Any) -> None:
    x = mt.tensor(data)
    assert (x.dtype, x.tolist(), x.is_leaf, x.requires_grad) == (dtype, values, True, False)


def test_tensor_copies_and_as_tensor_and_from_numpy_share() -> None:
    array = np.zeros(3)
    made = {"tensor": mt.tensor(array), "as_tensor": mt.as_tensor(array), "from_numpy": mt.from_numpy(array)}
    array[0] = 5
    assert {name: x[0].item() for name, x in made.items()} == {"tensor": 0, "as_tensor": 5, "from_numpy": 5}
    made["from_numpy"][1] = 7
    assert array[1] == 7


def test_as_tensor_of_a_tensor_is_that_tensor() -> None:
    x = mt.ones(2, requires_grad=True)
    assert mt.as_tensor(x) is x
    y = mt.as_tensor(x, dtype=mt.float64)
    assert y.dtype == mt.float64
    assert y.requires_grad


@pytest.mark.parametrize(
    ("data", "error", "text"),
    [
        ([[1, 2], [3]], ValueError, "rectangular"),
        ("x", TypeError, "str"),
        ({"a": 1}, TypeError, "dict"),
        ([None], Exception, "object|None"),
        ([[1], "x"], Exception, "str|rectangular"),
    ],
    ids=repr,
)
def test_what_is_no_tensor_is_refused(data: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        mt.tensor(data)


def test_from_numpy_takes_arrays_only() -> None:
    with pytest.raises(TypeError, match=r"expected np.ndarray \(got list\)"):
        mt.from_numpy([1.0])  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [mt.zeros, mt.ones, mt.empty, mt.rand, mt.randn], ids=lambda f: f.__name__)
def test_sizes_may_be_spread_or_packed(make: Any) -> None:
    for x in (make(2, 3), make((2, 3)), make([2, 3]), make(mt.zeros(2, 3).shape)):
        assert tuple(x.shape) == (2, 3)
        assert x.dtype == mt.float32
    assert tuple(make(()).shape) == ()
    assert tuple(make(0).shape) == (0,)
    assert make(2, dtype=mt.float64, requires_grad=True).requires_grad
    with pytest.raises(RuntimeError, match=r"negative dimension.*-1"):
        make(-1)


@pytest.mark.parametrize(
    "make",
    [
        mt.zeros,
        mt.ones,
        mt.empty,
        mt.rand,
        mt.randn,
    ],
    ids=lambda f: f.__name__,
)
def test_a_misspelt_argument_is_refused(make: Any) -> None:
    with pytest.raises(TypeError, match="nonsense"):
        make(2, nonsense=1)


def test_likes_take_shape_and_dtype() -> None:
    x = mt.ones(2, 3, dtype=mt.float64, requires_grad=True)
    for y in (
        mt.zeros_like(x),
        mt.ones_like(x),
        mt.empty_like(x),
        mt.full_like(x, 7),
        mt.rand_like(x),
        mt.randn_like(x),
    ):
        assert (tuple(y.shape), y.dtype, y.requires_grad) == ((2, 3), mt.float64, False)
    assert mt.zeros_like(x, dtype=mt.int32).dtype == mt.int32
    assert mt.full_like(x, 7).unique().tolist() == [7.0] if hasattr(mt.Tensor, "unique") else True
    with pytest.raises(TypeError, match=r"Tensor to be like, got list"):
        mt.zeros_like([1.0])  # type: ignore[arg-type]


def test_full_infers_its_dtype() -> None:
    assert [mt.full((1,), v).dtype for v in (True, 2, 2.5)] == [mt.bool, mt.int64, mt.float32]
    assert mt.full((2, 2), 1, dtype=mt.float64).tolist() == [[1.0, 1.0]] * 2


RANGES: list[tuple[tuple[Any, ...], Any, list[Any]]] = [
    ((3,), mt.int64, [0, 1, 2]),
    ((3.0,), mt.float32, [0.0, 1.0, 2.0]),
    ((1, 4), mt.int64, [1, 2, 3]),
    ((1, 2.5, 0.5), mt.float32, [1.0, 1.5, 2.0]),
    ((5, 0, -2), mt.int64, [5, 3, 1]),
    ((0,), mt.int64, []),
]


@pytest.mark.parametrize(("args", "dtype", "values"), RANGES)
def test_arange(args: Any, dtype: Any, values: Any) -> None:
    assert (mt.arange(*args).dtype, mt.arange(*args).tolist()) == (dtype, values)


def test_a_range_that_never_arrives() -> None:
    with pytest.raises(RuntimeError, match="inconsistent with step sign: 5, 0, 1"):
        mt.arange(5, 0)
    with pytest.raises(RuntimeError):
        mt.arange(0, 5, 0)


def test_linspace_has_its_ends() -> None:
    for n in (1, 2, 7, 100):
        x = mt.linspace(-3, 5, n, dtype=mt.float64)
        assert len(x) == n
        assert x[0].item() == -3
        assert n == 1 or x[-1].item() == 5
    assert mt.linspace(0, 1, 0).tolist() == []
    with pytest.raises(RuntimeError, match="non-negative"):
        mt.linspace(0, 1, -1)


def test_eye() -> None:
    assert mt.eye(2).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert mt.eye(2, 3, dtype=mt.int64).tolist() == [[1, 0, 0], [0, 1, 0]]


def test_the_class_itself_makes_tensors() -> None:
    assert mt.Tensor([1, 2]).dtype == mt.float32
    assert tuple(mt.Tensor(2, 3).shape) == (2, 3)
    assert mt.Tensor([1, 2]).tolist() == [1.0, 2.0]


def test_new_tensors_of_the_same_kind() -> None:
    x = mt.ones(2, dtype=mt.float64)
    assert x.new_zeros(3).dtype == mt.float64
    assert x.new_ones((2, 2)).tolist() == [[1.0, 1.0]] * 2
    assert x.new_tensor([1, 2]).tolist() == [1, 2]
    assert x.new_full((2,), 5).tolist() == [5.0, 5.0]
