"""The positions of what is not zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.tensor import Tensor, install
from ...engine.writes import into


def nonzero(input: Tensor, *, as_tuple: bool = False, out: Any = None) -> Any:
    """The indices of the elements that are not zero: a row each, or a tuple of columns.

    The columns cannot go into an `out`, which is one tensor: ``TypeError``.

    >>> mt.nonzero(mt.tensor([0, 3, 4]))
    tensor([[1],
            [2]])
    """
    columns = [c.astype(np.int64, copy=False) for c in np.nonzero(np.atleast_1d(input.array))]
    if as_tuple:
        if out is not None:
            raise TypeError("nonzero(): argument 'out' must be Tensor, not tuple: leave it, or as_tuple, out")
        return tuple(Tensor._of(c) for c in columns)
    found = Tensor._of(np.stack(columns, 1)[:, : input.ndim])
    return found if out is None else into(out, found, "nonzero")


install(nonzero=nonzero)
