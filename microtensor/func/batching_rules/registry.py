"""The table of batching rules, and the decorator that fills it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..batched_tensor import Call

Rule = Callable[[Call], Any]


rules: dict[str, Rule] = {}
"""The rules by the op's name in the registry."""


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Register a function as the rule of these ops."""

    def register(function: Rule) -> Rule:
        rules.update(dict.fromkeys(names, function))
        return function

    return register
