"""From code that ran to the places that it reads: globals, closures, attributes, and what hangs on them.

Modules, optimizers and containers are followed to the numbers, flags and tensors that they hold; each place
becomes a test of `guards`.  What is assigned outside of the function's own variables is a reason to refuse.
"""

from __future__ import annotations

import collections
import dis
import gc
import sys
import types
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...engine.tensor import Tensor
from ...nn.modules.module import Module
from ...optim.optimizer import Optimizer
from ..guards import MISSING, SCALARS, Test
from .lines import is_ours

if TYPE_CHECKING:
    from .reading import Reading

__all__ = ["PACKAGE", "Walk", "is_package"]

PACKAGE = __name__.partition(".")[0]
_COMPILED = f"{__name__.rsplit('.', 2)[0]}.function"
_MOST = 4000
"""The most tests that a program may need."""
_ASSIGNED = frozenset(["grad", "requires_grad", "data"])
_LOADS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF")


class Walk:
    """From code to places."""

    def __init__(self, reading: Reading, own: Sequence[Any] = ()) -> None:
        self.reading = reading
        self.tests: dict[Any, Test] = {}
        self.seen: set[int] = set(map(id, own))
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
                if is_package(value.__name__):
                    return
                value = self.test("item", vars(value), name, label)
            else:
                self.value(value, label)
                value = self.attribute(value, name, label)
            if value is MISSING:
                return
        self.value(value, label)

    def attribute(self, value: Any, name: str, label: str) -> Any:
        """An attribute that the object holds, or a number of its class, with its test."""
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
        """What a list, a tuple or a dictionary holds, in order."""
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
        """What any other object holds, in slots and in its dictionary."""
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


def is_package(name: str) -> bool:
    """Whether a module is one that replays trust: this package, NumPy, or PyTorch by that name."""
    return name.partition(".")[0] in (PACKAGE, "numpy", "math", "torch")


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
