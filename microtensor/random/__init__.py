"""Random tensors: PyTorch's CPU generator, so that one seed gives the same numbers here and there.

The streams themselves, and what is known to differ, are in `stream`; what is here gives them
PyTorch's names.  ``Dropout``, ``bernoulli`` and ``multinomial`` are the same as in PyTorch, too.

| module | what is in it |
|---|---|
| `mt19937`, `stream` | the bits and their state; what PyTorch draws from them |
| `box_muller`, `shuffles`, `fused_multiply_add` | normal numbers, permutations, and their rounding |
| `generator` | generators, seeds and their states |
| `tensors`, `inplace`, `poisson` | new tensors of random numbers, and tensors filled with them |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _lazy
from ..engine.tensor import Tensor
from .inplace import bernoulli_, cauchy_, exponential_, geometric_, log_normal_, normal_, random_, uniform_
from .tensors import bernoulli as bernoulli
from .tensors import multinomial as multinomial

if TYPE_CHECKING:
    from ._public import *

for _function in (
    uniform_, normal_, bernoulli_, random_, exponential_, cauchy_, log_normal_, geometric_,
    bernoulli, multinomial,
):  # fmt: skip
    setattr(Tensor, _function.__name__, _function)

__getattr__, __dir__ = _lazy.publish(__name__)
