"""Running an op on anything, in full and in readable form.

`apply` is what the generated functions of `fastpath` do for the common case, without their shortcuts:
operands become tensors of one dtype, the function runs on their arrays, and what happened is recorded as a
node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import is_, is_not
from typing import Any

import numpy as np

from ..errors import CarrierError, ShapeError, describe_call, scalar_type
from . import dtypes
from .attributes.low_precision import NARROW
from .calls.quiet import again
from .calls.sentences import misfit, misplaced, out_of_range
from .grad_mode import is_inference_mode_enabled, recording, refuse_inference
from .graph import Output, edge_of, fit_edge, make_node
from .guarded_views import guard
from .half import narrow, narrow_dtype, wide
from .op_definition import RAW, Op, registry
from .overriding.dispatch import KNOWN, MISSING, UnansweredError, arranged, overridden
from .promotion import number_dtype, resulting
from .tensor import Diverted, Tensor, refresh
from .versions import owner


def apply(this: Op, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
    """Run an op on anything: what the generated functions do, without their shortcuts."""
    if not KNOWN.issuperset(map(type, operands)):
        answer = _overridden(this, operands, params)
        if answer is not MISSING:
            return answer
    if Tensor not in map(type, operands) and not any(isinstance(x, Tensor) for x in operands):
        return _apply_raw(this, operands, params)
    given, operands = operands, prepare(this, operands)
    if this.elementwise and any(map(is_not, given, operands)):
        return this.call(*operands, **dict(zip(this.params, params, strict=True)))  # of one dtype now
    try:
        arrays = [_array(this, x) for x in operands]
    except Diverted:
        return divert[0](this, operands, params)
    out = run(this, arrays, params)
    result = tuple(map(Tensor._of, out)) if isinstance(out, tuple) else Tensor._of(out)
    if recording() is not False and any(_tracked(this, operands)):
        record(this, operands, arrays, params, out, result)
    if this.view:
        mark_view(result, operands[0], this.call, params)  # type: ignore[arg-type]
    return result


def _overridden(this: Op, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
    """What the operands' classes answer in the op's place; `MISSING` if nothing."""
    args, kwargs = arranged(this.params.values(), params)
    return overridden(this.shown or this.call, (*operands, *args), kwargs)


def foreign(this: Op, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
    """What an operator answers to an operand of an unknown class: what that class does, or NotImplemented."""
    try:
        answer = _overridden(this, operands, params)
    except UnansweredError:
        return NotImplemented
    return NotImplemented if answer is MISSING else answer


divert: list[Callable[..., Any]] = []
"""What runs an op on tensors that are no ordinary ones: `func.batching` puts its function here."""


OF_NUMBERS = {"add", "sub", "mul", "div", "_div_trunc", "floor_divide"}
"""Ops that take numbers alone, as PyTorch's do: ``add(2, 3)`` is a tensor."""


def _apply_raw(this: Op, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
    known = all(isinstance(x, (*RAW, *dtypes.Number)) for x in operands)
    if known and any(isinstance(x, RAW) for x in operands):
        return run(this, operands, params)
    if known and this.name in OF_NUMBERS:
        first = Tensor._of(np.asarray(operands[0], number_dtype(operands[0])))
        return this.call(first, *operands[1:], **dict(zip(this.params, params, strict=True)))
    raise CarrierError(
        f"{this.name}: expected a Tensor (or arrays), got "
        f"{', '.join(type(x).__name__ for x in operands) or 'nothing'}; "
        "make one with tensor(data)"
    )


def _array(this: Op, x: Any) -> Any:
    if not isinstance(x, Tensor):
        return x
    return x.array if this.view else x._data


def prepare(this: Op, operands: Sequence[Any]) -> list[Any]:
    """Operands as Tensors (and Python numbers) of one dtype; casts are recorded.

    What is refused and what is cast depends on their kinds alone, and is decided once for each.
    """
    ready = [x if x.__class__ is Tensor and x._view is None else _operand(this, x) for x in operands]
    kinds = (dtypes._default, *map(_kind, ready))
    casts = this.casts.get(kinds)
    if casts is None:
        casts = _decided(this, ready)
        if this.kernel is None or not this.kernel.unasked_if_empty:
            this.casts[kinds] = casts
    for place, dtype in casts:
        ready[place] = _cast(this, place, ready[place], dtype)
    return ready


def _decided(this: Op, operands: Sequence[Any]) -> list[tuple[int, dtypes.DType]]:
    """The places of the operands that are to be cast, each with the dtype; or PyTorch's refusal of them."""
    if this.complex is not True:
        refuse_complex(this, operands)
    if this.refuses is not None:
        this.refuses(*operands)
    alone = not this.promote or this.view or (len(operands) == 1 and not this.floating)
    if this.kernel is not None:
        this.kernel(*operands) if alone else this.kernel.check(resulting(*operands))
    if alone:
        return []
    dtype = _common_dtype(this.floating, operands)
    return [(i, dtype) for i, x in enumerate(operands) if isinstance(x, Tensor) and x.dtype != dtype]


def refuse_complex(this: Op, operands: Sequence[Any]) -> None:
    """Raise if an operand of an op that has no complex form is complex: in its own words, or PyTorch's."""
    found = [x.dtype for x in operands if isinstance(x, Tensor) and x.is_complex()]
    if not found and not any(isinstance(x, complex) for x in operands):
        return
    if this.complex:
        raise NotImplementedError(this.complex)
    kind = scalar_type(found[0] if found else dtypes.complex64)
    raise NotImplementedError(f'"{this.name}_cpu" not implemented for {kind!r}')


def _cast(this: Op, place: int, x: Tensor, dtype: dtypes.DType) -> Any:
    """`x` in this dtype; a lone number beside float16 keeps its digits, as a Python number does."""
    lone = dtype in NARROW and this.elementwise and x.dtype.kind == "f" and not (x.ndim or x._rg)
    if lone and this.arrays[place] not in this.tensors and x._data.__class__ is np.ndarray:
        return x.item()
    return registry["cast"].call(x, dtype)


def _kind(x: Any) -> Any:
    """What promotion asks of an operand: its dtype and whether it has dimensions, or a number's type."""
    if x.__class__ is Tensor:
        return x._data.dtype, x._data.ndim > 0
    return (x.dtype, x.ndim > 0) if isinstance(x, Tensor) else type(x)


def _common_dtype(floating: bool, operands: Sequence[Any]) -> dtypes.DType:
    """The dtype in which these operands meet: for a `floating` op never an integer."""
    dtype = dtypes.held(resulting(*operands))
    return dtypes.default_dtype() if floating and dtype.kind not in "fcV" else dtype


def _operand(this: Op, x: Any) -> Any:
    if isinstance(x, Tensor):
        refresh(x)
        return x
    if isinstance(x, np.ndarray):
        return Tensor._of(x)
    if isinstance(x, np.generic):
        x = x.item()
    if isinstance(x, dtypes.Number) and this.elementwise:
        return x
    raise CarrierError(
        f"{this.name}: expected a Tensor, got {type(x).__name__} {x!r}; make one with tensor(data)"
    )


def expect_tensors(name: str, **operands: Any) -> None:
    """``TypeError`` for the first operand that is a number: the function called `name` wants tensors."""
    for place, (argument, x) in enumerate(operands.items(), 1):
        if type(x) in dtypes.Number:
            raise TypeError(
                f"{name}(): argument '{argument}' (position {place}) must be Tensor, not {type(x).__name__}: "
                "make one with tensor(data)"
            )


def expect_self(name: str, x: Any) -> None:
    """``TypeError`` for a special method of Tensor that is called, by its name, on something else."""
    if not isinstance(x, Tensor):
        kind = AttributeError if name in _OF_RECIPROCALS else TypeError
        raise kind(
            f"descriptor '{name}' for 'Tensor' objects doesn't apply to a '{type(x).__name__}' object: "
            "make one with tensor(data)"
        )


_OF_RECIPROCALS = {"__rtruediv__", "__rdiv__"}
"""Which PyTorch answers by asking the number for its reciprocal, and misses that attribute."""


def _tracked(this: Op, operands: Sequence[Any]) -> list[bool]:
    names = (this.arrays * len(operands))[: len(operands)] if this.variadic else this.arrays
    pairs = zip(names, operands, strict=True)
    return [name in this.partials and isinstance(x, Tensor) and x._rg for name, x in pairs]


def run(this: Op, arrays: Sequence[Any], params: tuple[Any, ...]) -> Any:
    """The function itself; what NumPy raises is translated once, here."""
    try:
        named = dict(zip(this.params, params, strict=True))
        dtype = narrow_dtype(this, arrays)
        if dtype is not None:
            return narrow(this.function(*wide(tuple(arrays)), **named), dtype)
        return this.function(*arrays, **named)
    except OverflowError as error:
        wrapped = _wrapped(this, arrays) if this.elementwise else arrays
        if all(map(is_, wrapped, arrays)):
            raise translate(this, arrays, params, error) from error
        return run(this, wrapped, params)
    except RuntimeWarning:
        return again(run, this, arrays, params)
    except (ValueError, TypeError, IndexError) as error:
        raise translate(this, arrays, params, error) from error


def _wrapped(this: Op, arrays: Sequence[Any]) -> Sequence[Any]:
    """Python integers beyond the range of the integer arrays, modulo that range: PyTorch's C conversion.

    An exponent is none of them.
    """
    dtype = next(a.dtype for a in arrays if not isinstance(a, dtypes.Number))
    kept = arrays[1:] if this.name == "pow" else ()
    wrapped = [np.asarray(a).astype(dtype) if isinstance(a, dtypes.Number) else a for a in arrays]
    return [*wrapped[: len(arrays) - len(kept)], *kept]


def translate(this: Op, arrays: Sequence[Any], params: tuple[Any, ...], error: Exception) -> Exception:
    """NumPy's error in the user's terms: the op, its operands' shapes, and PyTorch's class."""
    if this.kernel is not None:
        this.kernel(*(a for a in arrays if hasattr(a, "dtype")))
    named = dict(zip(this.params, params, strict=True))
    call = describe_call(this.name, arrays, named)
    text = f"{call}: {error}".rstrip()
    if isinstance(error, np.exceptions.AxisError):
        return IndexError(f"{out_of_range(error)}: {text}")
    if isinstance(error, IndexError):
        return IndexError(f"{misplaced(error, np.ndim(arrays[0]))}: {call}")
    if isinstance(error, ValueError):
        return ShapeError("".join(f"{said}: " for said in [_said(this, arrays, named)] if said) + text)
    kind = TypeError if type(error) is TypeError else RuntimeError
    return kind(text)


def _said(this: Op, arrays: Sequence[Any], named: dict[str, Any]) -> str:
    """PyTorch's sentence for an elementwise op, or a reshape, of these shapes."""
    known = this.elementwise or this.name == "reshape"
    return misfit(this.name, [np.shape(a) for a in arrays], named) if known else ""


def record(
    this: Op,
    operands: Sequence[Any],
    arrays: Sequence[Any],
    params: tuple[Any, ...],
    out: Any,
    result: Any,
) -> None:
    """Make the op's node, and give `result` its history."""
    edges = [
        edge_of(x) if isinstance(x, Tensor) and name in this.partials else None
        for name, x in zip(_names(this, operands), operands, strict=True)
        if name in this.partials
    ]
    if this.elementwise:
        shapes = [np.shape(a) for a, n in zip(arrays, this.arrays) if n in this.partials]  # noqa: B905
        edges = [fit_edge(e, shape, out.shape) for e, shape in zip(edges, shapes, strict=True)]
    dtype = narrow_dtype(this, arrays)
    cls = this.node if dtype is None else this.half_node(dtype)
    saved = saved_of(this, arrays, params, out, edges)
    if any(isinstance(x, Tensor) and x._extras is not None for x in operands):
        pairs = zip(operands, arrays, strict=True)
        refuse_inference([(x, a) for x, a in pairs if isinstance(x, Tensor)], saved)
    node = make_node(cls, tuple(edges), saved)
    attach(node, result, out)
    how = recording()
    if how is not True:
        how.recorded(node)


def _names(this: Op, operands: Sequence[Any]) -> tuple[str, ...]:
    return this.arrays * len(operands) if this.variadic else this.arrays


def saved_of(
    this: Op, arrays: Sequence[Any], params: tuple[Any, ...], out: Any, edges: Sequence[Any]
) -> tuple[Any, ...]:
    """The values behind the names that the formulas mention, None for those that no edge needs."""
    known = {
        "out": out,
        "out_copy": "out_copy" in this.keeps and out.copy(),
        "out_indices": out[1] if isinstance(out, tuple) else None,
        **dict(zip(this.params, params, strict=True)),
    }
    values = {this.arrays[0]: tuple(arrays)} if this.variadic else dict(zip(this.arrays, arrays, strict=True))
    for name, value in values.items():
        known[name] = value
        known[f"{name}_shape"] = tuple(map(np.shape, value)) if this.variadic else np.shape(value)
        known[f"{name}_dtype"] = getattr(value, "dtype", None)
    used = {i for i, edge in enumerate(edges) if edge is not None}
    wanted = [this.variadic or bool(used & set(this.needed_by(name))) for name in this.keeps]
    return tuple(known[name] if want else None for name, want in zip(this.keeps, wanted, strict=True))


def attach(node: Any, result: Any, out: Any) -> None:
    """Make `node` the history of `result`; each of several outputs gets an `Output` of its own."""
    if isinstance(result, Tensor):
        result._node, result._rg = node, True
        return
    node.outputs = tuple((np.shape(a), a.dtype) for a in out)
    for index, tensor in enumerate(result):
        if isinstance(tensor, Tensor) and dtypes.is_differentiable(tensor.dtype):
            output = make_node(Output, (node,), ())
            output.index = index
            tensor._node, tensor._rg = output, True


def mark_view(result: Tensor, parent: Tensor, call: Any, params: tuple[Any, ...]) -> None:
    """Tell a result that shares its operand's memory whose view it is."""
    if owner(result._data) is owner(parent._data):
        root = parent if parent._view is None else parent._view[0]
        result._view = (root, root._node, parent, call, params)
        if recording() is False or parent._extras is not None:
            _guard_view(result, parent)


def _guard_view(result: Tensor, parent: Tensor) -> None:
    """Mark a view that was made without recording, or from one that is marked."""
    extras = parent._extras or {}
    if "inference" in extras:
        result._extras = {"inference": True}
    elif result._extras is not None:
        result._extras = None  # a view of an ordinary tensor is one, also in inference mode
    if "guarded" in extras:
        guard(result, *extras["guarded"][:-1])
    elif recording() is False and not is_inference_mode_enabled():
        guard(result)
