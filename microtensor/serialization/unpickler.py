"""A pickle machine that builds data and runs nothing, whatever the file says.

Python's own unpickler imports any name that a file mentions and calls it.  A file of tensors needs a
handful of names; here a name is looked up in a table (`allowed`), and what is not there is refused.  There
is no import, no call and no attribute but those in this package's own text.

A file is also kept from costing more than its length: each object takes some of its bytes, what is copied
or hashed is paid from a budget proportional to them (a container may stand inside another many times, and
walking it could take for ever), and no step here is recursive.  What is not kept from it is a dict whose
keys were chosen to collide, which any dict of Python's fills in the square of their number.

The opcodes are those that PyTorch's files use, protocols 2 to 5; their meaning is documented in Python's
`pickletools`.
"""

from __future__ import annotations

import pickle
import struct
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

from ..engine.attributes.dtype_objects import dtype
from ..engine.size_device import Size, device
from .errors import FileFormatError

__all__ = ["Global", "Machine"]

_KEYS = (str, int, float, bool, bytes, complex, type(None), device, dtype)
_DICTS = (dict, OrderedDict, Counter)
_BAD = (
    IndexError, KeyError, TypeError, ValueError, OverflowError, AttributeError, struct.error, MemoryError,
    RuntimeError,
)  # fmt: skip
_DEEPEST_KEY = 20
# In units of the budget, of which a byte of the file pays for 16: what takes some hundred bytes of memory.
ENTRY_COST, TENSOR_COST = 10, 100


class Global(NamedTuple):
    """A name in a file, and what is built where the file calls it.

    Of what the program allows besides: `thing` is that, `new` makes an object of it that gets its state later
    if it is a class, and `classes` are all that are allowed.
    """

    name: str
    build: Callable[..., Any] | None
    new: Callable[..., Any] | None = None
    thing: Any = None
    classes: frozenset[type] = frozenset()


class Machine:
    """Reads one pickle out of `source`, from `start` on.

    Args:
        source: the bytes of the file, or of the part that holds the pickle.
        start: where the pickle begins; afterwards `at` is where it ended.
        find: gives the meaning of a name: a value, or a `Global` that can be called.
        persist: gives the meaning of a persistent id, which is how storages are mentioned.
        size: bytes of the whole file, which the budget is proportional to.
    """

    def __init__(
        self,
        source: bytes | memoryview,
        find: Callable[[str, str], Any],
        persist: Callable[[Any], Any],
        start: int = 0,
        size: int = 0,
    ) -> None:
        self.source, self.find, self.persist = memoryview(source), find, persist
        self.at = start
        self.stack: list[Any] = []
        self.marked: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.allowed: frozenset[type] = frozenset()  # classes whose objects may get a state
        self.budget = 1000 + 16 * max(size, len(source))

    def run(self) -> Any:
        """The object that the pickle describes; `FileFormatError` if it describes none."""
        try:
            while (code := self.take(1)[0]) != _STOP:
                step = _STEPS.get(code)
                if step is None:
                    raise FileFormatError(f"opcode {code:#04x} is not one of a file of tensors")
                step(self)
            return self.stack.pop()
        except FileFormatError as error:
            raise FileFormatError(f"{error} (at byte {self.at} of the pickle)") from None
        except _BAD as error:
            raise FileFormatError(
                f"the pickle is damaged at byte {self.at} ({type(error).__name__}: {error}): "
                "save the file again, or copy it again"
            ) from None

    # ------------------------------------------------------- bytes and budget

    def take(self, count: int) -> memoryview:
        """The next `count` bytes."""
        end = self.at + count
        if not 0 <= count <= len(self.source) - self.at:
            raise FileFormatError(f"the pickle ends too early: {count} bytes more are needed")
        part = self.source[self.at : end]
        self.at = end
        return part

    def number(self, form: str) -> Any:
        """The next number in `struct`'s form."""
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def line(self) -> str:
        """The text up to the next newline, of at most 1000 bytes."""
        near = bytes(self.source[self.at : self.at + 1000])
        return str(self.take(near.index(b"\n") + 1), "utf-8")[:-1]

    def spend(self, count: int) -> None:
        """Pay for work that takes no bytes of the file."""
        self.budget -= count
        if self.budget < 0:
            raise FileFormatError(
                "the pickle repeats itself so often that it would take far more memory or time than "
                "its size: it is no ordinary file of tensors"
            )

    # ------------------------------------------------------------- the stack

    def push(self, value: Any) -> None:
        """Put a value on the stack."""
        self.stack.append(value)

    def mark(self) -> None:
        """Begin a group."""
        self.marked.append(self.stack)
        self.stack = []

    def group(self) -> list[Any]:
        """What was pushed since the last mark."""
        items = self.stack
        self.stack = self.marked.pop()
        return items

    def top(self, *kinds: type) -> Any:
        """The value on top, which must be of one of these types."""
        value = self.stack[-1]
        if type(value) not in kinds:
            raise FileFormatError(f"a {kinds[0].__name__} is needed, not a {type(value).__name__}")
        return value

    def remember(self, index: int) -> None:
        """Name the value on top by a number."""
        self.memo[index] = self.stack[-1]

    def tuple_of(self, count: int) -> None:
        """Make a tuple of the last `count` values."""
        if len(self.stack) < count:
            raise FileFormatError("a tuple lacks items")
        items = tuple(self.stack[-count:])
        del self.stack[-count:]
        self.push(items)

    # ------------------------------------------------------------ containers

    def fill(self, target: Any, items: list[Any]) -> None:
        """Put ``key, value, key, value, ...`` into a dict."""
        if len(items) % 2:
            raise FileFormatError("a dict lacks the value of its last key")
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[self.hashable(key)] = value

    def hashable(self, value: Any) -> Any:
        """`value`, once it is certain that hashing it is quick and harmless."""
        todo = [] if type(value) is str else [(value, 0)]
        while todo:
            item, depth = todo.pop()
            if type(item) in (tuple, Size, frozenset):
                self.spend(len(item))
                if depth == _DEEPEST_KEY:
                    raise FileFormatError("a key of a dict is nested too deeply")
                todo += [(part, depth + 1) for part in item]
            elif type(item) is int and item.bit_length() > 64:
                raise FileFormatError("a key of a dict is an integer of more than 64 bits")
            elif type(item) not in _KEYS:
                raise FileFormatError(f"a {type(item).__name__} cannot be the key of a dict here")
        return value

    def set_of(self, items: Any, kind: type = set) -> Any:
        """A set of these items."""
        self.spend(ENTRY_COST * len(items))
        return kind(map(self.hashable, items))

    # ----------------------------------------------------------- names, calls

    def look_up(self, module: Any, name: Any) -> None:
        """Push what a name means."""
        if not (isinstance(module, str) and isinstance(name, str)):
            raise FileFormatError("a global's name is no text")
        meaning = self.find(module, name)
        if type(meaning) is Global and meaning.thing is not None:
            self.allowed = meaning.classes
        self.push(meaning)

    def call(self) -> None:
        """Build what the file calls a function for."""
        args, function = self.stack.pop(), self.stack.pop()
        self._call(function, getattr(function, "build", None), args)

    def new_object(self) -> None:
        """Build an object of a class, which gets its state later if the program allows the class."""
        args, function = self.stack.pop(), self.stack.pop()
        self._call(function, getattr(function, "new", None) or getattr(function, "build", None), args)

    def _call(self, function: Any, build: Any, args: Any) -> None:
        if type(function) is not Global or build is None or type(args) is not tuple:
            raise FileFormatError(f"the file calls what cannot be called, a {type(function).__name__}")
        try:
            self.push(build(self, *args))
        except FileFormatError:
            raise
        except _BAD as error:
            raise FileFormatError(f"{function.name} is given what it does not take: {error}") from None

    def build(self) -> None:
        """Give the attributes of a state dict (``_metadata``) to it."""
        state = self.stack.pop()
        if type(self.stack[-1]) in self.allowed:
            _give_state(self.stack[-1], state)
            return
        target = self.top(OrderedDict)
        if type(state) is not dict or not all(type(key) is str for key in state):
            raise FileFormatError("the attributes of an OrderedDict are no dict with names")
        self.spend(ENTRY_COST * len(state))
        if any(hasattr(OrderedDict, key) for key in state):
            raise FileFormatError("the file would replace a method of an OrderedDict")
        vars(target).update(state)

    def persistent(self) -> None:
        """Push the storage that an id stands for."""
        self.push(self.persist(self.stack.pop()))


def _give_state(target: Any, state: Any) -> None:
    """What Python's unpickler does with an object's state."""
    if hasattr(target, "__setstate__"):
        target.__setstate__(state)
        return
    attributes, slots = state if type(state) is tuple and len(state) == 2 else (state, None)
    if attributes:
        vars(target).update(attributes)
    for name, value in (slots or {}).items():
        setattr(target, name, value)


def _bytes(form: str, make: Callable[[memoryview], Any]) -> Callable[[Machine], None]:
    return lambda m: m.push(make(m.take(m.number(form))))


def _number(form: str) -> Callable[[Machine], None]:
    return lambda m: m.push(m.number(form))


def _constant(make: Callable[[], Any]) -> Callable[[Machine], None]:
    return lambda m: m.push(make())


def _text(part: memoryview) -> str:
    return str(part, "utf-8", "surrogatepass")


def _whole(part: memoryview) -> int:
    return int.from_bytes(part, "little", signed=True)


def _append(m: Machine) -> None:
    value = m.stack.pop()
    m.top(list).append(value)


def _set_item(m: Machine) -> None:
    value, key = m.stack.pop(), m.stack.pop()
    m.fill(m.top(*_DICTS), [key, value])


def _set_items(m: Machine) -> None:
    items = m.group()
    m.fill(m.top(*_DICTS), items)


def _add_items(m: Machine) -> None:
    items = m.group()
    m.top(set).update(map(m.hashable, items))


def _appends(m: Machine) -> None:
    items = m.group()
    m.top(list).extend(items)


def _stack_global(m: Machine) -> None:
    name, module = m.stack.pop(), m.stack.pop()
    m.look_up(module, name)


def _protocol(m: Machine) -> None:
    if m.take(1)[0] > pickle.HIGHEST_PROTOCOL:
        raise FileFormatError("the pickle is of a protocol that this Python does not know")


_STOP = pickle.STOP[0]
_STEPS: dict[int, Callable[[Machine], Any]] = {
    code[0]: step
    for code, step in {
        pickle.PROTO: _protocol,
        pickle.FRAME: lambda m: m.number("<Q"),
        pickle.MARK: Machine.mark,
        pickle.POP: lambda m: m.stack.pop() if m.stack else m.group(),
        pickle.POP_MARK: lambda m: m.group(),
        pickle.NONE: _constant(lambda: None),
        pickle.NEWTRUE: _constant(lambda: True),
        pickle.NEWFALSE: _constant(lambda: False),
        pickle.BININT: _number("<i"),
        pickle.BININT1: _number("<B"),
        pickle.BININT2: _number("<H"),
        pickle.LONG1: _bytes("<B", _whole),
        pickle.LONG4: _bytes("<i", _whole),
        pickle.BINFLOAT: _number(">d"),
        pickle.BINSTRING: _bytes("<i", _text),
        pickle.SHORT_BINSTRING: _bytes("<B", _text),
        pickle.BINUNICODE: _bytes("<I", _text),
        pickle.SHORT_BINUNICODE: _bytes("<B", _text),
        pickle.BINUNICODE8: _bytes("<Q", _text),
        pickle.BINBYTES: _bytes("<I", bytes),
        pickle.SHORT_BINBYTES: _bytes("<B", bytes),
        pickle.BINBYTES8: _bytes("<Q", bytes),
        pickle.BYTEARRAY8: _bytes("<Q", bytearray),
        pickle.EMPTY_LIST: _constant(list),
        pickle.EMPTY_DICT: _constant(dict),
        pickle.EMPTY_SET: _constant(set),
        pickle.EMPTY_TUPLE: _constant(tuple),
        pickle.TUPLE: lambda m: m.push(tuple(m.group())),
        pickle.TUPLE1: lambda m: m.tuple_of(1),
        pickle.TUPLE2: lambda m: m.tuple_of(2),
        pickle.TUPLE3: lambda m: m.tuple_of(3),
        pickle.FROZENSET: lambda m: m.push(m.set_of(m.group(), frozenset)),
        pickle.APPEND: _append,
        pickle.APPENDS: _appends,
        pickle.SETITEM: _set_item,
        pickle.SETITEMS: _set_items,
        pickle.ADDITEMS: _add_items,
        pickle.MEMOIZE: lambda m: m.remember(len(m.memo)),
        pickle.BINPUT: lambda m: m.remember(m.number("<B")),
        pickle.LONG_BINPUT: lambda m: m.remember(m.number("<I")),
        pickle.BINGET: lambda m: m.push(m.memo[m.number("<B")]),
        pickle.LONG_BINGET: lambda m: m.push(m.memo[m.number("<I")]),
        pickle.GLOBAL: lambda m: m.look_up(m.line(), m.line()),
        pickle.STACK_GLOBAL: _stack_global,
        pickle.REDUCE: Machine.call,
        pickle.NEWOBJ: Machine.new_object,
        pickle.BUILD: Machine.build,
        pickle.BINPERSID: Machine.persistent,
    }.items()
}
