"""The names of ``torch._jit_internal`` that libraries import, most of them those of `microtensor.jit`."""

from __future__ import annotations

from typing import Any, Final

from .jit import export, ignore, is_scripting, unused
from .jit.annotations import BroadcastingList1, BroadcastingList2, BroadcastingList3
from .jit.marks import _overload as _overload
from .jit.marks import _overload_method as _overload_method

__all__ = [
    "BroadcastingList1", "BroadcastingList2", "BroadcastingList3", "Final", "boolean_dispatch", "export",
    "ignore", "is_scripting", "unused",
]  # fmt: skip


def _copy_to_script_wrapper(fn: Any) -> Any:
    """The function itself."""
    return fn


def boolean_dispatch(
    arg_name: str,
    arg_index: int,
    default: bool,
    if_true: Any,
    if_false: Any,
    module_name: str,
    func_name: str,
) -> Any:
    """A function that calls one of two others, as the argument `arg_name` is true or false.

    >>> from microtensor._jit_internal import boolean_dispatch
    >>> f = boolean_dispatch("flag", 1, False, lambda x, flag: "yes", lambda x, flag=False: "no", "m", "f")
    >>> f(1), f(1, flag=True), f(1, True)
    ('no', 'yes', 'yes')
    """

    def call(*args: Any, **kwargs: Any) -> Any:
        flag = args[arg_index] if len(args) > arg_index else kwargs.get(arg_name, default)
        return (if_true if flag else if_false)(*args, **kwargs)

    call.__name__, call.__module__ = func_name, module_name
    return call
