"""Weight and bias of a normalization: made, and reset to 1 and 0."""

from __future__ import annotations

from typing import Any

from ...creation import factories as creation
from .. import init
from ..parameter import Parameter
from .module import Module


def affine_parameters(module: Module, shape: tuple[int, ...], where: dict[str, Any], **wanted: bool) -> None:
    """Register scale and shift of this shape; None for what is not wanted."""
    for name, present in wanted.items():
        value = Parameter(creation.empty(*shape, **where)) if present else None
        module.register_parameter(name, value)


def reset(weight: Parameter | None, bias: Parameter | None = None) -> None:
    """Scale by ones and shift by zeros, where there is something."""
    if weight is not None:
        init.ones_(weight)
    if bias is not None:
        init.zeros_(bias)
