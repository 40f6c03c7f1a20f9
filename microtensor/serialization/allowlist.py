"""The names that a file of tensors may mention, and what each builds.  Everything else is refused.

The list is PyTorch's for ``weights_only=True``, without what is not here (compressed sparse
and quantized tensors, tensors on other devices).
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Any

from ..engine.attributes.dtype_objects import BY_NAME
from ..engine.attributes.dtype_objects import dtype as _dtype
from ..engine.attributes.layout_format import sparse_coo
from ..engine.size_device import Size, device, meta
from ..engine.tensor import Tensor
from ..nn.parameter import Parameter
from ..ops.tensor_info.predicates import empty_strided
from .errors import FileFormatError
from .storages import UNTYPED, view
from .unpickler import ENTRY_COST, TENSOR_COST, Global, Machine

__all__ = ["BUILDERS", "StorageType", "find"]


class StorageType(str):
    """A class of storages, by its name."""

    __slots__ = ()


def find(module: str, name: str) -> Any:
    """What ``module.name`` means in a file; `FileFormatError` if it means nothing here."""
    full = f"{module}.{name}".replace("__builtin__.", "builtins.")
    if module in ("torch", "torch.cuda", "torch.storage") and name.endswith("Storage"):
        return StorageType(name)
    if module == "torch" and name in BY_NAME:
        return BY_NAME[name]
    if full in BUILDERS:
        return Global(full, BUILDERS[full])
    if full in safe:
        return Global(full, *_built_by(safe[full]))
    raise FileFormatError(_refusal(full))


safe: dict[str, Any] = {}
"""The classes and functions that the program allows besides, by their names in a file."""


def _built_by(thing: Any) -> tuple[Any, Any, Any, frozenset[type]]:
    """The rest of the `Global` of a thing that is allowed."""

    def call(m: Machine, *args: Any) -> Any:
        return thing(*map(_itself, args))

    def new(m: Machine, *args: Any) -> Any:
        return thing.__new__(thing, *map(_itself, args))

    classes = frozenset(item for item in safe.values() if isinstance(item, type))
    return call, new if isinstance(thing, type) else None, thing, classes


def _itself(value: Any) -> Any:
    return value.thing if type(value) is Global and value.thing is not None else value


def _refusal(full: str) -> str:
    if full.startswith("torch._utils._rebuild_"):
        return (
            f"the file needs {full}, which is not here: tensors are dense or sparse COO, and of NumPy's "
            "dtypes. Convert the tensor in PyTorch before saving it"
        )
    return (
        f"Weights only load failed: the file asks for {full}, and loading builds tensors, numbers, texts and "
        f"containers only: it never imports or calls what a file names (Unsupported global: GLOBAL {full} "
        "was not an allowed global by default). If you trust this class or function, allow it with "
        "torch.serialization.add_safe_globals; if you trust the whole file, weights_only=False lets it run "
        "anything; best of all, save tensors, as in torch.save(model.state_dict(), path)"
    )


def _tensor(m: Machine, storage: Any, offset: Any, size: Any, stride: Any, *rest: Any) -> Tensor:
    m.spend(TENSOR_COST)
    return view(storage, offset, size, stride)


def _tensor_v2(
    m: Machine, storage: Any, offset: Any, size: Any, stride: Any, requires_grad: Any, hooks: Any, *rest: Any
) -> Tensor:
    return _requiring(_pending(_tensor(m, storage, offset, size, stride), *rest), requires_grad)


def _pending(tensor: Tensor, metadata: Any = None) -> Tensor:
    """What PyTorch has only noted to be done with the numbers: to conjugate them, or to negate them."""
    noted = metadata if isinstance(metadata, dict) else {}
    tensor = tensor.conj() if noted.get("conj") is True else tensor
    return -tensor if noted.get("neg") is True else tensor


def _tensor_v3(
    m: Machine, storage: Any, offset: Any, size: Any, stride: Any, requires_grad: Any, hooks: Any,
    dtype: Any, *rest: Any,
) -> Tensor:  # fmt: skip
    m.spend(TENSOR_COST)
    if not isinstance(dtype, _dtype) or dtype.name not in UNTYPED:
        raise FileFormatError("a tensor over plain bytes is described without a dtype that needs them")
    return _requiring(view(storage, offset, size, stride, dtype.dtype), requires_grad)


def _without_data(m: Machine, dtype: Any, size: Any, stride: Any, requires_grad: Any) -> Tensor:
    """A tensor on "meta", of which a file holds the description alone."""
    m.spend(TENSOR_COST)
    whole = [type(part) is tuple and all(type(n) is int and n >= 0 for n in part) for part in (size, stride)]
    if not isinstance(dtype, _dtype) or not all(whole) or len(size) != len(stride):
        raise FileFormatError(
            "a tensor without data is described without a dtype, or by no sizes and strides"
        )
    try:
        made = meta("factories_on_meta").make(empty_strided, (size, stride), {"dtype": dtype})
    except (ValueError, OverflowError) as error:
        raise FileFormatError(f"a tensor without data is described by impossible sizes: {error}") from error
    return _requiring(made, requires_grad)


def _requiring(tensor: Tensor, requires_grad: Any) -> Tensor:
    if requires_grad is True:
        tensor.requires_grad_()
    return tensor


def _parameter(m: Machine, data: Any, requires_grad: Any = True, *rest: Any) -> Any:
    m.spend(TENSOR_COST)
    if type(data) is not Tensor and not getattr(data, "is_meta", False):
        raise FileFormatError("a Parameter is described without a tensor")
    return Parameter(data, requires_grad is True)


def _parameter_with_state(m: Machine, data: Any, requires_grad: Any, hooks: Any, state: Any) -> Any:
    return _with_attributes(m, _parameter(m, data, requires_grad), state)


def _from_type(m: Machine, function: Any, kind: Any, args: Any, state: Any) -> Any:
    """A tensor with attributes of its own; of a class of the user's, the tensor."""
    if type(function) is not Global or function.build not in (_tensor_v2, _tensor_v3, _parameter):
        raise FileFormatError("a tensor is described by what describes no tensor")
    return _with_attributes(m, function.build(m, *args), state)


def _with_attributes(m: Machine, tensor: Any, state: Any) -> Any:
    if type(state) is not dict or not all(type(key) is str for key in state):
        raise FileFormatError("a tensor's attributes are no dict with names")
    m.spend(ENTRY_COST * len(state))
    if any(hasattr(Tensor, key) for key in state):
        raise FileFormatError("the file would replace a method of a tensor")
    tensor.__dict__.update(state)
    return tensor


def _layout(m: Machine, name: Any) -> Any:
    if name != "torch.sparse_coo":
        raise FileFormatError(
            f"tensors are dense or sparse COO here, and the file has one of layout {name!r}"
        )
    return sparse_coo


def _sparse_tensor(m: Machine, layout: Any, parts: Any) -> Tensor:
    if layout is not sparse_coo or type(parts) is not tuple or len(parts) not in (3, 4):
        raise FileFormatError("a sparse tensor is described without indices, values and size")
    indices, values, size = parts[:3]
    if not (type(indices) is type(values) is Tensor and type(size) is Size) or indices.dtype.kind != "i":
        raise FileFormatError("a sparse tensor is described by something else than tensors and a size")
    m.spend(TENSOR_COST)
    return _entries(indices, values, size, len(parts) == 4 and parts[3] is True)


def _entries(indices: Tensor, values: Tensor, size: Size, unique: bool) -> Tensor:
    from ..sparse.creation import sparse_coo_tensor
    from ..sparse.tensor import rises

    try:
        made = sparse_coo_tensor(indices, values, size)
    except RuntimeError as error:
        raise FileFormatError(f"a sparse tensor does not fit together: {error}") from error
    if unique and not rises(made):
        raise FileFormatError("a sparse tensor is said to be coalesced, and is not")
    coalesced: Tensor = made._coalesced_(unique)
    return coalesced


def _ordered(m: Machine, pairs: Any = ()) -> OrderedDict[Any, Any]:
    m.spend(ENTRY_COST * (1 + len(pairs)))
    filled: OrderedDict[Any, Any] = OrderedDict()
    m.fill(filled, [part for key, value in pairs for part in (key, value)])
    return filled


def _counter(m: Machine, counts: Any = None) -> Counter[Any]:
    counts = {} if counts is None else counts
    if type(counts) is not dict:
        raise FileFormatError("a Counter is made of no dict")
    m.spend(ENTRY_COST * (1 + len(counts)))
    return Counter(counts)


def _size(m: Machine, sizes: Any) -> Size:
    m.spend(len(sizes))
    if not all(type(n) is int for n in sizes):
        raise FileFormatError("a Size holds integers only")
    return Size(sizes)


def _encode(m: Machine, text: str, encoding: str) -> bytes:
    m.spend(len(text))
    if type(text) is not str or encoding not in ("latin1", "latin-1", "utf-8", "ascii"):
        raise FileFormatError("bytes are described by no text, or in an unknown encoding")
    return text.encode(encoding)


def _bytearray(m: Machine, content: Any = b"", encoding: Any = None) -> bytearray:
    if type(content) not in (bytes, str):
        raise FileFormatError("a bytearray is described by neither bytes nor text")
    m.spend(len(content))
    return bytearray(content if type(content) is bytes else _encode(m, content, encoding))


def _device(m: Machine, kind: Any, index: Any = None) -> device:
    if type(kind) is not str:
        raise FileFormatError("a device is described by no name")
    return device("cpu")


def _complex(m: Machine, real: Any, imaginary: Any) -> complex:
    if not (type(real) is type(imaginary) is float):
        raise FileFormatError("a complex number is described by no two floats")
    return complex(real, imaginary)


def _set(m: Machine, items: Any = ()) -> Any:
    return m.set_of(items)


def _frozenset(m: Machine, items: Any = ()) -> Any:
    return m.set_of(items, frozenset)


BUILDERS: dict[str, Any] = {
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor_v2,
    "torch._utils._rebuild_tensor_v3": _tensor_v3,
    "torch._utils._rebuild_sparse_tensor": _sparse_tensor,
    "torch.serialization._get_layout": _layout,
    "torch._utils._rebuild_meta_tensor_no_storage": _without_data,
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter_with_state,
    "torch._tensor._rebuild_from_type_v2": _from_type,
    "torch.nn.parameter.Parameter": _parameter,
    "torch.Tensor": None,
    "torch.nn.parameter.Buffer": None,
    "torch.Size": _size,
    "torch.device": _device,
    "collections.OrderedDict": _ordered,
    "collections.Counter": _counter,
    "builtins.set": _set,
    "builtins.frozenset": _frozenset,
    "builtins.bytearray": _bytearray,
    "builtins.complex": _complex,
    "_codecs.encode": _encode,
}
