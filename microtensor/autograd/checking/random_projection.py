"""Jacobians compared at a glance: one random combination of all entries instead of each.

``v' J u`` for one `u` an input and one `v` an output costs two calls an input and one backward pass
an output, and is off by less than the tolerance of the sum if no entry of J is off by more than its
own.  It cannot say which entry is wrong; `gradcheck` looks at all of them then.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.tensor import Array, Tensor
from .jacobians import Block, GradcheckError, Problem, pulled, pushed
from .mismatch import Tolerance


@np.errstate(all="ignore")
def agree_at_a_glance(
    problem: Problem, tolerance: Tolerance, nondet_tol: float, forward: bool, backward: bool
) -> bool:
    """Whether the combinations agree, in the modes that are asked for."""
    rng = np.random.default_rng(0)
    us = [_direction(rng, array.shape) for array in problem.arrays]
    vs = [_direction(rng, row.shape) for row in problem.rows]
    slopes = []
    for i, array in enumerate(problem.arrays):
        slope, us[i] = _slope(problem, array, us[i])
        slopes.append(slope)
    return (not backward or _pulls_agree(problem, us, vs, slopes, tolerance, nondet_tol)) and (
        not forward or _pushes_agree(problem, us, slopes, tolerance)
    )


def _direction(rng: Any, shape: tuple[int, ...]) -> Array:
    """Weights of one sign and like size: no entry is overlooked, and few errors cancel each other."""
    v = rng.uniform(0.5, 1.5, shape)
    return np.asarray(v / np.linalg.norm(v) if v.size else v)


def _slope(problem: Problem, array: Array, u: Array) -> tuple[Array, Array]:
    """All outputs along `u`, by a central difference; and `u` as it was after rounding."""
    step = (problem.eps * u).astype(array.dtype)
    (above, up), (below, down) = problem.moved(array, ..., step), problem.moved(array, ..., -step)
    return (above - below) / (2 * problem.eps), (up - down) / (2 * problem.eps)


def _pulls_agree(
    problem: Problem,
    us: list[Array],
    vs: list[Array],
    slopes: list[Array],
    tolerance: Tolerance,
    nondet_tol: float,
) -> bool:
    for row, out, v in zip(problem.rows, problem.outputs, vs, strict=True):
        found = _combined(problem, out, v, us, nondet_tol)
        expected = np.array([v.reshape(-1) @ _part(slope, row) for slope in slopes])
        allowed = tolerance.atol * v.sum() * np.array([u.sum() for u in us]) + tolerance.rtol * np.abs(
            expected
        )
        if not np.all(np.abs(found - expected) <= allowed):
            return False
    return True


def _part(flat: Array, block: Block) -> Array:
    return flat[block.start : block.start + int(np.prod(block.shape))]


def _combined(problem: Problem, out: Tensor, v: Array, us: list[Array], nondet_tol: float) -> Array:
    """``v' J u`` of one output, for each input."""
    cotangent = Tensor._of(v.astype(out.dtype))
    row, again = pulled(problem, out, cotangent), pulled(problem, out, cotangent)
    if (np.abs(row - again) > nondet_tol).any():
        raise GradcheckError(
            f"Backward is not reentrant: two passes differ by {np.nanmax(np.abs(row - again)):.3g}, and "
            f"nondet_tol={nondet_tol}. Seed what is random in it, or raise nondet_tol."
        )
    parts = [_part(row, column) for column in problem.columns]
    return np.array([part @ u.reshape(-1) for part, u in zip(parts, us, strict=True)])


def _pushes_agree(problem: Problem, us: list[Array], slopes: list[Array], tolerance: Tolerance) -> bool:
    cotangents, found = problem.pull_back()
    for g, x, u, slope in zip(found, problem.moving, us, slopes, strict=True):
        tangent = Tensor._of(u.astype(x.dtype) if not x.is_complex() else u[..., 0] + 1j * u[..., 1])
        allowed = tolerance.atol * u.sum() + tolerance.rtol * np.abs(slope)
        if not np.all(np.abs(pushed(g, cotangents, tangent) - slope) <= allowed):
            return False
    return True
