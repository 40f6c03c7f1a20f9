"""The batching rule of fields read between their cells: the batch becomes part of the field's own."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops.views.permute import movedim
from ...ops.views.reshape import _reshape
from ..batched_tensor import Call
from .registry import rule


@rule("mixed_cells", "cells_given_back", "agreement_of_cells")
def _fields(call: Call) -> Any:
    weights = {"mixed_cells": (1,), "cells_given_back": (1,), "agreement_of_cells": ()}[call.op.name]
    values = [_joined(call.whole(i), int(i in weights)) for i in range(2)]
    fields, cells = _sizes(call)
    out = call.run(*values, numbers=_numbers(call.params["numbers"], call.size, fields * cells))
    dim = int(call.op.name == "agreement_of_cells")
    shape = tuple(out.shape)
    split = (call.size, shape[dim] // call.size)
    return movedim(_reshape(out, (*shape[:dim], *split, *shape[dim + 1 :])), dim, 0)


def _joined(x: Any, dim: int) -> Any:
    """The batch in front of dimension `dim`, as a part of it."""
    x = movedim(x, 0, dim)
    shape = tuple(x.shape)
    return _reshape(x, (*shape[:dim], shape[dim] * shape[dim + 1], *shape[dim + 2 :]))


def _sizes(call: Call) -> tuple[int, int]:
    """How many fields an example has, and how many cells a field."""
    x = call.values[0 if call.op.name == "mixed_cells" else 1]
    cells = call.params["cells"] if "cells" in call.params else x.shape[-1]
    return call.params["numbers"].shape[1], cells


def _numbers(numbers: Any, size: int, many: int) -> Any:
    """The same cells in the fields of each example; what lies outside comes after all of them."""
    moved = numbers[:, None] + np.arange(size)[:, None, None] * many
    moved[np.broadcast_to((numbers == many)[:, None], moved.shape)] = size * many
    return moved.reshape(len(numbers), size * numbers.shape[1], numbers.shape[2])


__all__: list[str] = []
