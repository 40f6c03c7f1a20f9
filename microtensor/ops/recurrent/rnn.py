"""The simple recurrent layer over a whole batch of sequences, as one op, and its backward.

Elman, "Finding Structure in Time" (1990), with tanh or ReLU.  `recurrence` says why there are two texts
and how they fit.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ...engine.arrays import limits
from ...engine.op import op
from ...engine.op_definition import case
from ..activations.smooth import relu
from ..elementwise.trigonometric import tanh
from ..matmul.matmul import linear
from .unrolling import Sizes, again, check, chosen, in_blocks, pulled, spans, through_time, unrolled

_SHAPES = (3, 1), (1, 1), (1, 1), (2, 1)
_SEVERAL = (2, 3), (2, 2), (2, 2), (2,), (2,)


def elman_unrolled(
    x: Any, w_ih: Any, w_hh: Any, h: Any, b_ih: Any = None, b_hh: Any = None, *, sizes: Sizes, rectified: bool
) -> tuple[Any, ...]:
    """`elman` in ordinary ops."""
    squash = relu if rectified else tanh
    return unrolled(lambda a, h: (squash(a + linear(h, w_hh, b_hh)),), linear(x, w_ih, b_ih), (h,), sizes)


@op(
    xs=lambda g, xs, out, sizes, rectified, wanted: through_time(
        elman_back, elman_unrolled, (0,), g, xs, out, wanted, sizes=sizes, rectified=rectified
    ),
    promote=False, complex=True,
    wide=True, samples=[case(*_SHAPES, sizes=(2, 1)), case((4, 3), *_SEVERAL, sizes=(2, 2)),
             case((4, 3), *_SEVERAL, sizes=(2, 2), rectified=True)],
    domain=(-1.5, 1.5),
    reference=lambda *xs, sizes, rectified=False: _plain(*xs, sizes=sizes, rectified=rectified),
)  # fmt: skip
def elman(*xs: Any, sizes: Sizes, rectified: bool = False, wanted: tuple[bool, ...] | None = None) -> Any:
    """All steps of one layer in one direction: the states of every step, (N, H).

    Operands: x (N, I), w_ih (H, I), w_hh (H, H), the first h (B, H), and both biases (H) or none.
    `rectified` means ReLU in place of tanh; `wanted` says which operands need a cotangent.

    >>> from microtensor.ops.recurrent.rnn import elman
    >>> elman(*map(mt.ones, [(3, 1), (1, 1), (1, 1), (2, 1)]), sizes=(2, 1), rectified=True).tolist()
    [[2.0], [2.0], [3.0]]
    """
    check("elman", xs, sizes)
    if rectified and xs[0].dtype.kind == "c":
        raise NotImplementedError("clamp is not supported for complex types")
    return _forward(*xs, sizes=sizes, rectified=rectified)


def _forward(x: Any, w_ih: Any, w_hh: Any, h: Any, *biases: Any, sizes: Sizes, rectified: bool) -> Any:
    hs, weight = x.dot(w_ih.T), np.ascontiguousarray(w_hh.T)
    bias, product = np.zeros(h.shape, x.dtype), np.empty(h.shape, x.dtype)
    if biases:
        np.add(*biases, out=bias)
    for rows, n in zip(spans(sizes), sizes, strict=True):
        new = hs[rows]
        new += np.dot(h[:n], weight, out=product[:n])
        new += bias[:n]
        limits.rectified(new, new) if rectified else np.tanh(new, out=new)
        h = new
    return hs


@op(
    xs=lambda g, xs, sizes, seeds, rectified, wanted: again(
        elman_unrolled, g, xs, seeds, wanted, sizes=sizes, rectified=rectified
    ),
    promote=False, complex=True,
    wide=True, samples=[
        case(*_SHAPES, (3, 1), sizes=(2, 1), seeds=(0,)),
        case((4, 3), *_SEVERAL, (4, 2), sizes=(2, 2), seeds=(0,), rectified=True,
             wanted=(True, False, True, False, True, False)),
    ],
    domain=(-1.5, 1.5),
    reference=lambda *xs, sizes, seeds, rectified=False, wanted=None: pulled(
        partial(elman_unrolled, sizes=sizes, rectified=rectified), xs[:-1], {0: xs[-1]}, (True,) * len(xs[1:])
    )[0],
)  # fmt: skip
def elman_back(
    *xs: Any, sizes: Sizes, seeds: tuple[int, ...], rectified: bool = False,
    wanted: tuple[bool, ...] | None = None, kept: Any = None,
) -> Any:  # fmt: skip
    """The cotangents of `elman`'s wanted operands, given after these: that of its states.

    `kept` is what the forward returned, in a tuple; without it the forward runs again.

    >>> from microtensor.ops.recurrent.rnn import elman_back
    >>> xs = map(mt.ones, [(3, 1), (1, 1), (1, 1), (2, 1), (3, 1)])
    >>> [tuple(d.shape) for d in elman_back(*xs, sizes=(2, 1), seeds=(0,))]
    [(3, 1), (1, 1), (1, 1), (2, 1)]
    """
    *operands, g = xs
    wanted = wanted or (True,) * len(operands)
    x, w_ih, w_hh, h, *_ = operands
    (hs,) = kept or (_forward(*operands, sizes=sizes, rectified=rectified),)
    dh = np.zeros(h.shape, g.dtype)

    def through(rows: slice, steps: list[slice]) -> tuple[Any, Any]:
        d = (hs[rows] > 0).astype(g.dtype) if rectified else 1 - hs[rows] * hs[rows]
        for step in steps:
            _back(g[rows][step], w_hh, d[step], dh[: step.stop - step.start])
        return d, d

    sums = in_blocks(through, h.shape[1], x, w_ih, h, hs, sizes, (*wanted[:3], *wanted[4:]))
    return chosen([*sums[:3], dh, *sums[3:]], wanted)


def _back(g: Any, w_hh: Any, d: Any, dh: Any) -> None:
    """One step: multiplies the slopes in `d` by the cotangent of h."""
    dh += g
    d *= dh
    np.dot(d, w_hh, out=dh)


def _plain(x: Any, w_ih: Any, w_hh: Any, h: Any, *biases: Any, sizes: Sizes, rectified: bool) -> Any:
    """The states as one would write them down, sequence by sequence: for tests."""
    out, ends = np.empty((len(x), h.shape[1]), x.dtype), np.cumsum([0, *sizes])
    for b in range(sizes[0]):
        state = h[b]
        for t in range(sum(n > b for n in sizes)):
            arriving = w_ih @ x[ends[t] + b] + w_hh @ state + (sum(biases) if biases else 0)
            state = out[ends[t] + b] = np.maximum(arriving, 0) if rectified else np.tanh(arriving)
    return out


__all__ = ["elman", "elman_back", "elman_unrolled"]
