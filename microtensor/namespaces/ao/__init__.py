"""PyTorch's ``torch.ao``, named only: nothing is quantised here."""

from . import quantization

__all__ = ["quantization"]
