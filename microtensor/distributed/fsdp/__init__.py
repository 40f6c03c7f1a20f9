"""PyTorch's ``torch.distributed.fsdp``: named only; each rank here holds the whole model."""

from __future__ import annotations

from typing import Any

__all__ = ["FSDPModule", "FullyShardedDataParallel", "fully_shard"]

_INSTEAD = (
    "models in parts on several ranks are not in microtensor: wrap the model in "
    "nn.parallel.DistributedDataParallel, and the optimizer in distributed.optim.ZeroRedundancyOptimizer"
)


class FSDPModule:
    """A module in parts on several ranks, which none is."""


class FullyShardedDataParallel:
    """A model in parts on several ranks: making one raises ``RuntimeError``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(f"FullyShardedDataParallel: {_INSTEAD}")


def fully_shard(module: Any, **options: Any) -> Any:
    """Raises ``RuntimeError``: models are whole here."""
    raise RuntimeError(f"fully_shard: {_INSTEAD}")
