"""Are the derivatives of a function right?  Ask its values.

`gradcheck` compares what the backward pass says with what happens to the outputs when each input is
moved a little; `gradgradcheck` does the same to the backward pass itself.  Signatures, defaults and
verdicts are PyTorch's.  Where this one says more: a failure names the entry of the input and of the
output with both numbers, and often the reason; a kink is recognised and reported as a
`KinkWarning` instead of an error; and a precision in which no verdict is possible is refused.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import autograd
from ..engine.calls.users_line import users_level
from ..engine.tensor import Array, Tensor
from ..ops.complex.parts import view_as_real
from .checking.jacobians import (
    GradcheckError,
    Problem,
    Quotients,
    by_differences,
    by_pulling_back,
    by_pushing_forward,
    problem_of,
)
from .checking.mismatch import Comparison, Tolerance, compare, kink_text, mismatch_text
from .checking.preconditions import (
    expect_constant,
    expect_dtypes,
    expect_linear,
    expect_repeatable,
    expect_undefined_support,
    expect_zeros,
    refuse,
)
from .checking.random_projection import agree_at_a_glance


class KinkWarning(UserWarning):
    """Some entries were not judged, because the function has a kink there and no derivative."""


@dataclass
class Checks:
    """What is to be checked, and how strictly."""

    tolerance: Tolerance
    nondet_tol: float
    undefined: bool
    dtypes: bool
    forward: bool
    backward: bool
    fast: bool


def gradcheck(
    func: Callable[..., Any], inputs: Any, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
    raise_exception: bool = True, nondet_tol: float = 0.0, check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False, check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False, check_forward_ad: bool = False, check_backward_ad: bool = True,
    fast_mode: bool = False, masked: bool | None = None,
) -> bool:  # fmt: skip
    """Whether the gradients of ``func(*inputs)`` agree with central differences.

    Checked are all outputs by all inputs that require a gradient, of any shape; other arguments are
    passed as they are.  An entry is right if ``|analytical - numerical| <= atol + rtol * |numerical|``.
    Also checked: that a second backward pass gives the same numbers (within `nondet_tol`), that it is
    linear in the cotangents and copes with missing ones, and with `check_forward_ad` the forward mode
    (the vjp of the vjp).
    `fast_mode` compares one random combination of all entries, two calls for each input instead of
    two for each of its entries, and looks at single entries only if that is off.  `masked` is
    accepted for PyTorch's sake, and so are the batched checks: here a batch of cotangents is pulled
    back one by one, so there is nothing in it that could differ.

    The inputs should be float64 or complex128 (whose parts are compared), away from kinks, and are left bit
    for bit as they were, with no ``.grad``.  An entry on a kink, where the two one-sided quotients differ and
    the analytical value is between them, is not judged: if all others are right the answer is True, with a
    `KinkWarning`.

    Raises `GradcheckError` (a ``RuntimeError``), or returns False without `raise_exception`, naming
    every kind of disagreement.  Raises ``ValueError`` if no input requires a gradient, and ``RuntimeError``
    if entries of an input share memory, as in an expanded tensor.  Warns of an input in which a step of `eps`
    may drown in rounding (float32, with the defaults).

    >>> from microtensor.autograd.gradcheck import gradcheck
    >>> x = mt.tensor([1.0, 2.0], dtype=mt.float64, requires_grad=True)
    >>> gradcheck(lambda x: x.exp().sum(), x)
    True
    >>> gradcheck(lambda x: x * x.detach(), x)
    Traceback (most recent call last):
    microtensor.autograd.checking.jacobians.GradcheckError: Jacobian mismatch for output 0 with respect to \
input 0 (x), at
      d output 0[0] / d input 0 (x)[0]: analytical 1, numerical 2
      d output 0[1] / d input 0 (x)[1]: analytical 2, numerical 4
    2 of 4 entries are off, the first by 1 where 0.00201 is allowed (atol=1e-05, rtol=0.001, eps=1e-06).
    Each of them is 0.5 times the numerical one.
    """
    _consistent(
        (check_forward_ad or check_backward_ad, "check_forward_ad or check_backward_ad"),
        (check_backward_ad or not check_batched_grad, "check_backward_ad, for check_batched_grad"),
        (check_forward_ad or not check_batched_forward_grad, "check_forward_ad, for the batched one"),
    )  # fmt: skip
    checks = Checks(
        Tolerance(atol, rtol), nondet_tol, check_undefined_grad, check_grad_dtypes, check_forward_ad,
        check_backward_ad, fast_mode,
    )  # fmt: skip
    return _verdict(problem_of(func, inputs, eps), checks, raise_exception)


def gradgradcheck(
    func: Callable[..., Any], inputs: Any, grad_outputs: Any = None, *, eps: float = 1e-6, atol: float = 1e-5,
    rtol: float = 1e-3, gen_non_contig_grad_outputs: bool = False, raise_exception: bool = True,
    nondet_tol: float = 0.0, check_undefined_grad: bool = True, check_grad_dtypes: bool = False,
    check_batched_grad: bool = False, check_fwd_over_rev: bool = False, check_rev_over_rev: bool = True,
    fast_mode: bool = False, masked: bool = False,
) -> bool:  # fmt: skip
    """Whether the second derivatives agree with central differences of the first.

    The backward pass is itself a function, of the inputs and of the cotangents of the outputs, and
    is given to `gradcheck`; a cotangent counts as a further input.  `grad_outputs` are these
    cotangents; if not given they are drawn between -1 and 1, the same at every call.
    `check_fwd_over_rev` adds the forward mode.  All else is as for `gradcheck`.

    Raises ``ValueError`` if no output requires a gradient.

    >>> from microtensor.autograd.gradcheck import gradgradcheck
    >>> x = mt.tensor([1.0, 2.0], dtype=mt.float64, requires_grad=True)
    >>> gradgradcheck(lambda x: x**3, x)
    True
    """
    _consistent(
        (check_fwd_over_rev or check_rev_over_rev, "check_fwd_over_rev or check_rev_over_rev"),
        (check_rev_over_rev or not check_undefined_grad, "check_rev_over_rev, for check_undefined_grad"),
        (check_rev_over_rev or not check_batched_grad, "check_rev_over_rev, for check_batched_grad"),
    )  # fmt: skip
    first = problem_of(func, inputs, eps)
    cotangents = _cotangents(first, grad_outputs, gen_non_contig_grad_outputs)
    names = (*first.names, *(f"grad_output {i}" for i in range(len(cotangents))))
    second = Problem(_backward_of(first, len(cotangents)), (*first.inputs, *cotangents), eps, names)
    checks = Checks(
        Tolerance(atol, rtol), nondet_tol, check_undefined_grad, check_grad_dtypes, check_fwd_over_rev,
        check_rev_over_rev, fast_mode,
    )  # fmt: skip
    return _verdict(second, checks, raise_exception, _OF_GRADIENTS)


_OF_GRADIENTS = (
    "gradgradcheck: the function that was checked is the backward pass: these are second derivatives."
)


def _consistent(*rules: tuple[bool, str]) -> None:
    for holds, expected in rules:
        if not holds:
            raise AssertionError(f"Expected {expected} to be True")


def _cotangents(first: Problem, given: Any, strided: bool) -> tuple[Tensor, ...]:
    if given is not None:
        return tuple(given) if isinstance(given, (tuple, list)) else (given,)
    if not first.outputs:
        raise ValueError(
            "gradgradcheck: no output of the function requires a gradient, so it has no second one"
        )
    rng = np.random.default_rng(0)
    return tuple(_drawn(rng, tuple(out.shape), out.dtype, strided) for out in first.outputs)


def _drawn(rng: Any, shape: tuple[int, ...], dtype: Any, strided: bool) -> Tensor:
    array = rng.uniform(-1, 1, (*shape, 2)).astype(dtype)[..., 0]
    return Tensor._of(array if strided else array.copy()).requires_grad_()  # type: ignore[no-any-return]


def _backward_of(first: Problem, count: int) -> Callable[..., tuple[Tensor, ...]]:
    """The backward pass of a problem's function, as a function of its inputs and `count` cotangents."""

    def backward(*args: Any) -> tuple[Tensor, ...]:
        once = Problem(first.func, args[: len(args) - count], first.eps, first.names)
        found = autograd.grad(
            once.outputs,
            once.moving,
            [view_as_real(c) if c.is_complex() else c for c in args[len(args) - count :]],
            create_graph=True,
            allow_unused=True,
        )
        return tuple(g for g in found if g is not None)

    return backward


# ----------------------------------------------------------------------- the verdict


def _verdict(problem: Problem, checks: Checks, raise_exception: bool, note: str = "") -> bool:
    refuse(problem, checks.tolerance)
    try:
        notes = _check(problem, checks)
    except GradcheckError as error:
        if raise_exception:
            raise GradcheckError(f"{error}\n{note}".rstrip()) from None
        return False
    for text in notes:
        warnings.warn(text, KinkWarning, stacklevel=users_level())
    return True


def _check(problem: Problem, checks: Checks) -> list[str]:
    """Run all checks; what is left are notes on entries that could not be judged."""
    if not problem.outputs:
        expect_constant(problem)
        return []
    quick = checks.fast and agree_at_a_glance(
        problem, checks.tolerance, checks.nondet_tol, checks.forward, checks.backward
    )
    notes = [] if quick else _compare_all(problem, checks)
    if checks.backward:
        _check_pulling(problem, checks)
    return notes


def _check_pulling(problem: Problem, checks: Checks) -> None:
    expect_zeros(problem)
    if checks.dtypes:
        expect_dtypes(problem)
    if checks.undefined:
        expect_undefined_support(problem)


def _compare_all(problem: Problem, checks: Checks) -> list[str]:
    quotients = by_differences(problem)
    found = []
    if checks.backward:
        jacobian = expect_repeatable(problem, by_pulling_back(problem), checks.nondet_tol)
        found.append(_held(problem, "reverse", jacobian, quotients, checks.tolerance))
        expect_linear(problem, jacobian, checks.tolerance)
    if checks.forward:
        found.append(_held(problem, "forward", by_pushing_forward(problem), quotients, checks.tolerance))
    return [kink_text(comparison) for comparison in found[:1] if comparison.kinks.any()]


def _held(
    problem: Problem, mode: str, jacobian: Array, quotients: Quotients, tolerance: Tolerance
) -> Comparison:
    found = compare(problem, mode, jacobian, quotients, tolerance)
    if found.wrong.any():
        raise GradcheckError(mismatch_text(found))
    return found
