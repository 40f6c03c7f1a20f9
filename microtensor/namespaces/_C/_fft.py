"""``torch._C._fft``: Fourier transforms under the names that the code of a graph calls."""

from __future__ import annotations

from typing import Any

from microtensor import fft

__all__: list[str] = []


def __getattr__(name: str) -> Any:
    if not name.startswith("fft_"):
        raise AttributeError(f"module 'torch._C._fft' has no attribute {name!r}")
    return getattr(fft, name.removeprefix("fft_"))
