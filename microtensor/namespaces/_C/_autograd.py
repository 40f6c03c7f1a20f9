"""What libraries ask PyTorch's compiled engine: whether hooks on saved tensors may be set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from microtensor.autograd import graph

_pushed: list[Any] = []


def _saved_tensors_hooks_is_enabled() -> bool:
    """Whether no `autograd.graph.disable_saved_tensors_hooks` is in force."""
    return graph.disabled.get() is None


def _saved_tensors_hooks_disable(error_message: str, fail_if_non_empty: bool = True) -> None:
    """Refuse hooks on saved tensors from now on, with this sentence."""
    graph.disable_hooks(error_message)


def _saved_tensors_hooks_enable() -> None:
    """Allow them again."""
    graph.disabled.set(None)


def _saved_tensors_hooks_get_disabled_error_message() -> str | None:
    """The sentence with which they are refused, if they are."""
    return graph.disabled.get()


def _push_saved_tensors_default_hooks(pack_hook: Callable[..., Any], unpack_hook: Callable[..., Any]) -> None:
    """Begin what ``with saved_tensors_hooks(pack_hook, unpack_hook)`` does."""
    hooks = graph.saved_tensors_hooks(pack_hook, unpack_hook)
    hooks.__enter__()
    _pushed.append(hooks)


def _pop_saved_tensors_default_hooks() -> None:
    """End the innermost that `_push_saved_tensors_default_hooks` began."""
    _pushed.pop().__exit__()
