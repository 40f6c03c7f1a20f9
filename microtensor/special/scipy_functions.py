"""Special functions that SciPy computes, each differentiable where a derivative is known.

SciPy is asked for when one of them is called: ``pip install "microtensor[special]"``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from ..autograd.function import Function
from ..engine.arrays.kernels import COMPLEX, HALF, without
from ..engine.out_argument import with_out
from ..engine.tensor import Tensor
from ..ops.elementwise.casting import floating
from ..ops.elementwise.exponential import exp, log
from ..ops.elementwise.select import where
from ..ops.elementwise.trigonometric import sin
from ..ops.special.entropy_logit import sinc
from ..ops.special.gamma import lgamma
from ..ops.special.gamma import zeta as _zeta
from ..ops.views.expand import broadcast_tensors


@with_out
def zeta(input: Any, other: Any) -> Tensor:
    """Hurwitz's zeta function, ``sum over k of (other + k) ** -input``; one of them may be a number.

    >>> mt.special.zeta(mt.tensor([2.0]), 1)
    tensor([1.6449])
    """
    return _zeta(input, other)


@with_out
def spherical_bessel_j0(input: Tensor) -> Tensor:
    """``sin(x) / x``, and 1 at 0.

    >>> mt.special.spherical_bessel_j0(mt.tensor([0.0, 1.0]))
    tensor([1.0000, 0.8415])
    """
    without("spherical_bessel_j0_cpu", HALF | COMPLEX)(input)
    x = floating(input)
    near, endless = x.abs() < 1, x.abs() >= math.inf
    far = where(near | endless, 1.0, x)
    return where(near, sinc(where(near, x, 0.0) / math.pi), where(endless, 0.0, sin(far) / far))


def _from_scipy(name: str) -> Any:
    """A function of ``scipy.special``; the sentence that says how to get it, if there is none."""
    try:
        return getattr(import_module("scipy.special"), name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"special: {name} is computed by SciPy, which is not installed: "
            'pip install "microtensor[special]"'
        ) from error


class _Scipy(Function):
    """A function of SciPy, its slope by the last operand, and the operands."""

    @staticmethod
    def forward(ctx: Any, compute: Callable[..., Any], slope: Callable[..., Any], *operands: Any) -> Any:
        """SciPy's answer in float64 (its own float32 loses digits), in the dtype of the tensors."""
        ctx.save_for_backward(*operands)
        ctx.slope = slope
        with np.errstate(all="ignore"):
            out = compute(*[x.detach().numpy().astype(np.float64) for x in operands])
            return Tensor._of(np.asarray(out, operands[-1].dtype))

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        """The slope, which is made of such functions again."""
        operands = ctx.saved_tensors
        if len(operands) == 2 and ctx.needs_input_grad[2]:
            raise NotImplementedError(
                "gammainc: the derivative by the first argument is not implemented: it has no closed form; "
                "detach that argument"
            )
        last = g * ctx.slope(*operands) if ctx.needs_input_grad[-1] else None
        return (None, None, *[None] * (len(operands) - 1), last)


def _bessel(name: str, order: int, x: Tensor) -> Any:
    """A Bessel function of whole order; its derivative is half the difference of its neighbours, or the sum.

    NIST Digital Library of Mathematical Functions, 10.6.1 and 10.29.1.
    """

    def slope(x: Any) -> Any:
        before, after = _bessel(name, order - 1, x), _bessel(name, order + 1, x)
        if name in ("jv", "yv"):
            return (before - after) * 0.5
        return (before + after) * -0.5 + (_bessel(name, order, x) if name == "kve" else 0)

    return _Scipy.apply(lambda a: _of_order(name, order, a), slope, floating(x))


def _of_order(name: str, order: int, x: Any) -> Any:
    """SciPy's function; where it gives up on a large x, the first terms of the series 10.40.2."""
    out = _from_scipy(name)(order, x)
    if name != "kve" or not (large := x > 1e8).any():
        return out
    m = 4 * order * order
    return np.where(large, np.sqrt(math.pi / 2 / x) * (1 + (m - 1) / (8 * x)), out)


@with_out
def bessel_j0(input: Tensor) -> Any:
    """Bessel's function of the first kind of order 0, by SciPy."""
    without("bessel_j0_cpu", HALF | COMPLEX)(input)
    return _bessel("jv", 0, input)


@with_out
def bessel_j1(input: Tensor) -> Any:
    """Bessel's function of the first kind of order 1, by SciPy."""
    without("bessel_j1_cpu", HALF | COMPLEX)(input)
    return _bessel("jv", 1, input)


@with_out
def bessel_y0(input: Tensor) -> Any:
    """Bessel's function of the second kind of order 0, by SciPy."""
    without("bessel_y0_cpu", HALF | COMPLEX)(input)
    return _bessel("yv", 0, input)


@with_out
def bessel_y1(input: Tensor) -> Any:
    """Bessel's function of the second kind of order 1, by SciPy."""
    without("bessel_y1_cpu", HALF | COMPLEX)(input)
    return _bessel("yv", 1, input)


@with_out
def modified_bessel_k0(input: Tensor) -> Any:
    """Bessel's modified function of the second kind of order 0, by SciPy."""
    without("modified_bessel_k0_cpu", HALF | COMPLEX)(input)
    return _bessel("kv", 0, input)


@with_out
def modified_bessel_k1(input: Tensor) -> Any:
    """Bessel's modified function of the second kind of order 1, by SciPy."""
    without("modified_bessel_k1_cpu", HALF | COMPLEX)(input)
    return _bessel("kv", 1, input)


@with_out(also={"input": "x"})
def scaled_modified_bessel_k0(x: Tensor) -> Any:
    """``exp(x) * modified_bessel_k0(x)``, by SciPy."""
    without("scaled_modified_bessel_k0_cpu", HALF | COMPLEX)(x)
    return _bessel("kve", 0, x)


@with_out(also={"input": "x"})
def scaled_modified_bessel_k1(x: Tensor) -> Any:
    """``exp(x) * modified_bessel_k1(x)``, by SciPy."""
    without("scaled_modified_bessel_k1_cpu", HALF | COMPLEX)(x)
    return _bessel("kve", 1, x)


@with_out
def airy_ai(input: Tensor) -> Any:
    """Airy's function Ai, by SciPy."""
    without("airy_ai_cpu", HALF | COMPLEX)(input)
    return _Scipy.apply(lambda a: _airy(a, 0), _airy_slope, floating(input))


def _airy_slope(x: Tensor) -> Any:
    return _Scipy.apply(lambda a: _airy(a, 1), lambda x: x * airy_ai(x), x)


def _airy(x: Any, which: int) -> Any:
    """Ai or its slope, which are 0 from far below where SciPy gives up."""
    return np.where(x > 1000, 0.0, _from_scipy("airy")(x)[which])


def _incomplete(name: str, sign: int, a: Tensor, x: Tensor) -> Any:
    a, x = broadcast_tensors(floating(a), floating(x))

    def slope(a: Any, x: Any) -> Any:
        return sign * exp((a - 1) * log(x) - x - lgamma(a))

    return _Scipy.apply(_by_name(name), slope, a, x)


def _by_name(name: str) -> Callable[..., Any]:
    return lambda *arrays: _from_scipy(name)(*arrays)


@with_out
def gammainc(input: Tensor, other: Tensor) -> Any:
    """The regularised lower incomplete gamma function, by SciPy; no derivative by `input`, as in PyTorch."""
    return _incomplete("gammainc", 1, input, other)


@with_out
def gammaincc(input: Tensor, other: Tensor) -> Any:
    """The regularised upper incomplete gamma function, by SciPy; no derivative by `input`, as in PyTorch."""
    return _incomplete("gammaincc", -1, input, other)
