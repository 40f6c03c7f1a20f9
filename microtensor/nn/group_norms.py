"""Normalisation within each example, by channel or by groups of channels, as layers."""

# Functions follow their arguments, Tensor in and Tensor out, which mypy cannot see.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import warnings
from typing import Any

from ..engine.tensor import Tensor
from . import functional as F
from .module import Module
from .normalization import ChannelNorm, affine_parameters, reset
from .parameter import Parameter

__all__ = ["GroupNorm", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"]


class GroupNorm(Module):
    """Standardises each group of channels of each example, then scales and shifts by channel.

    Wu, He, arXiv:1803.08494.  ``ValueError`` if `num_groups` does not divide `num_channels`.

    >>> mt.nn.GroupNorm(1, 2, eps=0.0)(mt.tensor([[1.0, 3.0]])).detach()
    tensor([[-1.,  1.]])
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        where = {"device": device, "dtype": dtype}
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
        """The arguments of the constructor."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class _InstanceNorm(ChannelNorm):
    """Normalisation of each channel of each example; `single` dimensions mean that there is no batch."""

    single = 0

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        """`input`, normalised by its own moments, or in evaluation by the running ones if tracked."""
        self._check(input)
        wide = input if input.dim() > self.single else input.unsqueeze(0)
        fresh = self.training or not self.track_running_stats
        momentum = 0.0 if self.momentum is None else self.momentum
        out = F.instance_norm(
            wide, self.running_mean, self.running_var, self.weight, self.bias, fresh, momentum, self.eps
        )
        return out if wide is input else out.squeeze(0)

    def _check(self, input: Tensor) -> None:
        if input.dim() not in (self.single, self.single + 1):
            raise ValueError(
                f"expected {self.single}D or {self.single + 1}D input (got {input.dim()}D input)"
            )
        place = input.dim() - self.single
        if input.shape[place] == self.num_features:
            return
        text = f"input's size at dim={place} to match num_features ({self.num_features}), but got"
        if self.affine:
            raise ValueError(f"expected {text}: {input.shape[place]}.")
        warnings.warn(
            f"input's size at dim={place} does not match num_features. You can silence this warning by not "
            "passing in num_features, which is not used because affine=False", stacklevel=4,
        )  # fmt: skip


class InstanceNorm1d(_InstanceNorm):
    """Standardises each channel of each example of (N, C, L) or (C, L).

    Ulyanov et al., arXiv:1607.08022.  Neither scale and shift (`affine`) nor running statistics unless asked
    for.

    >>> mt.nn.InstanceNorm1d(1)(mt.tensor([[1.0, 3.0]]))
    tensor([[-1.0000,  1.0000]])
    """

    single = 2


class InstanceNorm2d(_InstanceNorm):
    """`InstanceNorm1d` for (N, C, H, W) or (C, H, W).

    >>> mt.nn.InstanceNorm2d(1)(mt.tensor([[[1.0, 3.0]]])).flatten()
    tensor([-1.0000,  1.0000])
    """

    single = 3


class InstanceNorm3d(_InstanceNorm):
    """`InstanceNorm1d` for (N, C, D, H, W) or (C, D, H, W).

    >>> mt.nn.InstanceNorm3d(1)(mt.tensor([[[[1.0, 3.0]]]])).flatten()
    tensor([-1.0000,  1.0000])
    """

    single = 4
