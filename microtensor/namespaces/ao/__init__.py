"""PyTorch's ``torch.ao``: nothing is quantised here, and what marks where it could be does nothing."""

from . import quantization, quantized_layers

__all__ = ["quantization", "quantized_layers"]
