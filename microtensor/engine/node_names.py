"""One op under several names, where PyTorch has an op for each number of dimensions or each mode.

``grad_fn`` shows the name that PyTorch would; the registry, and with it every law, knows the op once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from .op import op
from .op_definition import registry


def shown_as(function: Callable[..., Any], name: str, **options: Any) -> Callable[..., Any]:
    """What makes the op `name` of `function`, with these options (and further ones), under a node's name.

    >>> from microtensor.ops.windows.separable_resampling import resample_shown_as
    >>> resample_shown_as("CopySlices") is resample_shown_as("CopySlices")
    True
    """

    @lru_cache
    def named(node: str, **further: Any) -> Any:
        first = registry.get(name)
        made = op(function, name=name, node=node, **{**options, **further})
        registry[name] = first or registry[name]
        return made

    return named
