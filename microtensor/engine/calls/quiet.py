"""Infinities and NaN are results here, as in PyTorch: NumPy's warnings of them go no further.

`np.errstate` around each op would cost more than a small op does.  So NumPy runs as the user has set it, and
what it says of an overflow in our own modules is filtered; where warnings are errors, the op runs once more,
in silence, which costs nothing until then.  NumPy's state and the user's own calculations stay as they are.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"microtensor\.")


def is_quiet() -> bool:
    """Whether NumPy says nothing of overflows: then a warning is about something else."""
    return "warn" not in np.geterr().values()


def again(function: Callable[..., Any], /, *args: Any, **params: Any) -> Any:
    """The result of a call that NumPy's warning has ended, to be used where that is caught.

    >>> from microtensor.engine.calls.quiet import again
    >>> again(np.exp, np.float32(100))
    np.float32(inf)
    """
    if is_quiet():
        raise
    with np.errstate(all="ignore"):
        return function(*args, **params)


def silent(function: Callable[..., Any], /, *args: Any, **params: Any) -> Any:
    """The result of a call that NumPy may warn of, whatever is done with its warnings.

    >>> from microtensor.engine.calls.quiet import silent
    >>> silent(np.log, np.float32(0))
    np.float32(-inf)
    """
    try:
        return function(*args, **params)
    except RuntimeWarning:
        return again(function, *args, **params)


def copyto(target: Any, values: Any) -> None:
    """``numpy.copyto`` with any cast, in silence: a NaN becomes some integer."""
    silent(np.copyto, target, values, casting="unsafe")


__all__ = ["again", "copyto", "is_quiet", "silent"]
