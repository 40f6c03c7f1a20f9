"""``torch._C._linalg``: linear algebra under the names that the code of a graph calls."""

from __future__ import annotations

from typing import Any

from microtensor import linalg

__all__: list[str] = []


def __getattr__(name: str) -> Any:
    if not name.startswith("linalg_"):
        raise AttributeError(f"module 'torch._C._linalg' has no attribute {name!r}")
    return getattr(linalg, name.removeprefix("linalg_"))
