"""PyTorch's ``torch.export.export`` and what belongs to it, which needs its compiler: refused at its use.

What it is used for is here under other names, and each sentence says which.
"""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["ExportedProgram", "export", "load", "save"]


class ExportedProgram:
    """A program of PyTorch's own operators: a class that programs test for, and that nothing here makes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Raises ``RuntimeError``."""
        _refuse("ExportedProgram")


def export(mod: Any, args: tuple[Any, ...], kwargs: Any = None, **options: Any) -> NoReturn:
    """Raises ``RuntimeError``: there are no operators of PyTorch's to write a program in.

    >>> mt.export.export(mt.nn.ReLU(), (mt.ones(2),))
    Traceback (most recent call last):
    RuntimeError: torch.export.export: a program of PyTorch's operators is not made here: ...
    """
    _refuse("export")


def save(ep: Any, f: Any, **options: Any) -> NoReturn:
    """Raises ``RuntimeError``, as `export`."""
    _refuse("save")


def load(f: Any, **options: Any) -> NoReturn:
    """Raises ``RuntimeError``, as `export`."""
    _refuse("load")


def _refuse(name: str) -> NoReturn:
    raise RuntimeError(
        f"torch.export.{name}: a program of PyTorch's operators is not made here: fx.symbolic_trace gives a "
        "graph that Python runs, onnx.export a file for other programs, export.numpy_module NumPy alone"
    )
