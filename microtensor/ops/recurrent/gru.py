"""The gated recurrent unit over a whole batch of sequences, as one op, and its backward.

Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder" (2014), with the reset gate after
the product, as in PyTorch.  `recurrence` says why there are two texts and how they fit.
"""

from __future__ import annotations

from functools import partial
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

_SHAPES = (3, 1), (3, 1), (3, 1), (2, 1)
_SEVERAL = (6, 3), (6, 2), (2, 2), (6,), (6,)


def gru_gates(from_x: Any, from_h: Any, h: Any) -> tuple[Any, list[Any]]:
    """The new h, and n, r, z and the state's part in n, from what x and h send to the gates r, z, n."""
    (xr, xz, xn), (hr, hz, hn) = chunk(from_x, 3, 1), chunk(from_h, 3, 1)
    r, z = sigmoid(xr + hr), sigmoid(xz + hz)
    n = tanh(xn + r * hn)
    return n + z * (h - n), [n, r, z, hn]


def gru_unrolled(
    x: Any, w_ih: Any, w_hh: Any, h: Any, b_ih: Any = None, b_hh: Any = None, *, sizes: Sizes
) -> tuple[Any, ...]:
    """`gru` in ordinary ops."""

    def cell(from_x: Any, h: Any) -> tuple[Any, ...]:
        h, opened = gru_gates(from_x, linear(h, w_hh, b_hh), h)
        return h, cat(opened, 1)

    return unrolled(cell, linear(x, w_ih, b_ih), (h,), sizes)


@op(
    xs=lambda g, xs, out, sizes, wanted: through_time(
        gru_back, gru_unrolled, (0,), g, xs, out, wanted, sizes=sizes
    ),
    promote=False,
    complex=True,
    wide=True,
    samples=[case(*_SHAPES, sizes=(2, 1)), case((4, 3), *_SEVERAL, sizes=(2, 2))],
    domain=(-1.5, 1.5),
    reference=lambda *xs, sizes: _plain(*xs, sizes=sizes),
)
def gru(*xs: Any, sizes: Sizes, wanted: tuple[bool, ...] | None = None) -> Any:
    """All steps of one layer in one direction: the states of every step, and the open gates.

    Operands: x (N, I), w_ih (3H, I), w_hh (3H, H), the first h (B, H), and both biases (3H) or none, in
    the order of PyTorch's gates: r, z, n.  Results: (N, H), and (N, 4H) with n, r, z and the state's
    part in n.  `wanted` says which operands need a cotangent.

    >>> from microtensor.ops.recurrent.gru import gru
    >>> h, gates = gru(*map(mt.zeros, [(3, 1), (3, 1), (3, 1), (2, 1)]), sizes=(2, 1))
    >>> gates[0]
    tensor([0.0000, 0.5000, 0.5000, 0.0000])
    """
    check("gru", xs, sizes)
    return _forward(*xs, sizes=sizes)


def _forward(x: Any, w_ih: Any, w_hh: Any, h: Any, *biases: Any, sizes: Sizes) -> tuple[Any, Any]:
    """One tanh for r and z: sigmoid(x) = tanh(x / 2) / 2 + 1 / 2, and halving is exact."""
    n, hidden = h.shape
    half = np.full((max(n, 1), 3 * hidden), 0.5, x.dtype)
    half[:, 2 * hidden :] = 1
    b_ih, b_hh = [b * half for b in biases] or [None, None]
    from_x, weight = x.dot((w_ih * half[:1].T).T), np.multiply(w_hh.T, half[:1], order="C")
    hs, gates = np.empty((len(x), hidden), x.dtype), np.empty((len(x), 4 * hidden), x.dtype)
    arriving = np.empty_like(half)
    for rows, n in zip(spans(sizes), sizes, strict=True):
        from_h, into = arriving[:n], from_x[rows]
        np.dot(h[:n], weight, out=from_h)
        if b_ih is not None:
            into += b_ih[:n]
            from_h += b_hh[:n]
        _step(into, from_h, h[:n], gates[rows], hs[rows])
        h = hs[rows]
    return hs, gates


def _step(from_x: Any, from_h: Any, h: Any, gate: Any, new_h: Any) -> None:
    hidden = h.shape[1]
    n, _, z, hn = parts(gate, hidden)
    both = gate[:, hidden : 3 * hidden]
    np.add(from_x[:, : 2 * hidden], from_h[:, : 2 * hidden], out=both)
    np.tanh(both, out=both)
    both *= 0.5
    both += 0.5
    hn[...] = from_h[:, 2 * hidden :]
    np.multiply(both[:, :hidden], hn, out=n)
    n += from_x[:, 2 * hidden :]
    np.tanh(n, out=n)
    np.subtract(h, n, out=new_h)
    new_h *= z
    new_h += n


# ------------------------------------------------------------------------ backward


@op(
    xs=lambda g, xs, sizes, seeds, wanted: again(gru_unrolled, g, xs, seeds, wanted, sizes=sizes),
    promote=False,
    complex=True,
    wide=True,
    samples=[
        case(*_SHAPES, (3, 1), sizes=(2, 1), seeds=(0,)),
        case((4, 1), *_SHAPES[1:], (4, 1), sizes=(2, 2), seeds=(0,), wanted=(True, False, True, False)),
    ],
    domain=(-1.5, 1.5),
    reference=lambda *xs, sizes, seeds, wanted=None: pulled(
        partial(gru_unrolled, sizes=sizes), xs[:4], dict(zip(seeds, xs[4:], strict=True)), (True,) * 4
    )[0],
)
def gru_back(
    *xs: Any, sizes: Sizes, seeds: tuple[int, ...], wanted: tuple[bool, ...] | None = None, kept: Any = None
) -> Any:
    """The cotangents of `gru`'s wanted operands, given after these: that of its states.

    `kept` is what the forward returned; without it the forward runs again.

    >>> from microtensor.ops.recurrent.gru import gru_back
    >>> xs = map(mt.ones, [(3, 1), (3, 1), (3, 1), (2, 1), (3, 1)])
    >>> [tuple(d.shape) for d in gru_back(*xs, sizes=(2, 1), seeds=(0,))]
    [(3, 1), (3, 1), (3, 1), (2, 1)]
    """
    *operands, g = xs
    wanted = wanted or (True,) * len(operands)
    x, w_ih, w_hh, h, *_ = operands
    kept = kept or _forward(*operands, sizes=sizes)
    hidden, way = h.shape[1], _Way(g, w_hh, h, kept, sizes)
    dx, dw_ih, dw_hh, db_ih, db_hh = in_blocks(
        way.through, 4 * hidden, x, _turned(w_ih, -hidden), h, kept[0], sizes, (*wanted[:3], *wanted[4:])
    )
    values = dx, _turned(dw_ih, hidden), dw_hh, way.dh, _turned(db_ih, hidden), db_hh
    return chosen(values, wanted)


def _turned(weight: Any, rows: int) -> Any:
    """The rows from `rows` on before the others: H turns the order n, r, z into r, z, n, and -H back."""
    return None if weight is None else np.concatenate([weight[rows:], weight[:rows]])


class _Way:
    """Where the way back stands: the cotangent of the state, and memory for one block."""

    def __init__(self, g: Any, w_hh: Any, h: Any, kept: Any, sizes: Sizes) -> None:
        self.g, self.w_hh, self.h, self.kept, self.sizes = g, w_hh, h, kept, sizes
        self.dh, self.spare = np.zeros(h.shape, g.dtype), np.zeros(h.shape, g.dtype)
        self.d = np.empty((longest(sizes, 4 * h.shape[1]), 4 * h.shape[1]), g.dtype)

    def through(self, rows: slice, steps: list[slice]) -> tuple[Any, Any]:
        """One block: what arrives at n, r, z from x, and at r, z, n from the state."""
        hs, gates = self.kept
        g, gates, d, hidden = self.g[rows], gates[rows], self.d[: len(gates[rows])], self.h.shape[1]
        _slopes(gates, before(self.h, hs, self.sizes, rows), d, hidden)
        for step in steps:
            self.back(g[step], gates[step, 2 * hidden : 3 * hidden], d[step])
        return d[:, : 3 * hidden], d[:, hidden:]

    def back(self, g: Any, z: Any, d: Any) -> None:
        """One step: multiplies the slopes in `d` by the cotangent of h."""
        n, hidden = z.shape
        dh, spare = self.dh[:n], self.spare[:n]
        dh += g
        for part in parts(d, hidden):
            part *= dh
        np.dot(d[:, hidden:], self.w_hh, out=spare)
        dh *= z
        dh += spare


def _slopes(gates: Any, old: Any, d: Any, hidden: int) -> None:
    """How what arrives at n, r, z, and from the state at n, moves h."""
    (n, r, z, hn), (dn, dr, dz, dhn) = parts(gates, hidden), parts(d, hidden)
    np.multiply(gates, gates, out=d)
    np.subtract(1, dn, out=dn)
    np.subtract(gates[:, hidden : 3 * hidden], d[:, hidden : 3 * hidden], out=d[:, hidden : 3 * hidden])
    np.subtract(1, z, out=dhn)
    dn *= dhn  # (1 - n^2) (1 - z)
    dr *= dn
    dr *= hn
    np.multiply(dn, r, out=dhn)
    dz *= old - n


def _plain(x: Any, w_ih: Any, w_hh: Any, h: Any, *biases: Any, sizes: Sizes) -> Any:
    """The states as one would write them down, sequence by sequence: for tests."""
    out, ends = np.empty((len(x), h.shape[1]), x.dtype), np.cumsum([0, *sizes])
    b_ih, b_hh = biases or (0, 0)
    for b in range(sizes[0]):
        state = h[b]
        for t in range(sum(n > b for n in sizes)):
            xr, xz, xn = np.split(w_ih @ x[ends[t] + b] + b_ih, 3)
            hr, hz, hn = np.split(w_hh @ state + b_hh, 3)
            z, new = 1 / (1 + np.exp(-xz - hz)), np.tanh(xn + hn / (1 + np.exp(-xr - hr)))
            state = out[ends[t] + b] = (1 - z) * new + z * state
    return out


__all__ = ["gru", "gru_back", "gru_gates", "gru_unrolled"]
