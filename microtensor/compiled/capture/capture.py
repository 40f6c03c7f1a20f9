"""What happens to traced arrays, run and written down as instructions.

Every call here does two things: it computes the real result on the arrays themselves, so that a captured
run is a real run with its real effects, and it appends what it did.  What it can't describe it computes all
the same and *refuses*: the run goes on eagerly to its end, and nothing of the capture is used.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.versions import owner
from ..program import Array, arrays_in
from . import lines
from .callables import SCALAR_POWER, bound, method_of, picked
from .kinds import (
    ASKS,
    BY_VALUE,
    IN_PLACE,
    LIKE,
    REDUCED,
    REFUSED,
    SHAPED_BY_DATA,
    is_default,
    is_scalar,
    orders,
    without_lead,
)  # fmt: skip
from .numbers import Proxy
from .recorder import Read, Recorder
from .traced import ND, Traced, has_traced, plain, plainly

__all__ = ["Capture", "Read"]


class Capture(Recorder):
    """What each kind of call does, and how it is written down."""

    # --------------------------------------------------------------- ufuncs

    def operand(self, value: Any, beside: Any) -> Any:
        """What an instruction holds for an operand: a number of an optimizer becomes its cell."""
        value = plain(value)
        if type(value) is Proxy:
            return self.cell(value, next(x.dtype for x in beside if isinstance(x, ND)))
        return value

    def cell(self, number: Proxy, dtype: Any) -> Array:
        """The 0-d array that receives a number that is computed anew."""
        cell = np.array(number.value, dtype)
        self.cells.append((number, cell))
        self.outside[id(cell)] = cell
        return cell

    def ufunc(self, ufunc: Any, method: str, inputs: Any, out: Any, keywords: dict[str, Any]) -> Any:
        """What NumPy asks of a `Traced` for every ufunc."""
        if method == "at":
            return self.at(ufunc, *inputs)
        if any(type(x) in (list, tuple) for x in inputs):
            self.refuse(f"{ufunc.__name__} of a Python list")
            return getattr(ufunc, method)(*plainly(inputs), **plainly(keywords))
        operands = tuple(self.operand(x, inputs) for x in inputs)
        target = None if out is None else out[0]
        keywords = {k: plain(v) for k, v in keywords.items() if not is_default(k, v)}
        if method == "reduce":
            how = dict(zip(("axis", "dtype"), inputs[1:], strict=False)) | keywords | {"out": target}
            return self.reduced(ufunc, inputs[0], **how)
        if method == "__call__" and ufunc.nout == 1:
            return self.called(ufunc, operands, inputs, target, keywords)
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        return self.any_function(bound(ufunc, method), function, plainly(operands), out, keywords)

    def at(self, ufunc: Any, target: Any, index: Any, *values: Any) -> None:
        """``ufunc.at``, whose index may be a tuple of arrays."""
        operands = (plainly(index), *[self.operand(x, (target,)) for x in values])
        ufunc.at(plain(target), *operands)
        self.emit("at", ufunc, operands, plain(target))

    def called(self, ufunc: Any, operands: Any, inputs: Any, target: Any, keywords: dict[str, Any]) -> Any:
        """A ufunc with one result."""
        if target is not None:
            ufunc(*operands, out=plain(target), **keywords)
            self.emit("ufunc", ufunc, operands, plain(target), keywords)
            return target
        if "where" in keywords:
            self.refuse(f"{ufunc.__name__}(where=) leaves a part of its result undefined")
        if ufunc is np.power and not keywords and all(is_scalar(x) for x in inputs):
            return self.emit_fresh("function", SCALAR_POWER, operands, SCALAR_POWER(*operands))
        return self.emit_fresh("ufunc", ufunc, operands, ufunc(*operands, **keywords), keywords)

    def reduced(self, ufunc: Any, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None,
                keepdims: bool = False, **keywords: Any) -> Any:  # fmt: skip
        """``ufunc.reduce``, from a method or from the ufunc itself."""
        return self._reduced(ufunc, array, axis, dtype, out, keepdims, keywords)

    def _reduced(self, ufunc: Any, array: Any, axis: Any, dtype: Any, out: Any, keepdims: bool,
                 rest: dict[str, Any]) -> Any:  # fmt: skip
        source, rest = plain(array), {k: plain(v) for k, v in rest.items() if not is_default(k, v)}
        how = {"axis": axis, "dtype": dtype, "keepdims": keepdims, **rest}
        if out is not None:
            ufunc.reduce(source, out=plain(out), **how)
            self.emit("reduce", ufunc, (source,), plain(out), how)
            return out
        return self.emit_fresh("reduce", ufunc, (source,), ufunc.reduce(source, **how), how)

    def in_place(self, ufunc: Any, target: Traced, other: Any) -> Any:
        """``target += other`` and the like; a NumPy scalar is not changed, but made anew."""
        if target._scalar:
            return self.ufunc(ufunc, "__call__", (target, other), None, {})
        return self.ufunc(ufunc, "__call__", (target, other), (target,), {})

    def dot(self, a: Any, b: Any, out: Any) -> Any:
        """``np.dot``, whose fast path for matrices the backends know."""
        left, right = plain(a), plain(b)
        if not (isinstance(left, ND) and isinstance(right, ND)):
            return self.any_function(np.dot, np.dot, (left, right), out, {})
        if out is None:
            return self.emit_fresh("dot", np.dot, (left, right), np.dot(left, right))
        np.dot(left, right, out=plain(out))
        self.emit("dot", np.dot, (left, right), plain(out))
        return out

    # ------------------------------------------------------------ functions

    def function(self, function: Any, args: Any, keywords: Any) -> Any:
        """What NumPy asks of a `Traced` for every function that has the protocol."""
        if function in ASKS:
            return function(*plainly(args), **plainly(keywords))
        if function in SHAPED_BY_DATA:
            self.refuse(f"the shape of what {function.__name__} returns depends on data")
            return function(*plainly(args), **plainly(keywords))
        if function is np.dot and 2 <= len(args) <= 3:
            return self.dot(args[0], args[1], args[2] if len(args) == 3 else keywords.get("out"))
        if function is np.empty_like or function in LIKE:
            return self.like(function, args, keywords)
        if function in IN_PLACE:
            return self.written(function, args, keywords)
        if function in REFUSED:
            self.refuse(f"an array's values are read by {function.__name__}")
            return function(*plainly(args), **plainly(keywords))
        keywords = {k: plainly(v) for k, v in keywords.items() if not is_default(k, v)}
        out = keywords.pop("out", None)
        if function in REDUCED and len(args) == 1 and set(keywords) <= {"axis", "dtype", "keepdims"}:
            return self.reduced(REDUCED[function], args[0], **{"axis": None, **keywords, "out": out})
        return self.any_function(function, function, plainly(args), out, keywords)

    def any_function(self, function: Any, run: Any, args: Any, out: Any, keywords: dict[str, Any]) -> Any:
        """A function that is one call at each replay; a view of an operand needs none."""
        if out is not None:
            target = plain(out[0] if type(out) is tuple else out)
            run(*args, out=target, **keywords)
            self.emit("into", function, args, target, keywords)
            return self.wrap(target)
        result = run(*args, **keywords)
        if isinstance(result, (tuple, list)):
            found = [self.one_result(picked(function, k), x, args, keywords) for k, x in enumerate(result)]
            fields = hasattr(result, "_fields")
            return type(result)(*found) if fields else type(result)(found)
        return self.one_result(function, result, args, keywords)

    def one_result(self, function: Any, result: Any, args: Any, keywords: dict[str, Any]) -> Any:
        """A view of an operand, or new memory that the instruction fills."""
        if isinstance(result, ND) and self.is_view(result, (args, keywords)):
            return self.wrap(result)
        if not isinstance(result, (ND, np.generic)):
            if function in BY_VALUE:
                self.emit("guard", None, (np.asarray(result), result), None)
            self.refuse(f"{function.__name__} gives a {type(result).__name__}")
            return result
        return self.emit_fresh("function", function, args, result, keywords)

    def is_view(self, result: Array, of: Any) -> bool:
        """Whether the memory is that of an operand."""
        memory = owner(result)
        return any(owner(x) is memory for x in arrays_in(of))

    def like(self, function: Any, args: Any, keywords: Any) -> Any:
        """``np.zeros_like`` and the like."""
        array = function(*plainly(args), **plainly(keywords))
        if function is np.empty_like:
            return self.fresh(array)[1]
        return self.filled(array, array.reshape(-1)[0].item() if array.size else 0)

    def written(self, function: Any, args: Any, keywords: Any) -> None:
        """A function that writes into its first argument."""
        operands, keywords = (
            plainly(args),
            {k: plainly(v) for k, v in keywords.items() if not is_default(k, v)},
        )
        function(*operands, **keywords)
        if function is np.copyto and len(operands) == 2 and set(keywords) <= {"where", "casting"}:
            keywords.pop("casting", None)
            self.emit("copy", None, operands[1:], operands[0], keywords)
        else:
            self.emit("call", function, operands, operands[0], keywords)

    # ------------------------------------------------------ shapes and items

    def reshaped(self, array: Traced, name: str, args: Any, keywords: Any) -> Any:
        """A method that gives a view if it can, and else a copy laid out anew."""
        source = plain(array)
        result = getattr(source, name)(*plainly(args), **plainly(keywords))
        if owner(result) is owner(source):
            return self.wrap(result)
        if (
            name in ("reshape", "ravel", "flatten")
            and result.flags.c_contiguous
            and not orders(args, keywords)
        ):
            _, traced = self.fresh(result)
            self.emit("copy", None, (source,), result.reshape(source.shape))
            return traced
        return self.emit_fresh(
            "function", method_of(name), (source, *plainly(args)), result, plainly(keywords)
        )

    def copied(self, array: Traced, order: str) -> Any:
        """A copy in memory of its own."""
        return self.filled(plain(array).copy(order), plain(array))

    def cast(self, array: Traced, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True,
             copy: bool = True) -> Any:  # fmt: skip
        """`astype`."""
        source = plain(array)
        result = source.astype(dtype, order, casting, subok, copy)
        return array if result is source else self.filled(result, source)

    def getitem(self, array: Traced, key: Any) -> Any:
        """Basic indexing gives a view, an index array a gather, a mask a shape that depends on data."""
        source, index = plain(array), plainly(key)
        result = source[index]
        if isinstance(result, ND) and owner(result) is owner(source):
            return self.wrap(result)
        if has_traced(key) and any(x.dtype == bool for x in arrays_in(index)):
            self.refuse("the shape of what a mask selects depends on data")
            return result
        if not any(True for _ in arrays_in(index)) and not isinstance(result, ND):
            return self._element(source, index, array._scalar)
        return self.emit_fresh("gather", None, (source, index), result)

    def _element(self, source: Array, index: Any, scalar: bool) -> Any:
        """One element: as memory it is a 0-d view, as an operand a number that may change later."""
        keys = index if type(index) is tuple else (index,)
        view = source[(*keys, ...)] if ... not in keys else source[keys]
        if scalar:
            return self.wrap(view, True)
        traced = self.filled(np.array(view), view)
        traced._scalar = True
        return traced

    def setitem(self, array: Traced, key: Any, value: Any) -> None:
        """Basic indexing writes into a view, everything else is a scatter."""
        target, index, source = plain(array), plainly(key), plainly(value)
        if type(source) is Proxy:
            source = self.cell(source, target.dtype)
        target[index] = source
        keys = index if type(index) is tuple else (index,)
        if type(source) in (list, tuple):
            source = np.array(source)
            self.refuse("a Python list is written into an array") if has_traced(value) else None
        if all(k is None or k is ... or type(k) in (slice, int) for k in keys):
            keys = keys if any(k is ... for k in keys) else (*keys, ...)
            self.emit("copy", None, (without_lead(source, target[keys].ndim),), target[keys])
        else:
            self.emit("scatter", None, (index, source), target)

    def read(self, array: Traced, how: str, args: Any = ()) -> Any:
        """Python sees a value: the replay is valid only for as long as it is the same."""
        source = plain(array)
        value = getattr(source, how)(*args)
        if id(owner(source)) in self.constants:
            return value
        if source.size != 1:
            self.refuse(f"one of several values is read by {how}")
            return value
        view = source.reshape(())
        self.reads.append(Read(view, view[()], how, lines.user_line()))
        self.emit("guard", None, (view, view[()]), None)
        return value
