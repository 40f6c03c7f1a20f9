"""What all tests share: profiles of hypothesis, and a guard against leaked global state."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

import microtensor as mt
from microtensor._later import load_all

load_all()  # the registry is whole before any test walks it
_QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
settings.register_profile(
    "fast", max_examples=15, deadline=None, derandomize=True, suppress_health_check=_QUIET
)
settings.register_profile("thorough", max_examples=100, deadline=None, suppress_health_check=_QUIET)
settings.load_profile(__import__("os").environ.get("HYPOTHESIS_PROFILE", "fast"))


def _state() -> tuple[Any, ...]:
    return mt.is_grad_enabled(), mt.is_inference_mode_enabled(), mt.get_default_dtype(), tuple(mt.registry)


@pytest.fixture(autouse=True)
def no_leaks() -> Iterator[None]:
    """Start every test from one seed; fail it if it leaves a mode, a dtype or an op behind."""
    before = _state()
    mt.manual_seed(0)
    yield
    after = _state()
    mt.set_grad_enabled(True)
    mt.set_default_dtype(mt.float32)
    assert after == before, f"the test changed global state: {before} became {after}"


@pytest.fixture(autouse=True)
def names(doctest_namespace: dict[str, Any]) -> None:
    """The names that examples in docstrings use."""
    doctest_namespace.update(mt=mt, np=np, math=math, cast=mt.registry["cast"].call)
