"""The older place of `functional_call`, for programs that import it from here."""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager
from typing import Any

from ...engine.tensor import Tensor
from ...func import parameter_swap
from ..modules.module import Module

__all__ = ["functional_call"]


def functional_call(
    module: Module,
    parameters_and_buffers: dict[str, Tensor],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """`microtensor.func.functional_call`, with one dictionary.  Deprecated, as in PyTorch.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     functional_call(mt.nn.Linear(1, 1, bias=False), {"weight": mt.ones(1, 1)}, mt.ones(1))
    tensor([1.])
    """
    warnings.warn(
        "`torch.nn.utils.stateless.functional_call` is deprecated as of PyTorch 2.0 and will be removed in "
        "a future version of PyTorch. Please use `torch.func.functional_call` instead which is a drop-in "
        "replacement.",
        FutureWarning,
        stacklevel=2,
    )
    given = parameters_and_buffers
    return parameter_swap.functional_call(module, given, args, kwargs, tie_weights=tie_weights, strict=strict)


def _reparametrize_module(
    module: Module, parameters_and_buffers: dict[str, Tensor], tie_weights: bool = False,
    strict: bool = False, stack_weights: bool = False,
) -> AbstractContextManager[None]:  # fmt: skip
    """The length of a ``with`` in which the module has these parameters and buffers.

    >>> layer = mt.nn.Linear(1, 1, bias=False)
    >>> with _reparametrize_module(layer, {"weight": mt.ones(1, 1)}):
    ...     layer(mt.ones(1))
    tensor([1.])
    """
    return parameter_swap.swapped(module, dict(parameters_and_buffers), tie_weights, strict)
