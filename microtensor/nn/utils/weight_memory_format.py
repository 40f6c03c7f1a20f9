"""The weights of convolutions in another memory format."""

from __future__ import annotations

from typing import Any, TypeVar

from ..modules.conv import Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d
from ..modules.module import Module

M = TypeVar("M", bound=Module)


def convert_conv2d_weight_memory_format(module: M, memory_format: Any) -> M:
    """`module`, whose two-dimensional convolutions have their weights in this format from now on.

    >>> net = mt.nn.utils.convert_conv2d_weight_memory_format(mt.nn.Conv2d(2, 2, 3), mt.channels_last)
    >>> net.weight.stride()
    (18, 1, 6, 2)
    """
    return _converted(module, memory_format, (Conv2d, ConvTranspose2d))


def convert_conv3d_weight_memory_format(module: M, memory_format: Any) -> M:
    """`module`, whose three-dimensional convolutions have their weights in this format from now on.

    >>> net = mt.nn.utils.convert_conv3d_weight_memory_format(mt.nn.Conv3d(2, 2, 1), mt.channels_last_3d)
    >>> net.weight.is_contiguous(memory_format=mt.channels_last_3d)
    True
    """
    return _converted(module, memory_format, (Conv3d, ConvTranspose3d))


def _converted(module: M, memory_format: Any, kinds: Any) -> M:
    for layer in module.modules():
        weight: Any = layer.weight if isinstance(layer, kinds) else None
        if weight is not None:
            weight.data = weight.detach().clone().contiguous(memory_format=memory_format)
    return module


__all__ = ["convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"]
