"""``torch._VF``: the functions of the package, as PyTorch's own layers call them."""

from __future__ import annotations

from typing import Any

import microtensor


def __getattr__(name: str) -> Any:
    if name[:2] == "__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(microtensor, name)
