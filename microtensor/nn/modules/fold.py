"""Sliding windows as columns and back, as layers."""

from __future__ import annotations

from ...engine.tensor import Tensor
from .. import functional as F
from .module import Module
from .upsampling import Size


class Unfold(Module):
    """The windows of (N, C, H, W) or (C, H, W) as columns.

    >>> mt.nn.Unfold(2)(mt.zeros(1, 3, 4, 4)).shape
    torch.Size([1, 12, 9])
    """

    def __init__(self, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1) -> None:
        super().__init__()
        self.kernel_size, self.dilation = kernel_size, dilation
        self.padding, self.stride = padding, stride

    def forward(self, input: Tensor) -> Tensor:
        """The columns."""
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        names = ("kernel_size", "dilation", "padding", "stride")
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)


class Fold(Module):
    """Columns added up to images: the adjoint of `Unfold`.

    >>> mt.nn.Fold((4, 4), 2)(mt.zeros(1, 12, 9)).shape
    torch.Size([1, 3, 4, 4])
    """

    def __init__(
        self, output_size: Size, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1
    ) -> None:
        super().__init__()
        self.output_size, self.kernel_size = output_size, kernel_size
        self.dilation, self.padding, self.stride = dilation, padding, stride

    def forward(self, input: Tensor) -> Tensor:
        """The images."""
        how = (self.dilation, self.padding, self.stride)
        return F.fold(input, self.output_size, self.kernel_size, *how)

    def extra_repr(self) -> str:
        names = ("output_size", "kernel_size", "dilation", "padding", "stride")
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)
