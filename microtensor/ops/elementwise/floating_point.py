"""Signs, roundings and other functions of numbers, element by element; most are one line of ops."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...engine.apply import expect_tensors
from ...engine.op import op
from ...engine.out_argument import offered, with_out
from ...engine.printing import return_type
from ...engine.tensor import Tensor, install
from ...errors import describe
from .power import pow
from .select import select, zeros_like


def _question(name: str, answer: Any, words: str, example: str) -> Any:
    def function(x: Any, /) -> Any:
        return answer(x)

    function.__name__ = name
    function.__doc__ = f"""True where `x` is {words}.

    >>> mt.{name}(mt.tensor([1.0, -math.inf]))
    {example}
    """
    takes: bool | str = name == "isreal" or f"{name} is not supported for complex inputs."
    return op(function, elementwise=True, method=True, complex=takes, reference=answer)


def _infinite(sign: float) -> Any:
    return lambda x: x == sign if x.dtype.kind == "f" else np.zeros(x.shape, bool)


def _negative(x: Any) -> Any:
    return np.signbit(x) if x.dtype.kind == "f" else x < 0


signbit = _question("signbit", _negative, "negative, or minus zero",
                    "tensor([False,  True])")  # fmt: skip
isposinf = _question("isposinf", _infinite(math.inf), "plus infinity", "tensor([False, False])")
isneginf = _question("isneginf", _infinite(-math.inf), "minus infinity", "tensor([False,  True])")
isreal = _question("isreal", np.isreal, "a number without an imaginary part", "tensor([True, True])")


@op(
    tensors="x y",
    x=lambda g: g,
    y=lambda g: zeros_like(g),
    elementwise=True,
    method=True,
    reference=np.nextafter,
)
def nextafter(x: Any, y: Any, /) -> Any:
    """The next floating-point number after `x` towards `y`; the gradient is that of `x`; PyTorch has none.

    >>> mt.nextafter(mt.tensor([1.0]), mt.tensor([2.0])) - 1
    tensor([1.1921e-07])
    """
    if np.result_type(x, y).kind != "f":
        raise NotImplementedError(f"nextafter: expected floating point, got {describe(x)} and {describe(y)}")
    return np.nextafter(x, y)


@offered
def ldexp(input: Tensor, other: Tensor) -> Any:
    """``input * 2 ** other``.

    >>> mt.ldexp(mt.tensor([1.5]), mt.tensor([2]))
    tensor([6.])
    """
    expect_tensors("ldexp", input=input, other=other)
    return input * pow(2.0, other)


@return_type("frexp")
class Parts(NamedTuple):
    """What `frexp` gives."""

    mantissa: Tensor
    exponent: Tensor


@offered
def frexp(input: Tensor) -> Parts:
    """``(mantissa, exponent)``, of ``input = mantissa * 2 ** exponent`` with a mantissa in [0.5, 1).

    >>> mt.frexp(mt.tensor([8.0])).exponent
    tensor([4], dtype=torch.int32)
    """
    if not input.is_floating_point():
        raise RuntimeError(f"torch.frexp() only supports floating-point dtypes, got {input.dtype}")
    exponent = np.frexp(input.array)[1].astype(np.int32)
    half = np.ldexp(np.ones((), input.dtype), -(exponent // 2)).astype(input.dtype)
    rest = np.ldexp(np.ones((), input.dtype), -(exponent - exponent // 2)).astype(input.dtype)
    return Parts(input * Tensor._of(half) * Tensor._of(rest), Tensor._of(exponent))


@op(x=lambda g, x: select(np.isfinite(x), g, zeros_like(g)), complex=True, elementwise=True,
    name="nan_to_num", reference=np.nan_to_num)  # fmt: skip
def _nan_to_num(x: Any, /, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """Numbers in the place of NaN and the infinities, which get no gradient.

    >>> mt.nan_to_num(mt.tensor([1.0, float("nan")]))
    tensor([1., 0.])
    """
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


@with_out
def nan_to_num(input: Tensor, nan: float | None = None, posinf: Any = None, neginf: Any = None) -> Tensor:
    """`nan` for NaN, and for the infinities the largest numbers of the dtype, unless others are named.

    >>> mt.nan_to_num(mt.tensor([float("inf"), float("nan")]), 0.5, posinf=9.0)
    tensor([9.0000, 0.5000])
    """
    return _nan_to_num(input, 0.0 if nan is None else nan, posinf, neginf)


install(nan_to_num=nan_to_num)
