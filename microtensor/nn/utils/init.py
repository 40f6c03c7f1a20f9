"""Modules whose first weights are not worth computing."""

from __future__ import annotations

import inspect
from typing import Any

from ... import random as random_
from ...creation import factories as creation
from ..modules.module import Module

__all__ = ["skip_init"]


def skip_init(module_cls: Any, *args: Any, **kwargs: Any) -> Any:
    """A module with uninitialised parameters and buffers, whose making draws no random numbers.

    For weights that are loaded or computed next.  What the tensors hold is arbitrary.

    Raises ``RuntimeError`` for what is no `Module`, and for one that takes no `device`, as in PyTorch.

    >>> mt.nn.utils.skip_init(mt.nn.Linear, 3, 2).weight.shape
    torch.Size([2, 3])
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    with random_.fork_rng():
        module = module_cls(*args, **kwargs)
    return module._apply(creation.empty_like)
