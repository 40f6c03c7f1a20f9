"""The question in front of functions which are no ops: whether an argument's class answers the call.

An op's generated code asks it where it looks for tensors anyway.  A function that is written out, `mse_loss`
or ``Tensor.size``, gets a prologue: its code is exchanged, and the function stays the object that it was, so
that it can be pickled, compared and looked up in tables.  The prologue has the function's own signature,
looks at nothing but the classes of arguments that may be tensors, and is written when the function is first
called.

Published functions have it from the beginning, since a foreign class may come at any time.  Methods and
properties get it with the first subclass of Tensor that overrides, or the first mode (`arm`).
"""

from __future__ import annotations

import functools
import inspect
import linecache
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any, TypeVar

from ..size_device import Size, meta, names_meta
from .dispatch import KNOWN, MISSING, add_plain, arranged, disabled, overridden

F = TypeVar("F", bound=Callable[..., Any])

armed: list[type] = []
"""Classes whose methods have been made overridable, Tensor alone."""


def overridable(function: Any, shown: Callable[[], Any] | None = None) -> None:
    """Let a function ask who overrides it; nothing happens to what is none, to an op, or the second time.

    `shown` gives what ``__torch_function__`` is to see in its place: for a property's getter, the property's
    ``__get__``.
    """
    if type(function) is not FunctionType or function.__name__ in _NEVER or asks(function):
        return
    names = vars(function)
    names["__overridable__"] = True
    if "__composite__" in names:
        overridable(names["__wrapped__"], lambda: function)
        return
    names["__wrapped__"] = inner = _twin(function)

    def arrived() -> Any:
        if "__ready__" in names:
            _written(function, inner)
        code = _prologue(function, inner, shown or (lambda: function))
        if function.__code__ is waiting:
            function.__code__ = code
        return function

    waiting = _with_constants(
        _compiled(_FIRST, _FILE, inner.__code__.co_freevars), inner, {"<arrived>": arrived}
    )
    function.__code__ = waiting


def asks(function: FunctionType) -> bool:
    """Whether it asks already, as the generated code of an op does."""
    return not vars(function).keys().isdisjoint(("op", "__overridable__"))


def asks_itself(function: F) -> F:
    """Mark a function that passes its arguments on to an op as it is: the op asks."""
    vars(function)["__overridable__"] = True
    return function


def _twin(function: FunctionType) -> FunctionType:
    """The function as it was."""
    code, name = function.__code__, function.__name__
    inner = FunctionType(code, function.__globals__, name, function.__defaults__, function.__closure__)
    inner.__kwdefaults__ = function.__kwdefaults__
    inner.__doc__, inner.__qualname__ = function.__doc__, function.__qualname__
    inner.__module__, inner.__annotations__ = function.__module__, function.__annotations__
    inner.__dict__.update(function.__dict__)
    vars(inner).pop("__signature__", None)  # what is shown may be less, or more, than what the code takes
    return inner


def _written(function: FunctionType, inner: FunctionType) -> None:
    """Let a function that is written when it is first called be written now."""
    made = vars(function)["__ready__"]()
    inner.__code__ = made.__code__
    for twin in (function, inner):
        twin.__defaults__, twin.__kwdefaults__ = made.__defaults__, made.__kwdefaults__


_FILE = "<microtensor overridable>"
_FIRST = """def call(*args, **kwargs):
    arrived = "<arrived>"
    return arrived()(*args, **kwargs)"""


@functools.cache
def _compiled(text: str, file: str, free: tuple[str, ...]) -> CodeType:
    """The code of the function `call` with these free variables, which it gets and does not read.

    They have to be there when it is compiled: a frame whose code was given them later has nothing in their
    place, and who looks at its variables, as a debugger does, ends the process.
    """
    held = f"def outer({', '.join(free)}):\n" if free else ""
    lines = [f"{held and '    '}{line}" for line in text.splitlines()]
    if free:
        lines = [lines[0], f"        if 0: {', '.join(free)}", *lines[1:], "    return call"]
    scope: dict[str, Any] = {}
    exec(compile(held + "\n".join(lines), file, "exec"), scope)
    made = scope["outer"](*free) if free else scope["call"]
    return made.__code__  # type: ignore[no-any-return]


def _with_constants(code: CodeType, inner: FunctionType, constants: dict[str, Any]) -> CodeType:
    """`code` with objects in the place of words, as the code of a function like `inner`."""
    values = [constants.get(c, c) if type(c) is str else c for c in code.co_consts]
    return code.replace(
        co_consts=tuple(values), co_name=inner.__name__, co_qualname=inner.__qualname__
    )  # fmt: skip


def _prologue(function: FunctionType, inner: FunctionType, shown: Callable[[], Any]) -> CodeType:
    parameters = list(inspect.signature(inner, follow_wrapped=False).parameters.values())
    creates = inner.__name__ in CREATION

    def ask(*values: Any) -> Any:
        args, kwargs = arranged(parameters, values)
        answer = overridden(shown(), args, kwargs, modes_only=creates)
        if answer is MISSING and names_meta(kwargs.get("device")):
            return meta("factories_on_meta").make(function, args, kwargs)
        return answer

    text, file = _text(parameters, creates), f"<microtensor overridable {inner.__qualname__}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    code = _compiled(text, file, inner.__code__.co_freevars)
    several = frozenset({tuple, list, Size})
    constants = {
        "<inner>": inner, "<ask>": ask, "<known>": KNOWN, "<missing>": MISSING, "<several>": several,
    }  # fmt: skip
    return _with_constants(code, inner, constants)


CREATION = frozenset(
    [
        "arange",
        "as_tensor",
        "asarray",
        "empty",
        "empty_strided",
        "eye",
        "from_numpy",
        "frombuffer",
        "full",
        "linspace",
        "logspace",
        "ones",
        "rand",
        "randint",
        "randn",
        "randperm",
        "range",
        "scalar_tensor",
        "tensor",
        "tril_indices",
        "triu_indices",
        "zeros",
    ]
)
"""Functions whose arguments say what to make: modes see them, and classes do not answer for them."""

_NEVER = frozenset({"is_storage", "is_tensor"})
"""Functions that ask what an object is, and get the truth."""


def _text(parameters: list[inspect.Parameter], creates: bool) -> str:
    """A function of this signature, which asks and then goes on to the function as it was."""
    signature = inspect.Signature([_named(p) for p in parameters])
    candidates = [p for p in parameters if _may_be_tensor(p)]
    named = any(p.kind is not p.VAR_KEYWORD for p in candidates)
    looked_at = [*(_looked_at(p) for p in candidates), *([] if named else ['len("<known>")'])]
    where = _device_of(parameters, creates)
    return "\n".join(
        [
            f"def call{signature}:",
            f"    if not ({' and '.join(looked_at)}){_ELSEWHERE.format(where) if where else ''}:",
            '        _ask = "<ask>"',
            '        _missing = "<missing>"',
            f"        _found = _ask({', '.join(p.name for p in parameters)})",
            "        if _found is not _missing: return _found",
            '    _inner = "<inner>"',
            f"    return _inner({_passed(parameters)})",
        ]
    )


_ELSEWHERE = ' or {0} is not None and str({0})[:4] == "meta"'
"""Asked of a factory's device: on "meta" it is another that makes the tensor."""


def _device_of(parameters: list[inspect.Parameter], creates: bool) -> str:
    """Where a function has its device, as text; nothing if it takes none."""
    if any(p.name == "device" for p in parameters):
        return "device"
    rest = [p.name for p in parameters if p.kind is p.VAR_KEYWORD]
    return f'{rest[0]}.get("device")' if creates and rest else ""


def _named(p: inspect.Parameter) -> inspect.Parameter:
    """The parameter without annotation; a default is the function's own, and here only said to be there."""
    return p.replace(annotation=p.empty, default=p.empty if p.default is p.empty else None)


def _may_be_tensor(p: inspect.Parameter) -> bool:
    """Whether tensors come as this parameter; the numbers of a shape are not looked at one by one."""
    return (p.default is p.empty or p.default is None) and p.name not in _NO_TENSORS


_NO_TENSORS = frozenset(
    [
        "device",
        "dim",
        "dims",
        "dtype",
        "generator",
        "keepdim",
        "n",
        "num_classes",
        "out_dtype",
        "p",
        "reduce",
        "shape",
        "shapes",
        "size",
        "size_average",
        "sizes",
    ]
)


def _looked_at(p: inspect.Parameter) -> str:
    if p.kind is p.VAR_POSITIONAL:
        return f'len("<known>") and "<known>".issuperset(map(type, {p.name}))'
    if p.kind is p.VAR_KEYWORD:
        return f'(not {p.name} or "<known>".issuperset(map(type, {p.name}.values())))'
    inside = f'type({p.name}) in "<several>" and len({p.name}) and "<known>".issuperset(map(type, {p.name}))'
    return f'(type({p.name}) in "<known>" or {inside})'


def _passed(parameters: list[inspect.Parameter]) -> str:
    stars: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    words = [
        f"{p.name}={p.name}" if p.kind is p.KEYWORD_ONLY else stars.get(p.kind, "") + p.name
        for p in parameters
    ]
    return ", ".join(words)


# ---------------------------------------------------------------- methods and properties

_OWN = frozenset(
    ["__array_namespace__", "__hash__", "__init__", "__init_subclass__", "__iter__", "__new__", "as_subclass"]
)
"""Methods that tell of the object and not of its values: nobody overrides these."""


def arm(tensor: type) -> None:
    """Make the methods of Tensor overridable, those that are there and those that will come."""
    if not armed:
        armed.append(tensor)
        for name, function in list(vars(tensor).items()):
            method(name, function)


def method(name: str, function: Any) -> None:
    """Make a method of Tensor overridable, if there is anybody who could override it."""
    if armed and name not in _OWN and (name[0] != "_" or name[:2] == "__"):
        if type(function) is FunctionType and function.__name__ != name and function.__name__[0] == "_":
            function.__name__, function.__qualname__ = name, f"Tensor.{name}"
        overridable(function)


def arm_properties(tensor: type) -> None:
    """Make the properties of Tensor itself overridable, for modes; subclasses have their own already."""
    for found in list(vars(tensor).values()):
        if isinstance(found, property):
            for function, name in (
                (found.fget, "__get__"),
                (found.fset, "__set__"),
                (found.fdel, "__delete__"),
            ):
                overridable(function, functools.partial(getattr, found, name))


def subclassed(cls: type, tensor: type) -> None:
    """Take note of a new subclass of Tensor."""
    if cls.__torch_function__ is disabled:  # type: ignore[attr-defined]
        add_plain(cls)
    else:
        arm(tensor)
        properties(cls, tensor)


def properties(cls: type, tensor: type) -> None:
    """Give a subclass of Tensor the properties of Tensor with the question in front of each."""
    between = cls.__mro__[: cls.__mro__.index(tensor)]
    for name, found in list(vars(tensor).items()):
        if isinstance(found, property) and not any(name in vars(base) for base in between):
            setattr(cls, name, _asking(found))


def _asking(found: property) -> property:
    """A property like `found` that asks the object's class first."""

    def get(self: Any) -> Any:
        answer = overridden(found.__get__, (self,), {})
        return found.__get__(self) if answer is MISSING else answer

    def put(self: Any, value: Any) -> None:
        if overridden(found.__set__, (self, value), {}) is MISSING:
            found.__set__(self, value)

    def remove(self: Any) -> None:
        if overridden(found.__delete__, (self,), {}) is MISSING:
            found.__delete__(self)

    return property(get, put if found.fset else None, remove if found.fdel else None, found.__doc__)
