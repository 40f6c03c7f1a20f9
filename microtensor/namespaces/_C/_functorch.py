"""What libraries ask about the tensors that stand for one example under `vmap`."""

from __future__ import annotations

from typing import Any

from microtensor.func.batched_tensor import BatchedTensor, running

from .._functorch.vmap import _add_batch_dim as _add_batch_dim
from .._functorch.vmap import _remove_batch_dim as _remove_batch_dim

__all__ = ["get_unwrapped", "is_batchedtensor", "maybe_current_level", "maybe_get_bdim", "maybe_get_level"]


def is_batchedtensor(tensor: Any) -> bool:
    """Whether a tensor stands for one example of a batch.

    >>> mt.func.vmap(lambda x: x * mt._C._functorch.is_batchedtensor(x))(mt.ones(2))
    tensor([1., 1.])
    """
    return isinstance(tensor, BatchedTensor)


def get_unwrapped(tensor: Any) -> Any:
    """The batch, along dimension 0, that an example holds; any other tensor itself."""
    return tensor.value if isinstance(tensor, BatchedTensor) else tensor


def maybe_get_level(tensor: Any) -> int:
    """The number of the `vmap` whose example a tensor is; -1 of any other."""
    return tensor.level.number if isinstance(tensor, BatchedTensor) else -1


def maybe_get_bdim(tensor: Any) -> int:
    """Where the batch stands in what an example holds, always 0; -1 of any other tensor."""
    return 0 if isinstance(tensor, BatchedTensor) else -1


def maybe_current_level() -> int | None:
    """The number of the innermost `vmap` that is running, or None."""
    return running()[-1].number if running() else None
