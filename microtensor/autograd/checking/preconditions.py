"""What `gradcheck` asks besides equal Jacobians: of the inputs before, and of the backward pass.

A verdict needs inputs that can be moved one entry at a time by a step that does not drown in
rounding.  A backward pass has to give the same numbers twice, to be linear in the cotangent, and to
cope with outputs that sent none.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import autograd
from ...engine.calls.users_line import users_level
from ...engine.dtypes import to_real
from ...engine.tensor import Array, Tensor
from .jacobians import GradcheckError, Problem, by_differences, by_pulling_back, entry_name, holding, pulled
from .mismatch import Tolerance


def refuse(problem: Problem, tolerance: Tolerance) -> None:
    """Inputs for which no verdict is possible."""
    if not problem.moving:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have "
            "requires_grad=True: call requires_grad_() on what is to be checked"
        )
    for block, x in zip(problem.columns, problem.moving, strict=True):
        _refuse_memory(block.name, x.array)
        _refuse_precision(block.name, x, problem.eps, tolerance)


def _refuse_memory(name: str, array: Array) -> None:
    offsets = sum(np.ogrid[tuple(map(slice, array.shape))][i] * step for i, step in enumerate(array.strides))
    if np.unique(offsets).size < array.size:
        raise RuntimeError(
            f"{name} has entries that share memory (strides {array.strides} for shape {array.shape}, as "
            "after expand): moving one would move others. Pass x.contiguous() or x.clone() instead."
        )
    if not array.flags.writeable:
        raise RuntimeError(f"{name} lies in read-only memory, and has to be moved: pass x.clone() instead.")


def _refuse_precision(name: str, x: Tensor, eps: float, tolerance: Tolerance) -> None:
    """Rounding changes a value of size 1 by the machine epsilon, and its quotient by that over eps."""
    if to_real(x.dtype).itemsize == 8:
        return
    noise = float(np.finfo(x.dtype).eps) / eps
    coarse = ""
    if noise > tolerance.atol + tolerance.rtol:
        coarse = (
            f" It is too coarse: rounding alone changes a difference quotient with step {eps} by about "
            f"{noise:.2g}, and {tolerance.atol + tolerance.rtol:.2g} is allowed; pass eps, atol and rtol "
            "that "
            f"suit {x.dtype}."
        )
    warnings.warn(
        f"{name} is {x.dtype}: it requires gradient and is not a double precision floating point. This check "
        "will likely fail if all the inputs are not of double precision: convert them with "
        f"x.double().{coarse}",
        UserWarning, stacklevel=users_level(),
    )  # fmt: skip


# ------------------------------------------------------------------- the smaller laws


def expect_constant(problem: Problem) -> None:
    """A function none of whose outputs requires a gradient must not depend on the inputs."""
    slopes = by_differences(problem).central
    for row, column in np.argwhere(slopes != 0)[:1]:
        raise GradcheckError(
            "Numerical gradient for function expected to be zero, since no output requires a gradient, but "
            f"{entry_name(problem, row, column)} is {slopes[row, column]:.9g} numerically. A detach(), "
            ".data, item() or no_grad() may cut the path."
        )


def expect_repeatable(problem: Problem, jacobian: Array, nondet_tol: float) -> Array:
    """A second backward pass gives the same numbers; returns those of the first."""
    again = by_pulling_back(problem)
    with np.errstate(all="ignore"):
        gap = np.abs(jacobian - again)
    if not (gap > nondet_tol).any():
        return jacobian
    row, column = (int(i) for i in np.unravel_index(np.nanargmax(gap), gap.shape))
    raise GradcheckError(
        f"Backward is not reentrant: two passes give {jacobian[row, column]:.9g} and "
        f"{again[row, column]:.9g} for {entry_name(problem, row, column)}, and nondet_tol={nondet_tol}. Seed "
        "what is random in it, or raise nondet_tol."
    )


def expect_dtypes(problem: Problem) -> None:
    """A gradient has the dtype of its input."""
    for g, x in zip(_pull(problem.outputs, problem, np.ones), problem.moving, strict=True):
        if g is not None and g.dtype != x.dtype:
            raise GradcheckError(f"Gradient has dtype mismatch: {g.dtype}, for an input of {x.dtype}")


def expect_zeros(problem: Problem) -> None:
    """A cotangent of zeros is pulled back to zeros."""
    for g in _pull(problem.outputs, problem, np.zeros):
        if g is not None and g.array.any():
            raise GradcheckError(
                "backward not multiplied by grad_output: from a cotangent of zeros it makes "
                f"{g.array[g.array != 0][0]:.6g}, and it has to be linear in the cotangent"
            )


@np.errstate(all="ignore")
def expect_linear(problem: Problem, jacobian: Array, tolerance: Tolerance) -> None:
    """A mixed cotangent is pulled back to the mixture of the rows.

    The rows come from cotangents of one 1 each, which do not show, say, ``g * g`` for ``g``.
    """
    for row, out in zip(problem.rows, problem.outputs, strict=True):
        mixed = np.linspace(0.5, 1.5, int(np.prod(row.shape)))
        found = pulled(problem, out, Tensor._of(mixed.reshape(row.shape).astype(out.dtype)))
        parts = mixed[:, None] * jacobian[row.start : row.start + mixed.size]
        allowed = tolerance.atol * mixed.sum() + tolerance.rtol * np.abs(parts).sum(0)
        for column in np.flatnonzero(np.abs(found - parts.sum(0)) > allowed)[:1]:
            raise GradcheckError(
                f"backward is not linear in grad_output: by {holding(problem.columns, column).name} a mixed "
                f"cotangent of {row.name} gives {found[column]:.6g}, and its parts give "
                f"{parts.sum(0)[column]:.6g} together"
            )


def expect_undefined_support(problem: Problem) -> None:
    """An output that nothing used sends no cotangent, or None, and backward copes with it."""
    outputs = problem.outputs
    for left_out in range(len(outputs) if len(outputs) > 1 else 0):
        rest = [out for i, out in enumerate(outputs) if i != left_out]
        try:
            found = _pull(rest, problem, np.zeros)
        except (RuntimeError, TypeError, AttributeError) as error:
            raise GradcheckError(
                f"Expected backward function to handle undefined output grads: without a cotangent for "
                f"output {left_out} of those that require one it raises {type(error).__name__}: {error}"
            ) from error
        if any(g is not None and g.array.any() for g in found):
            raise GradcheckError(
                "Expected all input grads to be undefined or zero when all output grads are undefined or "
                f"zero: without a cotangent for output {left_out} they are not"
            )


def _pull(outputs: Sequence[Tensor], problem: Problem, fill: Callable[..., Array]) -> tuple[Any, ...]:
    cotangents = [Tensor._of(fill(out.shape, out.dtype)) for out in outputs]
    return autograd.grad(outputs, problem.moving, cotangents, retain_graph=True, allow_unused=True)
