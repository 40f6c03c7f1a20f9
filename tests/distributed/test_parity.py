"""The same checks in PyTorch, with gloo: what is held here is what PyTorch does."""

from __future__ import annotations

from typing import Any

FILES = ("collectives", "training")


def test_check(check: str, torchrun: Any, outcomes: Any, judge: Any) -> None:
    judge(check, outcomes(torchrun, (), 2, FILES))
