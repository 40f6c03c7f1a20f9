"""Channels to pixels and back, as layers."""

from __future__ import annotations

from ...engine.tensor import Tensor
from .. import functional as F
from .module import Module


class PixelShuffle(Module):
    """(..., C r r, H, W) to (..., C, H r, W r).

    >>> mt.nn.PixelShuffle(2)(mt.zeros(8, 2, 3)).shape
    torch.Size([2, 4, 6])
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Channels become pixels."""
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """(..., C, H r, W r) to (..., C r r, H, W).

    >>> mt.nn.PixelUnshuffle(2)(mt.zeros(2, 4, 6)).shape
    torch.Size([8, 2, 3])
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Pixels become channels."""
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"
