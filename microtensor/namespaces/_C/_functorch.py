"""What libraries ask about the tensors that stand for one example under `vmap`."""

from __future__ import annotations

from typing import Any

from microtensor.func.batched_tensor import BatchedTensor

__all__ = ["is_batchedtensor"]


def is_batchedtensor(tensor: Any) -> bool:
    """Whether a tensor stands for one example of a batch.

    >>> mt.func.vmap(lambda x: x * mt._C._functorch.is_batchedtensor(x))(mt.ones(2))
    tensor([1., 1.])
    """
    return isinstance(tensor, BatchedTensor)
