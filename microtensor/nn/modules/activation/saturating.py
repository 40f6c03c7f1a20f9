"""Activation functions that keep values within bounds, shrink them, or weigh them up."""

from __future__ import annotations

import warnings
from dataclasses import InitVar, dataclass, field

from ....engine.tensor import Tensor
from ... import functional as F
from .base import Activation


class Sigmoid(Activation):
    """``1 / (1 + exp(-x))``: `functional.sigmoid`.

    >>> mt.nn.Sigmoid()(mt.tensor([0.0, 2.0]))
    tensor([0.5000, 0.8808])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.sigmoid(input)


@dataclass(eq=False, repr=False)
class Hardsigmoid(Activation):
    """``min(max(x + 3, 0), 6) / 6``: `functional.hardsigmoid`.

    >>> mt.nn.Hardsigmoid()(mt.tensor([-4.0, 0.0, 4.0]))
    tensor([0.0000, 0.5000, 1.0000])
    """

    inplace: bool = field(default=False, repr=False)

    def forward(self, input: Tensor) -> Tensor:
        return F.hardsigmoid(input, self.inplace)


class LogSigmoid(Activation):
    """``log(sigmoid(x))`` without overflow: `functional.logsigmoid`.

    >>> mt.nn.LogSigmoid()(mt.tensor([0.0]))
    tensor([-0.6931])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.logsigmoid(input)


class Tanh(Activation):
    """The hyperbolic tangent: `functional.tanh`.

    >>> mt.nn.Tanh()(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7616])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.tanh(input)


@dataclass(eq=False, repr=False)
class Hardtanh(Activation):
    """``x`` cut off at `min_val` and `max_val`: `functional.hardtanh`.

    >>> mt.nn.Hardtanh()(mt.tensor([-4.0, 0.5]))
    tensor([-1.0000,  0.5000])
    """

    min_val: float = -1.0
    max_val: float = 1.0
    inplace: bool = False
    min_value: InitVar[float | None] = None
    max_value: InitVar[float | None] = None

    def __post_init__(self, min_value: float | None, max_value: float | None) -> None:
        super().__post_init__()
        for old, new, value in (("min_value", "min_val", min_value), ("max_value", "max_val", max_value)):
            if value is not None:
                warnings.warn(
                    f"keyword argument `{old}` is deprecated and renamed to `{new}`",
                    FutureWarning,
                    stacklevel=3,
                )
                setattr(self, new, value)

    def forward(self, input: Tensor) -> Tensor:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)


class Tanhshrink(Activation):
    """``x - tanh(x)``: `functional.tanhshrink`.

    >>> mt.nn.Tanhshrink()(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 0.2384])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.tanhshrink(input)


class _Shrink(Activation):
    """What the two shrinking functions share: PyTorch prints their option without its name."""

    lambd: float

    def extra_repr(self) -> str:
        """The option."""
        return str(self.lambd)


@dataclass(eq=False, repr=False)
class Softshrink(_Shrink):
    """``x`` moved towards 0 by `lambd`, as far as 0: `functional.softshrink`.

    >>> mt.nn.Softshrink()(mt.tensor([-2.0, 0.3]))
    tensor([-1.5000,  0.0000])
    """

    lambd: float = 0.5

    def forward(self, input: Tensor) -> Tensor:
        return F.softshrink(input, self.lambd)


@dataclass(eq=False, repr=False)
class Hardshrink(_Shrink):
    """``x`` where ``|x| > lambd``, else 0: `functional.hardshrink`.

    >>> mt.nn.Hardshrink()(mt.tensor([-2.0, 0.3]))
    tensor([-2.,  0.])
    """

    lambd: float = 0.5

    def forward(self, input: Tensor) -> Tensor:
        return F.hardshrink(input, self.lambd)


class Softsign(Activation):
    """``x / (1 + |x|)``: `functional.softsign`.

    >>> mt.nn.Softsign()(mt.tensor([-1.0, 3.0]))
    tensor([-0.5000,  0.7500])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.softsign(input)


@dataclass(eq=False, repr=False)
class GLU(Activation):
    """The first half along `dim` times the sigmoid of the second: `functional.glu`.

    >>> mt.nn.GLU()(mt.tensor([3.0, 0.0]))
    tensor([1.5000])
    """

    dim: int = -1

    def forward(self, input: Tensor) -> Tensor:
        """Halve dimension `dim` of `input`, whose size must be even."""
        return F.glu(input, self.dim)


@dataclass(eq=False, repr=False)
class Softmax(Activation):
    """``exp(x)``, scaled to a sum of 1 along `dim`: `functional.softmax`.

    >>> mt.nn.Softmax(dim=0)(mt.tensor([1.0, 1.0]))
    tensor([0.5000, 0.5000])
    """

    dim: int | None = None

    def forward(self, input: Tensor) -> Tensor:
        """Apply it along `dim`; the shape stays."""
        return F.softmax(input, self.dim)


@dataclass(eq=False, repr=False)
class Softmin(Activation):
    """Softmax of ``-x``: `functional.softmin`.

    >>> mt.nn.Softmin(dim=0)(mt.tensor([1.0, 1.0]))
    tensor([0.5000, 0.5000])
    """

    dim: int | None = None

    def forward(self, input: Tensor) -> Tensor:
        """Apply it along `dim`; the shape stays."""
        return F.softmin(input, self.dim)


@dataclass(eq=False, repr=False)
class LogSoftmax(Activation):
    """The logarithm of softmax, without overflow: `functional.log_softmax`.

    >>> mt.nn.LogSoftmax(dim=0)(mt.tensor([1.0, 1.0]))
    tensor([-0.6931, -0.6931])
    """

    dim: int | None = None

    def forward(self, input: Tensor) -> Tensor:
        """Apply it along `dim`; the shape stays."""
        return F.log_softmax(input, self.dim)
