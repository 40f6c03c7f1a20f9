"""The positions of what is not zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, install


@with_out
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not zero: a row each, or a tuple of columns.

    >>> mt.nonzero(mt.tensor([0, 3, 4]))
    tensor([[1],
            [2]])
    """
    columns = [c.astype(np.int64, copy=False) for c in np.nonzero(np.atleast_1d(input.array))]
    if as_tuple:
        return tuple(Tensor._of(c) for c in columns)
    return Tensor._of(np.stack(columns, 1)[:, : input.ndim])


install(nonzero=nonzero)
