"""Adding to a leaf's ``.grad``: in memory that is the leaf's own, one thread at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from operator import add
from threading import RLock
from typing import Any

import numpy as np

from .. import versions
from ..arrays.sparse_array import SparseArray
from ..calls.quiet import again
from ..grad_mode import enable_grad, recording
from ..tensor import Tensor

leaf_lock = RLock()
"""Held while a gradient is added: passes in several threads may end in one leaf, and NumPy frees the GIL."""


rows_added: list[Callable[[Any, SparseArray], Tensor]] = []
"""What makes a sparse gradient a tensor: `sparse.gradients` puts its function here."""


def accumulate(leaf: Tensor, g: Any, mine: bool, graph: bool) -> None:
    """Add `g` to ``leaf.grad``, in memory that is the leaf's own.

    The array itself becomes the gradient if it is `mine`, the sweep's alone.  Under `graph` the gradient is
    recorded: a first one is a clone, since other leaves may have received the same tensor.
    """
    with leaf_lock:
        held = leaf._grad
        if g.__class__ is SparseArray:
            leaf._grad = rows_added[0](held, g)
        elif graph:
            with enable_grad() if recording() is False else nullcontext():
                leaf._grad = g.clone() if held is None else held + g
        elif held is None:
            leaf._grad = Tensor._of(g if mine else np.array(g))
        elif held._rg or held._data.__class__ is not np.ndarray:
            try:
                leaf._grad = Tensor._of(held._data + g)
            except RuntimeWarning:
                leaf._grad = Tensor._of(again(add, held._data, g))
        else:
            try:  # noqa: SIM105 - a context costs as much as the sum
                held._data += g
            except RuntimeWarning:
                pass  # the sum is written before NumPy looks at it
            versions.wrote(held._data, "backward's accumulation")
