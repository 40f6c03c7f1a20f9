"""The control flow of PyTorch's compiler that libraries import: plain Python runs it here."""

from .associative_scan import associative_scan

__all__ = ["associative_scan"]
