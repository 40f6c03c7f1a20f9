"""Normalisation within each example, by channel or by groups of channels, as layers."""

from __future__ import annotations

import warnings

from ... import _lazy
from ...engine.attributes.dtype_objects import DtypeLike
from ...engine.size_device import DeviceLike
from ...engine.tensor import Tensor
from .. import functional as F
from .batchnorm import _NormBase


class _InstanceNorm(_NormBase):
    """Normalisation of each channel of each example; `single` dimensions mean that there is no batch."""

    single = 0

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = False,
        track_running_stats: bool = False, device: DeviceLike = None, dtype: DtypeLike = None, *,
        bias: bool = True,
    ) -> None:  # fmt: skip
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


__getattr__, __dir__ = _lazy.beside(__name__, "lazy.norm")
