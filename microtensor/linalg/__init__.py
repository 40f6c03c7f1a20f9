"""Linear algebra under the names of ``torch.linalg``: solving, inverting, factorizing, measuring matrices.

A matrix lies in the last two dimensions, and all before them are a batch.  Everything that has a derivative
has one of every order.  Decompositions give named tuples: ``linalg.eigh(A).eigenvalues``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _lazy
from ..engine.tensor import Tensor
from ..ops.views.diagonals import diagonal as _diagonal

if TYPE_CHECKING:
    from ._public import *


def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals of matrices, (..., n, n) to (..., n), as a view.

    >>> mt.linalg.diagonal(mt.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    return _diagonal(A, offset, dim1, dim2)


__getattr__, __dir__ = _lazy.publish(__name__)
