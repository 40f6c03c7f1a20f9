"""Which of the user's code runs in a capture, watched by a profile function.

What it mentions becomes tests (`walking`).  What a replay could not repeat, such as printing, is a reason to
refuse.
"""

from __future__ import annotations

import builtins
import gc
import os
import sys
import sysconfig
import types
from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import nn as layers
from ..guards import Test
from .lines import is_ours
from .walking import PACKAGE, Walk, is_package

__all__ = ["Reading"]


_STDLIB = sysconfig.get_path("stdlib") + os.sep
_LAYERS = os.path.dirname(os.path.abspath(layers.__file__)) + os.sep
_SITE = sysconfig.get_path("purelib") + os.sep

_SAFE = frozenset(
    [
        "abs",
        "all",
        "any",
        "bool",
        "callable",
        "chr",
        "complex",
        "dict",
        "dir",
        "divmod",
        "enumerate",
        "filter",
        "float",
        "format",
        "frozenset",
        "getattr",
        "hasattr",
        "hash",
        "int",
        "isinstance",
        "issubclass",
        "iter",
        "len",
        "list",
        "map",
        "max",
        "min",
        "object",
        "ord",
        "pow",
        "property",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "slice",
        "sorted",
        "str",
        "sum",
        "super",
        "tuple",
        "type",
        "zip",
        "__build_class__",
    ]
)
_SAFE_MODULES = frozenset(
    ["math", "_operator", "itertools", "functools", "_functools", "_collections", "_abc", "typing"]
)
_CONTAINERS = (list, tuple, dict, str, set, frozenset, bytes, int, float, bool, complex, range)


class Reading:
    """A context: the user's code that runs in it, and what it reads.

    The collector rests meanwhile: what it calls when it runs (finalizers, callbacks that take its time) is no
    part of the step.
    """

    def __init__(self, function: Any) -> None:
        self.function = function
        self.refusal: str | None = None
        self.names: dict[int, str] = {}
        """By id, what the code calls the tensors that it reaches."""
        self.frames: dict[Any, tuple[types.CodeType, dict[str, Any], dict[str, Any]]] = {}
        self._foreign: dict[int, tuple[bool, types.CodeType]] = {}
        """By id: code whose constants are not hashable is not, either."""

    def __enter__(self) -> Reading:
        self._collects = gc.isenabled()
        gc.disable()
        sys.setprofile(self._event)
        return self

    def __exit__(self, *exc: object) -> None:
        sys.setprofile(None)
        if self._collects:
            gc.enable()

    def refuse(self, reason: str) -> None:
        """A replay could not repeat this."""
        self.refusal = self.refusal or reason

    def _is_users(self, code: types.CodeType, scope: dict[str, Any]) -> bool:
        known = self._foreign.get(id(code))
        if known is None:
            file = code.co_filename
            stdlib = os.path.abspath(file).startswith(_STDLIB) and not os.path.abspath(file).startswith(_SITE)
            generated = file.startswith("<") and is_package(scope.get("__name__") or "")
            known = self._foreign[id(code)] = (not (is_ours(file) or stdlib or generated), code)
        return known[0]

    def _is_layers(self, code: types.CodeType) -> bool:
        """Whether this is a method of one of the package's own layers."""
        return code.co_filename.startswith(_LAYERS) and code.co_varnames[:1] == ("self",)

    def _event(self, frame: types.FrameType, event: str, arg: Any) -> None:
        code = frame.f_code
        if event == "call":
            if self._is_layers(code) or self._is_users(code, frame.f_globals):
                names = code.co_varnames[: _argcount(code)]
                found = frame.f_locals
                known = {n: found[n] for n in (*names, *code.co_freevars) if n in found}
                key = (id(code), *(id(known[n]) for n in sorted(known)))
                self.frames.setdefault(key, (code, frame.f_globals, known))
        elif event == "c_call" and self._is_users(code, frame.f_globals):
            self._builtin(arg)

    def _builtin(self, function: Any) -> None:
        """A function of C's that the user's code calls: one that a replay can leave out, or not."""
        name, owner = getattr(function, "__name__", "?"), getattr(function, "__self__", None)
        module = getattr(function, "__module__", None) or ""
        if owner is builtins:
            safe = name in _SAFE
        elif isinstance(owner, types.ModuleType) or owner is None:
            package = module.partition(".")[0]
            safe = package in _SAFE_MODULES or (package == "numpy" and "random" not in module) or not module
        else:
            safe = isinstance(owner, (*_CONTAINERS, np.ndarray, np.generic, type, types.GeneratorType)) or (
                type(owner).__module__.partition(".")[0]
                in ("collections", "microtensor", PACKAGE, "builtins")
            )
        if not safe:
            self.refuse(f"it calls {getattr(function, '__qualname__', name)}, which a replay would not do")

    # ---------------------------------------------------------------- the tests

    def tests(self, own: Sequence[Any] = ()) -> list[Test]:
        """A test for each place that the code reads; the containers `own` are made for the call alone."""
        walk = Walk(self, own)
        walk.root(self.function)
        for code, scope, known in self.frames.values():
            walk.code(code, scope, known)
        self.names = walk.names
        return list(walk.tests.values())


def _argcount(code: types.CodeType) -> int:
    flags = code.co_flags
    starred = bool(flags & 4) + bool(flags & 8)
    return code.co_argcount + code.co_kwonlyargcount + starred
