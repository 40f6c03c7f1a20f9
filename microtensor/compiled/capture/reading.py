"""Which of Python's state a run depends on: found by watching which of the user's code runs, and reading it.

While a function is captured, a profile function notes each of the user's frames.  What their code mentions
(globals, closures, attributes of arguments) and what hangs on that (modules, optimizers, containers) becomes
the tests of `guards`.  What a replay could not repeat, such as printing or an assignment to an attribute,
is a reason to refuse.
"""

from __future__ import annotations

import builtins
import collections
import dis
import gc
import os
import sys
import sysconfig
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from ... import nn as layers
from ...engine.tensor import Tensor
from ...nn.modules.module import Module
from ...optim.optimizer import Optimizer
from ..guards import MISSING, SCALARS, Test
from .lines import is_ours

__all__ = ["Reading"]

_STDLIB = sysconfig.get_path("stdlib") + os.sep
_LAYERS = os.path.dirname(os.path.abspath(layers.__file__)) + os.sep
_SITE = sysconfig.get_path("purelib") + os.sep
_MOST = 4000
"""The most tests that a program may need."""

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
_ASSIGNED = frozenset(["grad", "requires_grad", "data"])
_LOADS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF")


class Reading:
    """A context: the user's code that runs in it, and what it reads."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self.refusal: str | None = None
        self.names: dict[int, str] = {}
        """By id, what the code calls the tensors that it reaches."""
        self.frames: dict[Any, tuple[types.CodeType, dict[str, Any], dict[str, Any]]] = {}
        self._foreign: dict[types.CodeType, bool] = {}

    def __enter__(self) -> Reading:
        sys.setprofile(self._event)
        return self

    def __exit__(self, *exc: object) -> None:
        sys.setprofile(None)

    def refuse(self, reason: str) -> None:
        """A replay could not repeat this."""
        self.refusal = self.refusal or reason

    def _is_users(self, code: types.CodeType, scope: dict[str, Any]) -> bool:
        known = self._foreign.get(code)
        if known is None:
            file = code.co_filename
            stdlib = os.path.abspath(file).startswith(_STDLIB) and not os.path.abspath(file).startswith(_SITE)
            generated = file.startswith("<") and _is_package(scope.get("__name__") or "")
            known = self._foreign[code] = not (is_ours(file) or stdlib or generated)
        return known

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
                key = (code, *(id(known[n]) for n in sorted(known)))
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
                in ("collections", "microtensor", _PACKAGE, "builtins")
            )
        if not safe:
            self.refuse(f"it calls {getattr(function, '__qualname__', name)}, which a replay would not do")

    # ---------------------------------------------------------------- the tests

    def tests(self) -> list[Test]:
        """A test for each place that the code reads."""
        walk = _Walk(self)
        walk.root(self.function)
        for code, scope, known in self.frames.values():
            walk.code(code, scope, known)
        self.names = walk.names
        return list(walk.tests.values())


_COMPILED = f"{__name__.rsplit('.', 2)[0]}.function"
_PACKAGE = __name__.partition(".")[0]


def _argcount(code: types.CodeType) -> int:
    flags = code.co_flags
    starred = bool(flags & 4) + bool(flags & 8)
    return code.co_argcount + code.co_kwonlyargcount + starred


class _Walk:
    """From code to places."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.tests: dict[Any, Test] = {}
        self.seen: set[int] = set()
        self.names: dict[int, str] = {}

    def test(self, how: str, holder: Any, key: Any, label: str) -> Any:
        """Add a test; the value that is there now."""
        place = (how, id(holder), key)
        if place not in self.tests:
            if len(self.tests) > _MOST:
                self.reading.refuse("it depends on too much of Python's state")
                return MISSING
            self.tests[place] = Test(how, holder, key, label)
        return self.tests[place].expected

    # ------------------------------------------------------------------- code

    def root(self, function: Any) -> None:
        """The function itself, whoever wrote it."""
        self.function(function)
        if isinstance(function, types.FunctionType) and is_ours(function.__code__.co_filename):
            cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
            for name, cell in cells:
                self.value(self.test("cell", cell, None, name), name)

    def code(self, code: types.CodeType, scope: dict[str, Any], known: dict[str, Any]) -> None:
        """All that a frame of the user's mentions; of a layer's, the attributes of the layer."""
        if is_ours(code.co_filename):
            if isinstance(known.get("self"), Module):
                for _, name, attributes in chains(code):
                    if name == "self" and attributes and attributes[0] != "_call_hooks":
                        self.chain(known["self"], attributes, type(known["self"]).__name__)
            return
        cells = self.closure(code, known)
        for kind, name, attributes in chains(code):
            if kind == "store":
                self.stored(code, name, attributes)
            elif kind in ("LOAD_GLOBAL", "LOAD_NAME"):
                if name in scope:
                    self.chain(self.test("item", scope, name, name), attributes, name)
            elif name in cells:
                self.chain(self.test("cell", cells[name], None, name), attributes, name)
            elif name in known:
                self.chain(known[name], attributes, name)

    def stored(self, code: types.CodeType, name: str, kind: tuple[str, ...]) -> None:
        """An assignment outside of the function's own variables."""
        if kind == ("STORE_ATTR",) and (name in _ASSIGNED or code.co_name in ("__init__", "__post_init__")):
            return
        if kind == ("STORE_DEREF",) and name not in code.co_freevars:
            return
        self.reading.refuse(f"it assigns to {name} (in {code.co_qualname}), which a replay would not do")

    def closure(self, code: types.CodeType, known: dict[str, Any]) -> dict[str, Any]:
        """The cells behind a frame's free variables."""
        if not code.co_freevars:
            return {}
        functions = [f for f in (self.reading.function, *gc.get_referrers(code)) if _is_function(f, code)]
        for function in functions:
            cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=False))
            if all(_holds(cells[n], known[n]) for n in cells if n in known):
                return cells
        if not all(n in known and type(known[n]) is types.CellType for n in code.co_freevars):
            # a function that lives for the call alone: its variables are those of the frame around it
            for value in known.values():
                self.value(value, "")
        return {}

    def chain(self, value: Any, attributes: tuple[str, ...], label: str) -> None:
        """Follow ``value.a.b`` through instance dictionaries; what is not in one belongs to a class."""
        for name in attributes:
            label = f"{label}.{name}"
            if isinstance(value, types.ModuleType):
                if _is_package(value.__name__):
                    return
                value = self.test("item", vars(value), name, label)
            else:
                self.value(value, label)
                value = self.attribute(value, name, label)
            if value is MISSING:
                return
        self.value(value, label)

    def attribute(self, value: Any, name: str, label: str) -> Any:
        if isinstance(value, (Tensor, np.ndarray, Optimizer)) or value is None:
            return MISSING
        if isinstance(value, Module):
            held = vars(value)
            if any(
                name in held[t]
                for t in ("_registered_parameters", "_registered_buffers", "_registered_modules")
            ):
                return held.get(name, MISSING)
        own = getattr(value, "__dict__", None)
        if type(own) is dict and name in own:
            return self.test("item", own, name, label)
        found = getattr(type(value), name, MISSING)
        if isinstance(found, SCALARS) and type(type(value)) is type:
            for base in type(value).__mro__:
                if name in base.__dict__:
                    self.test("attr", base, name, label)
                    break
        return MISSING

    # ----------------------------------------------------------------- values

    def value(self, value: Any, label: str) -> None:
        """What hangs on an object that the code has reached."""
        if isinstance(value, Tensor) and label:
            self.names.setdefault(id(value), label)
        if (
            isinstance(value, (*SCALARS, Tensor, np.ndarray, type, types.ModuleType))
            or id(value) in self.seen
        ):
            return
        self.seen.add(id(value))
        if type(value).__module__ == _COMPILED:
            value = value.__wrapped__  # a compiled function runs as it is inside of another
        if isinstance(value, (types.FunctionType, types.MethodType)):
            self.function(value)
        elif isinstance(value, Module):
            self.module(value, label)
        elif isinstance(value, Optimizer):
            self.optimizer(value, label)
        elif isinstance(value, (list, tuple, dict)):
            self.container(value, label)
        else:
            self.object(value, label)

    def function(self, function: Any) -> None:
        """A function's defaults; its code is read if it runs."""
        if isinstance(function, types.MethodType):
            self.value(function.__self__, "")
            function = function.__func__
        if isinstance(function, Module):
            self.value(function, "")
        elif isinstance(function, types.FunctionType) and not is_ours(function.__code__.co_filename):
            if function.__defaults__:
                self.test("attr", function, "__defaults__", function.__name__)
                self.value(function.__defaults__, "")
            if function.__kwdefaults__:
                self.value(function.__kwdefaults__, "")

    def container(self, value: Any, label: str) -> None:
        if isinstance(value, dict):
            self.test("keys", value, None, label)
            for key in list(value):
                self.value(self.test("item", value, key, f"{label}[{key!r}]"), label and f"{label}[{key!r}]")
            return
        if isinstance(value, list):
            self.test("items", value, None, label)
        for k, item in enumerate(value):
            self.value(item, label and f"{label}[{k}]")

    def object(self, value: Any, label: str) -> None:
        if isinstance(value, _OPAQUE):
            self.reading.refuse(
                f"it reads {label or 'an object'}, a {type(value).__name__}, into which it can't be seen"
            )
            return
        for base in type(value).__mro__:
            for name in vars(base).get("__slots__", ()):
                if not name.startswith("__"):
                    self.value(self.test("attr", value, name, f"{label}.{name}"), f"{label}.{name}")
        held = getattr(value, "__dict__", None)
        if type(held) is dict and not isinstance(value, types.BuiltinFunctionType):
            self.test("keys", held, None, label)
            self.attributes(value, label)

    def module(self, module: Module, label: str) -> None:
        """Parameters, buffers and children by identity; of a class of the user's, all that it holds."""
        held, users = vars(module), not is_ours(_file_of(type(module)))
        for table in ("_registered_parameters", "_registered_buffers", "_registered_modules"):
            for name in held[table]:
                self.value(self.test("item", held, name, f"{label}.{name}"), f"{label}.{name}")
        if held["_registered_modules"] or users:
            self.test("keys", held["_registered_modules"], None, label)
        if self.test("item", held, "_call_hooks", f"{label}'s hooks") not in (None, MISSING):
            self.reading.refuse(f"{type(module).__name__} has hooks, which are not captured")
        self.test("item", held, "forward", f"{label}.forward")
        if users:
            self.attributes(module, label)

    def attributes(self, value: Any, label: str) -> None:
        """All that an object holds, and the numbers and collections of its classes."""
        held = vars(value)
        for name in list(held):
            if name not in _TABLES and not name.endswith("_hooks"):
                self.value(self.test("item", held, name, f"{label}.{name}"), f"{label}.{name}")
        for base in type(value).__mro__:
            if not is_ours(_file_of(base)) and base.__module__ != "builtins":
                for name, found in list(vars(base).items()):
                    if isinstance(found, (*SCALARS, list, dict, tuple)) and not name.startswith("__"):
                        self.value(self.test("attr", base, name, f"{base.__name__}.{name}"), label)

    def optimizer(self, optimizer: Optimizer, label: str) -> None:
        """All options but the learning rate, which is read anew."""
        if any(optimizer._hooks[when] for when in ("step_pre", "step_post")):
            self.reading.refuse("the optimizer has step hooks, which are not captured")
        self.test("items", optimizer.param_groups, None, f"{label}.param_groups")
        for group in optimizer.param_groups:
            for key in group:
                if key != "lr":
                    self.value(self.test("item", group, key, f"{label} {key}"), "")


_OPAQUE = (set, collections.deque, bytearray, types.GeneratorType)

_TABLES = frozenset(
    ["_registered_parameters", "_registered_buffers", "_registered_modules", "_non_persistent_buffers_set"]
)


def _file_of(kind: type) -> str:
    return getattr(sys.modules.get(kind.__module__), "__file__", None) or "<unknown>"


def _is_function(found: Any, code: types.CodeType) -> bool:
    return isinstance(found, types.FunctionType) and found.__code__ is code


def _holds(cell: Any, value: Any) -> bool:
    try:
        return cell.cell_contents is value
    except ValueError:
        return False


def _is_package(name: str) -> bool:
    return name.partition(".")[0] in (_PACKAGE, "numpy", "math", "torch")


def chains(code: types.CodeType) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """``(load, name, attributes that follow)`` for each name; ``("store", name, (code,))`` for stores."""
    found = [i for i in dis.get_instructions(code) if i.opname not in ("CACHE", "PRECALL", "EXTENDED_ARG")]
    for k, i in enumerate(found):
        if i.opname in ("STORE_GLOBAL", "STORE_DEREF", "STORE_ATTR", "DELETE_GLOBAL", "DELETE_ATTR"):
            yield "store", str(i.argval), (i.opname,)
        elif i.opname in _LOADS or i.opname.startswith("LOAD_FAST"):
            names = i.argval if isinstance(i.argval, tuple) else (i.argval,)
            attributes = []
            for j in found[k + 1 :]:
                if j.opname not in ("LOAD_ATTR", "LOAD_METHOD"):
                    break
                attributes.append(str(j.argval))
            for name in names:
                yield i.opname, str(name), tuple(attributes) if name == names[-1] else ()
