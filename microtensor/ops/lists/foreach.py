"""``torch._foreach_*``: a function of each tensor of a list, as optimizers of other libraries call it.

PyTorch runs the whole list as one piece of GPU work.  Here each is a loop over the list: the results and the
errors are PyTorch's, and nothing is gained in time.  They are made from Tensor's methods of the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...engine.tensor import Tensor

UNARY = [
    "abs", "acos", "asin", "atan", "ceil", "cos", "cosh", "erf", "erfc", "exp", "expm1", "floor", "frac",
    "lgamma", "log", "log10", "log1p", "log2", "neg", "reciprocal", "round", "rsqrt", "sigmoid", "sign",
    "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
]  # fmt: skip
"""Functions of one list; each has an in-place form."""

BINARY = ["add", "clamp_max", "clamp_min", "div", "maximum", "minimum", "mul", "pow", "sub"]
"""Functions of a list and a number, a list of numbers, or a list of tensors."""

TERNARY = ["addcdiv", "addcmul"]
"""Functions of three lists and a number, or a list of numbers."""


def _checked(tensors: Any) -> Sequence[Tensor]:
    if isinstance(tensors, Tensor):
        raise TypeError("argument 'self' must be tuple of Tensors, not Tensor")
    if not tensors:
        raise RuntimeError("Tensor list must have at least one tensor.")
    found: Sequence[Tensor] = tensors
    return found


def _each(other: Any, count: int) -> Sequence[Any]:
    """`other` for each tensor: a list as it is, one number or one tensor of a number again and again."""
    if isinstance(other, (list, tuple)):
        if len(other) != count:
            what = "Tensor lists" if other and isinstance(other[0], Tensor) else "Tensor list and scalar list"
            raise RuntimeError(f"{what} must have the same number of tensors, got {count} and {len(other)}")
        return other
    if isinstance(other, Tensor) and other.ndim:
        raise RuntimeError(
            f"scalar tensor expected to be 0 dim but it has {other.ndim} dimensions and "
            f"{other.numel()} elements."
        )
    return [other] * count


def _result(found: list[Any], inplace: bool) -> Any:
    return found if inplace else tuple(found)


def _method(tensor: Any, name: str) -> Callable[..., Any]:
    method: Callable[..., Any] = getattr(tensor, name)
    return method


def _unary(name: str, inplace: bool) -> Callable[..., Any]:
    def foreach(self: Any) -> Any:
        return _result([_method(tensor, name)() for tensor in _checked(self)], inplace)

    return foreach


def _binary(name: str, inplace: bool) -> Callable[..., Any]:
    # The clamps go by methods that keep to the larger and the smaller one, with a tensor as with a number.
    first = name.rstrip("_")
    method = {"maximum": "clamp_min", "minimum": "clamp_max"}.get(first, first) + "_" * inplace

    def foreach(self: Any, other: Any, *, alpha: Any = None) -> Any:
        options = {} if alpha is None else {"alpha": alpha}
        if first == "pow" and not isinstance(self, (list, tuple)):
            return tuple(self**exponent for exponent in _checked(other))
        pairs = zip(_checked(self), _each(other, len(self)), strict=True)
        return _result([_method(tensor, method)(y, **options) for tensor, y in pairs], inplace)

    return foreach


def _ternary(name: str, inplace: bool) -> Callable[..., Any]:
    def foreach(self: Any, tensor1: Any, tensor2: Any, scalars: Any = None, *, value: Any = 1) -> Any:
        count = len(_checked(self))
        values = value if scalars is None else scalars.tolist() if isinstance(scalars, Tensor) else scalars
        rows = zip(self, *(_each(column, count) for column in (tensor1, tensor2, values)), strict=True)
        return _result([_method(t, name)(a, b, value=v) for t, a, b, v in rows], inplace)

    return foreach


def _lerped(name: str, self: Any, tensors1: Any, weight: Any) -> list[Any]:
    rows = zip(_checked(self), _each(tensors1, len(self)), _each(weight, len(self)), strict=True)
    return [_method(tensor, name)(end, w) for tensor, end, w in rows]


def _foreach_lerp(self: Any, tensors1: Any, weight: Any) -> Any:
    """``self + weight * (tensors1 - self)``, for each tensor of the lists."""
    return tuple(_lerped("lerp", self, tensors1, weight))


def _foreach_lerp_(self: Any, tensors1: Any, weight: Any) -> Any:
    """`_foreach_lerp` in place."""
    return _lerped("lerp_", self, tensors1, weight)


def _foreach_clone(self: Any, *, memory_format: Any = None) -> Any:
    """A copy of each tensor."""
    return tuple(tensor.clone() for tensor in _checked(self))


def _foreach_zero_(self: Any) -> Any:
    """Write zeros into each tensor."""
    return [tensor.zero_() for tensor in _checked(self)]


def _foreach_copy_(self: Any, src: Any, non_blocking: bool = False) -> Any:
    """Write the tensors of one list into those of another."""
    pairs = zip(_checked(self), _each(src, len(self)), strict=True)
    return [tensor.copy_(source) for tensor, source in pairs]


def _foreach_max(self: Any) -> Any:
    """The greatest element of each tensor."""
    return tuple(tensor.max() for tensor in _checked(self))


def _foreach_mm(self: Any, mat2: Any) -> Any:
    """The matrix products of two lists, pair by pair."""
    return tuple(a.mm(b) for a, b in zip(_checked(self), _each(mat2, len(self)), strict=True))


def _foreach_norm(self: Any, ord: Any = 2, dtype: Any = None) -> Any:
    """The norm of each tensor's elements.

    >>> mt._foreach_norm([mt.tensor([3.0, 4.0])])
    (tensor(5.),)
    """
    from ..linalg.norms import vector_norm

    return tuple(vector_norm(tensor, ord, dtype=dtype) for tensor in _checked(self))


def _foreach_powsum(self: Any, ord: Any = 2, dtype: Any = None) -> Any:
    """The sum of each tensor's absolute values to a power."""
    return tuple(tensor.abs().pow(ord).sum(dtype=dtype) for tensor in _checked(self))


def _made(name: str) -> Callable[..., Any]:
    word, inplace = name.removeprefix("_foreach_"), name.endswith("_")
    base = word.rstrip("_")
    kind = _unary if base in UNARY else _binary if base in BINARY else _ternary
    function = kind(word, inplace)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`{base}` of each tensor of a list{', in place' * inplace}."
    return function


_MADE = sorted(f"_foreach_{name}{form}" for name in [*UNARY, *BINARY, *TERNARY] for form in ("", "_"))

(
    _foreach_abs,
    _foreach_abs_,
    _foreach_acos,
    _foreach_acos_,
    _foreach_add,
    _foreach_add_,
    _foreach_addcdiv,
    _foreach_addcdiv_,
    _foreach_addcmul,
    _foreach_addcmul_,
    _foreach_asin,
    _foreach_asin_,
    _foreach_atan,
    _foreach_atan_,
    _foreach_ceil,
    _foreach_ceil_,
    _foreach_clamp_max,
    _foreach_clamp_max_,
    _foreach_clamp_min,
    _foreach_clamp_min_,
    _foreach_cos,
    _foreach_cos_,
    _foreach_cosh,
    _foreach_cosh_,
    _foreach_div,
    _foreach_div_,
    _foreach_erf,
    _foreach_erf_,
    _foreach_erfc,
    _foreach_erfc_,
    _foreach_exp,
    _foreach_exp_,
    _foreach_expm1,
    _foreach_expm1_,
    _foreach_floor,
    _foreach_floor_,
    _foreach_frac,
    _foreach_frac_,
    _foreach_lgamma,
    _foreach_lgamma_,
    _foreach_log,
    _foreach_log10,
    _foreach_log10_,
    _foreach_log1p,
    _foreach_log1p_,
    _foreach_log2,
    _foreach_log2_,
    _foreach_log_,
    _foreach_maximum,
    _foreach_maximum_,
    _foreach_minimum,
    _foreach_minimum_,
    _foreach_mul,
    _foreach_mul_,
    _foreach_neg,
    _foreach_neg_,
    _foreach_pow,
    _foreach_pow_,
    _foreach_reciprocal,
    _foreach_reciprocal_,
    _foreach_round,
    _foreach_round_,
    _foreach_rsqrt,
    _foreach_rsqrt_,
    _foreach_sigmoid,
    _foreach_sigmoid_,
    _foreach_sign,
    _foreach_sign_,
    _foreach_sin,
    _foreach_sin_,
    _foreach_sinh,
    _foreach_sinh_,
    _foreach_sqrt,
    _foreach_sqrt_,
    _foreach_sub,
    _foreach_sub_,
    _foreach_tan,
    _foreach_tan_,
    _foreach_tanh,
    _foreach_tanh_,
    _foreach_trunc,
    _foreach_trunc_,
) = map(_made, _MADE)  # the names in the order of the alphabet, as in `_MADE`
