"""Two activation functions that few networks use."""

from __future__ import annotations

from dataclasses import dataclass

from ....engine.tensor import Tensor
from ... import functional as F
from .base import Activation


@dataclass(eq=False, repr=False)
class RReLU(Activation):
    """Leaky ReLU whose slope is drawn from [lower, upper] for each element in training: `functional.rrelu`.

    >>> mt.nn.RReLU(0.25, 0.75).eval()(mt.tensor([-1.0, 2.0]))
    tensor([-0.5000,  2.0000])
    """

    lower: float = 1.0 / 8
    upper: float = 1.0 / 3
    inplace: bool = False

    def forward(self, input: Tensor) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        """The bounds, and whether it works in place."""
        return f"lower={self.lower}, upper={self.upper}" + (", inplace=True" if self.inplace else "")


class Softmax2d(Activation):
    """Softmax over the channels of (N, C, H, W) or (C, H, W); ``ValueError`` for other inputs.

    >>> mt.nn.Softmax2d()(mt.zeros(2, 1, 1)).flatten()
    tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply it along dimension -3; the shape stays."""
        if input.dim() not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead")
        return F.softmax(input, -3)
