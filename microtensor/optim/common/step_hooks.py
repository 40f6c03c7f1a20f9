"""Hooks around ``step``, also around one that a user's optimizer defines."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """`step`, with the hooks around it and a mark for schedulers that it was called."""

    @functools.wraps(step)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self._opt_called is False:
            self._opt_called = True
        hooks = self._hooks  # the class's own, empty, in a subclass that never called Optimizer.__init__
        if not (hooks["step_pre"] or hooks["step_post"]) or type(self).step is not run:
            return step(self, *args, **kwargs)  # a call through super() runs no hooks again
        return _step_in_hooks(self, step, args, kwargs)

    return run


def _step_in_hooks(self: Any, step: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    args = (self, *args)
    for hook in self._hooks["step_pre"].values():
        result = hook(self, args, kwargs)
        if result is not None:
            args, kwargs = _new_arguments(hook, result)
    out = step(*args, **kwargs)
    for hook in self._hooks["step_post"].values():
        hook(self, args, kwargs)
    return out


def _new_arguments(hook: Any, result: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if isinstance(result, tuple) and len(result) == 2:
        return result
    raise RuntimeError(
        f"a step pre-hook must return None or a tuple of (new_args, new_kwargs), but {hook} "
        f"returned {result!r}"
    )
