"""Settings that few programs make: see `settings`."""

from __future__ import annotations

import functools
from typing import Any

from . import settings
from .tensor import Tensor


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """What `use_deterministic_algorithms` was told last of `warn_only`.

    >>> mt.use_deterministic_algorithms(True, warn_only=True)
    >>> mt.is_deterministic_algorithms_warn_only_enabled()
    True
    >>> mt.set_deterministic_debug_mode("default")
    """
    return bool(settings._kept.get("warn_only"))


_MODES = {"default": 0, "warn": 1, "error": 2}


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """`use_deterministic_algorithms` by a word (default, warn, error) or its number.

    >>> mt.set_deterministic_debug_mode("default")
    """
    number = _MODES.get(debug_mode, debug_mode) if isinstance(debug_mode, str) else debug_mode
    if number not in (0, 1, 2):
        raise RuntimeError(f"expected debug_mode to be one of default, warn, error, but got {debug_mode!r}")
    settings.use_deterministic_algorithms(number > 0, warn_only=number == 1)


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2: see `set_deterministic_debug_mode`.

    >>> mt.set_deterministic_debug_mode("error")
    >>> mt.get_deterministic_debug_mode()
    2
    >>> mt.set_deterministic_debug_mode("default")
    """
    on = settings.are_deterministic_algorithms_enabled()
    return (1 if is_deterministic_algorithms_warn_only_enabled() else 2) if on else 0


def compile(model: Any = None, **options: Any) -> Any:
    """`model` itself, or a decorator that returns it: correct, and no faster.

    All of PyTorch's options are accepted.

    >>> @mt.compile(fullgraph=True)
    ... def double(x):
    ...     return 2 * x
    >>> double(mt.tensor([1.0]))
    tensor([2.])
    """
    return functools.partial(compile, **options) if model is None else model


def typename(obj: Any) -> str:
    """The name of a tensor's old type, or of any other object's class.

    >>> mt.typename(mt.zeros(1))
    'torch.FloatTensor'
    """
    if isinstance(obj, Tensor):
        return str(obj.type())
    kind = obj if hasattr(obj, "__qualname__") else type(obj)
    module = getattr(kind, "__module__", None)
    return kind.__qualname__ if module in (None, "builtins") else f"{module}.{kind.__qualname__}"
