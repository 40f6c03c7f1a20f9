"""Dropout of whole channels, and dropout for networks of SELUs, as layers."""

from __future__ import annotations

from ...engine.tensor import Tensor
from .. import functional as F
from .dropout import _DropoutNd


class Dropout1d(_DropoutNd):
    """Zeroes whole channels of (N, C, L) or (C, L), in training: `functional.dropout1d`.

    >>> mt.nn.Dropout1d().eval()(mt.ones(1, 3))
    tensor([[1., 1., 1.]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """`input` with noise, or `input`."""
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_DropoutNd):
    """Zeroes whole channels of (N, C, H, W), in training: `functional.dropout2d`.

    >>> mt.nn.Dropout2d(1.0)(mt.ones(1, 1, 1, 2)).flatten()
    tensor([0., 0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """`input` with noise, or `input`."""
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_DropoutNd):
    """Zeroes whole channels of (N, C, D, H, W) or (C, D, H, W), in training: `functional.dropout3d`.

    >>> mt.nn.Dropout3d(1.0)(mt.ones(1, 1, 1, 1, 2)).flatten()
    tensor([0., 0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """`input` with noise, or `input`."""
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_DropoutNd):
    """Dropout that keeps mean and variance where SELU made them 0 and 1: `functional.alpha_dropout`.

    >>> mt.nn.AlphaDropout().eval()(mt.ones(2))
    tensor([1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """`input` with noise, or `input`; in place is left to the function, as in PyTorch."""
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_DropoutNd):
    """`AlphaDropout` of whole channels: `functional.feature_alpha_dropout`.

    >>> mt.nn.FeatureAlphaDropout().eval()(mt.ones(1, 2))
    tensor([[1., 1.]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """`input` with noise, or `input`; in place is left to the function, as in PyTorch."""
        return F.feature_alpha_dropout(input, self.p, self.training)
