"""Making ``import torch`` mean this package, and undoing it."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

from ..engine.tensor import Tensor
from . import children
from .lookup import ROOTS, real_module
from .torch_modules import Facade, Finder

__all__ = ["Installed", "as_torch", "is_torch", "torch_module"]

_finder = Finder()
_HOME = Tensor.__module__


class Installed:
    """What `as_torch` gives back: a context manager, with `undo` to be called by hand."""

    def __init__(self, already: bool) -> None:
        self._already = already

    def undo(self) -> None:
        """Let ``import torch`` mean PyTorch again; names that were imported before stay what they are."""
        if self._already:
            return
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not _finder]
        Tensor.__module__ = _HOME
        for name in _modules():
            if isinstance(sys.modules[name], Facade):
                del sys.modules[name]

    def __repr__(self) -> str:
        return "<import torch now gives microtensor; .undo() ends that>"

    def __enter__(self) -> ModuleType:
        return sys.modules["torch"]

    def __exit__(self, *error: object) -> None:
        self.undo()


def _modules() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] in ROOTS]


def as_torch() -> Installed:
    """From here on ``import torch`` gives microtensor, in this program or notebook.

    Every submodule comes along, and classes are the same: ``torch.nn.Module`` is
    ``microtensor.nn.Module``.  In a ``with`` statement it holds to the end of the block.

    Raises ``RuntimeError`` if PyTorch itself was imported before: two libraries under one name would mix
    their tensors.

        with microtensor.as_torch():
            import somebodys_program
    """
    already = is_torch()
    strangers = [name for name in _modules() if not isinstance(sys.modules[name], Facade)]
    if strangers:
        raise RuntimeError(
            f"PyTorch itself was imported already ({strangers[0]}): call as_torch() before anything imports "
            "torch, in a notebook after a restart of the kernel"
        )
    if not already:
        _arm()
    import_module("torch")
    return Installed(already)


def is_torch() -> bool:
    """Whether ``import torch`` gives this package in this process."""
    return any(finder is _finder for finder in sys.meta_path)


def _arm() -> None:
    sys.meta_path.insert(0, _finder)
    if children.MODULE in sys.modules:
        children.arm(sys.modules[children.MODULE])
    Tensor.__module__ = "torch"  # by which libraries know a tensor without importing torch


def torch_module() -> Facade:
    """The module ``torch`` of an environment in which ``install-as-torch`` was run, for its first import."""
    if not is_torch():
        _arm()
    return Facade("torch", real_module("torch"))
