"""Convolutional layers, plain and transposed, in one to three dimensions.

Initial weights are PyTorch's, and from the same seed the same numbers: Kaiming's rule with a = sqrt(5).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ... import _lazy
from ...creation import factories as creation
from ...engine.attributes.dtype_objects import DtypeLike
from ...engine.size_device import DeviceLike
from ...engine.tensor import Tensor
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .module import Module

Size = int | tuple[int, ...]
_MODES = ("zeros", "reflect", "replicate", "circular")


def several(value: Any, dims: int) -> tuple[Any, ...]:
    """One number as one for each dimension; a sequence as it is."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * dims


class _ConvNd(Module):
    """What all convolutions hold: sizes, checked, and a kernel with its bias."""

    dims: ClassVar[int]
    transposed: ClassVar[bool] = False
    weight: Parameter
    bias: Parameter | None

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Size, stride: Size, padding: Size | str,
        dilation: Size, output_padding: Size, groups: int, bias: bool, padding_mode: str,
        where: dict[str, Any],
    ) -> None:  # fmt: skip
        super().__init__()
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = several(kernel_size, self.dims), several(stride, self.dims)
        self.padding: Any = padding if isinstance(padding, str) else several(padding, self.dims)
        self.dilation, self.output_padding = several(dilation, self.dims), several(output_padding, self.dims)
        self.padding_mode = padding_mode
        self._check()
        pair = (
            (in_channels, out_channels // groups)
            if self.transposed
            else (out_channels, in_channels // groups)
        )
        self.weight = Parameter(creation.empty(*pair, *self.kernel_size, **where))
        self.register_parameter("bias", Parameter(creation.empty(out_channels, **where)) if bias else None)
        self.reset_parameters()

    def _check(self) -> None:
        if self.groups <= 0:
            raise ValueError("groups must be a positive integer")
        for what, channels in (("in", self.in_channels), ("out", self.out_channels)):
            if channels % self.groups:
                raise ValueError(
                    f"{what}_channels must be divisible by groups: {channels} is not by {self.groups}"
                )
        if isinstance(self.padding, str) and self.padding not in ("valid", "same"):
            raise ValueError(f"Invalid padding string {self.padding!r}, should be one of 'valid', 'same'")
        if self.padding == "same" and any(s != 1 for s in self.stride):
            raise ValueError("padding='same' is not supported for strided convolutions")
        if self.padding_mode not in _MODES:
            raise ValueError(
                f"padding_mode must be one of {', '.join(_MODES)}, but got padding_mode={self.padding_mode!r}"
            )
        if self.transposed and self.padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')

    def reset_parameters(self) -> None:
        """Draw new weights.

        >>> mt.nn.Conv1d(2, 3, 2).reset_parameters()
        """
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in = self.weight.shape[1] * math.prod(self.kernel_size)
            if fan_in:
                bound = 1 / math.sqrt(fan_in)
                init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """The arguments of the constructor, without those that have their usual values."""
        words = [f"{self.in_channels}, {self.out_channels}"]
        words += [f"kernel_size={self.kernel_size}, stride={self.stride}"]
        zeros, ones = (0,) * self.dims, (1,) * self.dims
        usual = {"padding": zeros, "dilation": ones, "output_padding": zeros, "groups": 1}
        words += [
            f"{name}={getattr(self, name)}" for name, value in usual.items() if getattr(self, name) != value
        ]
        words += ["bias=False"] * (self.bias is None)
        words += [f"padding_mode={self.padding_mode}"] * (self.padding_mode != "zeros")
        return ", ".join(words)


class _Conv(_ConvNd):
    """A convolution, plain."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Size, stride: Size = 1,
        padding: Size | str = 0, dilation: Size = 1, groups: int = 1, bias: bool = True,
        padding_mode: str = "zeros", device: DeviceLike = None, dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode,
            where,
        )  # fmt: skip

    def _widths(self) -> list[int]:
        """The borders as `pad` takes them, the last dimension first."""
        if self.padding == "valid":
            return [0] * (2 * self.dims)
        if self.padding != "same":
            return [p for p in reversed(self.padding) for _ in range(2)]
        totals = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
        return [part for total in reversed(totals) for part in (total // 2, total - total // 2)]

    def forward(self, input: Tensor) -> Tensor:
        """The convolution of `input` (N, C, ...) or (C, ...)."""
        return self._conv_forward(input, self.weight, self.bias)

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The convolution with another kernel: what a subclass that changes its weights calls."""
        run = getattr(F, f"conv{self.dims}d")
        rest = (weight, bias, self.stride)
        if self.padding_mode == "zeros":
            return run(input, *rest, self.padding, self.dilation, self.groups)
        padded = F.pad(input, self._widths(), mode=self.padding_mode)
        return run(padded, *rest, 0, self.dilation, self.groups)


class Conv1d(_Conv):
    """Cross-correlation of (N, C, L) or (C, L) with a learned kernel.

    `weight` has the shape ``(out_channels, in_channels / groups, kernel_size)``, `bias` ``(out_channels,)``.
    `padding_mode` is "zeros", "reflect", "replicate" or "circular".  Raises ``ValueError`` for channels that
    `groups` does not divide, and for unknown paddings.

    >>> mt.nn.Conv1d(2, 4, 3, padding=1)(mt.zeros(1, 2, 5)).shape
    torch.Size([1, 4, 5])
    """

    dims = 1


class Conv2d(_Conv):
    """Cross-correlation of (N, C, H, W) or (C, H, W) with a learned kernel; as `Conv1d`.

    >>> mt.nn.Conv2d(1, 8, 3, stride=2)
    Conv2d(1, 8, kernel_size=(3, 3), stride=(2, 2))
    """

    dims = 2


class Conv3d(_Conv):
    """Cross-correlation of (N, C, D, H, W) or (C, D, H, W) with a learned kernel; as `Conv1d`.

    >>> mt.nn.Conv3d(1, 2, (1, 2, 2))(mt.zeros(1, 3, 3, 3)).shape
    torch.Size([2, 3, 2, 2])
    """

    dims = 3


class _ConvTransposeNd(_ConvNd):
    """A convolution, transposed."""

    transposed = True

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Size, stride: Size = 1, padding: Size = 0,
        output_padding: Size = 0, groups: int = 1, bias: bool = True, dilation: Size = 1,
        padding_mode: str = "zeros", device: DeviceLike = None, dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, groups, bias,
            padding_mode, where,
        )  # fmt: skip

    def _extra(self, input: Tensor, output_size: Sequence[int] | None) -> tuple[int, ...]:
        """The output padding that gives the size asked for."""
        if output_size is None:
            return self.output_padding
        size, dims = tuple(output_size), self.dims
        if len(size) not in (dims, input.ndim):
            raise ValueError(
                f"{type(self).__name__}: for {input.ndim}D input, output_size must have {dims} or "
                f"{input.ndim} elements (got {len(size)})"
            )
        size, image = size[-dims:], tuple(input.shape)[-dims:]
        how = zip(image, self.kernel_size, self.stride, self.padding, self.dilation, strict=True)
        least = [(n - 1) * s - 2 * p + d * (k - 1) + 1 for n, k, s, p, d in how]
        most = [n + s - 1 for n, s in zip(least, self.stride, strict=True)]
        if any(not a <= n <= b for a, n, b in zip(least, size, most, strict=True)):
            raise ValueError(
                f"requested an output size of {size}, but valid sizes range from {least} to {most} (for an "
                f"input of {image})"
            )
        return tuple(n - a for n, a in zip(size, least, strict=True))

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """The transposed convolution of `input`; `output_size` chooses where the stride leaves it open."""
        run = getattr(F, f"conv_transpose{self.dims}d")
        extra = self._extra(input, output_size)
        return run(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation
        )


class ConvTranspose1d(_ConvTransposeNd):
    """The adjoint of a convolution as a layer: (N, C, L) or (C, L), usually to something longer.

    `weight` has the shape ``(in_channels, out_channels / groups, kernel_size)``, `bias` ``(out_channels,)``.
    Raises ``ValueError`` for channels that `groups` does not divide, and for an `output_size` in the call
    that cannot be.

    >>> mt.nn.ConvTranspose1d(2, 4, 3, stride=2)(mt.zeros(1, 2, 5)).shape
    torch.Size([1, 4, 11])
    """

    dims = 1


class ConvTranspose2d(_ConvTransposeNd):
    """The adjoint of a convolution of (N, C, H, W) or (C, H, W) as a layer; as `ConvTranspose1d`.

    >>> mt.nn.ConvTranspose2d(2, 4, 3, stride=2)(mt.zeros(1, 2, 5, 5), output_size=(12, 11)).shape
    torch.Size([1, 4, 12, 11])
    """

    dims = 2


class ConvTranspose3d(_ConvTransposeNd):
    """The adjoint of a convolution of (N, C, D, H, W) or (C, D, H, W) as a layer; as `ConvTranspose1d`.

    >>> mt.nn.ConvTranspose3d(2, 4, 2)(mt.zeros(1, 2, 1, 1, 1)).shape
    torch.Size([1, 4, 2, 2, 2])
    """

    dims = 3


__getattr__, __dir__ = _lazy.beside(__name__, "lazy.conv")
