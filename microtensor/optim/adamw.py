"""Where PyTorch keeps `AdamW`."""

from .adam import AdamW

__all__ = ["AdamW"]
