"""PyTorch's ``torch.compiler``: asking whether a compiler is at work, and telling it what to leave alone.

`microtensor.compile` runs a function as ever until it has been seen to do the same twice, and then replays
it, so there is no time at which a program's Python is read by a compiler: `is_compiling` is always False, and
what tells PyTorch's compiler to keep away from a function has nothing to keep away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import microtensor
from microtensor.compiled.function import BACKENDS

__all__ = [
    "allow_in_graph", "assume_constant_result", "compile", "cudagraph_mark_step_begin", "disable",
    "is_compiling", "is_dynamo_compiling", "is_exporting", "list_backends", "reset", "set_stance",
    "substitute_in_graph",
]  # fmt: skip


def compile(*args: Any, **kwargs: Any) -> Any:
    """See `microtensor.compile`."""
    return microtensor.compile(*args, **kwargs)


def is_compiling() -> bool:
    """Always False: Python runs the function, also where its operations are recorded.

    >>> mt.compiler.is_compiling()
    False
    """
    return False


is_dynamo_compiling = is_exporting = is_compiling


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """The function itself, as a decorator with and without arguments.

    >>> mt.compiler.disable(len) is len
    True
    """
    return fn if fn is not None else lambda function: function


def allow_in_graph(fn: Any) -> Any:
    """The function itself."""
    return fn


assume_constant_result = allow_in_graph


def substitute_in_graph(original_fn: Any, **options: Any) -> Callable[[Any], Any]:
    """A decorator that leaves its function as it is: the original runs under compilation too."""
    return lambda function: function


def reset() -> None:
    """Nothing: a compiled function holds its own programs, and nothing is held besides."""


def cudagraph_mark_step_begin() -> None:
    """Nothing: there are no graphs of GPU work."""


def list_backends(exclude_tags: Sequence[str] = ("debug", "experimental")) -> list[str]:
    """The names that ``compile(backend=)`` takes.

    >>> "numpy" in mt.compiler.list_backends()
    True
    """
    return sorted(BACKENDS)


def set_stance(stance: str = "default", **options: Any) -> Any:
    """A context manager without effect for the stance "default".

    Raises ``RuntimeError`` for another one: pass ``disable=True`` to `microtensor.compile` for a function
    that is to run as ever.
    """
    if stance != "default":
        raise RuntimeError(
            f"set_stance({stance!r}): whether a function is compiled is said where it is compiled: "
            "microtensor.compile(function, disable=True)"
        )
    return nullcontext()
