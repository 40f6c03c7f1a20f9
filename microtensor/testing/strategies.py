"""Hypothesis strategies for tensors: what property tests of code on tensors draw from.

Shapes, dtypes, values, memory layouts, and whole calls of an op inside its domain.  A failing
example shrinks to few dimensions, short sides, plain values and ordinary memory.

This is the one module that imports hypothesis, and nothing of the package imports this module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from ..engine.attributes.dtype_objects import of
from ..engine.dtypes import held
from ..engine.op_definition import Op
from ..engine.tensor import Array, Tensor
from .samples import cases_of

try:
    from hypothesis import strategies as st
    from hypothesis.extra import numpy as hnp
except ModuleNotFoundError:
    raise ModuleNotFoundError(
        "microtensor.testing.strategies needs hypothesis, which is not installed: pip install hypothesis",
        name="hypothesis",
    ) from None

__all__ = [
    "LAYOUTS",
    "broadcastable",
    "broadcastable_shapes",
    "dtypes",
    "inputs_of",
    "shapes",
    "tensors",
]

T = TypeVar("T")
Shape = tuple[int, ...]
_GRID = 64

LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "contiguous": lambda a: a,
    "transposed": lambda a: a.T.copy().T,
    "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
    "offset": lambda a: np.concatenate([a[:1], a])[1:] if a.ndim else a,
    "reversed": lambda a: a[::-1].copy()[::-1] if a.ndim else a,
}
"""How the same values can lie in memory, plainest first."""


def shapes(
    *, min_dims: int = 0, max_dims: int = 3, min_side: int = 1, max_side: int = 4
) -> st.SearchStrategy[Shape]:
    """Draw a shape; with ``min_side=0`` also of empty tensors.

    >>> from hypothesis import find
    >>> from microtensor.testing.strategies import shapes
    >>> find(shapes(), lambda shape: len(shape) >= 2)
    (1, 1)
    """
    return hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side)


def dtypes(kinds: str = "fiub") -> st.SearchStrategy[Any]:
    """Draw a dtype of the kinds given by NumPy's letters: f(loat), i(nteger), u(nsigned), b(ool), c(omplex).

    Shrinks towards float64, then float32.  Raises ``ValueError`` for any other letter.

    >>> from hypothesis import find
    >>> from microtensor.testing.strategies import dtypes
    >>> find(dtypes("i"), lambda dtype: True)
    torch.int64
    """
    known = {"f": ["f8", "f4", "f2"], "i": ["i8", "i4", "i2", "i1"], "u": ["u1"], "b": ["?"]}
    known |= {"c": ["c16", "c8"]}
    if not kinds or not set(kinds) <= set(known):
        raise ValueError(f"dtypes: kinds are letters of {''.join(known)!r}, not {kinds!r}")
    return st.sampled_from([of(np.dtype(code)) for kind in kinds for code in known[kind]])


def broadcastable_shapes(
    count: int, *, min_dims: int = 0, max_dims: int = 3, min_side: int = 1, max_side: int = 4
) -> st.SearchStrategy[tuple[Shape, ...]]:
    """Draw `count` shapes that broadcast against each other.

    >>> from hypothesis import find
    >>> from microtensor.testing.strategies import broadcastable_shapes
    >>> sorted(find(broadcastable_shapes(2), lambda pair: pair[0] != pair[1]))
    [(), (1,)]
    """
    drawn = hnp.mutually_broadcastable_shapes(
        num_shapes=count, min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side
    )
    return drawn.map(lambda shapes: shapes.input_shapes)


@st.composite
def tensors(
    draw: st.DrawFn,
    dtype: Any = np.float64,
    shape: Any = None,
    *,
    elements: st.SearchStrategy[Any] | None = None,
    low: float = -10.0,
    high: float = 10.0,
    requires_grad: Any = False,
    layouts: Sequence[str] = ("contiguous",),
    unique: bool = False,
) -> Tensor:
    """Draw a leaf tensor; each of `dtype`, `shape` and `requires_grad` is a value or a strategy.

    Values lie between `low` and `high` (both are drawn), and zeros, ones, equal numbers and both ends
    come often; `elements` replaces them, and alone can give nan or infinities.  `unique` makes all
    entries different.  `layouts` are names of `LAYOUTS`: the same values, otherwise in memory.

    >>> from hypothesis import find
    >>> from microtensor.testing.strategies import tensors
    >>> find(tensors(shape=(2,)), lambda x: bool((x > 1.5).all()))
    tensor([2., 2.], dtype=torch.float64)
    """
    kind = held(draw(_strategy(dtype)))
    size = draw(shapes() if shape is None else _strategy(shape))
    values = elements if elements is not None else _numbers(kind, low, high)
    array = draw(hnp.arrays(kind, size, elements=values, unique=unique))
    return _leaf(LAYOUTS[draw(st.sampled_from(layouts))](array), draw(_strategy(requires_grad)))


def broadcastable(count: int, *, max_dims: int = 3, max_side: int = 4, **kwargs: Any) -> Any:
    """Draw `count` tensors whose shapes broadcast; other arguments are those of `tensors`.

    >>> from hypothesis import find
    >>> from microtensor.testing.strategies import broadcastable
    >>> a, b = find(broadcastable(2), lambda pair: pair[0].ndim > pair[1].ndim)
    >>> a.shape, b.shape
    (torch.Size([1]), torch.Size([]))
    """
    drawn = broadcastable_shapes(count, max_dims=max_dims, max_side=max_side)
    return drawn.flatmap(lambda each: st.tuples(*(tensors(shape=shape, **kwargs) for shape in each)))


@st.composite
def inputs_of(
    draw: st.DrawFn,
    op: Any,
    *,
    dtype: Any = np.float64,
    requires_grad: bool = True,
    layouts: Sequence[str] = ("contiguous",),
    max_dims: int = 3,
    max_side: int = 3,
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Draw a call of an op, ``(operands, params)``, with values inside the domain that it declares.

    `op` is what ``@op`` returned, or its `Op`.  Shapes and parameters come from the op's samples, or
    for an elementwise op without samples are any that broadcast.  The entries of all operands differ
    from each other, so that no maximum is tied; operands with a derivative require a gradient, and
    those that are no floating-point arrays (indices, masks) are the sample's own.

    >>> from hypothesis import find
    >>> from microtensor.testing.strategies import inputs_of
    >>> (x,), params = find(inputs_of(mt.log), lambda call: True)
    >>> bool(x > 0), x.requires_grad, params
    (True, True, {})
    """
    op = getattr(op, "op", op)
    items, params = draw(_cases(op, max_dims, max_side))
    names = op.arrays * len(items) if op.variadic else op.arrays
    operands = [
        draw(_operand(op, name, item, place, dtype, requires_grad, layouts))
        for place, (name, item) in enumerate(zip(names, items, strict=False))
    ]
    return tuple(operands), dict(params)


# ---------------------------------------------------------------------------- the parts


def _strategy(value: Any) -> st.SearchStrategy[Any]:
    return value if isinstance(value, st.SearchStrategy) else st.just(value)


def _numbers(kind: Any, low: float, high: float) -> st.SearchStrategy[Any]:
    """Plain numbers of a dtype between two bounds."""
    if kind.kind == "b":
        return st.booleans()
    if kind.kind == "c":
        part = _numbers(np.dtype(f"f{kind.itemsize // 2}"), low, high)
        return st.builds(complex, part, part)
    if kind.kind == "f":
        width = 8 * kind.itemsize
        return st.floats(_inward(kind, low, 1), _inward(kind, high, -1), width=width, allow_subnormal=False)
    limits = np.iinfo(kind)
    return st.integers(max(int(np.ceil(low)), int(limits.min)), min(int(np.floor(high)), int(limits.max)))


def _inward(kind: Any, bound: float, sign: int) -> float:
    """The number of the dtype next to `bound` that does not lie outside of it."""
    near = kind.type(bound)
    outside = sign * float(near) < sign * bound
    return float(np.nextafter(near, kind.type(sign * np.inf)) if outside else near)


def _leaf(array: Array, requires_grad: bool) -> Tensor:
    return Tensor._of(array).requires_grad_(requires_grad)  # type: ignore[no-any-return]


def _cases(op: Op, max_dims: int, max_side: int) -> st.SearchStrategy[Any]:
    if op.samples or not op.elementwise:
        return st.sampled_from(cases_of(op))
    drawn = broadcastable_shapes(len(op.arrays), max_dims=max_dims, max_side=max_side)
    return drawn.map(lambda each: (each, {}))


@st.composite
def _operand(
    draw: st.DrawFn, op: Op, name: str, item: Any, place: int, dtype: Any, grad: bool, layouts: Sequence[str]
) -> Any:  # fmt: skip
    """One operand: a shape becomes a tensor with values on a grid of its own inside the domain."""
    wanted = grad and name in op.partials
    if isinstance(item, np.ndarray):
        return _leaf(item.copy(), wanted and item.dtype.kind in "fc")
    if not isinstance(item, tuple):
        return item
    low, high = op.domain[name] if isinstance(op.domain, dict) else op.domain
    size = max(_GRID, 4 * int(np.prod(item)))
    steps = draw(
        hnp.arrays(np.int64, item, elements=st.integers(0, size - 1), unique=True, fill=st.nothing())
    )
    array = low + (high - low) * (steps + _offset(place)) / size
    if np.dtype(op.dtype or dtype).kind == "c":
        array = array + 1j * (0.2 + 0.6 * (steps + _offset(place)) / size)
    array = array.astype(op.dtype or dtype)
    return _leaf(
        LAYOUTS[draw(st.sampled_from(layouts))](np.asarray(array)), wanted and array.dtype.kind in "fc"
    )


def _offset(place: int) -> float:
    """Where in its cell an operand's grid points lie: irrational, so that no two operands tie."""
    return float((0.37 + place * 0.6180339887) % 1)
