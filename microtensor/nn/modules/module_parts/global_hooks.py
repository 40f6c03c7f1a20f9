"""Hooks on all modules at once: for debuggers and profilers, which do not know the modules.

They run before a module's own.  While there has been none, a call looks for them as little as for a module's
own hooks: all modules share the attribute at which it looks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....engine.hook_handle import RemovableHandle
from .hook_record import Hook
from .hooks import ALL, Hooks


def _hang_up(moment: str, hook: Hook) -> RemovableHandle:
    hooks = getattr(ALL, moment)
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    Hooks._call_hooks = ALL
    return handle


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, args)`` before the forward of every module.

    Returning something other than None replaces the arguments.

    >>> from microtensor.nn.modules.module import register_module_forward_pre_hook
    >>> with register_module_forward_pre_hook(lambda module, args: print(type(module).__name__)):
    ...     _ = mt.nn.Sequential(mt.nn.Identity())(1)
    Sequential
    Identity
    """
    return _hang_up("forward_pre", Hook(hook))


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call ``hook(module, args, result)`` after the forward of every module.

    Returning something other than None replaces the result.

    >>> from microtensor.nn.modules.module import register_module_forward_hook
    >>> with register_module_forward_hook(lambda module, args, result: result + 1):
    ...     mt.nn.Sequential(mt.nn.Identity())(1)
    3
    """
    return _hang_up("forward", Hook(hook, with_kwargs, always_call))


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, grad_output)`` when the gradients of any module's results are known."""
    return _hang_up("backward_pre", Hook(hook))


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, grad_input, grad_output)`` when any module's arguments' gradients are known."""
    return _hang_up("backward", Hook(hook))


register_module_backward_hook = register_module_full_backward_hook
