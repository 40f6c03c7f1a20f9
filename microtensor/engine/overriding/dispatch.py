"""Who answers a call: a mode, an argument's class with ``__torch_function__``, or the function itself.

A plain tensor pays nothing for the question.  What an op's generated code asks anyway, whether its operand is
a tensor, it asks of `PLAIN`: the classes that override nothing.  All others go the long way through `apply`,
and there `overridden` looks for ``__torch_function__``.  While a mode runs in any thread `PLAIN` is empty, so
that every call goes that way.  So it is while a thread casts operands (`set_caster`); the caster is asked
last, when a call has come to the function itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from inspect import Parameter
from threading import Lock
from types import EllipsisType, FunctionType, NoneType
from typing import Any, NamedTuple

import numpy as np

PLAIN: set[type] = set()
"""Classes of tensors that override nothing; empty while a mode runs."""

KNOWN: set[type] = set()
"""`PLAIN`, and what other arguments are most often; empty while a mode runs."""

MISSING: Any = type("Missing", (), {"__slots__": ()})()
"""The answer if nobody overrides a call."""

_tensors: set[type] = set()
_others = {int, float, bool, str, NoneType, slice, EllipsisType, np.ndarray, np.float32, np.float64, np.int64}
_lock = Lock()
_running = 0


class UnansweredError(TypeError):
    """All who could override a call answered NotImplemented."""


class _State(NamedTuple):
    """What holds in a thread: whether subclasses and modes are asked, and the modes, outermost first."""

    subclasses: bool = True
    asked: bool = True
    modes: tuple[Any, ...] = ()


_state: ContextVar[_State] = ContextVar("microtensor.overrides", default=_State())  # noqa: B039 - a tuple
state = _state.get
Caster = Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]
_caster: ContextVar[Caster | None] = ContextVar("microtensor.caster", default=None)


def disabled(func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
    """The ``__torch_function__`` of a class that overrides nothing: the function itself.

    Raises whatever `func` raises.
    """
    with changed(subclasses=False):
        return func(*args, **(kwargs or {}))


def add_plain(cls: type) -> None:
    """Take note of a class of tensors that overrides nothing."""
    with _lock:
        _tensors.add(cls)
        _fill()


def _fill() -> None:
    if not _running:
        PLAIN.update(_tensors)
        KNOWN.update(_tensors, _others)


@contextmanager
def changed(**what: Any) -> Iterator[None]:
    """The length of a ``with`` in which this thread's state is another."""
    token = _state.set(state()._replace(**what))
    try:
        yield
    finally:
        _state.reset(token)


def push(mode: Any) -> Any:
    """Let `mode` see all calls of this thread; what comes back is for `pop`."""
    global _running
    with _lock:
        _running += 1
        PLAIN.clear()
        KNOWN.clear()
    return _state.set(state()._replace(modes=(*state().modes, mode)))


def pop(token: Any) -> None:
    """Undo a `push`."""
    global _running
    _state.reset(token)
    with _lock:
        _running -= 1
        _fill()


def set_caster(caster: Caster | None) -> None:
    """Let `caster` answer the calls of this thread that nobody overrides; None lets nobody.

    It gets the function and its arguments, and answers `MISSING` to what it leaves as it is.
    """
    global _running
    with _lock:
        _running += (caster is not None) - (_caster.get() is not None)
        _caster.set(caster)
        if _running:
            PLAIN.clear()
            KNOWN.clear()
        _fill()


@contextmanager
def uncast() -> Iterator[None]:
    """The length of a ``with`` in which this thread has no caster."""
    token = _caster.set(None)
    try:
        yield
    finally:
        _caster.reset(token)


def casts() -> bool:
    """Whether this thread has a caster."""
    return _caster.get() is not None


def uncasted(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """``function(*args, **kwargs)`` without caster: a result that goes into a given tensor is not cast."""
    if not casts():
        return function(*args, **kwargs)
    with uncast():
        return function(*args, **kwargs)


def show(function: Any) -> None:
    """Let an op's question show a public function that stands in front of the op, and not the op's own."""
    op = vars(function).get("op") if type(function) is FunctionType else None
    if op is not None and op.call is not function:
        op.shown = function


def overrides(value: Any) -> bool:
    """Whether the class of `value` overrides functions.

    >>> from microtensor.engine.overriding.dispatch import overrides
    >>> overrides(mt.zeros(1)), overrides(3)
    (False, False)
    """
    cls = type(value)
    if cls in _tensors or cls in _others:
        return False
    found = getattr(cls, "__torch_function__", disabled)
    return found is not disabled


def overloaded(values: Sequence[Any]) -> list[Any]:
    """The values that override, one of each class: subclasses before their bases, else from left to right."""
    found: list[Any] = []
    for value in values:
        if isinstance(value, (tuple, list)):
            inside = [item for item in value if overrides(item)]
        else:
            inside = [value] if overrides(value) else []
        for item in inside:
            if type(item) not in map(type, found):
                place = [i for i, other in enumerate(found) if issubclass(type(item), type(other))]
                found.insert(place[0] if place else len(found), item)
    return found


def arranged(
    parameters: Iterable[Parameter], values: Sequence[Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A call's arguments as ``__torch_function__`` sees them, from the values of all parameters.

    What is required comes by position, and so do tensors that follow it at once; what is optional comes by
    name, and not at all if it is as by default.
    """
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    left_off = False
    for p, value in zip(parameters, values, strict=True):
        if p.kind is p.VAR_POSITIONAL:
            args += value
        elif p.kind is p.VAR_KEYWORD:
            kwargs |= value
        elif p.kind is not p.KEYWORD_ONLY and (p.default is p.empty or (not left_off and _is_tensor(value))):
            args.append(value)
        else:
            left_off = True
            if value is not p.default:
                kwargs[p.name] = value
    return tuple(args), kwargs


def _is_tensor(value: Any) -> bool:
    return type(value) in _tensors or overrides(value)


def overridden(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], *, modes_only: bool = False
) -> Any:
    """What whoever overrides the call ``function(*args, **kwargs)`` answers; `MISSING` if nobody does.

    Raises ``TypeError`` if all of them say NotImplemented.
    """
    now = state()
    found = overloaded((*args, *kwargs.values())) if now.subclasses and not modes_only else []
    modes = now.modes if now.asked else ()
    if modes or found:
        return ask(function, modes, found, args, kwargs)
    caster = _caster.get()
    return MISSING if caster is None else caster(function, args, kwargs)


def ask(
    function: Any, modes: tuple[Any, ...], found: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Ask the innermost mode, then the classes of `found` in their order.

    Raises ``TypeError`` if all of them say NotImplemented.
    """
    types = tuple(map(type, found))
    if modes:
        with changed(modes=modes[:-1]):
            result = modes[-1].__torch_function__(function, types, args, kwargs)
        if result is not NotImplemented:
            return result
    for value in found:
        result = value.__torch_function__(function, types, args, kwargs)
        if result is not NotImplemented:
            return result
    raise UnansweredError(_refusal(function, modes, types))


def _refusal(function: Any, modes: tuple[Any, ...], types: tuple[type, ...]) -> str:
    name = getattr(function, "__name__", repr(function))
    asked = [*(f"mode {type(mode).__name__}" for mode in modes[-1:]), *(cls.__name__ for cls in types)]
    return (
        f"no implementation found for {name!r} on types that implement __torch_function__: "
        f"{', '.join(asked)} answered NotImplemented"
    )


def default(cls: Any, func: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Tensor's own ``__torch_function__``: compute, and give the results the subclass."""
    if not all(issubclass(cls, kind) for kind in types):
        return NotImplemented
    with changed(subclasses=False):
        result = func(*args, **kwargs)
        return result if func in unconverted() else converted(result, cls)


def unconverted() -> set[Any]:
    """The functions whose results stay of the class that they have: gradients, and the base of a view."""
    from ..tensor import Tensor

    return {Tensor.grad.__get__, Tensor._base.__get__}


def converted(result: Any, cls: Any) -> Any:
    """`result` with its tensors as tensors of `cls`."""
    from ..tensor import Tensor

    if isinstance(result, Tensor):
        return result if isinstance(result, cls) else result.as_subclass(cls)
    if not isinstance(result, (tuple, list)) or not any(isinstance(r, (Tensor, tuple, list)) for r in result):
        return result
    items = [converted(item, cls) for item in result]
    return type(result)(*items) if hasattr(result, "_fields") else type(result)(items)
