"""Printing against PyTorch itself: any array, any option, the same text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from microtensor.engine.printing import format_tensor, get_printoptions, set_printoptions

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

from hypothesis import example, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from hypothesis.extra import numpy as hnp  # noqa: E402

FLOATS = ["float16", "float32", "float64"]
INTEGERS = ["uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"]
GRID = [0.0, -0.0, 1.0, -1.0, 0.5, 1000.0, 1001.0, 1e8, 1.00000001e8, 1e-4, 9.9e-5, 0.1, 100.5]
SPECIAL = [math.nan, math.inf, -math.inf, -0.0]
OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    "precision": st.integers(0, 12),
    "threshold": st.one_of(st.integers(-1, 30), st.just(math.inf)),
    "edgeitems": st.integers(0, 4),
    "linewidth": st.integers(-5, 150),
    "profile": st.sampled_from(["default", "short", "full"]),
    "sci_mode": st.sampled_from([None, True, False]),
}

MANY = settings(max_examples=6 * settings.default.max_examples)
"""Printing has many cases, and one example is quick."""


@contextmanager
def both_printing_with(options: dict[str, Any]) -> Iterator[None]:
    try:
        for setter in (set_printoptions, torch.set_printoptions):
            setter(**options)
        yield
    finally:
        for setter in (set_printoptions, torch.set_printoptions):
            setter(profile="default")


def theirs(array: np.ndarray[Any, Any]) -> str:
    return repr(torch.from_numpy(array))


def elements(dtype: np.dtype[Any]) -> st.SearchStrategy[Any]:
    """Everything the dtype holds, or values near the thresholds of notation, or both."""
    if dtype.kind != "f":
        small = st.integers(0, 1) if dtype.kind != "b" else st.booleans()
        return st.one_of(hnp.from_dtype(dtype), small)
    anything = hnp.from_dtype(dtype)
    tame = st.floats(-100, 100).map(lambda value: round(value, 3))
    whole = st.integers(-2000, 2000).map(float)
    grid = st.sampled_from(GRID if dtype.itemsize > 2 else GRID[:7])
    family = st.sampled_from([anything, tame, whole, grid]).flatmap(lambda s: s)
    return st.one_of(family, st.sampled_from(SPECIAL)).map(dtype.type)


@st.composite
def arrays(draw: st.DrawFn, dtypes: tuple[str, ...] = (*FLOATS, *INTEGERS, "bool")) -> Any:
    dtype = np.dtype(draw(st.sampled_from(dtypes)))
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6))
    source = draw(st.sampled_from(["uniform", "mixed"]))
    if source == "mixed" or dtype.kind != "f":
        return draw(hnp.arrays(dtype, shape, elements=elements(dtype)))
    family = [st.floats(-9, 9), st.integers(-999, 999), st.sampled_from(GRID[:6])]
    return draw(hnp.arrays(dtype, shape, elements=draw(st.sampled_from(family)).map(dtype.type)))


@MANY
@given(arrays())
def test_every_array_prints_the_same(array: np.ndarray[Any, Any]) -> None:
    assert format_tensor(array) == theirs(array)


@MANY
@given(arrays(), st.fixed_dictionaries({}, optional=OPTIONS))
@example(np.float32([0.0, math.nan]), {"sci_mode": True})
@example(np.float64([[1.5]]), {"edgeitems": 0})
@example(np.arange(3), {"edgeitems": 0, "threshold": 0})
@example(np.float32(2.5), {"edgeitems": 0, "threshold": 0})
def test_every_option_means_the_same(array: np.ndarray[Any, Any], options: dict[str, Any]) -> None:
    with both_printing_with(options):
        assert format_tensor(np.asarray(array)) == theirs(np.asarray(array))


@MANY
@given(st.lists(st.fixed_dictionaries({}, optional=OPTIONS), max_size=3))
def test_options_accumulate_the_same(calls: list[dict[str, Any]]) -> None:
    with both_printing_with({}):
        for call in calls:
            set_printoptions(**call)
            torch.set_printoptions(**call)
        assert get_printoptions() == torch._tensor_str.get_printoptions()


@MANY
@given(
    arrays(("float32", "float64")),
    st.integers(20, 130),
    st.sampled_from(["tensor", "Tensor_of_a_rather_long_name", "T"]),
    st.booleans(),
)
def test_suffixes_wrap_the_same(array: np.ndarray[Any, Any], linewidth: int, name: str, leaf: bool) -> None:
    source = torch.from_numpy(array)
    if name != "tensor":
        source = source.as_subclass(type(name, (torch.Tensor,), {}))
    tensor = source.requires_grad_() if leaf else source.requires_grad_() * 1
    suffix = "requires_grad=True" if leaf else f"grad_fn={_written(tensor.grad_fn)}"
    with both_printing_with({"linewidth": linewidth}):
        expected = repr(tensor)
        shown = tensor.detach().numpy()
        assert format_tensor(shown, [suffix], prefix=f"{name}(") == expected


def _written(grad_fn: Any) -> str:
    return f"<{grad_fn.name().rpartition('::')[2]}>"


@given(
    st.sampled_from([(1000,), (1001,), (7, 150), (200, 7), (20, 9, 8), (6, 6, 6, 6), (2, 0, 999)]),
    st.sampled_from([1.0, 1e-3, 1e3, 1e7, 0.0]),
    st.sampled_from([*FLOATS, "int64", "int32", "bool"]),
    st.integers(0, 9),
)
def test_big_tensors_summarise_the_same(shape: tuple[int, ...], scale: float, dtype: str, seed: int) -> None:
    with np.errstate(over="ignore"):
        array = (np.random.default_rng(seed).normal(size=shape) * scale).astype(dtype)
    assert format_tensor(array) == theirs(array)


def test_only_the_elements_shown_choose_the_notation() -> None:
    array = np.ones(2000, np.float32)
    array[1000] = 1e-7
    assert format_tensor(array) == theirs(array)


@pytest.mark.parametrize("default", ["float16", "float32", "float64"])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64", "int32", "bool"])
@pytest.mark.parametrize("shape", [(), (2,), (0,), (0, 2)])
def test_the_default_dtype_is_not_shown(default: str, dtype: str, shape: tuple[int, ...]) -> None:
    array = np.zeros(shape, dtype)
    torch.set_default_dtype(getattr(torch, default))
    try:
        assert format_tensor(array, default_dtype=np.dtype(default)) == theirs(array)
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("transform", [np.transpose, np.flip, lambda a: a[::2, ::3]])
def test_strides_do_not_matter(transform: Any) -> None:
    array = np.arange(1200.0).reshape(30, 40)
    assert format_tensor(transform(array)) == theirs(transform(array).copy())
