"""PyTorch's ``torch.ao``: nothing is quantised here, and what marks where it could be does nothing."""

from . import quantization

__all__ = ["quantization"]
