"""Forward pre-hooks that remake a tensor before each forward: how to find them and take them down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["find", "forbid_second", "hooks_of", "remove_hook"]


def hooks_of(module: Any) -> Iterator[Any]:
    """What runs before each forward of this module, in order."""
    if module._call_hooks is not None:
        for hook in tuple(module._call_hooks.forward_pre.values()):
            yield hook.function


def find(module: Any, kind: Any, name: str) -> Any:
    """The hook of this class for the tensor `name`, or None."""
    return next((h for h in hooks_of(module) if isinstance(h, kind) and h.name == name), None)


def forbid_second(module: Any, kind: type, name: str, what: str) -> None:
    """Raise ``RuntimeError`` if there is a hook of this class for `name` already."""
    if find(module, kind, name) is not None:
        raise RuntimeError(f"Cannot register two {what} hooks on the same parameter {name}")


def remove_hook(module: Any, function: Any) -> None:
    """Remove a hook from the module."""
    hooks = module._call_hooks.forward_pre
    for key in [key for key, hook in hooks.items() if hook.function is function]:
        del hooks[key]
