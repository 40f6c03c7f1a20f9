"""Which optimizers take sparse gradients: those whose step of a zero is nothing, and `SparseAdam`."""

from __future__ import annotations

from typing import Any

from ...engine.passes.accumulation import rows_added


def check_sparse(optimizer: Any) -> None:
    """Raise ``RuntimeError`` if a gradient is sparse, and the optimizer's step is not for such ones.

    Nothing is looked at in a program that has no sparse tensors.

    >>> table = mt.nn.Embedding(3, 1, sparse=True)
    >>> table(mt.tensor([1])).sum().backward()
    >>> mt.optim.RMSprop(table.parameters()).step()
    Traceback (most recent call last):
    RuntimeError: RMSprop does not support sparse gradients, please consider SparseAdam or Adagrad instead
    """
    for group in optimizer.param_groups if rows_added else ():
        if any(p._grad is not None and p._grad.is_sparse for p in group["params"]):
            _refuse(optimizer, group)


def _refuse(optimizer: Any, group: Any) -> None:
    if not optimizer.takes_sparse_gradients:
        raise RuntimeError(
            f"{type(optimizer).__name__} does not support sparse gradients, please consider SparseAdam or "
            "Adagrad instead"
        )
    if group["weight_decay"]:
        raise RuntimeError(
            "weight_decay option is not compatible with sparse gradients: every row would decay"
        )


__all__ = ["check_sparse"]
