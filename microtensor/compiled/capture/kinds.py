"""NumPy's functions by what a capture does with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .traced import ND, Traced

__all__ = [
    "ASKS", "BY_VALUE", "IN_PLACE", "LIKE", "REDUCED", "REFUSED", "SHAPED_BY_DATA", "is_default", "is_scalar",
    "orders", "without_lead",
]  # fmt: skip

ASKS = frozenset(
    [np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.shares_memory, np.may_share_memory,
     np.iscomplexobj, np.isrealobj, np.broadcast_shapes]
)  # fmt: skip
"""Functions whose answer does not depend on values."""

SHAPED_BY_DATA = frozenset(
    [np.nonzero, np.flatnonzero, np.argwhere, np.unique, np.extract, np.compress, np.trim_zeros,
     np.union1d, np.intersect1d, np.setdiff1d, np.histogram, np.bincount]
)  # fmt: skip
BY_VALUE = frozenset([np.array_equal, np.array_equiv, np.allclose])
LIKE = frozenset([np.zeros_like, np.ones_like, np.full_like])
REFUSED = frozenset([np.save, np.savez, np.savetxt, np.array2string, np.array_repr, np.array_str])
IN_PLACE = frozenset(
    [np.copyto, np.put, np.put_along_axis, np.place, np.putmask, np.fill_diagonal]
)  # fmt: skip

REDUCED = {
    np.sum: np.add, np.prod: np.multiply, np.max: np.maximum, np.min: np.minimum, np.amax: np.maximum,
    np.amin: np.minimum, np.any: np.logical_or, np.all: np.logical_and,
}  # fmt: skip


def without_lead(source: Any, ndim: int) -> Any:
    """`copyto` does not take the leading dimensions of length 1 that an assignment drops."""
    while isinstance(source, ND) and source.ndim > ndim and source.shape[0] == 1:
        source = source[0]
    return source


def is_scalar(value: Any) -> bool:
    """Whether this is a number: Python's, or one of NumPy's that an operation gave."""
    return value._scalar if type(value) is Traced else not isinstance(value, ND)


def is_default(name: str, value: Any) -> bool:
    """Whether a keyword has the value that leaves it out."""
    return value is np._NoValue or (name == "where" and value is True) or (name == "out" and value is None)


def orders(args: Any, keywords: Any) -> bool:
    """Whether arguments choose another order than C's."""
    return "order" in keywords or any(isinstance(x, str) for x in args)
