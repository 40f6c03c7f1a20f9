"""A program as Python source: the NumPy that one would have written by hand, with its buffers named.

Operators are not used, since they would allocate: every call says where its result goes.
"""

from __future__ import annotations

import keyword
import linecache
import re
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.versions import owner
from .arena import address
from .program import Array, Instruction, Miss, Part, Program

__all__ = ["Writer", "made_function", "shown"]

ND = np.ndarray


class Writer:
    """Writes lines for the parts of a program, and collects what their names mean."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.names: dict[str, Any] = {"Miss": Miss, "same": same}
        self._arrays: dict[Any, str] = {}
        self._count: dict[str, int] = {}
        self._taken = set(keyword.kwlist) | {"Miss", "same"}

    # ----------------------------------------------------------------- names

    def function(self, function: Any, name: str) -> str:
        """A name for a function: NumPy's own where it is free."""
        name = _identifier(name)
        while name in self.names and not _alike(self.names[name], function):
            name += "_"
        self.names[name] = function
        return name

    def array(self, array: Array) -> str:
        """A name for an array: the user's, or `a` and a number."""
        place = (id(owner(array)), address(array), array.shape, array.strides, array.dtype.str)
        if place in self._arrays:
            return self._arrays[place]
        name = self._free(self._called(array))
        self._arrays[place], self.names[name] = name, array
        return name

    def _called(self, array: Array) -> str:
        for k, number in enumerate(self.program.numbers):
            if number.cell is array:
                return f"number{k}"
        user = self.program.names.get(id(owner(array)))
        if user is None:
            return "constant" if id(array) in self.program.literals else "a"
        return _identifier(user) + _suffix(array)

    def _free(self, stem: str) -> str:
        if stem in ("a", "constant"):
            self._count[stem] = self._count.get(stem, -1) + 1
            return f"{stem}{self._count[stem]}"
        stem = f"arg_{stem}" if _RESERVED.fullmatch(stem) else stem
        name, k = stem, 0
        while name in self.names or name in self._taken:
            k += 1
            name = f"{stem}_{k}"
        return name

    def value(self, value: Any) -> str:
        """An operand as an expression."""
        if isinstance(value, ND):
            return self.array(value)
        if type(value) is tuple:
            return "(" + "".join(f"{self.value(x)}, " for x in value) + ")"
        if type(value) is list:
            return "[" + ", ".join(map(self.value, value)) + "]"
        if type(value) is slice:
            return f"slice({', '.join(self.value(x) for x in (value.start, value.stop, value.step))})"
        if value is None or value is Ellipsis or type(value) in (bool, int, str):
            return repr(value)
        if type(value) is float and np.isfinite(value):
            return repr(value)
        return self.function(value, f"value_{type(value).__name__}")

    # ----------------------------------------------------------------- lines

    def lines(self, parts: Sequence[Part]) -> list[str]:
        """A line or more for each part."""
        found: list[str] = []
        for k, part in enumerate(parts):
            if isinstance(part, Instruction):
                found += self.instruction(part)
            else:
                name = self.function(part, f"segment{k}")
                found.append(f"if {name}(): raise Miss" if part.guards else f"{name}()")
        return found

    def instruction(self, i: Instruction) -> list[str]:
        """The call, under the treatment of floating-point errors that it was captured with."""
        line = getattr(self, _WRITERS.get(i.kind, f"_{i.kind}"))(i)
        if i.errors is None:
            return [line]
        how = ", ".join(f"{key}={value!r}" for key, value in i.errors.items())
        return [f"with {self.function(np.errstate, 'errstate')}({how}):", f"    {line}"]

    def _call(self, name: str, operands: Sequence[Any], keywords: dict[str, Any], *more: str) -> str:
        words = [self.value(x) for x in operands]
        words += [*more, *(f"{k}={self.value(v)}" for k, v in keywords.items())]
        return f"{name}({', '.join(words)})"

    def _out(self, i: Instruction) -> str:
        assert i.out is not None
        return self.array(i.out)

    def _ufunc(self, i: Instruction) -> str:
        name = self.function(i.function, i.name)
        if i.keywords or i.function in (np.maximum, np.minimum):  # whose third argument is deprecated
            return self._call(name, i.operands, i.keywords, f"out={self._out(i)}")
        return self._call(name, i.operands, {}, self._out(i))

    def _reduce(self, i: Instruction) -> str:
        how = dict(i.keywords)
        name = self.function(i.function.reduce, f"{i.name}_reduce")
        axis, dtype, kept = how.pop("axis"), how.pop("dtype"), how.pop("keepdims")
        return self._call(
            name, i.operands, how, self.value(axis), self.value(dtype), self._out(i), repr(kept)
        )

    def _dot(self, i: Instruction) -> str:
        name = self.function(np.dot, "dot")
        assert i.out is not None
        if i.out.flags.c_contiguous and i.out.flags.aligned:
            return self._call(name, i.operands, {}, self._out(i))
        return f"{self._out(i)}[...] = {self._call(name, i.operands, {})}"

    def _copy(self, i: Instruction) -> str:
        if i.keywords:
            how = {"casting": "unsafe", **i.keywords}
            return self._call(self.function(np.copyto, "copyto"), (i.out, *i.operands), how)
        return f"{self._out(i)}[...] = {self.value(i.operands[0])}"

    def _gather(self, i: Instruction) -> str:
        return f"{self._out(i)}[...] = {self.value(i.operands[0])}[{self.value(i.operands[1])}]"

    def _scatter(self, i: Instruction) -> str:
        return f"{self._out(i)}[{self.value(i.operands[0])}] = {self.value(i.operands[1])}"

    def _at(self, i: Instruction) -> str:
        name = self.function(i.function.at, f"{i.name}_at")
        return self._call(name, (i.out, *i.operands), {})

    def _function(self, i: Instruction) -> str:
        return (
            f"{self._out(i)}[...] = {self._call(self.function(i.function, i.name), i.operands, i.keywords)}"
        )

    def _into(self, i: Instruction) -> str:
        name = self.function(i.function, i.name)
        return self._call(name, i.operands, i.keywords, f"out={self._out(i)}")

    def _opaque(self, i: Instruction) -> str:
        return self._call(self.function(i.function, i.name), i.operands, i.keywords)

    def _guard(self, i: Instruction) -> str:
        array, value = i.operands
        plain = isinstance(value, (np.bool_, np.integer))
        seen = f"{self.array(array)}[()]"
        test = f"{seen} != {value.item()!r}" if plain else f"not same({seen}, {self.value(value)})"
        return f"if {test}: raise Miss"


def shown(writer: Writer, head: str, copied: Sequence[Array], parts: Sequence[Part]) -> list[str]:
    """A function's lines as they are to be read: under the user's lines that they come from."""
    lines, above = [f"def {head}:"], ""
    if copied:
        lines.append(f"    # the arguments are copied into {', '.join(map(writer.array, copied))}")
    for part in parts:
        if isinstance(part, Instruction):
            here = f"{part.line}  ({part.note})" if part.note else part.line
            lines += [f"    # {here}"] if here and here != above else []
            above = here or above
        lines += [f"    {line}" for line in writer.lines([part])]
    return lines


_RESERVED = re.compile(r"[a-zA-Z]\d+(_\d+)*")
"""What the generated function around the lines calls its own: ``x0``, ``h12``."""

_WRITERS = {"call": "_opaque"}


def same(x: Any, y: Any) -> bool:
    """Whether a value is what it was at capture; NaN is."""
    return bool(x == y or (x != x and y != y))


def _suffix(array: Array) -> str:
    """How an array lies in its memory, in a word."""
    memory = owner(array)
    if memory.nbytes != array.nbytes:
        return "_part"
    if memory.dtype == np.uint8 or array.shape == memory.shape:
        return "_T" if array.ndim == 2 and not array.flags.c_contiguous else ""
    return "_T" if array.shape == memory.shape[::-1] and array.ndim > 1 else "_flat"


def _alike(held: Any, function: Any) -> bool:
    """Whether a name may stand for both."""
    if held is function:
        return True
    arrays = isinstance(held, ND) or isinstance(function, ND)
    return not arrays and type(held) is type(function) and bool(held == function)


def _identifier(name: str) -> str:
    name = re.sub(r"\W+", "_", name).strip("_") or "f"
    return f"_{name}" if name[0].isdigit() or keyword.iskeyword(name) else name


_count = iter(range(1, 1 << 62))


def made_function(text: str, names: dict[str, Any], name: str) -> Any:
    """Compile a function whose names are its own globals; tracebacks show its lines."""
    file = f"<microtensor compiled {name} {next(_count)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope = dict(names)
    exec(compile(text, file, "exec"), scope)
    weakref.finalize(scope[name], linecache.cache.pop, file, None).atexit = False
    return scope[name]
