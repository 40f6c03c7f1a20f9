"""``torch._C._special``: special functions under the names that the code of a graph calls."""

from __future__ import annotations

from typing import Any

from microtensor import special

__all__: list[str] = []


def __getattr__(name: str) -> Any:
    if not name.startswith("special_"):
        raise AttributeError(f"module 'torch._C._special' has no attribute {name!r}")
    return getattr(special, name.removeprefix("special_"))
