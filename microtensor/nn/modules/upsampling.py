"""Layers that have nothing to learn and move pixels: other sizes, shuffles, windows as columns."""

from __future__ import annotations

from ...engine.tensor import Tensor
from .. import functional as F
from .module import Module

Size = int | tuple[int, ...]
Factor = float | tuple[float, ...]


class Upsample(Module):
    """(N, C, ...) in another size, or times a factor, by `nn.functional.interpolate`.

    >>> mt.nn.Upsample(scale_factor=2)(mt.tensor([[[1.0, 3.0]]]))
    tensor([[[1., 1., 3., 3.]]])
    """

    def __init__(
        self, size: Size | None = None, scale_factor: Factor | None = None, mode: str = "nearest",
        align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.name, self.size = type(self).__name__, size
        if isinstance(scale_factor, tuple):
            self.scale_factor: Factor | None = tuple(map(float, scale_factor))
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.mode, self.align_corners = mode, align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        """`input` in the other size."""
        how = (self.mode, self.align_corners, self.recompute_scale_factor)
        return F.interpolate(input, self.size, self.scale_factor, *how)

    def extra_repr(self) -> str:
        factor, size = self.scale_factor, self.size
        return f"{f'size={size}' if factor is None else f'scale_factor={factor}'}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """`Upsample` in the mode "nearest", by its older name.

    >>> mt.nn.UpsamplingNearest2d(scale_factor=2)(mt.zeros(1, 1, 2, 3)).shape
    torch.Size([1, 1, 4, 6])
    """

    def __init__(self, size: Size | None = None, scale_factor: Factor | None = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """`Upsample` in the mode "bilinear" with aligned corners, by its older name.

    >>> mt.nn.UpsamplingBilinear2d((1, 3))(mt.tensor([[[[1.0, 3.0]]]]))
    tensor([[[[1., 2., 3.]]]])
    """

    def __init__(self, size: Size | None = None, scale_factor: Factor | None = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)
