"""Warnings that come once, or always if asked."""

from __future__ import annotations

import warnings

import pytest

import microtensor as mt
from microtensor.engine.calls.warn_once import warn_once


def given() -> int:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        warn_once("a word of this test")
    return len(seen)


def test_once_unless_always() -> None:
    assert [given(), given()] == [1, 0]
    mt.set_warn_always(True)
    try:
        assert mt.is_warn_always_enabled()
        assert [given(), given()] == [1, 1]
    finally:
        mt.set_warn_always(False)
    with pytest.raises(RuntimeError, match="expects a bool, but got int"):
        mt.set_warn_always(1)
