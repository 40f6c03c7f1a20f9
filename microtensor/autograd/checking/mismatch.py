"""Whether two Jacobians agree, and if not: where, by how much, and why it may be.

An entry where the function has a kink (relu at 0, the maximum of equal numbers) has no derivative
to compare with.  It is told apart from a wrong one by its two one-sided difference quotients: at a
kink they differ however small the step, and any number between them is a subgradient, which is all
that a backward pass can give.  Where a function is smooth their difference shrinks with the step,
and where it jumps it grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...engine.tensor import Array
from ...errors import dtype_name
from .jacobians import Problem, Quotients, entry_name, holding

_FINER = (1 / 8, 1 / 64)
"""The steps, in units of eps, at which an entry that may be a kink is looked at again."""
_SHOWN = 6


class Tolerance(NamedTuple):
    """How far an analytical entry may be from the numerical one."""

    atol: float
    rtol: float

    def wrong(self, analytical: Array, numerical: Array) -> Array:
        """Which entries are off; nan always is."""
        return ~np.isclose(analytical, numerical, self.rtol, self.atol)

    def at(self, *values: Array) -> Array:
        """The tolerance for entries of this size."""
        return np.asarray(self.atol + self.rtol * np.max(np.abs(values), axis=0))


@dataclass
class Comparison:
    """Two Jacobians of one problem, and which of their entries are wrong, and which are on a kink."""

    problem: Problem
    mode: str
    analytical: Array
    quotients: Quotients
    tolerance: Tolerance
    wrong: Array
    kinks: Array
    jumps: Array

    def describe(self, row: int, column: int) -> str:
        """One entry with both of its numbers."""
        return (
            f"{entry_name(self.problem, row, column)}: analytical {self.analytical[row, column]:.9g}, "
            f"numerical {self.quotients.central[row, column]:.9g}"
        )

    def listed(self, chosen: Array) -> str:
        """The first few of the chosen entries, a line each."""
        places = np.argwhere(chosen)
        lines = [f"  {self.describe(*place)}" for place in places[:_SHOWN]]
        more = [f"  and {len(places) - _SHOWN} more"] if len(places) > _SHOWN else []
        return "\n".join(lines + more)


def compare(
    problem: Problem, mode: str, analytical: Array, quotients: Quotients, tolerance: Tolerance
) -> Comparison:
    """Hold an analytical Jacobian against difference quotients."""
    wrong = tolerance.wrong(analytical, quotients.central)
    kinks, jumps = corners(problem, analytical, quotients, tolerance, wrong)
    return Comparison(problem, mode, analytical, quotients, tolerance, wrong & ~kinks, kinks, jumps)


# ------------------------------------------------------------------------- kinks


def corners(
    problem: Problem, analytical: Array, quotients: Quotients, tolerance: Tolerance, wrong: Array
) -> tuple[Array, Array]:
    """Which of the wrong entries are on (or within eps of) a kink, and which are on a jump."""
    kinks, jumps = np.zeros_like(wrong), np.zeros_like(wrong)
    if not wrong.any() or varies(problem):
        return kinks, jumps
    for column, (array, place) in enumerate(problem.entries()):
        if wrong[:, column].any():
            steps = [problem.quotients(array, place, problem.eps * k) for k in _FINER]
            series = [Quotients(*(side[:, column] for side in quotients)), *steps]
            at = _judge(problem, analytical[:, column], series, tolerance)
            kinks[:, column], jumps[:, column] = (wrong[:, column] & mask for mask in at)
    return kinks, jumps


def _judge(problem: Problem, a: Array, series: list[Quotients], tolerance: Tolerance) -> tuple[Array, Array]:
    """For one column: which rows are kinks and which are jumps, from ever smaller steps."""
    noise = 8 * np.finfo(np.float64).eps * np.abs(problem.base) / (problem.eps * min(_FINER))
    with np.errstate(all="ignore"):
        near = [tolerance.at(a, q.left, q.right) + noise for q in series]
        gaps = [np.abs(q.right - q.left) for q in series]
        inside = [_between(a, q, t) for q, t in zip(series, near, strict=True)]
        growth = gaps[-1] / gaps[0]
        split = gaps[0] > near[0]
        on = np.all(inside, axis=0) & (gaps[-1] > near[-1]) & (growth > 0.1) & (growth < 2)
        beside = _touches(a, series[0], near[0]) & (gaps[-1] <= near[-1]) & inside[-1]
        return split & (on | beside), _steepness(series[-1]) > _steepness(series[0]) / (2 * min(_FINER))


def _steepness(q: Quotients) -> Array:
    return np.maximum(np.abs(q.left), np.abs(q.right))


def _between(a: Array, q: Quotients, tolerance: Array) -> Array:
    low, high = np.minimum(q.left, q.right), np.maximum(q.left, q.right)
    return (low - tolerance <= a) & (a <= high + tolerance)


def _touches(a: Array, q: Quotients, tolerance: Array) -> Array:
    return np.minimum(np.abs(a - q.left), np.abs(a - q.right)) <= tolerance  # type: ignore[no-any-return]


def varies(problem: Problem) -> float:
    """By how much two calls at the same point differ: 0 for a function of its inputs alone."""
    with np.errstate(all="ignore"):
        gap = np.abs(problem.value() - problem.base)
    return float(np.nan_to_num(gap).max(initial=0))


# --------------------------------------------------------------------- the sentence


def mismatch_text(found: Comparison) -> str:
    """What is wrong, entry by entry, and what it looks like."""
    row, column = np.argwhere(found.wrong)[0]
    how = "" if found.mode == "reverse" else "computed with forward mode "
    out, inp = holding(found.problem.rows, row), holding(found.problem.columns, column)
    gap = abs(found.analytical[row, column] - found.quotients.central[row, column])
    allowed = found.tolerance.at(found.quotients.central[row, column])
    lines = [
        f"Jacobian {how}mismatch for {out.name} with respect to {inp.name}, at\n"
        f"{found.listed(found.wrong)}\n{int(found.wrong.sum())} of {found.wrong.size} entries are off, the "
        f"first by {gap:.3g} where {allowed:.3g} is allowed (atol={found.tolerance.atol}, "
        f"rtol={found.tolerance.rtol}, eps={found.problem.eps})."
    ]  # fmt: skip
    return "\n".join(lines + [hint for look in _HINTS if (hint := look(found))])


def kink_text(found: Comparison) -> str:
    """Which entries were not judged."""
    return (
        f"{int(found.kinks.sum())} of {found.kinks.size} entries lie on a kink, where a derivative does not "
        f"exist, and were not judged:\n{found.listed(found.kinks)}\n"
        "Move the inputs off the kink to check them."
    )


def _noisy(found: Comparison) -> str:
    gap = varies(found.problem)
    if not gap:
        return ""
    return (
        f"The function is not deterministic: two calls with the same inputs differ by {gap:.3g}. Seed what "
        "is random inside of it, or switch it off (eval mode), before its derivatives can be checked."
    )


def _coarse(found: Comparison) -> str:
    outputs = [(block.name, found.problem.record[block.position].dtype) for block in found.problem.rows]
    narrow = [f"{name} is {dtype_name(dtype)}" for name, dtype in outputs if dtype.itemsize < 8]
    if not narrow:
        return ""
    return (
        f"{', '.join(narrow)}: the function computes in a precision in which a step of {found.problem.eps} "
        "is lost in rounding; keep it in float64."
    )


def _outside(found: Comparison) -> str:
    if np.isfinite(found.quotients.central[found.wrong]).all():
        return ""
    return (
        f"The function is not finite within {found.problem.eps} of the inputs: move them inside its domain."
    )


def _jumping(found: Comparison) -> str:
    at = np.argwhere(found.wrong & found.jumps)
    return (
        f"The function jumps at {entry_name(found.problem, *at[0])}: move the inputs off the jump."
        if len(at)
        else ""
    )


def _cut(found: Comparison) -> str:
    columns = found.wrong.any(axis=0)
    if found.analytical[:, columns].any():
        return ""
    return "The gradient is zero: a detach(), .data, item() or no_grad() may cut the path to this input."


def _scaled(found: Comparison) -> str:
    a, n = found.analytical[found.wrong], found.quotients.central[found.wrong]
    with np.errstate(all="ignore"):
        ratio = a / n
    if not a.any() or not np.isfinite(ratio).all() or np.ptp(ratio) > 1e-3 * abs(ratio[0]):
        return ""
    return f"Each of them is {ratio[0]:.4g} times the numerical one."


def _skipped(found: Comparison) -> str:
    return kink_text(found) if found.kinks.any() else ""


_HINTS = (_noisy, _coarse, _outside, _jumping, _cut, _scaled, _skipped)
