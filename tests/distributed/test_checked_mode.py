"""Ranks that disagree are told so."""

from __future__ import annotations

from typing import Any

import pytest

FILES = ("checked_mode",)


@pytest.mark.parametrize("ranks", [2, 4])
def test_check(check: str, ranks: int, launch: Any, outcomes: Any, judge: Any) -> None:
    judge(check, outcomes(launch, ("--checked", "--as-torch"), ranks, FILES))
