"""Optimizers: PyTorch's ``torch.optim``, in NumPy.

Each algorithm is one file: the published formula, and the function that computes it on vectors.
`elementwise` ties those to parameters, `optimizer` holds what is not arithmetic, and
`lr_scheduler` changes learning rates while training goes on.
"""

from typing import TYPE_CHECKING

from .. import _lazy
from . import lr_scheduler

if TYPE_CHECKING:
    from ._public import *

__getattr__, __dir__ = _lazy.publish(__name__)
