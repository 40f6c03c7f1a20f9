"""Long short-term memory over a whole batch of sequences, as one op, and its backward.

Hochreiter and Schmidhuber, "Long Short-Term Memory" (1997); the forget gate is that of Gers et al.,
"Learning to Forget" (2000).  `recurrence` says why there are two texts and how they fit.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

import numpy as np

from ...engine.op import op
from ...engine.op_definition import case
from ..elementwise.exponential import sigmoid
from ..elementwise.trigonometric import tanh
from ..joining.cat_split import cat, chunk
from ..matmul.matmul import linear
from .unrolling import (
    Sizes,
    again,
    before,
    check,
    chosen,
    in_blocks,
    longest,
    parts,
    pulled,
    spans,
    through_time,
    unrolled,
)

_SHAPES = (3, 1), (4, 1), (4, 1), (2, 1), (2, 1)
_SEVERAL = (8, 3), (8, 2), (2, 2), (2, 2), (8,), (8,)


def lstm_gates(gates: Any, c: Any) -> tuple[Any, Any, list[Any]]:
    """The new h and c, and the open gates i, f, g, o, from what arrives at the gates and the old c."""
    i, f, g, o = chunk(gates, 4, 1)
    i, f, g, o = sigmoid(i), sigmoid(f), tanh(g), sigmoid(o)
    c = f * c + i * g
    return o * tanh(c), c, [i, f, g, o]


def lstm_unrolled(
    x: Any, w_ih: Any, w_hh: Any, h: Any, c: Any, b_ih: Any = None, b_hh: Any = None, *, sizes: Sizes,
    w_hr: Any = None,
) -> tuple[Any, ...]:  # fmt: skip
    """`lstm` in ordinary ops; with `w_hr`, h is projected by it (Sak et al., 2014)."""

    def cell(gates: Any, h: Any, c: Any) -> tuple[Any, ...]:
        h, c, opened = lstm_gates(gates + linear(h, w_hh, b_hh), c)
        return (h, c, cat(opened, 1)) if w_hr is None else (linear(h, w_hr), c)

    return unrolled(cell, linear(x, w_ih, b_ih), (h, c), sizes)


@op(
    xs=lambda g, xs, out, sizes, wanted: through_time(
        lstm_back, lstm_unrolled, (0, 1), g, xs, out, wanted, sizes=sizes
    ),
    promote=False,
    complex=True,
    wide=True,
    samples=[case(*_SHAPES, sizes=(2, 1)), case((4, 3), *_SEVERAL, sizes=(2, 2))],
    domain=(-1.5, 1.5),
    reference=lambda *xs, sizes: _plain(*xs, sizes=sizes),
)
def lstm(*xs: Any, sizes: Sizes, wanted: tuple[bool, ...] | None = None) -> Any:
    """All steps of one layer in one direction: the states h and c of every step, and the open gates.

    Operands: x (N, I), w_ih (4H, I), w_hh (4H, H), the first h and c (B, H), and both biases (4H) or
    none.  Results: (N, H), (N, H), (N, 4H), in the order of PyTorch's gates: i, f, g, o.  `wanted`
    says which operands need a cotangent.

    >>> from microtensor.ops.recurrent.lstm import lstm
    >>> h, c, gates = lstm(*map(mt.zeros, [(3, 1), (4, 1), (4, 1), (2, 1), (2, 1)]), sizes=(2, 1))
    >>> gates[0]
    tensor([0.5000, 0.5000, 0.0000, 0.5000])
    """
    check("lstm", xs, sizes)
    return _forward(*xs, sizes=sizes)


@lru_cache(maxsize=8)
def _logistic(rows: int, hidden: int, dtype: Any) -> tuple[Any, Any]:
    """Factors and terms that make of tanh the gates' own functions: sigmoid(x) = tanh(x/2) / 2 + 1/2."""
    factor = np.full((rows, 4 * hidden), 0.5, dtype)
    term = factor.copy()
    factor[:, 2 * hidden : 3 * hidden], term[:, 2 * hidden : 3 * hidden] = 1, 0
    return factor, term


def _forward(
    x: Any, w_ih: Any, w_hh: Any, h: Any, c: Any, *biases: Any, sizes: Sizes
) -> tuple[Any, Any, Any]:
    """One tanh for all gates: the weights are halved where it is to be a sigmoid, which is exact."""
    n, hidden = c.shape
    factor, term = _logistic(max(n, 1), hidden, x.dtype)
    gates = x.dot((w_ih * factor[:1].T).T)
    weight = np.multiply(w_hh.T, factor[:1], order="C")
    bias = (biases[0] + biases[1]) * factor if biases else None  # a row for each row: adds in one run
    hs, cs = np.empty((len(x), hidden), x.dtype), np.empty((len(x), hidden), x.dtype)
    arriving, spare = np.empty((n, 4 * hidden), x.dtype), np.empty((n, hidden), x.dtype)
    for rows, n in zip(spans(sizes), sizes, strict=True):
        gate, into, part = gates[rows], arriving[:n], spare[:n]
        np.dot(h[:n], weight, out=into)
        into += gate
        if bias is not None:
            into += bias[:n]
        np.tanh(into, out=gate)
        gate *= factor[:n]
        gate += term[:n]
        _step(gate, c[:n], cs[rows], hs[rows], part)
        h, c = hs[rows], cs[rows]
    return hs, cs, gates


def _step(gate: Any, c: Any, new_c: Any, new_h: Any, spare: Any) -> None:
    i, f, g, o = parts(gate, c.shape[1])
    np.multiply(f, c, out=new_c)
    np.multiply(i, g, out=spare)
    new_c += spare
    np.tanh(new_c, out=spare)
    np.multiply(o, spare, out=new_h)


# ------------------------------------------------------------------------ backward


@op(
    xs=lambda g, xs, sizes, seeds, wanted: again(lstm_unrolled, g, xs, seeds, wanted, sizes=sizes),
    promote=False,
    complex=True,
    wide=True,
    samples=[
        case(*_SHAPES, (3, 1), sizes=(2, 1), seeds=(0,)),
        case(*_SHAPES, (3, 1), (3, 1), sizes=(2, 1), seeds=(1, 0), wanted=(True, False, True, True, True)),
    ],
    domain=(-1.5, 1.5),
    reference=lambda *xs, sizes, seeds, wanted=None: pulled(
        partial(lstm_unrolled, sizes=sizes), xs[:5], dict(zip(seeds, xs[5:], strict=True)), (True,) * 5
    )[0],
)
def lstm_back(
    *xs: Any, sizes: Sizes, seeds: tuple[int, ...], wanted: tuple[bool, ...] | None = None, kept: Any = None
) -> Any:
    """The cotangents of `lstm`'s wanted operands, given after these: those of its results `seeds`.

    `kept` is what the forward returned; without it the forward runs again.

    >>> from microtensor.ops.recurrent.lstm import lstm_back
    >>> xs = map(mt.ones, [(3, 1), (4, 1), (4, 1), (2, 1), (2, 1), (3, 1)])
    >>> [tuple(d.shape) for d in lstm_back(*xs, sizes=(2, 1), seeds=(0,))]
    [(3, 1), (4, 1), (4, 1), (2, 1), (2, 1)]
    """
    count = len(xs) - len(seeds)
    wanted = wanted or (True,) * count
    x, w_ih, _, h, *_ = xs[:count]
    kept = kept or _forward(*xs[:count], sizes=sizes)
    way = _Way(dict(zip(seeds, xs[count:], strict=True)), xs, kept, sizes)
    sums = in_blocks(way.through, 4 * h.shape[1], x, w_ih, h, kept[0], sizes, (*wanted[:3], *wanted[5:]))
    return chosen([*sums[:3], way.dh, way.dc, *sums[3:]], wanted)


class _Way:
    """Where the way back stands: the cotangents of the states, and memory for one block."""

    def __init__(self, given: dict[int, Any], xs: Any, kept: Any, sizes: Sizes) -> None:
        self.given, self.kept, self.sizes = given, kept, sizes
        self.w_hh, self.c = xs[2], xs[4]
        shape, dtype, rows = self.c.shape, xs[0].dtype, longest(sizes, 4 * self.c.shape[1])
        self.dh, self.dc, self.spare = (np.zeros(shape, dtype) for _ in range(3))
        self.d, self.passing = np.empty((rows, 4 * shape[1]), dtype), np.empty((rows, shape[1]), dtype)

    def through(self, rows: slice, steps: list[slice]) -> tuple[Any, Any]:
        """One block: what arrives at the gates, from x and from the state alike."""
        hs, cs, gates = (a[rows] for a in self.kept)
        d, passing = self.d[: len(gates)], self.passing[: len(gates)]
        _slopes(gates, hs, cs, before(self.c, self.kept[1], self.sizes, rows), d, passing)
        given = {k: g[rows] for k, g in self.given.items()}
        for step in steps:
            self.back({k: g[step] for k, g in given.items()}, gates[step], passing[step], d[step])
        return d, d

    def back(self, given: dict[int, Any], gates: Any, passing: Any, d: Any) -> None:
        """One step: multiplies the slopes in `d` by the cotangents of c and h."""
        n, hidden = passing.shape
        dh, dc, spare = self.dh[:n], self.dc[:n], self.spare[:n]
        if 0 in given:
            dh += given[0]
        if 1 in given:
            dc += given[1]
        np.multiply(dh, passing, out=spare)
        dc += spare
        *of_c, of_h = parts(d, hidden)
        for part in of_c:
            part *= dc
        of_h *= dh
        dc *= gates[:, hidden : 2 * hidden]
        np.dot(d, self.w_hh, out=dh)


def _slopes(gates: Any, h: Any, c: Any, old_c: Any, d: Any, passing: Any) -> None:
    """How what arrives at i, f, g moves c, and at o moves h, into `d`; how c moves h, into `passing`."""
    (i, _, g, o), (di, df, dg, do) = parts(gates, c.shape[1]), parts(d, c.shape[1])
    np.multiply(gates, gates, out=d)
    np.subtract(gates, d, out=d)  # s (1 - s), the slope of a sigmoid
    np.multiply(g, g, out=dg)
    np.subtract(1, dg, out=dg)
    dg *= i
    di *= g
    df *= old_c
    np.tanh(c, out=passing)
    do *= passing
    passing *= h
    np.subtract(o, passing, out=passing)  # o (1 - tanh(c)^2)


def _plain(x: Any, w_ih: Any, w_hh: Any, h: Any, c: Any, *biases: Any, sizes: Sizes) -> Any:
    """The states h as one would write them down, sequence by sequence: for tests."""
    out, ends = np.empty((len(x), h.shape[1]), x.dtype), np.cumsum([0, *sizes])
    bias = sum(biases) if biases else 0
    for b in range(sizes[0]):
        state, cell = h[b], c[b]
        for t in range(sum(n > b for n in sizes)):
            i, f, g, o = np.split(w_ih @ x[ends[t] + b] + w_hh @ state + bias, 4)
            cell = cell / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
            state = out[ends[t] + b] = np.tanh(cell) / (1 + np.exp(-o))
    return out


__all__ = ["lstm", "lstm_back", "lstm_gates", "lstm_unrolled"]
