"""`Traced`: an ndarray whose every operation is run and written down by the capture that made it.

Only a subclass sees all that happens to an array: ufuncs and NumPy's functions come through the protocols
that NumPy has for this, everything else (methods, indexing, in-place operators, reads of a value) through
methods of its own.  What is not listed here is refused: a method that gave its result unseen would be a
constant in the replay.

Outside a capture, and in one that was refused, a `Traced` is the array that it stands for, no more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ...engine.versions import owner
from ..program import Array

if TYPE_CHECKING:
    from .observation import Observation

__all__ = ["Traced", "current", "has_traced", "plain", "plainly"]

ND = np.ndarray


class _Current(threading.local):
    capture: Observation | None = None


current = _Current()
"""The capture that is in progress in this thread."""


def active() -> Observation | None:
    """The capture that is to be told, None if there is none or it was refused."""
    capture = current.capture
    return capture if capture is not None and capture.refusal is None else None


def plain(value: Any) -> Any:
    """The array behind a `Traced`; anything else as it is."""
    return value._plain if type(value) is Traced else value


def plainly(value: Any) -> Any:
    """The same in tuples, lists, slices and dictionaries."""
    kind = type(value)
    if kind is Traced:
        return value._plain
    if kind in (tuple, list):
        return kind(map(plainly, value))
    if kind is dict:
        return {key: plainly(item) for key, item in value.items()}
    if kind is slice:
        return slice(plainly(value.start), plainly(value.stop), plainly(value.step))
    return value


def has_traced(value: Any) -> bool:
    """Whether there is a `Traced` in it."""
    kind = type(value)
    if kind is Traced:
        return True
    if kind in (tuple, list):
        return any(map(has_traced, value))
    return kind is dict and any(map(has_traced, value.values()))


class Traced(ND):
    """The array `_plain`, watched.  `_scalar`: in eager mode this is a NumPy scalar, and so immutable."""

    _plain: Any
    _scalar: bool

    def __array_finalize__(self, made_from: Any) -> None:
        self._plain, self._scalar = None, False

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return ND  # the engine asks ``x.__class__ is np.ndarray``

    @property
    def base(self) -> Any:
        """The wrapped base of the array."""
        base, capture = self._array().base, active()
        return base if capture is None or not isinstance(base, ND) else capture.wrap(base)

    @property
    def flags(self) -> Any:
        """The array's own, so that what is set there holds."""
        return ND.flags.__get__(self) if self._plain is None else self._plain.flags

    def _array(self) -> Array:
        """The array, for a use that the capture is told of."""
        if self._plain is None:
            capture = current.capture
            if capture is not None:
                capture.refuse(
                    "an array came out of a method of NumPy's that does not tell where it came from"
                )
            return self.view(ND)  # type: ignore[no-any-return]
        array: Array = self._plain
        return array

    def view(self, *args: Any, **kwargs: Any) -> Any:
        """A view of the same memory."""
        capture = active()
        if capture is None or self._plain is None or (args and args[0] is Traced):
            return ND.view(self if self._plain is None else self._plain, *(args or (ND,)), **kwargs)
        return capture.wrap(self._plain.view(*args, **kwargs))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
        capture = active()
        if capture is not None:
            return capture.ufunc(ufunc, method, inputs, out, kwargs)
        if out is not None:
            kwargs["out"] = plainly(out)
        return getattr(ufunc, method)(*plainly(inputs), **plainly(kwargs))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        capture = active()
        if capture is not None:
            return capture.function(function, args, kwargs)
        return function(*plainly(args), **plainly(kwargs))

    def __getitem__(self, key: Any) -> Any:
        capture = active()
        return self._array()[plainly(key)] if capture is None else capture.getitem(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        capture = active()
        if capture is None:
            self._array()[plainly(key)] = plainly(value)
        else:
            capture.setitem(self, key, value)

    def __iter__(self) -> Any:
        return (self[k] for k in range(len(self)))

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    def __reduce__(self) -> Any:
        return _value_of(self, "pickled").__reduce__()


def _value_of(array: Traced, how: str) -> Array:
    """The array, for a use in which its values leave the capture's sight."""
    capture = active()
    if capture is not None and array._plain is not None and id(owner(array._plain)) not in capture.constants:
        capture.refuse(f"an array's values are {how}")
    return array._array()


def _method(name: str, tell: Callable[..., Any]) -> None:
    original = getattr(ND, name)

    def method(self: Traced, *args: Any, **kwargs: Any) -> Any:
        capture = active()
        if capture is None or self._plain is None:
            return original(self._array(), *plainly(args), **plainly(kwargs))
        return tell(capture, self, *args, **kwargs)

    method.__name__ = method.__qualname__ = name
    setattr(Traced, name, method)


def _function_like(function: Any) -> Callable[..., Any]:
    return lambda capture, self, *args, **kwargs: capture.function(function, (self, *args), kwargs)


def _sum_like(ufunc: Any) -> Callable[..., Any]:
    def tell(capture: Any, self: Any, axis: Any = None, dtype: Any = None, out: Any = None,
             keepdims: bool = False, **k: Any) -> Any:  # fmt: skip
        return capture.reduced(ufunc, self, axis, dtype, out, keepdims, **k)

    return tell


def _max_like(ufunc: Any) -> Callable[..., Any]:
    def tell(
        capture: Any, self: Any, axis: Any = None, out: Any = None, keepdims: bool = False, **k: Any
    ) -> Any:
        return capture.reduced(ufunc, self, axis, None, out, keepdims, **k)

    return tell


def _install() -> None:
    for name in ("__bool__", "__float__", "__int__", "__index__", "__complex__", "item"):
        _method(name, lambda capture, self, *args, name=name: capture.read(self, name, args))
    for name in ("reshape", "ravel", "transpose", "swapaxes", "squeeze", "flatten", "diagonal"):
        _method(name, lambda capture, self, *a, name=name, **k: capture.reshaped(self, name, a, k))
    for name in ("T", "mT"):
        setattr(Traced, name, property(partial(_turned, name=name)))
    for name in _FUNCTIONS:
        _method(name, _function_like(getattr(np, name)))
    for name, ufunc in _REDUCTIONS.items():
        _method(name, _sum_like(ufunc) if name in ("sum", "prod") else _max_like(ufunc))
    for name, ufunc in _IN_PLACE.items():
        _method(name, lambda capture, self, other, u=ufunc: capture.in_place(u, self, other))
    _method("dot", lambda capture, self, b, out=None: capture.dot(self, b, out))
    _method("copy", lambda capture, self, order="C": capture.copied(self, order))
    _method("__copy__", lambda capture, self: capture.copied(self, "K"))
    _method("astype", lambda capture, self, *a, **k: capture.cast(self, *a, **k))
    _method("fill", lambda capture, self, value: capture.setitem(self, ..., value))
    for name in _ESCAPES:
        if hasattr(ND, name):
            _method(
                name,
                lambda capture, self, *a, n=name, **k: getattr(_value_of(self, f"read by {n}"), n)(*a, **k),
            )
    for name in ("conj", "conjugate"):
        _method(
            name, lambda capture, self, name=name: self if _is_real(self) else getattr(self._array(), name)()
        )
    setattr(Traced, "real", property(_real_part, partial(_assigned, name="real")))  # noqa: B010
    for name in ("imag", "flat", "data", "ctypes", "__array_interface__", "__array_struct__"):
        setattr(Traced, name, property(partial(_escaped, name=name), partial(_assigned, name=name)))
    for name in ("shape", "strides", "dtype"):
        setattr(Traced, name, property(getattr(ND, name).__get__, partial(_assigned, name=name)))


def _escaped(array: Traced, name: str) -> Any:
    return getattr(_value_of(array, f"read by {name}"), name)


def _assigned(array: Traced, value: Any, name: str) -> None:
    """An attribute is set on the array itself; its twin follows in what both have of their own."""
    capture = active()
    if capture is not None and array._plain is not None:
        capture.refuse(f"an array's {name} is assigned")
    setattr(array._array(), name, plain(value))
    if name in ("shape", "strides", "dtype") and array._plain is not None:
        getattr(ND, name).__set__(array, value)


def _is_real(array: Traced) -> bool:
    """Whether an array is its own conjugate and real part; of complex numbers none is captured."""
    return array.dtype.kind != "c"


def _real_part(array: Traced) -> Any:
    return array if active() is not None and _is_real(array) else array._array().real


def _turned(array: Traced, name: str) -> Any:
    capture = active()
    if capture is None or array._plain is None:
        return getattr(array._array(), name)
    return capture.wrap(getattr(array._plain, name))


_FUNCTIONS = (
    "argmax", "argmin", "argsort", "cumsum", "cumprod", "repeat", "nonzero", "clip", "round",
    "std", "var", "mean", "trace", "searchsorted", "take", "compress", "choose", "argpartition",
)  # fmt: skip
_REDUCTIONS: dict[str, Any] = {
    "sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum,
    "any": np.logical_or, "all": np.logical_and,
}  # fmt: skip
_IN_PLACE: dict[str, Any] = {
    "__iadd__": np.add, "__isub__": np.subtract, "__imul__": np.multiply, "__itruediv__": np.true_divide,
    "__ifloordiv__": np.floor_divide, "__imod__": np.remainder, "__ipow__": np.power,
    "__iand__": np.bitwise_and, "__ior__": np.bitwise_or, "__ixor__": np.bitwise_xor,
    "__ilshift__": np.left_shift, "__irshift__": np.right_shift, "__imatmul__": np.matmul,
}  # fmt: skip
_ESCAPES = (
    "tolist", "tobytes", "tofile", "dump", "dumps", "byteswap", "getfield", "partition",
    "ptp", "put", "resize", "setfield", "sort", "__contains__", "__str__", "__repr__", "__format__",
    "__array__", "__dlpack__", "__reduce_ex__", "__setstate__", "__buffer__",
)  # fmt: skip


_install()
