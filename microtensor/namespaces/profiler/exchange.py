"""Exchanging the code of a function, so that every call of it is seen, and putting the old code back.

The function stays the object that it is, whoever holds it: what changes is the code that it runs.  The same
is done for `engine.overriding`, whose prologue a function may have or get on its first call; and an op's code
is written when it is first called.  Both are settled before, lest they replace what is put here.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from microtensor.engine.overriding.overridable import _compiled, _twin, _with_constants

__all__ = ["Exchange", "settled"]

_FILE = "<microtensor profiled>"
_TEXT = """def call(*args, **kwargs):
    seen = "<call>"
    return seen(*args, **kwargs)"""


def settled(function: FunctionType) -> None:
    """Let a function get the code that it would have after its first call."""
    for constant in function.__code__.co_consts:
        if isinstance(constant, FunctionType) and constant.__name__ == "arrived":
            constant()
    ready = vars(function).get("__ready__")
    if ready is not None and function.__code__.co_names == ("first",):
        made = ready()
        function.__defaults__, function.__kwdefaults__ = made.__defaults__, made.__kwdefaults__
        function.__code__ = made.__code__


class Exchange:
    """A function whose calls go to ``seen(inner, args, kwargs)`` from `on` to `off`.

    It is settled at its first call: most are never called, and writing all their codes would take a second.
    """

    def __init__(self, function: FunctionType, seen: Callable[..., Any]) -> None:
        self.function, self.seen = function, seen
        self.before = function.__code__
        self.inner: FunctionType | None = None

    def on(self) -> None:
        """Put the other code in."""
        code = _compiled(_TEXT, _FILE, self.before.co_freevars)
        self.function.__code__ = _with_constants(code, self.function, {"<call>": self.call})

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """What the other code does."""
        if self.inner is None:
            self.off()
            settled(self.function)
            self.before, self.inner = self.function.__code__, _twin(self.function)
            self.on()
        return self.seen(self.inner, args, kwargs)

    def off(self) -> None:
        """Put the function's own code back."""
        self.function.__code__ = self.before
