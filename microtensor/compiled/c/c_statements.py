"""One instruction as one line inside a loop: what it reads at an index, what it computes, what becomes of it.

A `Statement` lives in a space of indices, the shape over which it loops.  All its arrays are seen with that
very shape: an operand that is broadcast, and the result of a reduction, have strides of 0.  Elementwise
instructions, copies, selections, reductions, and products with a vector are statements; statements of one
space can share a loop nest (`c_nests`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...ops.special.erf_rational import erf_array
from ..program import Array, Instruction, Program
from .c_expressions import POWERS, expression
from .c_types import DType, cast, castable, literal, suits
from .c_views import View, view

COMBINES = {"add": "+", "maximum": "max", "minimum": "min", "logical_or": "||", "logical_and": "&&"}
"""The reductions that C does, by the ufunc's name."""


@dataclass(slots=True, eq=False)
class Statement:
    """What is computed at one index.

    Args:
        instruction: what it stands for.
        out: the array it writes, seen in the space; a stride of 0 where `combine` sums over.
        operands: arrays seen in the space, or texts of numbers.
        text: C over the operands, each already of the type it is computed in.
        types: the type each operand is computed in.
        type: the type of the computed value, before it becomes the result's.
        combine: the name of the ufunc that reduces, or None.
        start: what a reduction starts from, as C text.
    """

    instruction: Instruction
    out: View
    operands: tuple[View | str, ...]
    text: str
    types: tuple[DType, ...]
    type: DType
    combine: str | None = None
    start: str = ""

    @property
    def space(self) -> tuple[int, ...]:
        """The shape of the indices."""
        return self.out.shape

    def value(self, names: list[str]) -> str:
        """C for the value, over the names that hold the operands."""
        cased = [
            n if isinstance(x, str) else cast(n, x.dtype, t)
            for x, n, t in zip(self.operands, names, self.types, strict=True)
        ]
        text = self.text.format(*cased)
        return cast(text, self.type, self.out.dtype)


def statement(program: Program, i: Instruction) -> Statement | None:
    """The instruction as a statement; None if it isn't one, or not one that C does as NumPy does."""
    make = _MAKERS.get(i.kind)
    if make is None or i.out is None or not suits([*i.reads(), i.out]):
        return None
    made = make(program, i)
    return made if made is not None and _separate(made) else None


def _separate(s: Statement) -> bool:
    """Whether no index reads what another one writes."""
    return not any(
        isinstance(x, View) and x.meets(s.out) and (s.combine or x.place != s.out.place) for x in s.operands
    )


def seen(program: Program, x: Any, space: tuple[int, ...], dtype: DType) -> View | str:
    """An operand in a space: a view of it, or the text of a number."""
    if not isinstance(x, np.ndarray):
        return literal(x, dtype)
    return literal(x.item(), dtype) if program.is_literal(x) else view(x).broadcast(space)


def _plain(x: Any) -> bool:
    return isinstance(x, (np.ndarray, int, float)) or (isinstance(x, np.generic) and x.dtype.kind in "fiub")


def _ufunc(program: Program, i: Instruction) -> Statement | None:
    if not set(i.keywords) <= {"order"} or not all(map(_plain, i.operands)):
        return None
    if i.name == "vecdot":
        return _vecdot(program, i)
    if not isinstance(i.function, np.ufunc) or i.function.signature is not None or i.function.nout != 1:
        return None
    return _power(program, i) or _mapped(program, i, i.operands, _resolved(i))


def _power(program: Program, i: Instruction) -> Statement | None:
    """A power with a small whole exponent, as products."""
    types = _resolved(i) if i.name == "power" else None
    if types is None or types[0].kind != "f":
        return None
    number = i.operands[1].item() if _is_literal(program, i.operands[1]) else i.operands[1]
    text = POWERS.get(number) if isinstance(number, (int, float)) else None
    if text is None or not isinstance(i.operands[0], np.ndarray) or not _casts(i.operands, types, types[-1]):
        return None
    assert i.out is not None
    one = seen(program, i.operands[0], i.out.shape, types[0])
    return (
        Statement(i, view(i.out), (one,), text, types[:1], types[-1])
        if castable(types[-1], i.out.dtype)
        else None
    )


def _is_literal(program: Program, x: Any) -> bool:
    return isinstance(x, np.ndarray) and program.is_literal(x)


def _resolved(i: Instruction) -> tuple[DType, ...] | None:
    """The types in which NumPy computes: of each operand, and of the result."""
    told = [x.dtype if isinstance(x, (np.ndarray, np.generic)) else type(x) for x in i.operands]
    with suppress(TypeError, OverflowError):
        return tuple(i.function.resolve_dtypes((*told, None)))
    return None


def _mapped(
    program: Program, i: Instruction, operands: tuple[Any, ...], types: tuple[DType, ...] | None
) -> Statement | None:
    assert i.out is not None
    if types is None or len(set(types[:-1])) != 1 or not all(_fits(x, types[0]) for x in operands):
        return None
    text = expression(i.name, types[0], i.out.size)
    if text is None or not _casts(operands, types, i.out.dtype):
        return None
    seens = tuple(seen(program, x, i.out.shape, t) for x, t in zip(operands, types[:-1], strict=True))
    return Statement(i, view(i.out), seens, text, types[:-1], types[-1])


def _fits(x: Any, dtype: DType) -> bool:
    """Whether a Python integer is one of this type: NumPy compares others, too."""
    whole = dtype.kind in "iu" and isinstance(x, int)
    return not whole or np.iinfo(dtype).min <= x <= np.iinfo(dtype).max


def _casts(operands: tuple[Any, ...], types: tuple[DType, ...], out: DType) -> bool:
    pairs = [(x.dtype, t) for x, t in zip(operands, types, strict=False) if isinstance(x, np.ndarray)]
    known = suits([np.empty(0, t) for t in types])
    return known and all(castable(a, b) for a, b in [*pairs, (types[-1], out)])


def _copy(program: Program, i: Instruction) -> Statement | None:
    assert i.out is not None
    [x] = i.operands
    where = i.keywords.get("where")
    if not _plain(x) or not set(i.keywords) <= {"where"}:
        return None
    dtype, space = i.out.dtype, i.out.shape
    odd = isinstance(x, np.ndarray) and not castable(x.dtype, dtype)
    if odd or (dtype.kind in "iu" and isinstance(x, float)):
        return None
    one = seen(program, x, space, dtype)
    if where is None:
        return Statement(i, view(i.out), (one,), "{0}", (dtype,), dtype)
    if not isinstance(where, np.ndarray) or where.dtype.kind != "b":
        return None
    mask, out = view(where).broadcast(space), view(i.out)
    return Statement(i, out, (mask, one, out), "{0} ? {1} : {2}", (where.dtype, dtype, dtype), dtype)


def _function(program: Program, i: Instruction) -> Statement | None:
    """`erf`, and `np.where` of three operands."""
    if i.function is erf_array and len(i.operands) == 1 and not i.keywords:
        return _erf(i, i.operands[0])
    if i.function is not np.where or len(i.operands) != 3 or i.keywords or not all(map(_plain, i.operands)):
        return None
    assert i.out is not None
    mask, *chosen = i.operands
    dtype = i.out.dtype
    if not isinstance(mask, np.ndarray) or mask.dtype.kind != "b" or program.is_literal(mask):
        return None
    if not _casts(i.operands, (mask.dtype, dtype, dtype, dtype), dtype):
        return None
    seens = tuple(seen(program, x, i.out.shape, dtype) for x in chosen)
    where = view(mask).broadcast(i.out.shape)
    return Statement(i, view(i.out), (where, *seens), "{0} ? {1} : {2}", (mask.dtype, dtype, dtype), dtype)


def _erf(i: Instruction, x: Any) -> Statement | None:
    assert i.out is not None
    dtype = i.out.dtype
    if not isinstance(x, np.ndarray) or x.dtype != dtype or dtype.kind != "f":
        return None
    return Statement(
        i, view(i.out), (view(x),), f"m_erf_{'f' if dtype.itemsize == 4 else 'd'}({{0}})", (dtype,), dtype
    )


def _reduce(program: Program, i: Instruction) -> Statement | None:
    assert i.out is not None
    x, kinds = i.operands[0], i.keywords
    odd = set(kinds) - {"axis", "dtype", "keepdims", "initial"}
    if odd or not isinstance(x, np.ndarray) or i.name not in COMBINES or program.is_literal(x) or not x.size:
        return None
    dtype = np.dtype(kinds["dtype"]) if kinds["dtype"] is not None else i.out.dtype
    if (
        dtype != i.out.dtype
        or not castable(x.dtype, dtype)
        or (dtype.kind == "b") != i.name.startswith("logical")
    ):
        return None
    start = _start(i.name, dtype, kinds.get("initial"))
    if start is None or (dtype.kind == "b" and x.dtype.kind != "b"):
        return None
    out = _spread(i.out, x.shape, kinds["axis"], kinds["keepdims"])
    return Statement(i, out, (view(x),), "{0}", (dtype,), dtype, i.name, start)


def _start(name: str, dtype: DType, initial: Any) -> str | None:
    if name == "add":
        return ("-0.0" if dtype.kind == "f" else "0") if initial is None else None
    if name.startswith("logical"):
        return None if initial is not None else str(int(name == "logical_and"))
    if dtype.kind == "f":
        least = "(-INFINITY)" if name == "maximum" else "INFINITY"
    else:
        info = np.iinfo(dtype)
        least = literal(info.min if name == "maximum" else info.max, dtype)
    return least if initial is None or literal(initial, dtype) == least else None


def _spread(out: Array, shape: tuple[int, ...], axis: Any, keepdims: bool) -> View:
    """The result of a reduction, seen from each element that goes into it."""
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    reduced = {a % max(len(shape), 1) for a in axes}
    kept = [d for d in range(len(shape)) if d not in reduced]
    own = dict(zip(kept, out.strides, strict=True)) if not keepdims else dict(enumerate(out.strides))
    return view(out).seen(shape, [0 if d in reduced else own[d] for d in range(len(shape))])


def _vecdot(program: Program, i: Instruction) -> Statement | None:
    """The sum of products over the last axis, of real arrays of one type."""
    a, b = i.operands
    assert i.out is not None
    if (
        not all(isinstance(x, np.ndarray) and x.dtype == i.out.dtype for x in (a, b))
        or i.out.dtype.kind != "f"
    ):
        return None
    space = np.broadcast_shapes(a.shape, b.shape)
    return _summed(i, view(a).broadcast(space), view(b).broadcast(space), len(space) - 1)


def _dot(program: Program, i: Instruction) -> Statement | None:
    """A product with a vector: products of elements, summed over one axis of the matrix."""
    a, b = i.operands
    assert i.out is not None
    if (
        not all(isinstance(x, np.ndarray) and x.dtype == i.out.dtype for x in (a, b))
        or i.out.dtype.kind != "f"
    ):
        return None
    if a.ndim == 1 and b.ndim == 1:
        return _summed(i, view(a), view(b), 0)
    if a.ndim >= 2 and b.ndim == 1 and a.shape[-1] <= LONG:
        return _summed(i, view(a), view(b).broadcast(a.shape), a.ndim - 1)
    if a.ndim == 1 and b.ndim == 2 and b.shape[1] <= LONG:
        return _summed(i, view(a[:, None]).broadcast(b.shape), view(b), 0)
    return None


LONG = 1 << 14
"""Columns up to which a product of a matrix and a vector is a loop that may be shared with others."""


def _summed(i: Instruction, a: View, b: View, axis: int) -> Statement | None:
    assert i.out is not None
    if not a.size:
        return None
    out = _spread(i.out, a.shape, axis, False)
    return Statement(i, out, (a, b), "{0} * {1}", (a.dtype, a.dtype), a.dtype, "add", "0")


_MAKERS: dict[str, Callable[[Program, Instruction], Statement | None]] = {
    "ufunc": _ufunc,
    "into": _ufunc,
    "copy": _copy,
    "function": _function,
    "reduce": _reduce,
    "dot": _dot,
}

__all__ = ["COMBINES", "Statement", "statement"]
