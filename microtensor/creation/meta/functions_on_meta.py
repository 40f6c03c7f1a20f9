"""What a function gives on "meta": the same function of the values, put onto "meta" again.

So every function works there, and gives the shape, dtype, strides and ``grad_fn`` that it gives anywhere.
What would take time is computed on smaller operands (`smaller_sizes`); what depends on numbers is refused,
and operations in place do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.grad_mode import recording
from ...engine.size_device import device as Device
from ...engine.size_device import names_meta
from ...engine.tensor import Tensor
from .meta_tensor import META, NO_DATA, MetaTensor, NoDataError, to_meta
from .smaller_sizes import UnclearError, shapes_of

MUCH = 1 << 16
"""Elements up to which a function is computed as it is."""

Held = dict[int, MetaTensor]


def answer(func: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """The result of a function of which an argument is on "meta"."""
    name = getattr(func, "__name__", "")
    if name in OWN:
        return OWN[name](func, *args, **kwargs)
    if name[-1:] == "_" and name[-2:] != "__" and name not in ("requires_grad_", "detach_"):
        return _in_place(args[0])
    if kwargs.get("inplace"):
        kwargs = kwargs | {"inplace": False}  # nothing is there to be written
    if name not in _OF_BOTH:
        _check_devices(name, args, kwargs)
    return _computed(func, args, kwargs)


def _computed(func: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    held: Held = {}
    args, kwargs = _valued(args, held), _valued(kwargs, held)
    where = kwargs.pop("device", META)
    if where is not None and not names_meta(where):
        return func(*args, device=where, **kwargs)  # empty_like(x, device="cpu")
    result = MISSING
    if sum(x.value._data.size for x in held.values()) > MUCH and getattr(func, "__name__", "") not in VIEWS:
        result = _shapes(func, args, kwargs, held)
    if result is MISSING:
        with np.errstate(all="ignore"):
            result = _on_zeros_or_others(func, args, kwargs, held)
    return _put_on_meta(result, held)


def _on_zeros_or_others(func: Callable[..., Any], args: Any, kwargs: dict[str, Any], held: Held) -> Any:
    """The result for zeros; where they are refused, as divisors or singular matrices, for other numbers."""
    try:
        return func(*args, **kwargs)
    except RuntimeError:
        with _regular([x.value for x in held.values()]):
            return func(*args, **kwargs)


@contextmanager
def _regular(values: Sequence[Tensor]) -> Iterator[None]:
    """The length of a ``with`` in which matrices are positive definite, and all numbers positive."""
    kept = [x._data for x in values]
    for x in values:
        x._data = _positive(x._data.shape, x._data.dtype)
    try:
        yield
    finally:
        for x, data in zip(values, kept, strict=True):
            x._data = data


def _positive(shape: tuple[int, ...], dtype: Any) -> Any:
    ones = np.ones(shape[-2:], dtype)
    matrix = ones + np.eye(*shape[-2:], dtype=dtype) if len(shape) > 1 and dtype.kind in "fc" else ones
    return np.broadcast_to(matrix, shape)


MISSING: Any = object()


def _shapes(func: Callable[..., Any], args: Any, kwargs: dict[str, Any], held: Held) -> Any:
    """The result from smaller operands, a leaf without history; `MISSING` where that is not clear."""
    try:
        result = shapes_of(func, args, kwargs)
    except UnclearError:
        return MISSING
    if recording() is not False and any(x._rg for x in held.values()):
        for x in result if isinstance(result, tuple) else (result,):
            if isinstance(x, Tensor) and dtypes.is_differentiable(x.dtype):
                x.requires_grad_()
    return result


VIEWS = frozenset({
    "__getitem__", "__get__", "__set__", "view", "view_as", "reshape", "reshape_as", "transpose", "permute",
    "t", "T", "mT", "H", "mH", "adjoint", "expand", "expand_as", "unsqueeze", "squeeze", "flatten",
    "unflatten",
    "select", "narrow", "split", "chunk", "unbind", "tensor_split", "hsplit", "vsplit", "dsplit", "movedim",
    "moveaxis", "swapaxes", "swapdims", "detach", "as_strided", "diagonal", "unfold", "contiguous", "size",
    "stride", "dim", "numel", "nelement", "is_contiguous", "requires_grad_", "detach_", "register_hook",
    "is_floating_point", "is_complex", "storage_offset", "element_size", "broadcast_to", "ravel", "real",
    "imag", "view_as_real", "view_as_complex",
})  # fmt: skip
"""What looks at shapes alone, and costs nothing."""

_OF_BOTH = frozenset({
    "__getitem__", "index_select", "embedding", "lstm", "gru", "rnn_tanh", "rnn_relu",
    "multi_head_attention_forward",
})  # fmt: skip
"""What takes ordinary tensors beside those on "meta": indices, and states that modules make."""


def _check_devices(name: str, args: Any, kwargs: dict[str, Any]) -> None:
    """``RuntimeError`` for tensors of both devices; numbers without dimensions may be anywhere."""
    for x in (*args, *kwargs.values()):
        for item in x if isinstance(x, (tuple, list)) else (x,):
            if isinstance(item, Tensor) and not isinstance(item, MetaTensor) and item.ndim:
                raise RuntimeError(
                    f"Tensor on device cpu is not on the expected device meta! {name or 'the function'} "
                    'takes tensors of one device: move the others with x.to("meta")'
                )


def _valued(value: Any, held: Held) -> Any:
    if isinstance(value, MetaTensor):
        held[id(value.value)] = value
        return value.value
    if isinstance(value, dict):
        return {k: _valued(v, held) for k, v in value.items()}
    return type(value)(_valued(item, held) for item in value) if type(value) in (tuple, list) else value


def _put_on_meta(value: Any, held: Held) -> Any:
    if isinstance(value, Tensor):
        return held[id(value)] if id(value) in held else MetaTensor(value)
    if not isinstance(value, (tuple, list)) or not any(isinstance(x, (Tensor, tuple, list)) for x in value):
        return value
    items = [_put_on_meta(item, held) for item in value]
    return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)


# ------------------------------------------------- functions with an answer of their own


def _in_place(x: Any) -> Any:
    """Nothing: there are no numbers to change; and an ordinary tensor can't take what is not there."""
    if not isinstance(x, MetaTensor):
        raise NoDataError(NO_DATA)
    return x


def _to(func: Any, x: Tensor, *args: Any, **kwargs: Any) -> Any:
    """`to`, whose device may be named in several ways."""
    if not isinstance(x, MetaTensor):
        return to_meta(x, args[0].dtype)
    named = [a for a in (*args, kwargs.pop("device", None)) if isinstance(a, (str, Device))]
    named += [a.device for a in args if isinstance(a, Tensor)]
    if not all(map(names_meta, named)):
        raise NoDataError(
            f"{NO_DATA} Please use torch.nn.Module.to_empty() instead of torch.nn.Module.to() when moving "
            "module from meta to a different device."
        )
    rest = [a.dtype if isinstance(a, Tensor) else a for a in args if not isinstance(a, (str, Device))]
    return _computed(func, (x, *rest), kwargs)


def _batch_norm(func: Any, x: Any, mean: Any = None, variance: Any = None, *args: Any, **kwargs: Any) -> Any:
    """The function beside running moments that it can write to, which nobody keeps."""
    moments = kwargs.pop("running_mean", mean), kwargs.pop("running_var", variance)
    spare = [None if held is None else Tensor._of(np.zeros(held.shape, held.dtype)) for held in moments]
    return _computed(func, (x, *spare, *args), kwargs)


def _type(func: Any, x: Any, dtype: Any = None, **kwargs: Any) -> Any:
    if dtype is None:
        return "torch.meta." + x.value.type().removeprefix("torch.")
    return _computed(func, (x, dtype), kwargs)


def _item(func: Any, x: Any, key: Any) -> Any:
    """An index, which must not be a mask."""
    keys = key if isinstance(key, tuple) else (key,)
    if any(isinstance(k, MetaTensor) and k.dtype in (dtypes.bool, dtypes.uint8) for k in keys):
        return _depends(func)
    return _computed(func, (x, key), {})


def _refused(words: str, error: type[Exception] = NoDataError) -> Callable[..., Any]:
    def refuse(func: Any, *args: Any, **kwargs: Any) -> Any:
        raise error(words.format(getattr(func, "__name__", "the function")))

    return refuse


_of_number = _refused("Tensor.item() cannot be called on meta tensors", RuntimeError)
_depends = _refused("{}: what it gives depends on data, and a tensor on meta has no data")
_of_array = _refused(
    "can't convert meta device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory "
    "first.", TypeError,
)  # fmt: skip
_NUMBERS = (
    "item",
    "__bool__",
    "__contains__",
    "__float__",
    "__int__",
    "__index__",
    "__complex__",
    "allclose",
)
_DEPENDING = (
    "nonzero", "unique", "unique_consecutive", "masked_select", "argwhere", "bincount", "equal",
)  # fmt: skip
OWN: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(_NUMBERS, _of_number),
    **dict.fromkeys(("tolist", "cpu"), _refused(NO_DATA)),
    **dict.fromkeys(("numpy", "__array__"), _of_array),
    **dict.fromkeys(_DEPENDING, _depends),
    **dict.fromkeys(("batch_norm", "instance_norm"), _batch_norm),
    "to": _to, "type": _type, "type_": _type, "__getitem__": _item,
    "data_ptr": lambda func, x: 0, "get_device": lambda func, x: -1,
    "__setitem__": lambda func, x, *rest: None if isinstance(x, MetaTensor) else _in_place(x),
    "__repr__": lambda func, x, **kwargs: MetaTensor.__repr__(x),
}  # fmt: skip
"""By the function's name."""
