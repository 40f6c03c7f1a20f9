"""Layers that bring activations to mean 0 and variance 1, over a batch or within each example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...creation import ranges
from ...engine.attributes.dtype_objects import DtypeLike
from ...engine.size_device import DeviceLike
from ...engine.tensor import Tensor
from .. import functional as F
from ..parameter import Parameter
from .affine_parameters import affine_parameters, reset
from .module import Module


def _as_shape(normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    return (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)


class CrossMapLRN2d(Module):
    """``x / (k + alpha / size * s) ** beta``, s a sum of squares over channels around each, of images.

    The window is as wide as `size` if that is odd, and one less otherwise; and as in PyTorch, whose running
    sum never lets go of the first channel, that one is in the sum of every channel whose window begins
    after it. `LocalResponseNorm` has the plain window.  Raises ``ValueError`` unless the input is (N, C, H,
    W).

    >>> mt.nn.CrossMapLRN2d(1, alpha=1.0, beta=1.0)(mt.ones(1, 2, 1, 1)).flatten()
    tensor([0.5000, 0.3333])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        """`input`, divided channel by channel."""
        if input.dim() != 4:
            raise ValueError(f"CrossMapLRN2d: Expected input to be 4D, got {input.dim()}D instead.")
        reach, channels = (self.size - 1) // 2, input.shape[1]
        square = (input * input).reshape(input.shape[0], 1, channels, -1)
        width = 2 * reach + 1
        around = F.avg_pool2d(F.pad(square, (0, 0, reach, reach)), (width, 1), 1) * width
        late = ranges.arange(channels).reshape(1, 1, -1, 1) > reach
        around = around + square[:, :, :1] * late.to(input.dtype)
        return input / (around.reshape(tuple(input.shape)) * (self.alpha / self.size) + self.k) ** self.beta

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class LayerNorm(Module):
    """Normalises over the last dimensions, `normalized_shape`, then scales and shifts.

    Ba, Kiros, Hinton, arXiv:1607.06450: ``(x - mean) / sqrt(var + eps) * weight + bias`` with the
    biased variance.  `weight` and `bias` have the shape `normalized_shape`, and are None without
    `elementwise_affine`.

    >>> mt.nn.LayerNorm(2)(mt.tensor([[1.0, 3.0]])).detach()
    tensor([[-1.0000,  1.0000]])
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self, normalized_shape: int | Sequence[int], eps: float = 1e-5, elementwise_affine: bool = True,
        bias: bool = True, device: DeviceLike = None, dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.normalized_shape = shape = _as_shape(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        affine_parameters(self, shape, where, weight=elementwise_affine, bias=elementwise_affine and bias)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Scale by ones and shift by zeros.

        >>> mt.nn.LayerNorm(2).reset_parameters()
        """
        reset(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """`input`, normalised within each example."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """Divides by the root of the mean square over the last dimensions, then scales.

    Zhang, Sennrich, arXiv:1910.07467: ``x / sqrt(mean(x**2) + eps) * weight``.  Without `eps` it is
    the machine epsilon of the dtype.

    >>> mt.nn.RMSNorm(2)(mt.tensor([[1.0, 7.0]])).detach()
    tensor([[0.2000, 1.4000]])
    """

    weight: Parameter | None

    def __init__(
        self, normalized_shape: int | Sequence[int], eps: float | None = None,
        elementwise_affine: bool = True, device: DeviceLike = None, dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.normalized_shape = shape = _as_shape(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        affine_parameters(self, shape, where, weight=elementwise_affine)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Scale by ones.

        >>> mt.nn.RMSNorm(2).reset_parameters()
        """
        reset(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        """`input`, normalised within each example."""
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class LocalResponseNorm(Module):
    """Each element divided by what the same pixel has in `size` channels around it.

    >>> mt.nn.LocalResponseNorm(2, alpha=1.0, beta=1.0)(mt.ones(1, 2, 1)).flatten()
    tensor([0.6667, 0.5000])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        """The response, normalised."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class GroupNorm(Module):
    """Standardises each group of channels of each example, then scales and shifts by channel.

    Wu, He, arXiv:1803.08494.  ``ValueError`` if `num_groups` does not divide `num_channels`.

    >>> mt.nn.GroupNorm(1, 2, eps=0.0)(mt.tensor([[1.0, 3.0]])).detach()
    tensor([[-1.,  1.]])
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True,
        device: DeviceLike = None, dtype: DtypeLike = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        affine_parameters(self, (num_channels,), where, weight=affine, bias=affine and bias)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Scale by ones and shift by zeros.

        >>> mt.nn.GroupNorm(1, 2).reset_parameters()
        """
        reset(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """`input` (N, C, ...), normalised."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )
