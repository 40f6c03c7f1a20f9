"""Collectives that carry gradients: ``torch.distributed.nn``."""

from .functional import all_gather, all_reduce, all_to_all_single, broadcast, reduce, reduce_scatter

__all__ = ["all_gather", "all_reduce", "all_to_all_single", "broadcast", "reduce", "reduce_scatter"]
