"""The old name of `microtensor.distributed.fsdp`."""

from ..fsdp import FSDPModule, fully_shard

__all__ = ["FSDPModule", "fully_shard"]
