"""Orthogonal polynomials by their recurrences: composites, which have derivatives where PyTorch's have none.

NIST Digital Library of Mathematical Functions, 18.9.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...engine.apply import expect_tensors
from ...engine.arrays.kernels import COMPLEX, HALF, without
from ...engine.out_argument import with_out
from ...engine.promotion import resulting
from ...engine.tensor import Tensor
from ..elementwise.casting import floating
from ..elementwise.select import where

Step = Callable[[Any, int, Any, Any], Any]


def _polynomial(name: str, title: str, first: Callable[[Any], Any], step: Step, example: str) -> Any:
    """The function of (input, n) whose polynomials begin with 1, `first`, and go on by `step`."""

    def function(input: Any, n: Any) -> Any:
        if not isinstance(n, Tensor):
            expect_tensors(name, x=input)
        without(f"{name}_cpu", HALF | COMPLEX).check(resulting(input, n))
        x = floating(input) if isinstance(input, Tensor) else floating(n.detach()).new_tensor(input)
        if not isinstance(n, Tensor):
            return _up_to(x, int(n), first, step)[-1] if n >= 0 else _filled(x, 0)
        degrees = np.trunc(n.detach().numpy()).astype(np.int64)
        out = _filled(x + Tensor._of(np.zeros(degrees.shape, x.dtype)), 0)
        for degree, value in enumerate(_up_to(x, int(degrees.max(initial=0)), first, step)):
            out = where(Tensor._of(degrees == degree), value, out)
        return out

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{title} of degree `n`, a number or a tensor of them; 0 for a negative degree.

    >>> mt.special.{name}(mt.tensor([0.5]), 3)
    {example}
    """
    return with_out(function)


def _filled(x: Any, value: float) -> Any:
    """One number everywhere, also where `x` is no number; `x` stays its history."""
    return where(Tensor._of(np.ones(tuple(x.shape), bool)), value, x)


def _up_to(x: Any, degree: int, first: Callable[[Any], Any], step: Step) -> list[Any]:
    """The polynomials of degrees 0 to `degree`."""
    found = [_filled(x, 1), first(x)]
    for k in range(1, degree):
        found.append(step(x, k, found[-1], found[-2]))
    return found[: degree + 1]


def _chebyshev(x: Any, k: int, p: Any, before: Any) -> Any:
    return 2 * x * p - before


def _shifted(x: Any, k: int, p: Any, before: Any) -> Any:
    return 2 * (2 * x - 1) * p - before


def _legendre(x: Any, k: int, p: Any, before: Any) -> Any:
    return ((2 * k + 1) * x * p - k * before) / (k + 1)


def _laguerre(x: Any, k: int, p: Any, before: Any) -> Any:
    return ((2 * k + 1 - x) * p - k * before) / (k + 1)


def _physicists(x: Any, k: int, p: Any, before: Any) -> Any:
    return 2 * x * p - 2 * k * before


def _probabilists(x: Any, k: int, p: Any, before: Any) -> Any:
    return x * p - k * before


chebyshev_polynomial_t = _polynomial(
    "chebyshev_polynomial_t", "Chebyshev's polynomial of the first kind", lambda x: x, _chebyshev,
    "tensor([-1.])",
)  # fmt: skip
chebyshev_polynomial_u = _polynomial(
    "chebyshev_polynomial_u", "Chebyshev's polynomial of the second kind", lambda x: 2 * x, _chebyshev,
    "tensor([-1.])",
)  # fmt: skip
chebyshev_polynomial_v = _polynomial(
    "chebyshev_polynomial_v", "Chebyshev's polynomial of the third kind", lambda x: 2 * x - 1, _chebyshev,
    "tensor([-1.])",
)  # fmt: skip
chebyshev_polynomial_w = _polynomial(
    "chebyshev_polynomial_w", "Chebyshev's polynomial of the fourth kind", lambda x: 2 * x + 1, _chebyshev,
    "tensor([-1.])",
)  # fmt: skip
shifted_chebyshev_polynomial_t = _polynomial(
    "shifted_chebyshev_polynomial_t", "Chebyshev's polynomial of the first kind at ``2 x - 1``",
    lambda x: 2 * x - 1, _shifted, "tensor([-0.])",
)  # fmt: skip
shifted_chebyshev_polynomial_u = _polynomial(
    "shifted_chebyshev_polynomial_u", "Chebyshev's polynomial of the second kind at ``2 x - 1``",
    lambda x: 4 * x - 2, _shifted, "tensor([-0.])",
)  # fmt: skip
shifted_chebyshev_polynomial_v = _polynomial(
    "shifted_chebyshev_polynomial_v", "Chebyshev's polynomial of the third kind at ``2 x - 1``",
    lambda x: 4 * x - 3, _shifted, "tensor([1.])",
)  # fmt: skip
shifted_chebyshev_polynomial_w = _polynomial(
    "shifted_chebyshev_polynomial_w", "Chebyshev's polynomial of the fourth kind at ``2 x - 1``",
    lambda x: 4 * x - 1, _shifted, "tensor([-1.])",
)  # fmt: skip
hermite_polynomial_h = _polynomial(
    "hermite_polynomial_h", "Hermite's polynomial, the physicists',", lambda x: 2 * x, _physicists,
    "tensor([-5.])",
)  # fmt: skip
hermite_polynomial_he = _polynomial(
    "hermite_polynomial_he", "Hermite's polynomial, the probabilists',", lambda x: x, _probabilists,
    "tensor([-1.3750])",
)  # fmt: skip
laguerre_polynomial_l = _polynomial(
    "laguerre_polynomial_l", "Laguerre's polynomial", lambda x: 1 - x, _laguerre, "tensor([-0.1458])",
)  # fmt: skip
legendre_polynomial_p = _polynomial(
    "legendre_polynomial_p", "Legendre's polynomial", lambda x: x, _legendre, "tensor([-0.4375])",
)  # fmt: skip
