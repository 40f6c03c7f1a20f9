"""The modules by which a model says where it could be quantised, and the classes that libraries ask for."""

from __future__ import annotations

from typing import Any

from microtensor.nn import Module

__all__ = ["DeQuantStub", "FakeQuantizeBase", "ObserverBase", "QuantStub"]


class QuantStub(Module):
    """Gives back what it gets, as PyTorch's does in a model that is not converted; none can be here."""

    def __init__(self, qconfig: Any = None) -> None:
        super().__init__()
        if qconfig is not None:
            self.qconfig = qconfig

    def forward(self, x: Any) -> Any:
        """`x` itself."""
        return x


class DeQuantStub(QuantStub):
    """The same where quantised numbers would end."""


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
