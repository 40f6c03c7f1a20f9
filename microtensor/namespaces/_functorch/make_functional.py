"""A module as a function of its parameters, as functorch made it; `func.functional_call` is newer."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from microtensor.engine.tensor import Tensor
from microtensor.func.module_state import stack_module_state
from microtensor.func.parameter_swap import functional_call
from microtensor.nn import Module

__all__ = [
    "FunctionalModule", "FunctionalModuleWithBuffers", "combine_state_for_ensemble", "make_functional",
    "make_functional_with_buffers",
]  # fmt: skip

Tensors = tuple[Tensor, ...]


class FunctionalModuleWithBuffers(Module):
    """A copy of a module, called with parameters and buffers before its arguments."""

    def __init__(self, model: Module) -> None:
        super().__init__()
        self.stateless_model = copy.deepcopy(model)
        self.param_names = [name for name, _ in model.named_parameters()]
        self.buffer_names = [name for name, _ in model.named_buffers()]

    def forward(self, params: Sequence[Tensor], buffers: Sequence[Tensor], *args: Any, **kwargs: Any) -> Any:
        """What the module gives with these."""
        state = dict(zip(self.param_names, params, strict=True))
        state |= dict(zip(self.buffer_names, buffers, strict=True))
        return functional_call(self.stateless_model, state, args, kwargs)


class FunctionalModule(FunctionalModuleWithBuffers):
    """A copy of a module without buffers, called with parameters before its arguments."""

    def forward(self, params: Sequence[Tensor], *args: Any, **kwargs: Any) -> Any:
        """What the module gives with these."""
        return super().forward(params, (), *args, **kwargs)


def make_functional(
    model: Module, disable_autograd_tracking: bool = False
) -> tuple[FunctionalModule, Tensors]:
    """`model` as a function of its parameters, and these.

    Raises ``ValueError`` if it has buffers.

    >>> function, (weight, bias) = mt._functorch.make_functional.make_functional(mt.nn.Linear(2, 1))
    >>> function((mt.ones(1, 2), mt.zeros(1)), mt.tensor([1.0, 2.0]))
    tensor([3.])
    """
    if any(True for _ in model.buffers()):
        raise ValueError("make_functional: the model has buffers; use make_functional_with_buffers(model)")
    return FunctionalModule(model), _tensors(model.parameters(), disable_autograd_tracking)


def make_functional_with_buffers(
    model: Module, disable_autograd_tracking: bool = False
) -> tuple[FunctionalModuleWithBuffers, Tensors, Tensors]:
    """`model` as a function of its parameters and buffers, and these."""
    parameters = _tensors(model.parameters(), disable_autograd_tracking)
    return FunctionalModuleWithBuffers(model), parameters, tuple(model.buffers())


def combine_state_for_ensemble(
    models: Sequence[Module],
) -> tuple[FunctionalModuleWithBuffers, Tensors, Tensors]:
    """The first of several alike models as a function, and the state of all, stacked for `vmap`."""
    parameters, buffers = stack_module_state(list(models))
    return FunctionalModuleWithBuffers(models[0]), tuple(parameters.values()), tuple(buffers.values())


def _tensors(parameters: Any, constant: bool) -> Tensors:
    return tuple(p.detach() for p in parameters) if constant else tuple(parameters)
