"""How each op and each function that is recorded whole is said in ONNX: a block each, by family.

    @lowers("silu")
    def silu(b, x):
        return b.Mul(x, b.Sigmoid(x))

`b` is the `Builder`: ``b.Relu(x)`` adds a node and gives the name of its result.  Operands come in the op's
order, parameters by name; what a handler returns is the name of the result, or a tuple of names.
"""

from __future__ import annotations

from . import (
    activations,
    comparisons,
    elementwise,
    exponentials,
    indexing,
    layers,
    linalg,
    losses,
    pooling,
    recurrent,
    reductions,
    shapes,
)
from .registry import lowerings, lowers

__all__ = ["lowerings", "lowers"]
