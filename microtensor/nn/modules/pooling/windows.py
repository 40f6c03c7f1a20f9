"""Pooling layers: windows reduced to their largest element, mean or norm; and max-pooling undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ....engine.tensor import Tensor
from ... import functional as F
from ..conv import several
from ..module import Module

Size = int | tuple[int, ...]
Sizes = int | tuple[int | None, ...] | None


class _PoolNd(Module):
    """What all pools share: in how many dimensions they pool, and the options that their repr shows."""

    dims: ClassVar[int]
    _shown: ClassVar[tuple[str, ...]]

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={getattr(self, name)}" for name in self._shown)


class _MaxPoolNd(_PoolNd):
    """The largest element of each window."""

    _shown = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")

    def __init__(
        self, kernel_size: Size, stride: Size | None = None, padding: Size = 0, dilation: Size = 1,
        return_indices: bool = False, ceil_mode: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input: Tensor) -> Any:
        """The largest elements; with `return_indices`, also where they are."""
        pool = getattr(F, f"max_pool{self.dims}d")
        how = (self.padding, self.dilation, self.ceil_mode, self.return_indices)
        return pool(input, self.kernel_size, self.stride, *how)


class MaxPool1d(_MaxPoolNd):
    """The largest element of each window of (N, C, L) or (C, L).

    `stride` is the kernel's size if not given; with `ceil_mode` windows may reach over the end.

    >>> mt.nn.MaxPool1d(2)(mt.tensor([[1.0, 3.0, 2.0, 0.0]]))
    tensor([[3., 2.]])
    """

    dims = 1


class MaxPool2d(_MaxPoolNd):
    """The largest element of each window of (N, C, H, W) or (C, H, W); as `MaxPool1d`.

    >>> mt.nn.MaxPool2d(2)(mt.arange(16.0).view(1, 4, 4))
    tensor([[[ 5.,  7.],
             [13., 15.]]])
    """

    dims = 2


class MaxPool3d(_MaxPoolNd):
    """The largest element of each window of (N, C, D, H, W) or (C, D, H, W); as `MaxPool1d`.

    >>> mt.nn.MaxPool3d(2)(mt.zeros(1, 4, 4, 4)).shape
    torch.Size([1, 2, 2, 2])
    """

    dims = 3


class _MaxUnpoolNd(_PoolNd):
    """The largest elements back in their places."""

    _shown = ("kernel_size", "stride", "padding")

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> None:
        super().__init__()
        self.kernel_size = several(kernel_size, self.dims)
        self.stride = several(kernel_size if stride is None else stride, self.dims)
        self.padding = several(padding, self.dims)

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """Zeros with the elements of `input` where `indices` say."""
        unpool = getattr(F, f"max_unpool{self.dims}d")
        return unpool(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool1d(_MaxUnpoolNd):
    """What `MaxPool1d` found, back in its place among zeros.

    >>> largest, indices = mt.nn.MaxPool1d(2, return_indices=True)(mt.tensor([[1.0, 3.0, 2.0, 0.0]]))
    >>> mt.nn.MaxUnpool1d(2)(largest, indices)
    tensor([[0., 3., 2., 0.]])
    """

    dims = 1


class MaxUnpool2d(_MaxUnpoolNd):
    """What `MaxPool2d` found, back in its place among zeros.

    >>> mt.nn.MaxUnpool2d(2)(mt.tensor([[[7.0]]]), mt.tensor([[[3]]]))
    tensor([[[0., 0.],
             [0., 7.]]])
    """

    dims = 2


class MaxUnpool3d(_MaxUnpoolNd):
    """What `MaxPool3d` found, back in its place among zeros.

    >>> mt.nn.MaxUnpool3d(2)(mt.tensor([[[[7.0]]]]), mt.tensor([[[[3]]]])).shape
    torch.Size([1, 2, 2, 2])
    """

    dims = 3


class _AvgPoolNd(_PoolNd):
    """The mean of each window."""

    _shown = ("kernel_size", "stride", "padding")
    kernel_size: Any
    stride: Any
    padding: Any


class AvgPool1d(_AvgPoolNd):
    """The mean of each window of (N, C, L) or (C, L).

    `stride` is the kernel's size if not given; padding counts as zeros unless `count_include_pad` is False.

    >>> mt.nn.AvgPool1d(2)(mt.tensor([[1.0, 3.0, 2.0, 0.0]]))
    tensor([[2., 1.]])
    """

    dims = 1

    def __init__(
        self, kernel_size: Size, stride: Size | None = None, padding: Size = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size, self.padding = several(kernel_size, 1), several(padding, 1)
        self.stride = several(kernel_size if stride is None else stride, 1)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        how = (self.padding, self.ceil_mode, self.count_include_pad)
        return F.avg_pool1d(input, self.kernel_size, self.stride, *how)


class _AvgPoolWide(_AvgPoolNd):
    """In two and three dimensions the divisor can be given."""

    def __init__(
        self, kernel_size: Size, stride: Size | None = None, padding: Size = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        how = (self.padding, self.ceil_mode, self.count_include_pad, self.divisor_override)
        return getattr(F, f"avg_pool{self.dims}d")(input, self.kernel_size, self.stride, *how)


class AvgPool2d(_AvgPoolWide):
    """The mean of each window of (N, C, H, W) or (C, H, W); as `AvgPool1d`.

    With `divisor_override` the sum is divided by that instead.

    >>> mt.nn.AvgPool2d(2)(mt.arange(16.0).view(1, 4, 4))
    tensor([[[ 2.5000,  4.5000],
             [10.5000, 12.5000]]])
    """

    dims = 2


class AvgPool3d(_AvgPoolWide):
    """The mean of each window of (N, C, D, H, W) or (C, D, H, W); as `AvgPool2d`.

    >>> mt.nn.AvgPool3d(2)(mt.arange(8.0).view(1, 2, 2, 2)).item()
    3.5
    """

    dims = 3


class _LPPoolNd(_PoolNd):
    """The norm of each window."""

    _shown = ("norm_type", "kernel_size", "stride", "ceil_mode")

    def __init__(
        self, norm_type: float, kernel_size: Size, stride: Size | None = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type, self.kernel_size = norm_type, kernel_size
        self.stride, self.ceil_mode = stride, ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """The norms."""
        pool = getattr(F, f"lp_pool{self.dims}d")
        return pool(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool1d(_LPPoolNd):
    """The p-norm of each window of (N, C, L) or (C, L), without taking absolute values first.

    >>> mt.nn.LPPool1d(2, 2)(mt.ones(1, 2)).flatten()
    tensor([1.4142])
    """

    dims = 1


class LPPool2d(_LPPoolNd):
    """The p-norm of each window of (N, C, H, W) or (C, H, W), without taking absolute values first.

    >>> mt.nn.LPPool2d(2, 2)(mt.ones(1, 2, 2)).flatten()
    tensor([2.])
    """

    dims = 2


class LPPool3d(_LPPoolNd):
    """The p-norm of each window of (N, C, D, H, W) or (C, D, H, W), without taking absolute values first.

    >>> mt.nn.LPPool3d(2, 2)(mt.ones(1, 2, 2, 2)).flatten()
    tensor([2.8284])
    """

    dims = 3


class _AdaptiveAvgPoolNd(_PoolNd):
    """The means of a given number of parts."""

    _shown = ("output_size",)

    def __init__(self, output_size: Sizes) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        return getattr(F, f"adaptive_avg_pool{self.dims}d")(input, self.output_size)


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """The means of `output_size` parts of each dimension of (N, C, L) or (C, L).

    >>> mt.nn.AdaptiveAvgPool1d(2)(mt.zeros(1, 5)).shape
    torch.Size([1, 2])
    """

    dims = 1


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """The means of `output_size` parts of each dimension of (N, C, H, W) or (C, H, W); None keeps a size.

    >>> mt.nn.AdaptiveAvgPool2d(2)(mt.zeros(1, 5, 5)).shape
    torch.Size([1, 2, 2])
    """

    dims = 2


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """The means of `output_size` parts of each dimension of (N, C, D, H, W) or (C, D, H, W).

    >>> mt.nn.AdaptiveAvgPool3d(2)(mt.zeros(1, 5, 5, 5)).shape
    torch.Size([1, 2, 2, 2])
    """

    dims = 3


class _AdaptiveMaxPoolNd(_PoolNd):
    """The largest elements of a given number of parts."""

    _shown = ("output_size",)

    def __init__(self, output_size: Sizes, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size, self.return_indices = output_size, return_indices

    def forward(self, input: Tensor) -> Any:
        """The largest elements; with `return_indices`, also where they are."""
        pool = getattr(F, f"adaptive_max_pool{self.dims}d")
        return pool(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """The largest elements of `output_size` parts of each dimension of (N, C, L) or (C, L).

    >>> mt.nn.AdaptiveMaxPool1d(2)(mt.zeros(1, 5)).shape
    torch.Size([1, 2])
    """

    dims = 1


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """The largest elements of `output_size` parts of each dimension of (N, C, H, W) or (C, H, W).

    >>> mt.nn.AdaptiveMaxPool2d(2)(mt.zeros(1, 5, 5)).shape
    torch.Size([1, 2, 2])
    """

    dims = 2


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """The largest elements of `output_size` parts of each dimension of (N, C, D, H, W) or (C, D, H, W).

    >>> mt.nn.AdaptiveMaxPool3d(2)(mt.zeros(1, 5, 5, 5)).shape
    torch.Size([1, 2, 2, 2])
    """

    dims = 3
