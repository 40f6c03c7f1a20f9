"""A twin of a model for one run: the same classes, attributes and buffers, with traced tensors as parameters.

The user's model is not touched, so that other threads may go on using it, and what a forward pass writes to
its attributes is lost with the twin.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from ..nn.modules.module import Module
from ..nn.modules.module_parts.hooks import CallHooks
from .trace import Trace

__all__ = ["twin_of"]


def twin_of(model: Module, trace: Trace) -> Module:
    """The twin of a tree of modules; what is shared in it stays shared."""
    twins: dict[int, Any] = {id(None): None}
    for module in model.modules():
        twins[id(module)] = object.__new__(type(module))
    for name, parameter in model.named_parameters():
        twins[id(parameter)] = trace.parameter(parameter, name)
    for name, module in model.named_modules():
        twin = twins[id(module)]
        trace.originals[id(twin)] = module
        vars(twin).update(_state(module, twins))
        twin.register_forward_pre_hook(_enters(trace, name), prepend=True)
        twin.register_forward_hook(_leaves(trace), always_call=True)
    return twins[id(model)]  # type: ignore[no-any-return]


def _state(module: Module, twins: dict[int, Any]) -> dict[str, Any]:
    """The attributes of a module's twin."""
    state = {name: twins.get(id(value), value) for name, value in vars(module).items()}
    state["_call_hooks"] = copied = CallHooks()
    if module._call_hooks is not None:
        for moment, hooks in vars(module._call_hooks).items():
            setattr(copied, moment, copy.copy(hooks))
    return state


def _enters(trace: Trace, name: str) -> Callable[..., None]:
    def enter(*_: Any) -> None:
        trace.scopes.append(name)

    return enter


def _leaves(trace: Trace) -> Callable[..., None]:
    def leave(*_: Any) -> None:
        trace.scopes.pop()

    return leave
