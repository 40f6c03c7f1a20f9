"""Modules as functions of their parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..mode import no_grad
from ..ops.joining import stack
from ..tensor import Tensor


def functional_call(
    module: Any, parameter_and_buffer_dicts: Any, args: Any = None, kwargs: dict[str, Any] | None = None,
    *, tie_weights: bool = True, strict: bool = False,
) -> Any:  # fmt: skip
    """Call a module with other parameters and buffers, by name; the module is as before afterwards.

    Tied weights stay tied.  Raises ``RuntimeError`` for unknown names under `strict`.

    >>> layer = mt.nn.Linear(2, 1)
    >>> w = {"weight": mt.ones(1, 2), "bias": mt.zeros(1)}
    >>> mt.func.functional_call(layer, w, mt.tensor([1.0, 2.0]))
    tensor([3.])
    """
    given = parameter_and_buffer_dicts
    values = dict(given) if isinstance(given, dict) else {k: v for part in given for k, v in part.items()}
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with _swapped(module, values, tie_weights, strict):
        return module(*args, **(kwargs or {}))


def _slots(module: Any) -> dict[str, tuple[Any, str, Any]]:
    """Every parameter and buffer by its full name: its owner, its name there, and itself."""
    found = {}
    for prefix, owner in module.named_modules(remove_duplicate=False):
        held = {**owner._parameters, **owner._buffers}
        found.update({f"{prefix}.{k}" if prefix else k: (owner, k, v) for k, v in held.items()})
    return found


@contextmanager
def _swapped(module: Any, values: dict[str, Any], tie: bool, strict: bool) -> Iterator[None]:
    slots = _slots(module)
    unknown, missing = sorted(set(values) - set(slots)), sorted(set(slots) - set(values))
    if strict and (unknown or missing):
        raise RuntimeError(f"functional_call: unexpected keys {unknown}, missing keys {missing}")
    if unknown:
        raise KeyError(f"functional_call: the module has no parameter or buffer named {unknown}")
    if tie:
        by_id = {id(slots[name][2]): value for name, value in values.items()}
        values = {n: by_id[id(v)] for n, (_, _, v) in slots.items() if v is not None and id(v) in by_id} | values
    try:
        for name, value in values.items():
            _place(*slots[name][:2], value)
        yield
    finally:
        for name in values:
            _place(*slots[name])


def _place(owner: Any, name: str, value: Any) -> None:
    """Put a tensor where the module finds its parameter or buffer, whatever its class."""
    table = owner._parameters if name in owner._parameters else owner._buffers
    table[name] = value
    if name in owner.__dict__:
        owner.__dict__[name] = value


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters and the buffers of equal modules, stacked along a new first dimension.

    >>> params, buffers = mt.func.stack_module_state([mt.nn.Linear(2, 1) for _ in range(3)])
    >>> params["weight"].shape
    Size([3, 1, 2])
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({type(m) for m in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    params = [dict(m.named_parameters()) for m in models]
    buffers = [dict(m.named_buffers()) for m in models]
    with no_grad():
        stacked = {k: stack([p[k].detach() for p in params]) for k in params[0]}
        held = {k: stack([b[k] for b in buffers]) for k in buffers[0]}
    for name, tensor in stacked.items():
        tensor.requires_grad_(params[0][name].requires_grad)
    return stacked, held
