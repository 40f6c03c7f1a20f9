"""The part of PyTorch's ``torch.fx.experimental`` that libraries ask about sizes, which are known here."""

from . import symbolic_shapes

__all__ = ["symbolic_shapes"]
