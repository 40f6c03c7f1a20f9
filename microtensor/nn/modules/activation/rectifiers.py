"""Activation functions that let positive values pass and hold negative ones back."""

from __future__ import annotations

from dataclasses import dataclass, field

from ....creation import factories as creation
from ....engine.attributes.dtype_objects import DtypeLike
from ....engine.size_device import DeviceLike
from ....engine.tensor import Tensor
from ... import functional as F
from ...init import constant_
from ...parameter import Parameter
from ..module import Module
from .base import Activation
from .saturating import Hardtanh


@dataclass(eq=False, repr=False)
class ReLU(Activation):
    """``max(x, 0)``: `functional.relu`.

    >>> mt.nn.ReLU()(mt.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    inplace: bool = False

    def forward(self, input: Tensor) -> Tensor:
        return F.relu(input, self.inplace)


@dataclass(eq=False, repr=False)
class LeakyReLU(Activation):
    """``x`` where positive, else ``negative_slope * x``: `functional.leaky_relu`.

    >>> mt.nn.LeakyReLU(0.1)(mt.tensor([-1.0, 2.0]))
    tensor([-0.1000,  2.0000])
    """

    negative_slope: float = 0.01
    inplace: bool = False

    def forward(self, input: Tensor) -> Tensor:
        return F.leaky_relu(input, self.negative_slope, self.inplace)


class PReLU(Module):
    """``x`` where positive, else ``weight * x`` with a learned weight: `functional.prelu`.

    One weight for all, or `num_parameters` of them, one for each place in dimension 1.

    >>> mt.nn.PReLU()(mt.tensor([-1.0, 2.0])).detach()
    tensor([-0.2500,  2.0000])
    """

    weight: Parameter

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: DeviceLike = None, dtype: DtypeLike = None
    ) -> None:
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(creation.empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set every weight to `init`."""
        constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        """Apply it to `input`; several weights need that size in dimension 1."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


@dataclass(eq=False, repr=False, init=False)
class ReLU6(Hardtanh):
    """``min(max(x, 0), 6)``: `functional.relu6`.

    >>> mt.nn.ReLU6()(mt.tensor([-1.0, 7.0]))
    tensor([0., 6.])
    """

    min_val: float = field(default=0.0, repr=False)
    max_val: float = field(default=6.0, repr=False)

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def forward(self, input: Tensor) -> Tensor:
        return F.relu6(input, self.inplace)


@dataclass(eq=False, repr=False)
class Threshold(Activation):
    """``x`` where it exceeds `threshold`, else `value`: `functional.threshold`.

    >>> mt.nn.Threshold(1.0, 9.0)(mt.tensor([0.0, 2.0]))
    tensor([9., 2.])
    """

    threshold: float
    value: float
    inplace: bool = False

    def forward(self, input: Tensor) -> Tensor:
        return F.threshold(input, self.threshold, self.value, self.inplace)


@dataclass(eq=False, repr=False)
class ELU(Activation):
    """``x`` where positive, else ``alpha * (exp(x) - 1)``: `functional.elu`.

    >>> mt.nn.ELU()(mt.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """

    alpha: float = 1.0
    inplace: bool = False

    def forward(self, input: Tensor) -> Tensor:
        return F.elu(input, self.alpha, self.inplace)


@dataclass(eq=False, repr=False)
class SELU(Activation):
    """ELU with the scales that keep mean 0 and variance 1: `functional.selu`.

    >>> mt.nn.SELU()(mt.tensor([-1.0, 1.0]))
    tensor([-1.1113,  1.0507])
    """

    inplace: bool = False

    def forward(self, input: Tensor) -> Tensor:
        return F.selu(input, self.inplace)


@dataclass(eq=False, repr=False)
class CELU(Activation):
    """``max(x, 0) + min(0, alpha * (exp(x / alpha) - 1))``: `functional.celu`.

    >>> mt.nn.CELU()(mt.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """

    alpha: float = 1.0
    inplace: bool = False

    def forward(self, input: Tensor) -> Tensor:
        return F.celu(input, self.alpha, self.inplace)


@dataclass(eq=False, repr=False)
class GELU(Activation):
    """``x`` times the normal distribution function of x: `functional.gelu`.

    ``approximate="tanh"`` takes the approximation by tanh.

    >>> mt.nn.GELU()(mt.tensor([-1.0, 1.0]))
    tensor([-0.1587,  0.8413])
    """

    approximate: str = "none"

    def forward(self, input: Tensor) -> Tensor:
        return F.gelu(input, approximate=self.approximate)


@dataclass(eq=False, repr=False)
class SiLU(Activation):
    """``x * sigmoid(x)``, also called swish: `functional.silu`.

    >>> mt.nn.SiLU()(mt.tensor([-1.0, 1.0]))
    tensor([-0.2689,  0.7311])
    """

    inplace: bool = False

    def forward(self, input: Tensor) -> Tensor:
        return F.silu(input, self.inplace)


@dataclass(eq=False, repr=False)
class Hardswish(Activation):
    """``x * hardsigmoid(x)``: `functional.hardswish`.

    >>> mt.nn.Hardswish()(mt.tensor([-4.0, 0.0, 4.0]))
    tensor([-0., 0., 4.])
    """

    inplace: bool = field(default=False, repr=False)

    def forward(self, input: Tensor) -> Tensor:
        return F.hardswish(input, self.inplace)


@dataclass(eq=False, repr=False)
class Mish(Activation):
    """``x * tanh(softplus(x))``: `functional.mish`.

    >>> mt.nn.Mish()(mt.tensor([-1.0, 1.0]))
    tensor([-0.3034,  0.8651])
    """

    inplace: bool = False

    def forward(self, input: Tensor) -> Tensor:
        return F.mish(input, self.inplace)


@dataclass(eq=False, repr=False)
class Softplus(Activation):
    """``log(1 + exp(beta * x)) / beta``, and x itself above `threshold`: `functional.softplus`.

    >>> mt.nn.Softplus()(mt.tensor([0.0, 30.0]))
    tensor([ 0.6931, 30.0000])
    """

    beta: float = 1.0
    threshold: float = 20.0

    def forward(self, input: Tensor) -> Tensor:
        return F.softplus(input, self.beta, self.threshold)
