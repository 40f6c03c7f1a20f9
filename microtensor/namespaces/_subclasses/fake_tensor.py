"""The tensors by which PyTorch's compiler follows shapes alone: there are none."""

from __future__ import annotations

__all__ = ["is_fake"]


def is_fake(x: object) -> bool:
    """Always False: every tensor has memory.

    >>> from microtensor._subclasses.fake_tensor import is_fake
    >>> is_fake(mt.ones(1))
    False
    """
    return False
