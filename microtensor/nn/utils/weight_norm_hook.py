"""Weight normalisation by a hook, the older form: the weight is computed before each forward.

`parametrizations.weight_norm` is the newer form, and loads the state dicts of this one.
"""

from __future__ import annotations

import warnings
from typing import Any, TypeVar

from ..modules.module import Module
from ..parameter import Parameter
from ..uninitialized_parameter import is_lazy
from .forward_pre_hooks import find, forbid_second, remove_hook
from .power_iteration import norm_except_dim, weight_from

__all__ = ["WeightNorm", "remove_weight_norm", "weight_norm"]

M = TypeVar("M", bound=Module)


class WeightNorm:
    """The hook: computes the weight from ``<name>_g`` and ``<name>_v``."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name, self.dim = name, -1 if dim is None else dim

    def compute_weight(self, module: Any) -> Any:
        """The weight as the two parameters have it now."""
        return weight_from(getattr(module, self.name + "_g"), getattr(module, self.name + "_v"), self.dim)

    def __call__(self, module: Any, inputs: Any) -> None:
        """Make the weight anew."""
        setattr(module, self.name, self.compute_weight(module))

    def install(self, module: Any) -> None:
        """Put the two parameters into the place of the one."""
        forbid_second(module, WeightNorm, self.name, "weight_norm")
        weight = getattr(module, self.name)
        if is_lazy(weight):
            raise ValueError(
                "The module passed to `WeightNorm` can't have uninitialized parameters. Make sure to run the "
                "dummy forward before applying weight normalization"
            )
        delattr(module, self.name)
        module.register_parameter(self.name + "_g", Parameter(norm_except_dim(weight.detach(), self.dim)))
        module.register_parameter(self.name + "_v", Parameter(weight.detach()))
        self(module, None)
        module.register_forward_pre_hook(self)

    def remove(self, module: Any) -> None:
        """Make the weight a parameter again, with the value that it has now."""
        weight = self.compute_weight(module)
        for suffix in ("", "_g", "_v"):
            delattr(module, self.name + suffix)
        setattr(module, self.name, Parameter(weight.detach()))


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Split a weight into lengths ``<name>_g`` and directions ``<name>_v``; returns `module`.

    One length for each index along `dim`, or a single one if it is None.  Deprecated, as in PyTorch:
    `parametrizations.weight_norm` does the same on every access.

    Raises ``RuntimeError`` if it is there already, ``ValueError`` for a lazy module that has not run.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     layer = mt.nn.utils.weight_norm(mt.nn.Linear(3, 2))
    >>> layer.weight_g.shape, layer.weight_v.shape
    (torch.Size([2, 1]), torch.Size([2, 3]))
    """
    warnings.warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of "
        "`torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
        stacklevel=2,
    )
    WeightNorm(name, dim).install(module)
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Undo `weight_norm`, keeping the value of the weight; ``ValueError`` if it is not there.

    >>> mt.nn.utils.remove_weight_norm(mt.nn.Linear(3, 2))
    Traceback (most recent call last):
    ValueError: weight_norm of 'weight' not found in Linear(in_features=3, out_features=2, bias=True)
    """
    hook = find(module, WeightNorm, name)
    if hook is None:
        raise ValueError(f"weight_norm of '{name}' not found in {module}")
    hook.remove(module)
    remove_hook(module, hook)
    return module
