"""Layers that put a border around the last dimensions: of a constant, reflected, repeated, or wrapped."""

from __future__ import annotations

from typing import ClassVar

from ...engine.tensor import Tensor
from .. import functional as F
from .conv import several
from .module import Module

Size = int | tuple[int, ...]


class _ConstantPadNd(Module):
    """A border of one value."""

    dims: ClassVar[int]

    def __init__(self, padding: Size, value: float) -> None:
        super().__init__()
        self.padding, self.value = several(padding, 2 * self.dims), value

    def forward(self, input: Tensor) -> Tensor:
        """`input` with the border."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPadNd):
    """A border of zeros."""

    def __init__(self, padding: Size) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ConstantPad1d(_ConstantPadNd):
    """A border of `value`.

    The widths are (left, right), or one for all; a negative one takes away.

    >>> mt.nn.ConstantPad1d(1, 2.0)(mt.zeros(1)).sum().item()
    4.0
    """

    dims = 1


class ConstantPad2d(_ConstantPadNd):
    """`ConstantPad1d` for widths (left, right, top, bottom), or one for all.

    >>> mt.nn.ConstantPad2d(1, 2.0)(mt.zeros(1, 1)).sum().item()
    16.0
    """

    dims = 2


class ConstantPad3d(_ConstantPadNd):
    """`ConstantPad1d` for widths (left, right, top, bottom, front, back), or one for all.

    >>> mt.nn.ConstantPad3d(1, 2.0)(mt.zeros(1, 1, 1)).sum().item()
    52.0
    """

    dims = 3


class ZeroPad1d(_ZeroPad, ConstantPad1d):
    """A border of zeros.

    The widths are (left, right), or one for all.

    >>> mt.nn.ZeroPad1d(1)(mt.ones(1)).shape
    torch.Size([3])
    """


class ZeroPad2d(_ZeroPad, ConstantPad2d):
    """`ZeroPad1d` for widths (left, right, top, bottom), or one for all.

    >>> mt.nn.ZeroPad2d(1)(mt.ones(1, 1)).shape
    torch.Size([3, 3])
    """


class ZeroPad3d(_ZeroPad, ConstantPad3d):
    """`ZeroPad1d` for widths (left, right, top, bottom, front, back), or one for all.

    >>> mt.nn.ZeroPad3d(1)(mt.ones(1, 1, 1)).shape
    torch.Size([3, 3, 3])
    """


class _Border(Module):
    """A border made of the input itself."""

    dims: ClassVar[int]
    mode: ClassVar[str]

    def __init__(self, padding: Size) -> None:
        super().__init__()
        self.padding = several(padding, 2 * self.dims)

    def forward(self, input: Tensor) -> Tensor:
        """`input` with the border."""
        if self.mode == "circular" and input.ndim not in (self.dims + 1, self.dims + 2):
            raise ValueError(f"expected {self.dims + 1}D or {self.dims + 2}D input (got {input.ndim}D input)")
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ReflectionPadNd(_Border):
    mode = "reflect"


class _ReplicationPadNd(_Border):
    mode = "replicate"


class _CircularPadNd(_Border):
    mode = "circular"


class ReflectionPad1d(_ReflectionPadNd):
    """A reflected border, the edge itself not repeated.

    The widths are (left, right), or one for all.

    >>> mt.nn.ReflectionPad1d(1)(mt.zeros(1, 2)).shape
    torch.Size([1, 4])
    """

    dims = 1


class ReflectionPad2d(_ReflectionPadNd):
    """`ReflectionPad1d` for widths (left, right, top, bottom), or one for all.

    >>> mt.nn.ReflectionPad2d(1)(mt.zeros(1, 2, 2)).shape
    torch.Size([1, 4, 4])
    """

    dims = 2


class ReflectionPad3d(_ReflectionPadNd):
    """`ReflectionPad1d` for widths (left, right, top, bottom, front, back), or one for all.

    >>> mt.nn.ReflectionPad3d(1)(mt.zeros(1, 2, 2, 2)).shape
    torch.Size([1, 4, 4, 4])
    """

    dims = 3


class ReplicationPad1d(_ReplicationPadNd):
    """A border that repeats the edge.

    The widths are (left, right), or one for all.

    >>> mt.nn.ReplicationPad1d(1)(mt.zeros(1, 2)).shape
    torch.Size([1, 4])
    """

    dims = 1


class ReplicationPad2d(_ReplicationPadNd):
    """`ReplicationPad1d` for widths (left, right, top, bottom), or one for all.

    >>> mt.nn.ReplicationPad2d(1)(mt.zeros(1, 2, 2)).shape
    torch.Size([1, 4, 4])
    """

    dims = 2


class ReplicationPad3d(_ReplicationPadNd):
    """`ReplicationPad1d` for widths (left, right, top, bottom, front, back), or one for all.

    >>> mt.nn.ReplicationPad3d(1)(mt.zeros(1, 2, 2, 2)).shape
    torch.Size([1, 4, 4, 4])
    """

    dims = 3


class CircularPad1d(_CircularPadNd):
    """A border that goes on at the other end.

    The widths are (left, right), or one for all.

    >>> mt.nn.CircularPad1d(1)(mt.zeros(1, 2)).shape
    torch.Size([1, 4])
    """

    dims = 1


class CircularPad2d(_CircularPadNd):
    """`CircularPad1d` for widths (left, right, top, bottom), or one for all.

    >>> mt.nn.CircularPad2d(1)(mt.zeros(1, 2, 2)).shape
    torch.Size([1, 4, 4])
    """

    dims = 2


class CircularPad3d(_CircularPadNd):
    """`CircularPad1d` for widths (left, right, top, bottom, front, back), or one for all.

    >>> mt.nn.CircularPad3d(1)(mt.zeros(1, 2, 2, 2)).shape
    torch.Size([1, 4, 4, 4])
    """

    dims = 3
