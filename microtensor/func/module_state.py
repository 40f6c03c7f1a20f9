"""Modules as functions of their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engine.grad_mode import no_grad
from ..engine.tensor import Tensor
from ..ops.joining.cat_split import stack


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters and the buffers of equal modules, stacked along a new first dimension.

    >>> params, buffers = mt.func.stack_module_state([mt.nn.Linear(2, 1) for _ in range(3)])
    >>> params["weight"].shape
    torch.Size([3, 1, 2])
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({type(m) for m in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    if len({m.training for m in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    params = [dict(m.named_parameters()) for m in models]
    buffers = [dict(m.named_buffers()) for m in models]
    for name in params[0]:
        if len({p[name].requires_grad for p in params}) > 1:
            raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
    with no_grad():
        stacked = {k: stack([p[k].detach() for p in params]) for k in params[0]}
        held = {k: stack([b[k] for b in buffers]) for k in buffers[0]}
    for name, tensor in stacked.items():
        tensor.requires_grad_(params[0][name].requires_grad)
    return stacked, held
