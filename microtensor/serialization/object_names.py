"""Classes and functions by the names that files give them: PyTorch's for this package's, and back.

A layer is written as ``torch.nn.modules.linear.Linear``, wherever it is defined here, so that a file of a
whole module says in both libraries what it means.
"""

from __future__ import annotations

import pickle
import sys
from importlib import import_module
from typing import Any

__all__ = ["found", "named"]

_HERE = __name__.partition(".")[0]


def named(thing: Any) -> tuple[str, str]:
    """The module and the name under which a class or a function is found again.

    Raises ``pickle.PicklingError`` for one that is not to be found there, as one defined inside a function.
    """
    module, name = getattr(thing, "__module__", None) or "__main__", thing.__qualname__
    try:
        same = _reached(sys.modules.get(module) or import_module(module), name) is thing
    except (ImportError, AttributeError):
        same = False
    if not same:
        raise pickle.PicklingError(
            f"save: {module}.{name} is not found under its name, as a file needs it: define it at the top of "
            "a module, or save its tensors, as in model.state_dict()"
        )
    return (_public(module, name, thing), name) if module.partition(".")[0] == _HERE else (module, name)


def found(module: str, name: str) -> Any:
    """What a file means by a name; ``AttributeError`` or ``ImportError`` if it is nothing."""
    if module.partition(".")[0] != "torch":
        return _reached(import_module(module), name)
    from ..compat.lookup import look_up

    while True:
        try:
            return look_up(f"{module}.{name}")
        except (AttributeError, ImportError):
            if "." not in module:
                raise
            module = module.rpartition(".")[0]  # which publishes what its modules define


def _reached(thing: Any, path: str) -> Any:
    for part in path.split("."):
        thing = getattr(thing, part)
    return thing


def _public(module: str, name: str, thing: Any) -> str:
    """PyTorch's name of the module: the deepest one that PyTorch has too, and that publishes this thing."""
    from .._names import PACKAGES

    parts = module.split(".")[1:]
    for end in range(len(parts), 0, -1):
        path = ".".join(parts[:end])
        known = path in PACKAGES or any(path in row.get("modules", "").split() for row in PACKAGES.values())
        if known and getattr(import_module(f"{_HERE}.{path}"), name, None) is thing:
            return f"torch.{path}"
    return f"torch.{'.'.join(parts)}"
