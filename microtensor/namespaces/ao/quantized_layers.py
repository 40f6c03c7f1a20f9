"""PyTorch's ``torch.nn.quantized``: layers that libraries name, each of which refuses."""

from __future__ import annotations

from .quantization import Refused

__all__ = ["BatchNorm2d", "Conv1d", "Conv2d", "Conv3d", "Linear"]


class BatchNorm2d(Refused):
    """Batch normalisation of quantised numbers; ``NotImplementedError`` when it is made."""


class Conv1d(Refused):
    """Convolution of quantised numbers; ``NotImplementedError`` when it is made."""


class Conv2d(Conv1d):
    """The same of images."""


class Conv3d(Conv1d):
    """The same of volumes."""


class Linear(Refused):
    """An affine map of quantised numbers; ``NotImplementedError`` when it is made."""
