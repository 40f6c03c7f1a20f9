"""Connectionist temporal classification: how likely a sequence of labels is, however it is spread over time.

Graves et al., "Connectionist Temporal Classification" (ICML 2006).  A path names a label or a blank at each
time; it spells the sequence that is left when repetitions are joined and blanks are taken out.  The labels
with blanks around them are the states s; `_before` adds up the paths that reach each state (the paper's
alpha, section 4.1), `_after` those that go on from it (beta).
"""

# Functions follow their arguments, Tensor in and Tensor out, which mypy cannot see.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.arrays.kernels import HALF, WHOLE, without
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor
from ...errors import describe, dtype_name
from ..elementwise.select import select, where
from ..indexing.gather_scatter import gather
from ..joining.cat_split import _cat, _stack
from ..reductions.sum_mean import logsumexp
from .regression import known

__all__ = ["ctc_loss"]

NEVER = -1e30
"""The logarithm of no probability, finite so that differences of two are 0 and not NaN."""


def _later(a: Any, by: int) -> Any:
    """The row of each example moved by some states; nothing comes in."""
    empty = np.full((a.shape[0], by), NEVER, a.dtype)
    return _cat(empty, a, dim=1)[:, : a.shape[1]]


def _earlier(a: Any, by: int) -> Any:
    empty = np.full((a.shape[0], by), NEVER, a.dtype)
    return _cat(a, empty, dim=1)[:, by:]


def _either(a: Any, b: Any, c: Any) -> Any:
    return np.logaddexp(np.logaddexp(a, b), c)


def _before(x: Any, jump: Any, lengths: Any) -> list[Any]:
    """The logarithm of all paths to each state, with it, time by time; constant after an example's end."""
    start = np.where(np.arange(x.shape[2]) < 2, 0, NEVER).astype(x.dtype)
    found = [x[0] + start]
    for t in range(1, x.shape[0]):
        a = found[-1]
        moved = _either(a, _later(a, 1), _later(a, 2) + jump) + x[t]
        found.append(select(np.broadcast_to(t < lengths, moved.shape), moved, a))
    return found


def _after(x: Any, jump: Any, lengths: Any, final: Any) -> list[Any]:
    """The logarithm of all paths from each state to an end, without it, time by time."""
    found = [x[0] * 0 + final]
    for t in range(x.shape[0] - 1, 0, -1):
        a = found[-1] + x[t]
        moved = _either(a, _earlier(a, 1), _earlier(a + jump, 2))
        found.append(select(np.broadcast_to(t < lengths, moved.shape), moved, found[-1]))
    return found[::-1]


def _shares(x: Any, jump: Any, lengths: Any, final: Any) -> Any:
    """How much of all paths goes through each state at each time (section 4.1, equation 14)."""
    jump, final = jump.astype(x.dtype), final.astype(x.dtype)
    before, after = _before(x, jump, lengths), _after(x, jump, lengths, final)
    total = logsumexp(before[-1] + final, 1, True)
    logs = _stack(*[a + b for a, b in zip(before, after, strict=True)]) - total
    running = (np.arange(x.shape[0])[:, None, None] < lengths) & (getattr(total, "_data", total) > NEVER / 2)
    return np.exp(select(np.broadcast_to(running, logs.shape), logs, logs * 0 + NEVER))


_JUMP = np.array([[NEVER, NEVER, NEVER, 0.0, NEVER], [NEVER] * 5])
_FINAL = np.array([[NEVER, NEVER, NEVER, 0.0, 0.0], [NEVER, 0.0, 0.0, NEVER, NEVER]])
_SAMPLE = {"jump": _JUMP, "lengths": np.array([[4], [2]]), "final": _FINAL}


@op(x=lambda g, x, jump, lengths, final: -g.reshape((1, -1, 1)) * _shares(x, jump, lengths, final),
    node="CtcLossBackward0", wide=True, samples=[case((4, 2, 5), **_SAMPLE)],
    reference=lambda x, jump, lengths, final: _by_numpy(x, jump, lengths, final))  # fmt: skip
def _ctc(x: Any, /, jump: Any, lengths: Any, final: Any) -> Any:
    """Minus the logarithm of all paths, from the logarithms of the states, (time, example, state).

    `jump` is 0 where a path may pass over the blank before a state, `final` where it may end.

    >>> x = mt.log_softmax(mt.zeros(3, 1, 2), 2)
    >>> mt.nn.functional.ctc_loss(x, mt.tensor([[1]]), [3], [1])
    tensor(0.2877)
    """
    jump, final = jump.astype(x.dtype), final.astype(x.dtype)
    ends = _before(x, jump, lengths)[-1] + final
    peak = np.maximum.reduce(ends, axis=1)
    return -(peak + np.log(np.add.reduce(np.exp(ends - peak[:, None]), axis=1)))


def _by_numpy(x: Any, jump: Any, lengths: Any, final: Any) -> Any:
    """The same by adding up probabilities, one example and one state at a time."""
    losses = []
    for n in range(x.shape[1]):
        p = np.exp(x[:, n])
        reach = [p[0, s] if s < 2 else 0.0 for s in range(x.shape[2])]
        for t in range(1, int(lengths[n, 0])):
            wide = [0.0, 0.0, *reach]
            over = [wide[s] if jump[n, s] == 0 else 0.0 for s in range(x.shape[2])]
            reach = [(wide[s + 2] + wide[s + 1] + over[s]) * p[t, s] for s in range(x.shape[2])]
        losses.append(-np.log(sum(r for s, r in enumerate(reach) if final[n, s] == 0)))
    return np.array(losses)


def ctc_loss(
    log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: int = 0,
    reduction: str = "mean", zero_infinity: bool = False,
) -> Tensor:  # fmt: skip
    """Minus the log-probability of label sequences, whatever their alignment with time.

    `log_probs` (T, N, C), or (T, C), are logarithms of probabilities; `targets` (N, S), or all in one row
    (sum of the lengths); the lengths are N integers each.  ``"mean"`` divides each loss by its target's
    length first.  A sequence that does not fit into its time has the loss infinity and no gradient; with
    `zero_infinity` the loss 0.

    Raises ``RuntimeError`` for lengths, labels or a blank that are out of range.

    >>> x = mt.log_softmax(mt.zeros(3, 1, 2), 2)
    >>> mt.nn.functional.ctc_loss(x, mt.tensor([[1]]), [3], [1], reduction="sum")
    tensor(0.2877)
    """
    without("ctc_loss_cpu", WHOLE | HALF)(log_probs)
    x = log_probs if log_probs.ndim == 3 else log_probs.unsqueeze(1)
    times, sizes = (_lengths(v, x.shape[1], n) for v, n in _named(input_lengths, target_lengths))
    rows = _label_rows(targets, sizes, x)
    _check(x, rows, times, sizes, blank)
    states = np.full((x.shape[1], 2 * rows.shape[1] + 1), blank)
    states[:, 1::2] = rows
    index = np.broadcast_to(states, (x.shape[0], *states.shape))
    losses = _ctc(gather(x, 2, Tensor._of(index)), _jumps(states), times[:, None], _ends(states, sizes))
    no_time = Tensor._of(times == 0)
    losses = where(no_time & Tensor._of(sizes == 0), 0.0, where(no_time, -NEVER, losses))
    losses = where(losses > -NEVER / 2, 0.0 if zero_infinity else np.inf, losses)
    if known(reduction) == "mean":
        return (losses / Tensor._of(np.maximum(sizes, 1).astype(x.dtype))).mean()
    return losses.sum() if reduction == "sum" else losses if log_probs.ndim == 3 else losses.squeeze(0)


def _named(input_lengths: Any, target_lengths: Any) -> list[tuple[Any, str]]:
    return [(input_lengths, "input_lengths"), (target_lengths, "target_lengths")]


def _lengths(lengths: Any, count: int, name: str) -> Any:
    found = np.atleast_1d(np.asarray(getattr(lengths, "array", lengths)))
    if found.dtype.kind not in "iu":
        raise RuntimeError(f"ctc_loss: {name} must be integers, got {dtype_name(found.dtype)}")
    if found.shape != (count,):
        raise RuntimeError(f"ctc_loss: {name} must be of size batch_size {count}, got {list(found.shape)}")
    return found.astype(np.int64)


def _label_rows(targets: Tensor, sizes: Any, x: Tensor) -> Any:
    """The labels of each example in a row of its own, (N, longest)."""
    labels = targets.array.astype(np.int64)
    if labels.ndim not in (1, 2):
        raise RuntimeError(f"ctc_loss: targets must have one or two dimensions, got {describe(targets)}")
    longest = int(sizes.max(initial=0))
    if labels.ndim == 2:
        if len(labels) != len(sizes) or labels.shape[1] < longest:
            raise RuntimeError(
                f"ctc_loss: Expected targets of at least shape {[len(sizes), longest]}, "
                f"got {list(labels.shape)}"
            )
        return np.where(np.arange(longest) < sizes[:, None], labels[:, :longest], 0)
    if len(labels) != sizes.sum():
        raise RuntimeError(
            f"ctc_loss: expected a tensor of size {sizes.sum()} at dimension 0, got {len(labels)}"
        )
    rows = np.zeros((len(sizes), longest), np.int64)
    rows[np.arange(longest) < sizes[:, None]] = labels
    return rows


def _check(x: Tensor, rows: Any, times: Any, sizes: Any, blank: int) -> None:
    classes = x.shape[2]
    if not 0 <= blank < classes:
        raise RuntimeError(f"ctc_loss: blank must be in label range 0 to {classes - 1}, got {blank}")
    if (times > x.shape[0]).any() or (times < 0).any():
        raise RuntimeError(
            f"ctc_loss: Expected input_lengths to have value at most {x.shape[0]}, but got {times.max()}"
        )
    if (sizes < 0).any() or (rows.size and not (rows.min() >= 0 and rows.max() < classes)):
        raise RuntimeError(
            f"ctc_loss: expected labels from 0 to {classes - 1} and lengths that are not negative, got "
            f"labels {rows.min(initial=0)} to {rows.max(initial=0)}, lengths from {sizes.min()}"
        )


def _jumps(states: Any) -> Any:
    """0 where a path may come from two states before: to a label that differs from the last one."""
    allowed = np.zeros(states.shape, bool)
    allowed[:, 2:] = states[:, 2:] != states[:, :-2]  # two blanks are equal
    return np.where(allowed, 0.0, NEVER)


def _ends(states: Any, sizes: Any) -> Any:
    """0 at the last label and the blank behind it."""
    place, last = np.arange(states.shape[1]), 2 * sizes[:, None]
    return np.where((place == last) | (place == last - 1), 0.0, NEVER)
