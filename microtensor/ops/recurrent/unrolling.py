"""What recurrent layers have in common: sequences as rows, unrolling, and derivatives of the unrolled.

The sequences of a batch lie row below row, step after step, the longest first: `sizes` says how many
rows each step has, which never grows.  So one layout serves batches of one length and packed ones.

A layer's whole sequence is one op, because a node for each step and gate would cost more than the
arithmetic.  Its derivatives come from two texts:

- ``composite``: the layer in ordinary ops on Tensors, a loop of a few lines (`unrolled`);
- two functions on arrays, forward and backward through time, which are fast.

The backward function is an op as well.  So a pass that is recorded runs the same function on the same
numbers as one that is not, and the *derivative of the backward function* is taken of the composite
(`again`), which is made of ops and has derivatives of every order.  Nothing is lost, and only programs
that differentiate twice pay for unrolling.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from itertools import accumulate
from typing import Any

import numpy as np

from ...engine.arrays.complex_numbers import conjugated
from ...engine.backward import gradients_of
from ...engine.grad_mode import enable_grad
from ...engine.tensor import Tensor
from ..joining.cat_split import cat, split
from ..matmul.matmul import check_dtypes, column_sums
from ..views.reshape import _reshape

Sizes = tuple[int, ...]
BLOCK = 1 << 17
"""Elements of a block of gates: half a megabyte of float32, a part of the second-level cache."""


@lru_cache(maxsize=64)
def spans(sizes: Sizes) -> list[slice]:
    """The rows of each step."""
    return [slice(end - n, end) for end, n in zip(accumulate(sizes), sizes, strict=True)]


@lru_cache(maxsize=64)
def blocks(sizes: Sizes, width: int) -> list[tuple[slice, list[slice]]]:
    """The way back through time in blocks that fit in the cache: their rows, and in them those of each step.

    >>> from microtensor.ops.recurrent.unrolling import blocks
    >>> blocks((2, 1), 4)
    [(slice(0, 3, None), [slice(2, 3, None), slice(0, 2, None)])]
    """
    found: list[list[slice]] = []
    for rows in spans(sizes):
        if not found or (rows.stop - found[-1][0].start) * width > BLOCK:
            found.append([])
        found[-1].append(rows)
    return [
        (slice(b[0].start, b[-1].stop), [slice(s.start - b[0].start, s.stop - b[0].start) for s in b[::-1]])
        for b in found[::-1]
    ]


def longest(sizes: Sizes, width: int) -> int:
    """The rows of the largest block."""
    return int(max(rows.stop - rows.start for rows, _ in blocks(sizes, width)))


@lru_cache(maxsize=64)
def _sources(sizes: Sizes) -> Any:
    """For each row of the states its predecessor, counted from the first state's first row."""
    starts = [0, *(rows.start + sizes[0] for rows in spans(sizes))]
    return np.concatenate([np.arange(n) + start for start, n in zip(starts, sizes, strict=False)])


def before(first: Any, rest: Any, sizes: Sizes, rows: slice) -> Any:
    """For some rows of the states `rest`, the states before them: `first`, then those a step earlier.

    `rows` are those of whole steps.

    >>> from microtensor.ops.recurrent.unrolling import before
    >>> before(np.array([[1], [2]]), np.array([[3], [4], [5]]), (2, 1), slice(0, 3)).T
    array([[1, 2, 3]])
    """
    shift = sizes[0] if rows.start else 0
    states = rest if rows.start else np.concatenate([first, rest[: rows.stop]])
    if sizes[0] == sizes[-1]:
        return states[rows.start - shift : rows.stop - shift]
    return states[_sources(sizes)[rows] - shift]


def parts(gates: Any, hidden: int) -> list[Any]:
    """The gates one by one, as views."""
    return [gates[:, k : k + hidden] for k in range(0, gates.shape[1], hidden)]


def check(name: str, xs: Sequence[Any], sizes: Sizes) -> None:
    """``RuntimeError`` for operands of different dtypes, or sequences without a step."""
    check_dtypes(name, *xs)
    if not sizes:
        raise RuntimeError(f"{name}: Expected sequence length to be larger than 0 in RNN")


# ------------------------------------------------------------------ in ordinary ops


def unrolled(cell: Callable[..., Any], inputs: Any, states: Sequence[Any], sizes: Sizes) -> tuple[Any, ...]:
    """Run `cell` on the rows of each step and the states before it; all that it makes, row below row.

    A cell returns the new states first.
    """
    made = []
    for rows, n in zip(split(inputs, list(sizes)), sizes, strict=True):
        states = [s if len(s) == n else s[:n] for s in states]
        made.append(cell(rows, *states))
        states = made[-1][: len(states)]
    return tuple(map(cat, zip(*made, strict=True)))


def pulled(
    function: Callable[..., Any], inputs: Sequence[Any], g: dict[int, Any], wanted: Sequence[bool]
) -> list[Any]:
    """The cotangents of the `wanted` inputs, from those of some of the function's results.

    On arrays it gives arrays; a Tensor among the cotangents says that the pass is being recorded.
    """
    record = any(isinstance(value, Tensor) for value in g.values())
    with enable_grad():
        fresh = [_fresh(x) for x in inputs]
        outs = function(*fresh)
    live = {i: value for i, value in g.items() if outs[i].requires_grad}
    seeds = [conjugated(v if isinstance(v, Tensor) else Tensor._of(v)) for v in live.values()]
    chosen = [x for x, want in zip(fresh, wanted, strict=True) if want]
    found = conjugated(tuple(gradients_of([outs[i] for i in live], seeds, chosen, record, record)))
    zeros = (np.zeros(x.shape, x.dtype) for x in chosen)
    return [v if v is not None else Tensor._of(zero) if record else zero for v, zero in zip(found, zeros)]  # noqa: B905


def _fresh(x: Any) -> Any:
    """`x` under an identity of its own, so that a path from one input to another is not walked."""
    if isinstance(x, Tensor) and x.requires_grad:
        return _reshape(x, tuple(x.shape))
    return Tensor._of(getattr(x, "_data", x)).requires_grad_()


# ------------------------------------------------------------------ the fused ops' formulas


def through_time(
    back: Callable[..., Any], composite: Callable[..., Any], fused: Sequence[int], g: Any, xs: Sequence[Any],
    out: Any, wanted: Sequence[bool] | None, **params: Any,
) -> list[Any]:  # fmt: skip
    """The formula of a layer: its backward op; the composite if a result that is not `fused` was used."""
    wanted = (True,) * len(xs) if wanted is None else wanted
    g = g if isinstance(g, dict) else {0: g}
    if set(g) <= set(fused):
        kept = tuple(getattr(a, "_data", a) for a in (out if isinstance(out, tuple) else (out,)))
        parts = back(*xs, *g.values(), seeds=tuple(g), wanted=tuple(wanted), kept=kept, **params)
    else:
        parts = pulled(partial(composite, **params), xs, g, wanted)
    given = iter(parts)
    return [next(given) if want else None for want in wanted]


def again(
    composite: Callable[..., Any], g: Any, xs: Sequence[Any], seeds: Sequence[int], wanted: Any, **params: Any
) -> list[Any]:
    """The formula of a backward op, whose operands are the layer's and the cotangents of `seeds`."""
    count = len(xs) - len(seeds)
    wanted = (True,) * count if wanted is None else wanted

    def first(*ys: Any) -> list[Any]:
        given = dict(zip(seeds, ys[count:], strict=True))
        return pulled(partial(composite, **params), ys[:count], given, wanted)

    return pulled(first, xs, g if isinstance(g, dict) else {0: g}, (True,) * len(xs))


# ------------------------------------------------------------------ back through time, on arrays


def in_blocks(
    through: Callable[[slice, list[slice]], tuple[Any, Any]], width: int, x: Any, w_ih: Any, h: Any, hs: Any,
    sizes: Sizes, wanted: Sequence[bool],
) -> list[Any]:  # fmt: skip
    """The wanted cotangents of x, w_ih, w_hh, b_ih and b_hh, block by block of steps, the last one first.

    `through` says what arrives at the gates in a block, from x and from the state.  The products are
    over hundreds of rows, as BLAS likes them, and a block is in the cache when they read it: against one
    array for all rows, a tenth of a training step.
    """
    dx = np.empty(x.shape, x.dtype) if wanted[0] else None
    sums: list[Any] = [None] * 4
    for rows, steps in blocks(sizes, width):
        from_x, from_h = through(rows, steps)
        if dx is not None:
            np.dot(from_x, w_ih, out=dx[rows])
        makers = _products(from_x, from_h, x[rows], h, hs, sizes, rows)
        for k, (make, want) in enumerate(zip(makers, wanted[1:], strict=False)):
            if want:
                sums[k] = make() if sums[k] is None else np.add(sums[k], make(), out=sums[k])
    return [dx, *sums]


def _products(from_x: Any, from_h: Any, x: Any, h: Any, hs: Any, sizes: Sizes, rows: slice) -> list[Any]:
    return [
        lambda: from_x.T.dot(x),
        lambda: from_h.T.dot(before(h, hs, sizes, rows)),
        lambda: column_sums(from_x),
        lambda: column_sums(from_h),
    ]


def chosen(values: Sequence[Any], wanted: Sequence[bool]) -> tuple[Any, ...]:
    """The cotangents that are wanted."""
    return tuple(value for value, want in zip(values, wanted, strict=False) if want)
