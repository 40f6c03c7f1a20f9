"""Lower and upper triangles of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.op import op
from ...engine.op_definition import case
from ...errors import describe


@op(x=lambda g, diagonal: tril(g, diagonal), complex=True, method=True,
    samples=[case((3, 4)), case((2, 3, 3), diagonal=-1)],
    reference=lambda x, diagonal=0: np.tril(x, diagonal))  # fmt: skip
def tril(x: Any, /, diagonal: int = 0) -> Any:
    """The lower triangle of the last two dimensions, zeros above `diagonal`.

    >>> mt.tril(mt.ones(2, 2))
    tensor([[1., 0.],
            [1., 1.]])
    """
    return np.tril(_matrices("tril", x), diagonal)


def _matrices(name: str, x: Any) -> Any:
    if x.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions, got {describe(x)}")
    return x


@op(x=lambda g, diagonal: triu(g, diagonal), complex=True, method=True,
    samples=[case((3, 4)), case((2, 3, 3), diagonal=1)],
    reference=lambda x, diagonal=0: np.triu(x, diagonal))  # fmt: skip
def triu(x: Any, /, diagonal: int = 0) -> Any:
    """The upper triangle of the last two dimensions, zeros below `diagonal`.

    >>> mt.triu(mt.ones(2, 2))
    tensor([[1., 1.],
            [0., 1.]])
    """
    return np.triu(_matrices("triu", x), diagonal)
