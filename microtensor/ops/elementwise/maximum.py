"""The larger and the smaller of two, and how they share a gradient at a tie."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.op import op


@op(tensors="x y",
    x=lambda g, x, y: g * share(x, y),
    y=lambda g, x, y: g * share(y, x),
    complex="maximum not implemented for complex tensors.", elementwise=True, method=True,
    reference=np.maximum,
)  # fmt: skip
def maximum(x: Any, y: Any, /) -> Any:
    """The larger of two; at a tie each side gets half of the gradient.

    >>> mt.maximum(mt.tensor([1.0, 5.0]), mt.tensor([2.0, 2.0]))
    tensor([2., 5.])
    """
    return np.maximum(x, y)


@op(tensors="x y",
    x=lambda g, x, y: g * share(y, x),
    y=lambda g, x, y: g * share(x, y),
    complex="minimum not implemented for complex tensors.", elementwise=True, method=True,
    reference=np.minimum,
)  # fmt: skip
def minimum(x: Any, y: Any, /) -> Any:
    """The smaller of two; at a tie each side gets half of the gradient.

    >>> mt.minimum(mt.tensor([1.0, 5.0]), mt.tensor([2.0, 2.0]))
    tensor([1., 2.])
    """
    return np.minimum(x, y)


@op(elementwise=True, reference=lambda x, y: np.where(x == y, 0.5, x > y))
def share(x: Any, y: Any, /) -> Any:
    """1 where x > y, one half where they are equal, else 0: a constant; 1 beside a NaN.

    >>> from microtensor.ops.elementwise.maximum import share
    >>> share(mt.tensor([1.0, 2.0, 3.0]), mt.tensor(2.0))
    tensor([0.0000, 0.5000, 1.0000])
    """
    lost = np.add(x < y, x <= y, dtype=np.result_type(x, y))
    return 1 - lost * lost.dtype.type(0.5)
