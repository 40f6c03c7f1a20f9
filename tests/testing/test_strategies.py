"""The strategies: what they draw is what was asked for, all of it is reachable, and it shrinks."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

import microtensor as mt
from microtensor.testing import samples
from microtensor.testing.samples import cases_of
from microtensor.testing.strategies import (
    LAYOUTS,
    broadcastable,
    broadcastable_shapes,
    dtypes,
    inputs_of,
    shapes,
    tensors,
)  # fmt: skip

SEARCH = settings(max_examples=500, database=None, derandomize=True)


def first(strategy: Any, condition: Any = lambda value: True) -> Any:
    return find(strategy, condition, settings=SEARCH)


# ------------------------------------------------------------------------------- shapes


@given(shapes(min_dims=1, max_dims=2, min_side=0, max_side=3))
def test_shapes_keep_their_bounds(shape: tuple[int, ...]) -> None:
    assert 1 <= len(shape) <= 2
    assert all(0 <= n <= 3 for n in shape)


def test_shapes_shrink_to_nothing() -> None:
    assert first(shapes()) == ()
    assert first(shapes(), lambda s: len(s) == 2) == (1, 1)
    assert first(shapes(min_side=0), lambda s: 0 in s) == (0,)
    with pytest.raises(NoSuchExample):
        first(shapes(), lambda s: 0 in s)


@given(broadcastable_shapes(3))
def test_shapes_broadcast(each: Any) -> None:
    assert len(each) == 3
    np.broadcast_shapes(*each)


@given(broadcastable(2, dtype=mt.float32, low=0))
def test_tensors_broadcast(pair: Any) -> None:
    a, b = pair
    assert (a + b).shape == np.broadcast_shapes(a.shape, b.shape)
    assert a.dtype == b.dtype == mt.float32
    assert bool((a >= 0).all())


# -------------------------------------------------------------------------------- dtypes


def test_dtypes_by_kind() -> None:
    for kinds, expected in (
        ("f", {"f8", "f4", "f2"}),
        ("b", {"?"}),
        ("iu", {"i8", "i4", "i2", "i1", "u1"}),
    ):
        known = {np.dtype(code) for code in expected}
        for dtype in known:
            assert first(dtypes(kinds), lambda d, dtype=dtype: d == dtype) == dtype
        with pytest.raises(NoSuchExample):
            first(dtypes(kinds), lambda d, known=known: d not in known)
    assert first(dtypes()) == mt.float64
    for bad in ("", "x", "fx"):
        with pytest.raises(ValueError, match="kinds are letters of 'fiubc'"):
            dtypes(bad)


# ------------------------------------------------------------------------------- tensors


@given(tensors(dtypes(), shapes(min_side=0), low=-3, high=7))
def test_values_lie_between_the_bounds(x: mt.Tensor) -> None:
    values = x.array.astype(float)
    assert ((values >= -3) & (values <= 7)).all()


@pytest.mark.parametrize("dtype", [mt.float16, mt.float32])
def test_bounds_that_the_dtype_cannot_hold_round_inwards(dtype: Any) -> None:
    @given(tensors(dtype, (3,), low=0.1, high=0.3))
    def inside(x: mt.Tensor) -> None:
        values = x.array.astype(float)
        assert ((values >= 0.1) & (values <= 0.3)).all()

    inside()


def test_integers_keep_to_their_dtype() -> None:
    x = first(tensors(mt.uint8, (2,), low=-5, high=1000), lambda x: bool((x >= 255).all()))
    assert x.tolist() == [255, 255]


def test_tensors_shrink_to_plain_ones() -> None:
    assert first(tensors()).tolist() == 0.0
    x = first(tensors(shape=(2, 2)), lambda x: bool((x > 1.5).any()))
    assert sorted(x.array.ravel().tolist())[-1] == 2.0
    x = first(tensors(shape=(2,)), lambda x: bool((x > 1.5).all()))
    assert x.tolist() == [2.0, 2.0]


def test_ties_zeros_and_ends_are_drawn() -> None:
    wanted = {
        "equal": lambda x: bool(x[0] == x[1]),
        "zero": lambda x: bool((x == 0).any()),
        "low": lambda x: bool((x == -10).any()),
        "high": lambda x: bool((x == 10).any()),
    }
    for condition in wanted.values():
        first(tensors(shape=(2,)), condition)
    with pytest.raises(NoSuchExample):
        first(tensors(shape=(2,), unique=True), wanted["equal"])


def test_requires_grad_is_a_value_or_a_strategy() -> None:
    assert first(tensors(requires_grad=True)).requires_grad
    assert not first(tensors()).requires_grad
    assert first(tensors(requires_grad=st.booleans()), lambda x: x.requires_grad).is_leaf


def test_elements_replace_the_values() -> None:
    x = first(
        tensors(shape=(1,), elements=st.sampled_from([1.0, float("nan")])),
        lambda x: bool(x.isnan().any()),
    )
    assert np.isnan(x.array).all()


@given(st.data(), st.sampled_from(list(LAYOUTS)), shapes(min_side=0))
def test_a_layout_changes_memory_and_not_values(data: Any, layout: str, shape: tuple[int, ...]) -> None:
    values = np.arange(int(np.prod(shape))).reshape(shape)
    laid = LAYOUTS[layout](values)
    assert np.array_equal(laid, values)
    assert laid.shape == shape
    x = data.draw(tensors(shape=shape, layouts=[layout], requires_grad=True))
    (x * x).sum().backward()
    assert np.array_equal(x.grad.array, 2 * x.detach().array)


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name != "contiguous"])
def test_each_layout_is_what_its_name_says(layout: str) -> None:
    a = LAYOUTS[layout](np.arange(6.0).reshape(2, 3))
    assert layout == "offset" or not a.flags.c_contiguous
    assert a.base is not None


# ------------------------------------------------------------------------- calls of an op


@pytest.mark.parametrize("op", mt.registry.values(), ids=lambda op: op.name)
def test_every_op_takes_what_is_drawn_for_it(op: Any) -> None:
    @settings(max_examples=5)
    @given(inputs_of(op, layouts=list(LAYOUTS)))
    def takes(call: Any) -> None:
        operands, params = call
        _check_domain(op, operands)
        op.call(*operands, **params)

    takes()


def _check_domain(op: Any, operands: Any) -> None:
    names = op.arrays * len(operands) if op.variadic else op.arrays
    given = [a for arrays, _ in cases_of(op) for a in arrays if isinstance(a, np.ndarray)]
    for name, x in zip(names, operands, strict=False):
        if isinstance(x, mt.Tensor) and x.dtype.kind == "f":
            low, high = op.domain[name] if isinstance(op.domain, dict) else op.domain
            values = x.detach().array
            as_given = any(np.array_equal(a, values) for a in given)
            assert as_given or ((values >= low) & (values <= high)).all()
            assert x.requires_grad == (name in op.partials)


@given(inputs_of(mt.registry["maximum"]))
def test_no_two_entries_tie(call: Any) -> None:
    (x, y), _ = call
    both = np.concatenate([x.detach().array.ravel(), y.detach().array.ravel()])
    assert len(set(both)) == len(both)


def test_no_two_entries_of_one_operand_tie() -> None:
    calls = inputs_of(mt.registry["maximum"])
    with pytest.raises(NoSuchExample):
        first(calls, lambda call: len(set(call[0][0].array.ravel())) < call[0][0].numel())


def test_calls_shrink() -> None:
    (x, y), params = first(inputs_of(mt.mul), lambda call: call[0][0].ndim == 1)
    assert (x.shape, y.shape, params) == ((1,), (), {})
    assert x.is_leaf
    assert not first(inputs_of(mt.mul, requires_grad=False))[0][0].requires_grad
    assert first(inputs_of(mt.exp, dtype=mt.float32))[0][0].dtype == mt.float32


def test_the_cases_of_an_op_are_all_reached() -> None:
    op = mt.registry["sum"]
    for _, params in samples.cases_of(op):
        first(inputs_of(op), lambda call, params=params: call[1] == params)


# ---------------------------------------------------------------------- without hypothesis


def test_one_sentence_without_hypothesis() -> None:
    code = "import sys; sys.modules['hypothesis'] = None; import microtensor.testing.strategies"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    last = run.stderr.strip().splitlines()[-1]
    assert last == (
        "ModuleNotFoundError: microtensor.testing.strategies needs hypothesis, which is not installed: "
        "pip install hypothesis"
    )
    assert run.stderr.count("Traceback") == 1


def test_the_package_and_its_testing_tools_do_not_import_hypothesis_or_pytest() -> None:
    code = "import sys, microtensor.testing; print('hypothesis' in sys.modules, 'pytest' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]


@given(tensors(dtypes("c"), low=-2, high=2, requires_grad=True))
def test_complex_tensors(z: Any) -> None:
    assert z.is_complex()
    assert z.requires_grad
    assert bool((z.detach().real.abs() <= 2).all())
    assert bool((z.detach().imag.abs() <= 2).all())


@given(inputs_of(mt.log, dtype=np.complex128))
def test_complex_operands_lie_off_the_real_axis(call: Any) -> None:
    (z,), _ = call
    assert z.is_complex()
    assert bool((z.detach().imag > 0.1).all())
