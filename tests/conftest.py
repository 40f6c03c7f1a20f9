"""What all tests share: profiles of hypothesis, and a guard against leaked global state."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

import microtensor as mt
from microtensor._lazy import load_all
from microtensor.engine.grad_mode import observer
from microtensor.engine.printing import get_printoptions

load_all()  # the registry is whole before any test walks it
_QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
settings.register_profile(
    "fast", max_examples=15, deadline=None, derandomize=True, suppress_health_check=_QUIET
)
settings.register_profile("thorough", max_examples=100, deadline=None, suppress_health_check=_QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With ``-m fast``, files that mark nothing so are not imported: collecting all takes ten seconds."""
    if config.getoption("markexpr") != "fast" or not collection_path.match("test_*.py"):
        return None
    return "mark.fast" not in collection_path.read_text(encoding="utf-8") or None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the thorough profile alone runs, and what is slow in a fast file under ``-m fast``."""
    left_out = () if THOROUGH else ("thorough",)
    if config.getoption("markexpr") == "fast":
        left_out = (*left_out, "slow")
    rest = [item for item in items if any(map(item.get_closest_marker, left_out))]
    config.hook.pytest_deselected(items=rest)
    items[:] = [item for item in items if item not in set(rest)]


def _state() -> dict[str, Any]:
    return {
        "grad mode": (mt.is_grad_enabled(), mt.is_inference_mode_enabled()),
        "observer": observer(),
        "default dtype": mt.get_default_dtype(),
        "default device": mt.get_default_device(),
        "deterministic": mt.get_deterministic_debug_mode(),
        "precision": mt.get_float32_matmul_precision(),
        "printing": (get_printoptions(), np.get_printoptions()),
        "floating-point errors": np.geterr(),
        "ops": tuple(mt.registry),
    }


@pytest.fixture(autouse=True)
def no_leaks() -> Iterator[None]:
    """Start every test from one seed; fail it if it leaves a mode, a setting or an op behind."""
    before = _state()
    mt.manual_seed(0)
    yield
    after = _state()
    mt.set_grad_enabled(True)
    mt.set_default_dtype(mt.float32)
    changed = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    assert not changed, f"the test changed global state: {changed}"
