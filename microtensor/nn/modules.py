"""Where PyTorch keeps its layers, file by file, as ``nn.modules.batchnorm._BatchNorm``.

Every one of its files is this module, and holds all of `nn`; the base classes of families of layers, which
programs ask for with ``isinstance``, have PyTorch's private names.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from itertools import repeat
from typing import Any

from .. import nn

FILES = {
    "activation", "adaptive", "batchnorm", "channelshuffle", "container", "conv", "distance", "dropout",
    "flatten", "fold", "instancenorm", "lazy", "linear", "loss", "module", "normalization", "padding",
    "pixelshuffle", "pooling", "rnn", "sparse", "transformer", "upsampling", "utils",
}  # fmt: skip
BASES = {
    "_BatchNorm": ("normalization", "BatchNorm"),
    "_ConvNd": ("convolution", "_ConvNd"),
    "_DropoutNd": ("dropout", "DropoutNd"),
    "_InstanceNorm": ("group_norms", "_InstanceNorm"),
    "_Loss": ("loss", "Loss"),
    "_NormBase": ("normalization", "ChannelNorm"),
    "_WeightedLoss": ("loss", "WeightedLoss"),
}


def _repeated(count: int) -> Callable[[Any], tuple[Any, ...]]:
    return lambda x: tuple(x) if isinstance(x, Iterable) else tuple(repeat(x, count))


_single, _pair, _triple, _quadruple = map(_repeated, (1, 2, 3, 4))


def __getattr__(name: str) -> Any:
    if name in FILES:
        return sys.modules[__name__]
    if name in BASES:
        module, base = BASES[name]
        return getattr(import_module(f"{__package__}.{module}"), base)
    return getattr(nn, name)
