"""How a call was written: which of its arguments came by position, which by name, and from which package.

Whoever answers a call through ``__torch_function__`` gets its arguments in one order, whatever the program
wrote.  The code of a graph shows them as they were written, so this reads the calling instruction.  What
comes of it is a matter of looks: arguments whose place is not to be found are shown in the usual order.
"""

from __future__ import annotations

import dis
import inspect
import sys
from collections.abc import Callable
from types import CodeType, FrameType, ModuleType
from typing import Any, NamedTuple

from microtensor import Tensor

__all__ = ["Shape", "arranged", "caller", "instructions_of", "running"]


class Shape(NamedTuple):
    """What the instruction says of a call."""

    positional: int
    keywords: tuple[str, ...]
    method: bool = False
    """Whether it is an operator between tensors, or a method of one."""
    owner: Any = None
    """The module that the program found the function in, if that is seen."""


def caller(function: Callable[..., Any]) -> Shape | None:
    """The call of `function` that this thread is in the middle of, if it is a plain one.

    >>> from microtensor.fx.call_shape import caller
    >>> def f(a, b):
    ...     return caller(f)
    >>> f(1, b=2)
    Shape(positional=1, keywords=('b',), method=False, owner=None)
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _between(frame, function):
        frame = frame.f_back
    return None if frame is None else _read(frame, function)


_FILES = ("/engine/apply.py", "/engine/fastpath.py", "/overriding/dispatch.py", "/overriding/overridable.py",
          "/ops/operators.py", "/fx/proxy.py", "/fx/_symbolic_trace.py")  # fmt: skip


def _between(frame: FrameType, function: Any) -> bool:
    """Whether a frame stands between the program and whoever answers its call."""
    file = frame.f_code.co_filename.replace("\\", "/")
    return file.startswith("<microtensor") or file.endswith(_FILES) or frame.f_code is function.__code__


def _read(frame: FrameType, function: Any) -> Shape | None:
    instructions = instructions_of(frame.f_code)
    here = running(instructions, frame.f_lasti)
    now = instructions[here]
    if now.opname.startswith(("BINARY", "COMPARE", "UNARY", "STORE")):
        return Shape(0, (), method=True)
    if now.opname not in ("CALL", "CALL_KW"):
        return None
    keywords = _keywords(frame.f_code, instructions, here)
    owner = _owner(frame, instructions[: here + 1], function)
    if isinstance(owner, Tensor):
        return Shape(0, (), method=True)
    return Shape((now.arg or 0) - len(keywords), keywords, owner=owner)


def running(instructions: list[dis.Instruction], offset: int) -> int:
    """Which instruction runs: `offset` may lie behind its beginning, among what is kept with it."""
    return sum(found.offset <= offset for found in instructions) - 1


_read_already: dict[int, tuple[CodeType, list[dis.Instruction]]] = {}


def instructions_of(code: CodeType) -> list[dis.Instruction]:
    """The instructions of `code`; not every code has a hash, so what has been read is found by `id`."""
    if id(code) not in _read_already:
        if len(_read_already) > 256:
            _read_already.clear()
        _read_already[id(code)] = code, list(dis.get_instructions(code))
    return _read_already[id(code)][1]


def _keywords(code: CodeType, instructions: list[dis.Instruction], here: int) -> tuple[str, ...]:
    """The names of a call: a constant that an instruction before it reads."""
    wanted = "LOAD_CONST" if instructions[here].opname == "CALL_KW" else "KW_NAMES"
    numbers = [i.arg for i in instructions[max(here - 2, 0) : here] if i.opname == wanted]
    found = code.co_consts[numbers[-1]] if numbers and numbers[-1] is not None else ()
    return found if isinstance(found, tuple) else ()


def _owner(frame: FrameType, before: list[dis.Instruction], function: Any) -> Any:
    """The module or tensor of which the called function was an attribute: it begins where the call does."""
    for i in range(len(before) - 1, 0, -1):
        found = before[i]
        if found.opname.startswith(("LOAD_ATTR", "LOAD_METHOD")) and _place(found) == _place(before[-1]):
            held = _evaluated(frame, before[:i])
            if isinstance(held, Tensor) or getattr(held, found.argval, None) is function:
                return held
    return None


def _place(found: dis.Instruction) -> Any:
    """Line and column where an instruction's expression begins."""
    where = found.positions
    return where and (where.lineno, where.col_offset)


def _evaluated(frame: FrameType, before: list[dis.Instruction]) -> Any:
    """The module or tensor that the last instructions read: a name, and attributes of it."""
    path = []
    for found in reversed(before):
        path.append(found.argval[-1] if isinstance(found.argval, tuple) else found.argval)
        if not found.opname.startswith("LOAD_ATTR"):
            break
    if not all(isinstance(word, str) for word in path) or not before:
        return None
    name = path.pop()
    held = frame.f_locals.get(name, frame.f_globals.get(name))
    for word in reversed(path):
        held = getattr(held, word, None)
    return held if isinstance(held, (ModuleType, Tensor)) else None


def arranged(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape | None
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call in the order in which it was written, if `shape` fits them."""
    if shape is None or shape.method:
        return args, kwargs
    try:
        bound = inspect.signature(function).bind(*args, **kwargs).arguments
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return args, kwargs
    return _ordered(bound, parameters, shape) or (args, kwargs)


def _ordered(bound: dict[str, Any], parameters: Any, shape: Shape) -> Any:
    by_name = {key: _value(bound, parameters, key) for key in shape.keywords if key in parameters}
    plain = [p for p in parameters.values() if p.kind <= p.POSITIONAL_OR_KEYWORD and p.name not in by_name]
    if any(p.kind is p.VAR_POSITIONAL for p in parameters.values()) or len(by_name) < len(shape.keywords):
        return None
    first = plain[: shape.positional]
    if len(first) < shape.positional or not bound.keys() <= {*by_name, *(p.name for p in first)}:
        return None
    return tuple(_value(bound, parameters, p.name) for p in first), by_name


def _value(bound: dict[str, Any], parameters: Any, name: str) -> Any:
    return bound.get(name, parameters[name].default)
