"""Signs, roundings and other functions of numbers, element by element; most are one line of ops."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..engine.op import op
from ..engine.out_argument import offered
from ..engine.printing import return_type
from ..engine.tensor import Tensor
from ..errors import describe
from .arithmetic import pow, trunc
from .compare import whole
from .elementary import logaddexp
from .joining import where
from .pointwise import blank, sign
from .shape import broadcast_tensors


@offered
def deg2rad(input: Tensor) -> Any:
    """Degrees as radians.

    >>> mt.deg2rad(mt.tensor([180.0]))
    tensor([3.1416])
    """
    return input * (math.pi / 180)


@offered
def rad2deg(input: Tensor) -> Any:
    """Radians as degrees.

    >>> mt.rad2deg(mt.tensor([math.pi]))
    tensor([180.])
    """
    return input * (180 / math.pi)


@offered
def sgn(input: Tensor) -> Any:
    """`sign`, which it is for real numbers.

    >>> mt.sgn(mt.tensor([-2.0, 0.0]))
    tensor([-1.,  0.])
    """
    return sign(input)


@offered
def fix(input: Tensor) -> Any:
    """`trunc`.

    >>> mt.fix(mt.tensor([1.7, -1.7]))
    tensor([ 1., -1.])
    """
    return trunc(input)


def positive(input: Tensor) -> Tensor:
    """`input` itself; ``RuntimeError`` for bools.

    >>> mt.positive(mt.tensor([-1.0]))
    tensor([-1.])
    """
    if input.dtype == np.bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


def real(input: Tensor) -> Tensor:
    """`input` itself: tensors are real.

    >>> mt.real(mt.tensor([1.0]))
    tensor([1.])
    """
    return input


def _question(name: str, answer: Any, words: str, example: str) -> Any:
    def function(x: Any, /) -> Any:
        return answer(x)

    function.__name__ = name
    function.__doc__ = f"""True where `x` is {words}.

    >>> mt.{name}(mt.tensor([1.0, -math.inf]))
    {example}
    """
    return op(function, elementwise=True, method=True, reference=answer)


def _infinite(sign: float) -> Any:
    return lambda x: x == sign if x.dtype.kind == "f" else np.zeros(x.shape, bool)


def _negative(x: Any) -> Any:
    return np.signbit(x) if x.dtype.kind == "f" else x < 0


signbit = _question("signbit", _negative, "negative, or minus zero",
                    "tensor([False,  True])")  # fmt: skip
isposinf = _question("isposinf", _infinite(math.inf), "plus infinity", "tensor([False, False])")
isneginf = _question("isneginf", _infinite(-math.inf), "minus infinity", "tensor([False,  True])")
isreal = _question(
    "isreal", lambda x: np.ones(x.shape, bool), "a real number, as all are", "tensor([True, True])"
)


@op(x=lambda g, x, y: g * (sign(x) * np.copysign(1.0, y)), y=lambda g: blank(g), elementwise=True,
    floating=True, method=True, domain={"x": (0.3, 2), "y": (0.3, 2)}, reference=np.copysign)  # fmt: skip
def copysign(x: Any, y: Any, /) -> Any:
    """The magnitude of `x` with the sign of `y`; the derivative at 0 is 0.

    >>> mt.copysign(mt.tensor([1.0, 2.0]), mt.tensor([-0.0, 3.0]))
    tensor([-1.,  2.])
    """
    return np.copysign(x, y)


@op(x=lambda g: g, y=lambda g: blank(g), elementwise=True, method=True, reference=np.nextafter)
def nextafter(x: Any, y: Any, /) -> Any:
    """The next floating-point number after `x` towards `y`; the gradient is that of `x`; PyTorch has none.

    >>> mt.nextafter(mt.tensor([1.0]), mt.tensor([2.0])) - 1
    tensor([1.1921e-07])
    """
    if np.result_type(x, y).kind != "f":
        raise NotImplementedError(f"nextafter: expected floating point, got {describe(x)} and {describe(y)}")
    return np.nextafter(x, y)


def _of_integers(name: str, ufunc: Any, words: str, example: str) -> Any:
    def function(x: Any, y: Any, /) -> Any:
        if any(np.asarray(a).dtype == np.bool_ for a in (x, y)):
            raise NotImplementedError(f"{name}: expected integers, got {describe(x)} and {describe(y)}")
        return whole(name, ufunc, x, y)

    function.__name__ = name
    function.__doc__ = f"""{words}, of integers; no gradient.

    >>> mt.{name}(mt.tensor([4, 6]), mt.tensor([2, 3]))
    {example}
    """
    return op(function, elementwise=True, method=True, domain=(0, 9), dtype=np.int64, reference=ufunc)


gcd = _of_integers("gcd", np.gcd, "The greatest common divisor", "tensor([2, 3])")
lcm = _of_integers("lcm", np.lcm, "The least common multiple", "tensor([4, 6])")
bitwise_left_shift = _of_integers("bitwise_left_shift", np.left_shift, "``x << y``", "tensor([16, 48])")
bitwise_right_shift = _of_integers("bitwise_right_shift", np.right_shift, "``x >> y``", "tensor([1, 0])")


def _both(name: str, input: Any, other: Any) -> None:
    for x in (input, other):
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): expected two Tensors, got {type(x).__name__}")


@offered
def fmax(input: Tensor, other: Tensor) -> Any:
    """The larger of two, or the one that is a number; at a tie the gradient is that of `input`.

    >>> mt.fmax(mt.tensor([1.0, 5.0]), mt.tensor([2.0, float("nan")]))
    tensor([2., 5.])
    """
    _both("fmax", input, other)
    return where((input >= other) | np.isnan(other), input, other)


@offered
def fmin(input: Tensor, other: Tensor) -> Any:
    """The smaller of two, or the one that is a number; at a tie the gradient is that of `input`.

    >>> mt.fmin(mt.tensor([1.0, 5.0]), mt.tensor([2.0, float("nan")]))
    tensor([1., 5.])
    """
    _both("fmin", input, other)
    return where((input <= other) | np.isnan(other), input, other)


@offered
def heaviside(input: Tensor, values: Tensor) -> Any:
    """0 below zero, 1 above, and `values` at zero; no gradient.

    >>> mt.heaviside(mt.tensor([-1.0, 0.0, 2.0]), mt.tensor(0.5))
    tensor([0.0000, 0.5000, 1.0000])
    """
    if input.dtype != values.dtype:
        raise RuntimeError(
            f"heaviside is not yet implemented for tensors with different dtypes: {input.dtype} and "
            f"{values.dtype}"
        )
    x, y = broadcast_tensors(input.detach(), values.detach())
    return where(x == 0, y, (x > 0).to(x.dtype))


@offered
def ldexp(input: Tensor, other: Tensor) -> Any:
    """``input * 2 ** other``.

    >>> mt.ldexp(mt.tensor([1.5]), mt.tensor([2]))
    tensor([6.])
    """
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
    tensor([4], dtype=int32)
    """
    if not input.is_floating_point():
        raise RuntimeError(f"torch.frexp() only supports floating-point dtypes, got {input.dtype}")
    exponent = np.frexp(input.array)[1].astype(np.int32)
    half = np.ldexp(np.ones((), input.dtype), -(exponent // 2)).astype(input.dtype)
    rest = np.ldexp(np.ones((), input.dtype), -(exponent - exponent // 2)).astype(input.dtype)
    return Parts(input * Tensor._of(half) * Tensor._of(rest), Tensor._of(exponent))


@offered
def logaddexp2(input: Tensor, other: Tensor) -> Any:
    """``log2(2 ** input + 2 ** other)``, without overflow.

    >>> mt.logaddexp2(mt.tensor([1.0]), mt.tensor([1.0]))
    tensor([2.])
    """
    return logaddexp(input * math.log(2), other * math.log(2)) / math.log(2)


def _double(x: Any) -> Any:
    return x.double() if isinstance(x, Tensor) else float(x)


@offered
def float_power(input: Any, exponent: Any) -> Any:
    """``input ** exponent`` in float64; one of them may be a number.

    >>> mt.float_power(mt.tensor([2, 3]), 2)
    tensor([4., 9.], dtype=float64)
    """
    return pow(_double(input), _double(exponent))


def _reflected(shift: Any) -> Any:
    def method(self: Tensor, other: Any) -> Any:
        return shift(other, self)

    return method


for _function in (positive, real):
    setattr(Tensor, _function.__name__, _function)
for _special, _shift in {"lshift": bitwise_left_shift, "rshift": bitwise_right_shift}.items():
    setattr(Tensor, f"__{_special}__", _shift)
    setattr(Tensor, f"__r{_special}__", _reflected(_shift))
