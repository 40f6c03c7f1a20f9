"""The classes by which libraries recognise modules that observe or imitate quantised numbers."""

from __future__ import annotations

from typing import Any

from microtensor.nn import Module

__all__ = ["FakeQuantizeBase", "ObserverBase"]


class _Refused(Module):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            f"{type(self).__name__}: tensors cannot be quantised; low precision is bfloat16, float16 and the "
            "float8 types"
        )


class ObserverBase(_Refused):
    """What watches the range of values before they are quantised; ``NotImplementedError`` when it is made."""


class FakeQuantizeBase(_Refused):
    """What rounds values as if they were quantised; ``NotImplementedError`` when it is made."""
