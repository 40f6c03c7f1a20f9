"""The incomplete gamma functions under PyTorch's older names, and in place.

They are SciPy's, which is asked for when one of them is called: see `special`.
"""

from __future__ import annotations

from typing import Any

from ..engine.out_argument import with_out
from ..engine.promotion import promoted
from ..engine.tensor import Tensor, install
from ..errors import scalar_type
from ..ops.inplace.methods import _inplace
from .scipy_functions import gammainc, gammaincc

__all__ = ["igamma", "igammac"]


def _operands(name: str, input: Any, other: Any) -> Any:
    for place, (word, x) in enumerate((("input", input), ("other", other)), 1):
        if not isinstance(x, Tensor):
            kind = type(x).__name__
            raise TypeError(f"{name}(): argument {word!r} (position {place}) must be Tensor, not {kind}")
    dtype = promoted(input.dtype, other.dtype)
    if dtype.kind != "f":
        raise NotImplementedError(
            f"\"{name}_cpu\" not implemented for '{scalar_type(dtype)}': convert one with x.float()"
        )
    return input.to(dtype), other.to(dtype)


@with_out
def igamma(input: Tensor, other: Tensor) -> Any:
    """The regularised lower incomplete gamma function of the order `input` up to `other`, by SciPy.

    Differentiable in `other`, as in PyTorch.  Raises ``NotImplementedError`` for integers.

    >>> mt.igamma(mt.tensor([1.0]), mt.tensor([2.0]))  # doctest: +SKIP
    tensor([0.8647])
    """
    return gammainc(*_operands("igamma", input, other))


@with_out
def igammac(input: Tensor, other: Tensor) -> Any:
    """The regularised upper incomplete gamma function, ``1 - igamma(input, other)``, by SciPy.

    >>> mt.igammac(mt.tensor([1.0]), mt.tensor([2.0]))  # doctest: +SKIP
    tensor([0.1353])
    """
    return gammaincc(*_operands("igammac", input, other))


install(
    igamma=igamma, igamma_=_inplace("igamma_", igamma),
    igammac=igammac, igammac_=_inplace("igammac_", igammac),
)  # fmt: skip
