"""A compiled module: a module around the original, whose call is replayed."""

from __future__ import annotations

from typing import Any

from ..nn.modules.module import Module
from ..nn.modules.module_parts.attributes import find_registered
from .function import Compiled

__all__ = ["OptimizedModule"]


class OptimizedModule(Module):
    """What `compile` returns for a module; the original is `_orig_mod`, and everything is asked of it.

    As in PyTorch, the names of its state dict begin with ``_orig_mod.``.

    >>> net = mt.compile(mt.nn.Linear(2, 1))
    >>> list(net.state_dict()), net.in_features
    (['_orig_mod.weight', '_orig_mod.bias'], 2)
    """

    def __init__(self, module: Module, fullgraph: bool, backend: str) -> None:
        super().__init__()
        self._orig_mod = module
        object.__setattr__(self, "compiled", Compiled(module, fullgraph, backend))

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The original's call, replayed where a program fits."""
        return self.compiled(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name == "_orig_mod":
            return find_registered(self, name)
        return getattr(self._orig_mod, name)

    def train(self, mode: bool = True) -> Any:
        """Set training mode, here and in the original."""
        super().train(mode)
        return self

    @property
    def source(self) -> str:
        """The newest program as NumPy."""
        return str(self.compiled.source)

    def explain(self) -> str:
        """What is replayed, and what is not and why."""
        return str(self.compiled.explain())

    def reset(self) -> None:
        """Forget all programs."""
        self.compiled.reset()
