"""microtensor: PyTorch's whole model of differentiation, on NumPy alone, with a core small enough to read.

    import microtensor as torch

    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    loss.backward()
    w.grad                      # tensor([2., 4.])

Names, signatures, defaults and results are PyTorch's.  `_names` is the whole public surface, each name beside
its module; most arrive when they are first used.
"""

from __future__ import annotations

from math import e as e
from math import inf as inf
from math import nan as nan
from math import pi as pi
from typing import TYPE_CHECKING

from . import _lazy
from . import autograd as autograd
from . import errors as errors
from . import ops as ops
from . import random as random
from .engine.arrays.allocator import prime as _prime
from .engine.tensor import Tensor as Tensor
from .interop import numpy_protocol as _numpy_protocol

if TYPE_CHECKING:
    from ._public import *

__path__ += [f"{folder}/namespaces" for folder in __path__]  # noqa: F405 - PyTorch's, with little behind them
newaxis = None
__version__ = "0.1.0"
_prime()

ABSENT = {
    **dict.fromkeys(
        ("sparse_bsr_tensor", "sparse_bsc_tensor"),
        "sparse layouts of blocks are not here: sparse_csr_tensor and sparse_csc_tensor are",
    ),
}

_lazy.wait(Tensor)
__getattr__, __dir__ = _lazy.publish(__name__, absent=ABSENT)
