"""Every law over every op: discovered in the registry, never listed by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import microtensor as mt
from microtensor.engine.op_definition import Op
from microtensor.testing import laws
from microtensor.testing.samples import cases_of, complex_samples_of, draw_all, samples_of

OPS = list(mt.registry.values())
by_name = pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
SLOW = {"third"}
"""The law that takes as long as all others together."""
ON_ANY_ARRAY = ["gradient", "carriers", "shapes", "floating", "untouched", "fast_path"]


def marks(op: Op, name: str) -> Any:
    """What the law of an op is marked with: a third derivative through time takes ten seconds."""
    through_time = ".recurrent." in op.function.__module__
    return pytest.mark.thorough if name in SLOW and through_time else () if name in SLOW else pytest.mark.fast


@pytest.mark.parametrize(
    ("name", "op"),
    [pytest.param(n, op, marks=marks(op, n), id=f"{n}-{op.name}") for n in laws.LAWS for op in OPS],
)
def test_law(op: Op, name: str) -> None:
    if name in op.exempt:
        pytest.skip(op.exempt[name])
    of_complex_numbers = complex_samples_of(op)[: 1 if name in SLOW else None]
    for arrays, params in (*samples_of(op), *of_complex_numbers):
        laws.check_law(op, name, arrays, params)


def strided(array: Any, layout: int) -> Any:
    """The same values in another memory layout: reversed, spread out, or transposed."""
    if array.ndim == 0 or layout == 0:
        return array
    if layout == 1:
        return array[::-1].copy()[::-1]
    if layout == 2:
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
        wide[..., ::2] = array
        return wide[..., ::2]
    return array.T.copy().T


@st.composite
def calls(draw: Any, op: Op) -> tuple[list[Any], dict[str, Any]]:
    """A call with other values and layouts, and for elementwise ops other shapes that broadcast."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    arrays, params = draw(st.sampled_from(cases_of(op)))
    if op.elementwise and not op.samples:
        sides = hnp.mutually_broadcastable_shapes(
            num_shapes=len(op.arrays), max_dims=3, max_side=3, min_side=0
        )
        arrays = draw(sides).input_shapes
    drawn = draw_all(op, arrays, rng)
    layouts = draw(st.lists(st.integers(0, 3), min_size=len(drawn), max_size=len(drawn)))
    return [
        strided(a, k) if isinstance(a, np.ndarray) and a.dtype.kind in "fc" else a
        for a, k in zip(drawn, layouts, strict=True)
    ], params  # fmt: skip


@by_name
@given(data=st.data())
def test_laws_on_any_array(op: Op, data: st.DataObject) -> None:
    arrays, params = data.draw(calls(op))
    for name in ON_ANY_ARRAY:
        if name not in op.exempt:
            laws.check_law(op, name, arrays, params)


def test_an_exemption_names_a_law_and_gives_a_reason() -> None:
    for op in OPS:
        assert set(op.exempt) <= set(laws.LAWS), op.name
        assert all(len(reason) > 10 for reason in op.exempt.values()), op.name
