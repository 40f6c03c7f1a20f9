"""``func.functionalize``: PyTorch's transform for tracers, which see no in-place operation any more."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

_REMOVABLE = ("mutations", "mutations_and_views")


def functionalize(func: Callable[..., Any], *, remove: str = "mutations") -> Callable[..., Any]:
    """A function that returns what `func` does, and leaves what `func` leaves in its arguments.

    What PyTorch's keeps from a tracer that runs inside, in-place operations and views, no transform of this
    package needs removed: so `func` runs as it is.  Raises ``RuntimeError`` for another `remove`.

    >>> mt.func.functionalize(lambda x: x.clone().add_(1))(mt.ones(2))
    tensor([2., 2.])
    """
    if remove not in _REMOVABLE:
        raise RuntimeError(
            "functionalize(f, remove='mutations'): received invalid argument for kwarg remove="
            f"{remove}. Valid options are: remove='mutations' or remove='mutations_and_views'"
        )

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    return wrapped
