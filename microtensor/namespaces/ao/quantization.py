"""The modules by which a model says where it could be quantised, and the classes that libraries ask for."""

from __future__ import annotations

from typing import Any, NamedTuple

from microtensor.nn import Module

__all__ = [
    "DeQuantStub", "FakeQuantizeBase", "HistogramObserver", "MinMaxObserver", "ObserverBase",
    "PerChannelMinMaxObserver", "QConfig", "QuantStub",
]  # fmt: skip


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


class Refused(Module):
    """A module that would compute with quantised numbers; ``NotImplementedError`` when it is made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            f"{type(self).__name__}: tensors cannot be quantised; low precision is bfloat16, float16 and the "
            "float8 types"
        )


class ObserverBase(Refused):
    """What watches the range of values before they are quantised; ``NotImplementedError`` when it is made."""


class FakeQuantizeBase(Refused):
    """What rounds values as if they were quantised; ``NotImplementedError`` when it is made."""


class MinMaxObserver(ObserverBase):
    """Watches the smallest and the largest value; ``NotImplementedError`` when it is made."""


class PerChannelMinMaxObserver(ObserverBase):
    """The same for each channel; ``NotImplementedError`` when it is made."""


class HistogramObserver(ObserverBase):
    """Watches how often each range of values comes; ``NotImplementedError`` when it is made."""


class QConfig(NamedTuple):
    """What would watch a layer's results, and what its weight."""

    activation: Any
    weight: Any
