"""PyTorch's collectives that return new tensors: named only; those that write into tensors are here."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = [
    "all_gather_tensor", "all_reduce", "all_to_all_single", "broadcast", "permute_tensor",
    "reduce_scatter_tensor", "wait_tensor",
]  # fmt: skip


def all_reduce(*args: Any, **kwargs: Any) -> NoReturn:
    """Raises ``RuntimeError``: use the function of `microtensor.distributed` on a copy.

    >>> from microtensor.distributed._functional_collectives import all_reduce
    >>> all_reduce(mt.ones(1), "sum", None)
    Traceback (most recent call last):
    RuntimeError: collectives that return new tensors are not in microtensor: ...
    """
    raise RuntimeError(
        "collectives that return new tensors are not in microtensor: call torch.distributed.all_reduce and "
        "its like on a copy, or torch.distributed.nn's, which are differentiated"
    )


all_gather_tensor = all_to_all_single = broadcast = permute_tensor = all_reduce
reduce_scatter_tensor = wait_tensor = all_reduce
