"""Lazy layers: sizes are taken from the first input.

| module | what is in it |
|---|---|
| `mixin` | LazyModuleMixin, LazyLinear |
| `conv` | LazyConv1d to LazyConvTranspose3d |
| `norm` | LazyBatchNorm1d to LazyInstanceNorm3d |
"""

from __future__ import annotations

from .... import _lazy

__getattr__, __dir__ = _lazy.beside(__name__, "mixin", "conv", "norm")
