"""PyTorch's ``torch.distributed.tensor``: named only; each rank here holds whole tensors."""

from __future__ import annotations

from typing import Any

__all__ = ["DTensor", "Replicate", "Shard"]


class DTensor:
    """A tensor that lies in parts on several ranks: making one raises ``RuntimeError``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            "DTensor: tensors in parts on several ranks are not in microtensor: keep whole tensors, and "
            "exchange them with all_reduce and all_gather"
        )


class Shard:
    """That a tensor is cut along `dim`."""

    def __init__(self, dim: int) -> None:
        self.dim = dim


class Replicate:
    """That every rank has the whole tensor."""
