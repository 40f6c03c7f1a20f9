"""A whole call in C: tests, arguments, the run, version counters, gradients and the result, in one function.

Where a program is one short run of C, the Python around it takes four times as long as the run.  Here the
call is a builtin function, which goes through tables of what to compare, what to copy and what to make.  It
does no more than the generated function of `replay`, in the same order.  Whatever is not exactly as the
tables say is left to that one: `MISSED` comes back before anything was changed.

The function keeps Python's lock from its first test to its last write and runs no Python in between.  So it
needs no lock of its own; it only asks that nobody is in the middle of another call of the same step.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...engine import versions
from ...engine.grad_mode import recording
from ...engine.graph import Node
from ...engine.tensor import Tensor
from ...engine.versions import Write, write_of
from ..arena import address
from ..capture.observation import DATA, GRAD
from ..program import MISSED, Array, Unavailable
from .c_cache import library
from .c_entry_text import SOURCE
from .c_guards import Checker, known, offset_of

__all__ = ["Entry", "chained"]

_FASTCALL = 0x80
_P = ctypes.c_void_p


_NUMBERS = ("valid", "inputs", "lookups", "writes", "grads", "history",
            "data_at", "rg_at", "grad_at", "node_at", "view_at", "extras_at",
            "edges_at", "saved_at", "node_extras_at", "number_at",
            "count_at", "last_at", "by_at")  # fmt: skip
_POINTERS = ("input", "guards", "lookup", "write", "written", "slot", "grad", "run", "memory",
             "recording", "mode", "errors", "usual", "turn", "unsure", "ndarray", "scope", "key", "counter",
             "by", "result", "index", "tensor", "node")  # fmt: skip


def _struct(name: str, pointers: Sequence[str], numbers: Sequence[str] = ()) -> type[ctypes.Structure]:
    """A structure of these fields, numbers first."""
    fields = [*((n, ctypes.c_long) for n in numbers), *((n, _P) for n in pointers)]
    return type(name, (ctypes.Structure,), {"_fields_": fields})


_Argument = _struct(
    "_Argument", ("value", "kind", "grad", "dtype", "to", "shape", "strides"), ("bytes", "dims")
)
_Lookup = _struct("_Lookup", ("dict", "key", "list"))
_Table = _struct("_Table", _POINTERS, _NUMBERS)
_Chain = _struct("_Chain", ("entries", "missed"), ("count",))
_Definition = _struct("_Definition", ("name", "function", "flags", "doc"))  # a PyMethodDef


_FUNCTIONS = ("PyLong_AsVoidPtr", "Py_IncRef", "Py_DecRef", "PyDict_SetItem", "PyContextVar_Get",
              "PyDict_GetItemWithError", "PyObject_GetItem", "PyNumber_Add", "PyIter_Next",
              "PyObject_CallNoArgs", "PyType_GenericAlloc")  # fmt: skip
_CONSTANTS = (None, False, True, (), 1)
_SLOTS = {
    "data_at": DATA, "grad_at": GRAD, "node_extras_at": Node.__dict__["extras"],
    "last_at": Write.__dict__["number"],
    **{f"{name}_at": Tensor.__dict__[f"_{name}"] for name in ("rg", "node", "view", "extras")},
    **{f"{name}_at": Node.__dict__[name] for name in ("edges", "saved", "number")},
    **{f"{name}_at": Write.__dict__[name] for name in ("count", "by")},
}  # fmt: skip
_ERRORS = getattr(getattr(np, "_core", np).umath, "_extobj_contextvar", None)


class _Code:
    """The library, told where Python's functions are; once in a process."""

    _made: _Code | None = None

    def __init__(self) -> None:
        self.library, self.name = library(SOURCE), ctypes.c_char_p(b"enter")
        pointers = [*map(id, _CONSTANTS), *(_address(getattr(ctypes.pythonapi, n)) for n in _FUNCTIONS)]
        self.library.begin((_P * len(pointers))(*pointers))
        name = ctypes.cast(self.name, _P)
        self.definition = _Definition(name, _address(self.library.enter), _FASTCALL, None)

    @classmethod
    def made(cls) -> _Code:
        """The one of this process; `Unavailable` says why there is none."""
        if not known() or _ERRORS is None or not _array_lies_as_known():
            raise Unavailable("objects of this Python or NumPy lie elsewhere")
        cls._made = cls._made or cls()
        return cls._made


def _self_of(method: Any) -> Any:
    return method.__self__


def _address(function: Any) -> Any:
    return ctypes.cast(function, _P).value


def _array_lies_as_known() -> bool:
    """Whether an array's fields are where C looks for them."""
    probe = np.zeros((2, 3), np.float32)[:, ::2]
    at = _P.from_address
    numbers = [(ctypes.c_long * 2).from_address(at(id(probe) + place).value or 0)[:] for place in (32, 40)]
    return (
        (at(id(probe) + 16).value, at(id(probe) + 56).value) == (address(probe), id(probe.dtype))
        and ctypes.c_int.from_address(id(probe) + 24).value == 2
        and numbers == [list(probe.shape), list(probe.strides)]
    )


class Entry:
    """The tables of one program, and in `kept` all that C looks at through them.

    Args:
        run: the run of C, a `calling.Called`.
        checker: the tests of Python's state.
        label: what is said to have written.
        **objects: the other objects that C looks at, under the names of `_POINTERS`.
    """

    def __init__(self, run: Any, checker: Checker, label: str, **objects: Any) -> None:
        self.kept: list[Any] = [run]
        self.table: Any = _Table(valid=1)
        for name, slot in _SLOTS.items():
            setattr(self.table, name, offset_of(slot))
        self.table.run, self.table.memory = _address(run.func), run.args[0].value
        self.checks(checker)
        self.objects(by=label, ndarray=np.ndarray, scope=vars(versions), key="last_write", tensor=Tensor,
                     counter=_self_of(versions.next_number), recording=_self_of(recording),
                     errors=_ERRORS, **objects)  # fmt: skip

    def checks(self, checker: Checker) -> None:
        """The tests of Python's state."""
        self.checker, self.table.guards = checker, checker.table

    def objects(self, **objects: Any) -> None:
        """Objects that C compares, calls or stores."""
        self.kept += objects.values()
        for name, value in objects.items():
            setattr(self.table, name, id(value))

    def arguments(self, leaves: Sequence[Any], targets: Sequence[Array | None]) -> None:
        """What the arguments must be like, and where those that are read are copied."""
        pairs = zip(leaves, targets, strict=True)
        self._many("input", "inputs", _Argument, [self._argument(leaf, to) for leaf, to in pairs])

    def _argument(self, leaf: Any, to: Array | None) -> Any:
        self.kept += [leaf, to]
        if not isinstance(leaf, Tensor):
            return _Argument(value=id(leaf))
        array = leaf.array
        sizes, steps = ((ctypes.c_long * max(array.ndim, 1))(*n) for n in (array.shape, array.strides))
        self.kept += [array.dtype, sizes, steps]
        return _Argument(
            kind=id(type(leaf)), grad=id(leaf._rg), dtype=id(array.dtype), dims=array.ndim,
            shape=ctypes.addressof(sizes), strides=ctypes.addressof(steps),
            to=None if to is None else address(to), bytes=array.nbytes,
        )  # fmt: skip

    def lookups(self, places: Sequence[tuple[dict[str, Any], str, list[Any]]]) -> None:
        """Dictionaries whose entry must be the first item of a list."""
        self.kept += places
        self._many("lookup", "lookups", _Lookup, [_Lookup(*map(id, place)) for place in places])

    def writes(self, memories: Sequence[Array]) -> None:
        """The memory that the run writes, and in which no argument may lie."""
        writes = list(map(write_of, memories))
        self.kept += [*memories, *writes]
        self._many("write", "writes", _P, list(map(id, writes)))
        self._many("written", "writes", _P, list(map(id, memories)))

    def grads(self, grads: Sequence[tuple[Tensor, Any]]) -> None:
        """Tensors, and the gradient that each has afterwards, to which others must hold on.

        (Who counts the references to a gradient would find one more here.)
        """
        self.kept += [tensor for tensor, _ in grads]
        self._many("slot", "grads", _P, [id(tensor) + self.table.grad_at for tensor, _ in grads])
        self._many("grad", "grads", _P, [id(grad) for _, grad in grads])

    def _many(self, name: str, count: str, kind: Any, items: Sequence[Any]) -> None:
        array = (kind * max(len(items), 1))(*items)
        self.kept.append(array)
        setattr(self.table, name, ctypes.addressof(array))
        setattr(self.table, count, len(items))


def chained(entries: Sequence[Entry]) -> Callable[..., Any]:
    """A function that serves a call by the first of these entries that fits, or returns `MISSED`."""
    code = _Code.made()
    array = (_P * max(len(entries), 1))(*(ctypes.addressof(e.table) for e in entries))
    chain = _Chain(count=len(entries), entries=ctypes.addressof(array), missed=id(MISSED))
    kept = [code, array, chain, *entries]
    function: Callable[..., Any] = _new(ctypes.addressof(code.definition), ctypes.addressof(chain), kept)
    return function


_new = ctypes.PYFUNCTYPE(ctypes.py_object, _P, ctypes.py_object, ctypes.py_object)(
    ("PyCFunction_NewEx", ctypes.pythonapi)
)
