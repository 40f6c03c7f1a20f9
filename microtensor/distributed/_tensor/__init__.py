"""The old name of `microtensor.distributed.tensor`."""

from ..tensor import DTensor, Replicate, Shard

__all__ = ["DTensor", "Replicate", "Shard"]
