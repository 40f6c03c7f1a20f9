"""Discrete Fourier transforms under the names of ``torch.fft``, with derivatives of every order.

float32 is transformed in float32, by SciPy where it is installed, else by NumPy. Integers are taken for
floating-point numbers of the default dtype; float16 raises, as in PyTorch.

| module | what is in it |
|---|---|
| `one_dimension` | fft, ifft, rfft, irfft, hfft, ihfft |
| `several_dimensions` | the same for two and for all dimensions |
| `frequencies` | fftfreq, rfftfreq, fftshift, ifftshift |
| `arguments` | what is asked of sizes, dimensions, norms and dtypes |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _lazy

if TYPE_CHECKING:
    from ._public import *

__getattr__, __dir__ = _lazy.publish(__name__)
