"""Collectives, messages and training on two ranks and on four, each without and with a timeout."""

from __future__ import annotations

from typing import Any

import pytest

FILES = ("collectives", "training", "only_here")


@pytest.mark.parametrize("ranks", [2, 4])
def test_check(check: str, ranks: int, launch: Any, outcomes: Any, judge: Any) -> None:
    judge(check, outcomes(launch, ("--as-torch",), ranks, FILES))
