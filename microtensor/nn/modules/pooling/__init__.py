"""Pooling, as layers.

| module | what is in it |
|---|---|
| `windows` | maxima, averages, power means; fixed and adaptive windows; unpooling |
| `fractional` | FractionalMaxPool2d, FractionalMaxPool3d |
"""

from __future__ import annotations

from .... import _lazy

__getattr__, __dir__ = _lazy.beside(__name__, "windows", "fractional")
