"""Lazy convolutions: each is the ordinary layer behind a mixin."""

from __future__ import annotations

from typing import Any

from ....engine.attributes.dtype_objects import DtypeLike
from ....engine.size_device import DeviceLike
from ..conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, Size
from .mixin import LazyModuleMixin, lazy_parameters, settle


class _LazyConvNd(LazyModuleMixin):
    """A convolution whose `in_channels` is the number of channels of its first input."""

    dims: int
    in_channels: int
    transposed: bool

    def _wait(self, out_channels: int, bias: bool, where: dict[str, Any]) -> None:
        self.out_channels = out_channels
        lazy_parameters(self, where, weight=True, bias=bias)

    def reset_parameters(self) -> None:
        """Draw new weights, if their shape is known."""
        if not self.has_uninitialized_params() and self.in_channels:
            super().reset_parameters()  # type: ignore[misc]

    def initialize_parameters(self, input: Any, *args: Any, **kwargs: Any) -> None:
        """Take `in_channels` from the input.

        Raises ``RuntimeError`` for input of another number of dimensions, ``ValueError`` for channels that
        do not divide into the groups.
        """
        this: Any = self
        fresh = self.has_uninitialized_params()
        this.in_channels = channels = self._channels(input)
        if channels % this.groups:
            raise ValueError(f"in_channels must be divisible by groups: {channels} is not by {this.groups}")
        if fresh:
            pair = (channels, this.out_channels) if self.transposed else (this.out_channels, channels)
            weight = (pair[0], pair[1] // this.groups, *this.kernel_size)
            settle(this, {"weight": weight, "bias": (this.out_channels,)})

    def _channels(self, input: Any) -> int:
        if input.dim() not in (self.dims + 1, self.dims + 2):
            raise RuntimeError(
                f"Expected {self.dims + 1}D (unbatched) or {self.dims + 2}D (batched) input to "
                f"{type(self).__name__}, but got input of size: {tuple(input.shape)}"
            )
        return int(input.shape[-self.dims - 1])


class _LazyConvXdMixin(_LazyConvNd):
    def __init__(
        self, out_channels: int, kernel_size: Size, stride: Size = 1, padding: Size | str = 0,
        dilation: Size = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros",
        device: DeviceLike = None, dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode, **where)
        self._wait(out_channels, bias, where)


class _LazyConvTranspose(_LazyConvNd):
    def __init__(
        self, out_channels: int, kernel_size: Size, stride: Size = 1, padding: Size = 0,
        output_padding: Size = 0, groups: int = 1, bias: bool = True, dilation: Size = 1,
        padding_mode: str = "zeros", device: DeviceLike = None, dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        super().__init__(
            0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation, padding_mode, **where
        )
        self._wait(out_channels, bias, where)


class LazyConv1d(_LazyConvXdMixin, Conv1d):
    """A `Conv1d` whose `in_channels` is that of its first input.

    >>> layer = mt.nn.LazyConv1d(3, 2)
    >>> _ = layer(mt.zeros(2, 4, 8))
    >>> type(layer).__name__, layer.in_channels
    ('Conv1d', 4)
    """

    cls_to_become = Conv1d


class LazyConv2d(_LazyConvXdMixin, Conv2d):
    """A `Conv2d` whose `in_channels` is that of its first input.

    >>> layer = mt.nn.LazyConv2d(3, 2)
    >>> _ = layer(mt.zeros(2, 4, 8, 8))
    >>> type(layer).__name__, layer.in_channels
    ('Conv2d', 4)
    """

    cls_to_become = Conv2d


class LazyConv3d(_LazyConvXdMixin, Conv3d):
    """A `Conv3d` whose `in_channels` is that of its first input.

    >>> layer = mt.nn.LazyConv3d(3, 2)
    >>> _ = layer(mt.zeros(2, 4, 8, 8, 8))
    >>> type(layer).__name__, layer.in_channels
    ('Conv3d', 4)
    """

    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """A `ConvTranspose1d` whose `in_channels` is that of its first input.

    >>> layer = mt.nn.LazyConvTranspose1d(3, 2)
    >>> _ = layer(mt.zeros(2, 4, 8))
    >>> type(layer).__name__, layer.in_channels
    ('ConvTranspose1d', 4)
    """

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """A `ConvTranspose2d` whose `in_channels` is that of its first input.

    >>> layer = mt.nn.LazyConvTranspose2d(3, 2)
    >>> _ = layer(mt.zeros(2, 4, 8, 8))
    >>> type(layer).__name__, layer.in_channels
    ('ConvTranspose2d', 4)
    """

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """A `ConvTranspose3d` whose `in_channels` is that of its first input.

    >>> layer = mt.nn.LazyConvTranspose3d(3, 2)
    >>> _ = layer(mt.zeros(2, 4, 4, 4, 4))
    >>> type(layer).__name__, layer.in_channels
    ('ConvTranspose3d', 4)
    """

    cls_to_become = ConvTranspose3d
