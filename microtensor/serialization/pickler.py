"""A pickle of tensors and containers, in the words that PyTorch reads with ``weights_only=True``.

Python's own pickler would have to import PyTorch to mention its names.  This one writes the few opcodes that
are needed.  Other objects, whole modules above all, are written as Python's would (`object_pickler`), and are
then read with ``weights_only=False`` alone.
"""

from __future__ import annotations

import pickle
import struct
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from ..engine.attributes.dtype_objects import dtype
from ..engine.size_device import Size, device
from ..engine.tensor import Tensor
from ..nn.parameter import Parameter
from .object_pickler import save_object
from .shared_storage import Part, Pool
from .storages import STORAGES

__all__ = ["Pickler"]

_CLASSES = {dtype: name for name, dtype in STORAGES.items() if dtype != "untyped"}


class Pickler:
    """Writes one object; `pool` collects the memory of its tensors.

    Lists and dicts that contain themselves, or stand in several places, come back that way.
    """

    def __init__(self, pool: Pool) -> None:
        self.out = bytearray(pickle.PROTO + b"\x02")
        self.pool = pool
        self.memo: dict[Any, int] = {}
        self.alive: list[Any] = []  # an id is an object's name only as long as the object lives

    def dump(self, obj: Any) -> bytes:
        """The whole pickle."""
        self.save(obj)
        return bytes(self.out + pickle.STOP)

    def save(self, obj: Any) -> None:
        """Write `obj`, or where it was written before."""
        if not self.recall(id(obj)):
            self.alive.append(obj)
            _writer(obj)(self, obj)

    # --------------------------------------------------------------- memory

    def recall(self, key: Any) -> bool:
        """Write a reference to what was remembered under `key`, if anything was."""
        place = self.memo.get(key)
        if place is not None:
            short = place < 256
            self.put(pickle.BINGET if short else pickle.LONG_BINGET, "<B" if short else "<I", place)
        return place is not None

    def remember(self, key: Any) -> None:
        """Number what was just written, so that it can be recalled."""
        place = self.memo[key] = len(self.memo)
        short = place < 256
        self.put(pickle.BINPUT if short else pickle.LONG_BINPUT, "<B" if short else "<I", place)

    # ------------------------------------------------------------ small parts

    def put(self, code: bytes, form: str = "", *values: Any) -> None:
        """An opcode and its arguments."""
        self.out += code + struct.pack(form, *values)

    def name(self, module: str, name: str) -> None:
        """A global name."""
        if not self.recall((module, name)):
            self.out += pickle.GLOBAL + f"{module}\n{name}\n".encode()
            self.remember((module, name))

    def text(self, value: str) -> None:
        """A string; equal ones are written once."""
        if not self.recall(("text", value)):
            raw = value.encode("utf-8", "surrogatepass")
            self.put(pickle.BINUNICODE, "<I", len(raw))
            self.out += raw
            self.remember(("text", value))

    def integer(self, value: int) -> None:
        """An integer of at most 2039 bits, the longest that PyTorch reads."""
        value = int(value)
        if 0 <= value < 256:
            self.put(pickle.BININT1, "<B", value)
        elif -(2**31) <= value < 2**31:
            self.put(pickle.BININT, "<i", value)
        else:
            raw = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
            if len(raw) > 255:
                raise pickle.PicklingError(f"save: an integer of {value.bit_length()} bits is too long")
            self.put(pickle.LONG1, "<B", len(raw))
            self.out += raw

    def tuple_of(self, values: Iterable[Any]) -> None:
        """A tuple, which is not remembered."""
        self.out += pickle.MARK
        for value in values:
            self.save(value)
        self.out += pickle.TUPLE

    def call(self, module: str, name: str, *args: Any) -> None:
        """What the reader builds with this name from these arguments."""
        self.name(module, name)
        self.tuple_of(args)
        self.out += pickle.REDUCE

    def items(self, mapping: Mapping[Any, Any]) -> None:
        """The items of the dict that was just written."""
        self.out += pickle.MARK
        for key, value in mapping.items():
            self.save(key)
            self.save(value)
        self.out += pickle.SETITEMS


def _constant(value: bool | None) -> bytes:
    return {None: pickle.NONE, True: pickle.NEWTRUE, False: pickle.NEWFALSE}[value]


def _save_tuple(p: Pickler, value: tuple[Any, ...]) -> None:
    p.tuple_of(value)
    p.remember(id(value))


def _save_list(p: Pickler, value: list[Any]) -> None:
    p.out += pickle.EMPTY_LIST
    p.remember(id(value))
    p.out += pickle.MARK
    for item in value:
        p.save(item)
    p.out += pickle.APPENDS


def _save_dict(p: Pickler, value: Mapping[Any, Any]) -> None:
    p.out += pickle.EMPTY_DICT
    p.remember(id(value))
    p.items(value)


def _save_ordered(p: Pickler, value: OrderedDict[Any, Any]) -> None:
    p.call("collections", "OrderedDict")
    p.remember(id(value))
    p.items(value)
    if vars(value):
        p.save(vars(value))
        p.out += pickle.BUILD


def _save_called(module: str, name: str, args: Callable[[Any], tuple[Any, ...]]) -> Callable[..., None]:
    def save(p: Pickler, value: Any) -> None:
        p.call(module, name, *args(value))
        p.remember(id(value))

    return save


def _save_dtype(p: Pickler, value: dtype) -> None:
    p.name("torch", value.name)


def _save_number(p: Pickler, value: np.generic) -> None:
    if value.dtype.kind in "biufc":
        p.save(value.item())
    else:
        save_object(p, value)


def _save_tensor(p: Pickler, value: Tensor) -> None:
    if value.is_sparse:
        _save_sparse(p, value)
    elif value.is_meta:
        _save_without_data(p, value)
    elif isinstance(value, Parameter):
        _save_parameter(p, value)
    elif type(value) is Tensor and vars(value):
        _save_with_attributes(p, value)
    else:
        _save_plain(p, value)
    p.remember(id(value))


def _save_sparse(p: Pickler, value: Any) -> None:
    """Indices, values, size and whether they are coalesced."""
    p.name("torch._utils", "_rebuild_sparse_tensor")
    p.out += pickle.MARK
    p.name("torch.serialization", "_get_layout")
    p.text("torch.sparse_coo")
    p.out += pickle.TUPLE1 + pickle.REDUCE + pickle.MARK
    _save_plain(p, value._indices())
    _save_plain(p, value._values())
    p.save(value.shape)
    p.save(value.is_coalesced())
    p.out += pickle.TUPLE + pickle.TUPLE + pickle.REDUCE


def _save_without_data(p: Pickler, value: Tensor) -> None:
    """What a tensor on "meta" is; as a parameter, if it is one."""
    if isinstance(value, Parameter):
        p.name("torch._utils", "_rebuild_parameter")
        p.out += pickle.MARK
    p.call(
        "torch._utils", "_rebuild_meta_tensor_no_storage", value.dtype, tuple(value.shape), value.stride(),
        value.requires_grad and not isinstance(value, Parameter),
    )  # fmt: skip
    if isinstance(value, Parameter):
        p.save(value.requires_grad)
        p.call("collections", "OrderedDict")
        p.out += pickle.TUPLE + pickle.REDUCE


def _save_with_attributes(p: Pickler, value: Tensor) -> None:
    p.name("torch._tensor", "_rebuild_from_type_v2")
    p.out += pickle.MARK
    p.name("torch._utils", _rebuilder(value)[0])
    p.name("torch", "Tensor")
    _save_description(p, value)
    p.save(dict(vars(value)))
    p.out += pickle.TUPLE + pickle.REDUCE


def _save_parameter(p: Pickler, value: Parameter) -> None:
    attributes = dict(vars(value))
    p.name("torch._utils", "_rebuild_parameter_with_state" if attributes else "_rebuild_parameter")
    p.out += pickle.MARK
    _save_plain(p, value.detach())
    p.save(value.requires_grad)
    p.call("collections", "OrderedDict")
    if attributes:
        p.save(attributes)
    p.out += pickle.TUPLE + pickle.REDUCE


def _save_plain(p: Pickler, value: Tensor) -> None:
    p.name("torch._utils", _rebuilder(value)[0])
    _save_description(p, value)
    p.out += pickle.REDUCE


def _rebuilder(value: Tensor) -> tuple[str, str]:
    """The function that rebuilds a tensor of this dtype, and the class of its storage."""
    storage = _CLASSES.get(value.dtype.name)
    return ("_rebuild_tensor_v3", "UntypedStorage") if storage is None else ("_rebuild_tensor_v2", storage)


def _save_description(p: Pickler, value: Tensor) -> None:
    """Storage, offset, sizes, strides and the rest, as a tuple."""
    part = p.pool.part(value.array)
    untyped = value.dtype.name not in _CLASSES
    p.out += pickle.MARK
    _save_storage(p, part, value, untyped)
    p.integer(part.offset)
    p.tuple_of(value._data.shape)
    p.tuple_of(part.strides)
    p.save(bool(value.requires_grad))
    p.call("collections", "OrderedDict")
    if untyped:
        p.save(value.dtype)
    p.out += pickle.TUPLE


def _save_storage(p: Pickler, part: Part, value: Tensor, untyped: bool) -> None:
    p.out += pickle.MARK
    p.text("storage")
    p.name("torch.storage" if untyped else "torch", _rebuilder(value)[1])
    p.text(part.key)
    p.text("cpu")
    p.integer(part.nbytes if untyped else part.nbytes // value.itemsize)
    p.out += pickle.TUPLE + pickle.BINPERSID


_WRITERS: dict[type, Callable[[Pickler, Any], Any]] = {
    type(None): lambda p, value: p.put(_constant(value)),
    bool: lambda p, value: p.put(_constant(value)),
    int: Pickler.integer,
    float: lambda p, value: p.put(pickle.BINFLOAT, ">d", value),
    complex: _save_called("__builtin__", "complex", lambda z: (z.real, z.imag)),
    str: Pickler.text,
    bytes: _save_called("_codecs", "encode", lambda b: (b.decode("latin1"), "latin1")),
    bytearray: _save_called("__builtin__", "bytearray", lambda b: (bytes(b),)),
    Size: _save_called("torch", "Size", lambda size: (tuple(size),)),
    tuple: _save_tuple,
    list: _save_list,
    Counter: _save_called("collections", "Counter", lambda counts: (dict(counts),)),
    OrderedDict: _save_ordered,
    defaultdict: _save_dict,
    dict: _save_dict,
    set: _save_called("__builtin__", "set", lambda items: (list(items),)),
    device: _save_called("torch", "device", lambda device: ("cpu",)),
    Tensor: _save_tensor,
}
_KINDS: tuple[tuple[Any, Callable[[Pickler, Any], Any]], ...] = (
    (Tensor, _save_tensor),
    (dtype, _save_dtype),
    (float, _WRITERS[float]),
    (np.generic, _save_number),
)


def _writer(value: Any) -> Callable[[Pickler, Any], Any]:
    """How a value of this type is written; subclasses of NumPy's and of Tensor as what they are."""
    exact = _WRITERS.get(type(value))
    if exact is not None:
        return exact
    return next((write for kind, write in _KINDS if isinstance(value, kind)), save_object)
