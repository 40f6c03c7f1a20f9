"""Where PyTorch keeps the parts of its loader that other libraries import."""

from . import collate, fetch, pin_memory, worker

__all__ = ["collate", "fetch", "pin_memory", "worker"]
