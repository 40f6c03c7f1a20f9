"""Putting another tensor into a module's place for a parameter or buffer, as libraries do it by name."""

from __future__ import annotations

from typing import Any

from ...engine.tensor import Tensor
from ..modules.module import Module

__all__: list[str] = []

_MISSING: Any = object()
"""What stands for a place that is not there, as an argument and as an answer."""


def swap_tensor(module: Module, name: str, tensor: Any, allow_missing: bool = False) -> Any:
    """Put `tensor` into the place `name` of a module, and give back what was there.

    A parameter's place stays one, also for a tensor that is no parameter. Raises ``KeyError`` for a name that
    is empty or has a dot, ``AttributeError`` if the module has nothing of that name, unless `allow_missing`,
    and ``TypeError`` if either is no tensor.

    >>> from microtensor.nn.utils._named_member_accessor import swap_tensor
    >>> layer = mt.nn.Linear(1, 1, bias=False)
    >>> weight = swap_tensor(layer, "weight", mt.ones(1, 1))
    >>> layer(mt.tensor([2.0])), list(layer._parameters)
    (tensor([2.]), ['weight', 'bias'])
    """
    if "." in name or not name:
        raise KeyError(
            f"a tensor's name is not empty and has no dot, got {name!r}: give the submodule itself"
        )
    found = getattr(module, name, _MISSING)
    if found is _MISSING and not allow_missing:
        raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
    for one in (found, tensor):
        if not (one is None or one is _MISSING or isinstance(one, Tensor)):
            raise TypeError(f"{module._get_name()}.{name}: expected a tensor, got {type(one).__name__}")
    _put(module, name, tensor, found)
    return found


def _put(module: Module, name: str, tensor: Any, found: Any) -> None:
    """Put a tensor into its place, or take the place away."""
    places = [held for held in (module._parameters, module._buffers) if name in held]
    if tensor is _MISSING:
        if found is not _MISSING:
            delattr(module, name)
    elif places:
        places[0][name] = tensor
    else:
        setattr(module, name, tensor)
