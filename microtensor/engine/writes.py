"""Writing to a tensor's memory: what may be written to, who is told, and the version that is left."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import numpy as np

from ..errors import InPlaceError
from . import versions
from .grad_mode import recording
from .tensor import Tensor

journal: ContextVar[Any] = ContextVar("microtensor.journal", default=None)
"""What is told of a tensor before it is written to: `func.vmap` can take back a run that it gives up."""


def check_target(x: Tensor, by: str) -> bool:
    """Whether the operation `by` on `x` would be recorded; raise if autograd cannot follow it."""
    if recording() is False or not x.requires_grad:
        return False
    root = x if x._view is None else x._view[0]
    if root._node is None and root._rg:
        kind = "a leaf Variable" if root is x else "a view of a leaf Variable"
        raise InPlaceError(
            f"{kind} that requires grad is being used in an in-place operation: {by} on a "
            f"{x.dtype} tensor of shape {tuple(x.shape)}. Update parameters inside no_grad(), or "
            f"use the out-of-place form of {by}."
        )
    return True


def write(x: Tensor, values: Any, by: str) -> None:
    """Put raw values into the memory of `x` and count the write."""
    check_writeable(x, by)
    np.copyto(x.array, values, casting="unsafe")
    count_write(x, by)


def check_writeable(x: Tensor, by: str) -> None:
    """Raise for memory that several elements share."""
    if not x.array.flags.writeable:
        raise InPlaceError(
            f"{by}: unsupported operation: this tensor of shape {tuple(x.shape)} is expanded (several "
            "elements share memory) or read-only. Use .clone() before writing."
        )
    if (held := journal.get()) is not None:
        held.before(x)


def count_write(x: Tensor, by: str) -> None:
    """Stamp the memory of `x` as written by `by`, unless `x` came from ``.data``."""
    if x._rare is None or "untracked" not in x._rare:
        versions.wrote(x.array, by)
