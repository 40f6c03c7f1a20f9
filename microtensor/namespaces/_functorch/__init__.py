"""PyTorch's ``torch._functorch``, in which libraries look for the parts of `vmap`; see `func`."""

from __future__ import annotations

from . import make_functional, vmap

__all__ = ["make_functional", "vmap"]
