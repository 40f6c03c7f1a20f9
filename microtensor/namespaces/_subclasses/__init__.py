"""PyTorch's ``torch._subclasses``, named only: its tensors without memory are not here."""

from . import fake_tensor

__all__ = ["fake_tensor"]
