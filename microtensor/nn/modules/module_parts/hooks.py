"""Functions of the user's that run whenever a module runs, forward or backward.

A module without hooks never comes here: `Module.__call__` looks at one attribute.  With hooks, a
call is: forward pre-hooks (they may replace the arguments), forward, forward hooks (they may
replace the result).  Backward hooks ride on two gates in the graph, see `backward_gates`.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ....engine.hook_handle import RemovableHandle
from .attributes import Attributes
from .backward_hooks import Gates
from .hook_record import Hook

if TYPE_CHECKING:
    from ..module import Module


class CallHooks:
    """The hooks of one module, by the moment at which they run."""

    def __init__(self) -> None:
        self.forward_pre: OrderedDict[int, Hook] = OrderedDict()
        self.forward: OrderedDict[int, Hook] = OrderedDict()
        self.backward_pre: OrderedDict[int, Hook] = OrderedDict()
        self.backward: OrderedDict[int, Hook] = OrderedDict()

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self.forward_pre or self.forward or self.backward_pre or self.backward)

    def __or__(self, others: CallHooks) -> CallHooks:
        """These hooks and then `others`."""
        both = CallHooks()
        for moment, hooks in vars(both).items():
            hooks.update(getattr(self, moment))
            hooks.update(getattr(others, moment))
        return both


ALL = CallHooks()
"""The hooks of all modules, which run before a module's own; see `global_hooks`."""


class Hooks(Attributes):
    """The part of `Module` where hooks are registered and run."""

    _call_hooks: CallHooks | None = None

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args)`` before each forward.

        Returning something other than None replaces the arguments (a single value stands for a
        tuple of one).  With ``with_kwargs`` it is ``hook(module, args, kwargs)``, which returns
        None or ``(args, kwargs)``, else ``RuntimeError``.  ``prepend`` puts it before the others.

        >>> layer = mt.nn.Identity()
        >>> handle = layer.register_forward_pre_hook(lambda module, args: args[0] + 1)
        >>> layer(1)
        2
        """
        return _hang_up(self, "forward_pre", Hook(hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:  # fmt: skip
        """Call ``hook(module, args, result)`` after each forward.

        Returning something other than None replaces the result.  With ``with_kwargs`` it is
        ``hook(module, args, kwargs, result)``.  With ``always_call`` it runs also if the call
        fails, and what it then raises itself is only a warning.

        >>> layer = mt.nn.Identity()
        >>> with layer.register_forward_hook(lambda module, args, result: result * 10):
        ...     layer(1)
        10
        >>> layer(1)
        1
        """
        return _hang_up(self, "forward", Hook(hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` when the gradients of the module's results are known.

        `grad_output` is a tuple with one entry per result; a tuple of the same length, returned,
        replaces it.

        >>> layer = mt.nn.Identity()
        >>> handle = layer.register_full_backward_pre_hook(lambda module, grad: (grad[0] * 2,))
        >>> x = mt.ones(1, requires_grad=True)
        >>> layer(x).backward()
        >>> x.grad
        tensor([2.])
        """
        return _hang_up(self, "backward_pre", Hook(hook), prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when the arguments' gradients are known.

        Both are tuples, with None for what is not a tensor; keyword arguments do not count.  A
        tuple of the same length, returned, replaces `grad_input`.  If no argument requires a
        gradient, the hook runs once the gradients of the results are known, and must return None.
        The module must return a tensor or a tuple; for anything else a warning says that the hook
        will not run.

        >>> layer = mt.nn.Identity()
        >>> handle = layer.register_full_backward_hook(lambda module, given, got: print(given))
        >>> x = mt.ones(1, requires_grad=True)
        >>> layer(3 * x).backward()
        (tensor([1.]),)
        """
        return _hang_up(self, "backward", Hook(hook), prepend)

    _forward_pre_hooks = property(lambda self: _shown(self, "forward_pre"))
    _forward_hooks = property(lambda self: _shown(self, "forward"))
    _backward_pre_hooks = property(lambda self: _shown(self, "backward_pre"))
    _backward_hooks = property(lambda self: _shown(self, "backward"))


def _shown(module: Hooks, moment: str) -> Any:
    from .hook_views import Functions

    return Functions(getattr(_hooks_of(module), moment))


def _hooks_of(module: Hooks) -> CallHooks:
    own: CallHooks | None = vars(module).get("_call_hooks")
    if own is None:
        own = module._call_hooks = CallHooks()
    return own


def _hang_up(module: Hooks, moment: str, hook: Hook, prepend: bool) -> RemovableHandle:
    hooks: OrderedDict[int, Hook] = getattr(_hooks_of(module), moment)
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def call(module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call `module` with any arguments, and with its hooks if it has some."""
    hooks = module._call_hooks
    if ALL and hooks is not ALL:
        hooks = ALL | hooks if hooks is not None else ALL
    if not hooks:
        return module.forward(*args, **kwargs)
    return _HookedCall(module, hooks, args, kwargs).run()


class _HookedCall:
    """One call of a module that has hooks."""

    def __init__(
        self, module: Module, hooks: CallHooks, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.module, self.hooks, self.args, self.kwargs = module, hooks, args, kwargs
        self.result: Any = None
        self.started: set[int] = set()

    def run(self) -> Any:
        try:
            return self._run()
        except Exception:
            self._run_always()
            raise

    def _run(self) -> Any:
        for hook in tuple(self.hooks.forward_pre.values()):
            self._before(hook)
        pre_hooks, hooks = map(_functions, (self.hooks.backward_pre, self.hooks.backward))
        gates = Gates(self.module, pre_hooks, hooks)
        self.args = gates.enter(self.args)
        self.result = self.module.forward(*self.args, **self.kwargs)
        for key, hook in tuple(self.hooks.forward.items()):
            self.started.add(key)
            self._after(hook)
        return gates.leave(self.result)

    def _before(self, hook: Hook) -> None:
        if not hook.with_kwargs:
            args = hook.function(self.module, self.args)
            if args is not None:
                self.args = args if isinstance(args, tuple) else (args,)
            return
        answer = hook.function(self.module, self.args, self.kwargs)
        if answer is None:
            return
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise RuntimeError(
                f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {answer}."
            )
        self.args, self.kwargs = answer

    def _after(self, hook: Hook) -> None:
        given = (self.args, self.kwargs) if hook.with_kwargs else (self.args,)
        answer = hook.function(self.module, *given, self.result)
        if answer is not None:
            self.result = answer

    def _run_always(self) -> None:
        for key, hook in tuple(self.hooks.forward.items()):
            if hook.always_call and key not in self.started:
                try:
                    self._after(hook)
                except Exception as error:
                    warnings.warn(
                        "module forward hook with always_call=True raised an exception that was "
                        f"silenced as another error was raised in forward: {error}",
                        stacklevel=4,
                    )


def _functions(hooks: OrderedDict[int, Hook]) -> list[Callable[..., Any]]:
    return [hook.function for hook in hooks.values()]
