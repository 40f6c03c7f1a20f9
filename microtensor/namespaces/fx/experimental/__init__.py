"""The part of PyTorch's ``torch.fx.experimental`` that libraries ask about sizes and about recording."""

from . import proxy_tensor, symbolic_shapes

__all__ = ["proxy_tensor", "symbolic_shapes"]
