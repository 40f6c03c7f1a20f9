"""The measure of digits finds the digits that are lost, and none where none are."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.engine.apply import apply

FILE = Path(__file__).parents[1] / "benchmarks" / "accuracy.py"


@pytest.fixture(scope="module")
def accuracy() -> Any:
    spec = importlib.util.spec_from_file_location("accuracy", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def planted(name: str, function: Callable[..., Any]) -> Any:
    """An op with another function in its place; it is not registered."""
    function.__module__ = mt.registry[name].function.__module__
    op = replace(mt.registry[name], function=function, wide=False)
    op.node = mt.registry[name].node
    op.call = lambda *operands, **params: apply(
        op, operands, tuple({**{k: p.default for k, p in op.params.items()}, **params}.values())
    )
    return op


def test_an_error_is_counted_in_units_in_the_last_place(accuracy: Any) -> None:
    right = np.array([1.0, 2.0, 1e-3])
    assert accuracy.error(right.astype(np.float32), right.astype(np.float32).astype(float)) == 0
    off = right.astype(np.float32) + np.float32([0, 2**-21, 0])
    assert accuracy.error(off, right) == pytest.approx(2, abs=0.1)
    assert accuracy.error(np.float32([np.nan, 1, 0]), right) == np.inf
    assert accuracy.error(np.float16([np.inf]), np.array([1e6])) == 0


@pytest.mark.parametrize("name", ["sum", "mean", "tanh", "norm", "cumsum", "exp", "mse_loss"])
def test_the_packages_own_ops_hold(accuracy: Any, name: str) -> None:
    rows = list(accuracy.measured(None, [mt.registry[name]]))
    assert [row["dtype"] for row in rows] == ["float16", "float32"]
    assert all(map(accuracy.holds, rows)), rows


def test_a_sum_row_by_row_is_found(accuracy: Any) -> None:
    """In both dtypes: of 5,000 numbers float16 keeps nothing, and float32 loses the sixth digit."""
    naive = planted("sum", lambda x, dim=None, keepdim=False: np.add.reduce(x, axis=dim, keepdims=keepdim))
    rows = list(accuracy.measured(None, [naive]))
    assert not any(map(accuracy.holds, rows)), rows
    assert "!" in accuracy.show(rows[0])


def test_what_is_known_to_lose_digits_exists(accuracy: Any) -> None:
    names = {op.name for op in accuracy.whole_registry()}
    assert accuracy.KNOWN.keys() <= names
