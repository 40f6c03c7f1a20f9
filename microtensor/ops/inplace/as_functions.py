"""In-place operations as functions of the package: ``torch.sin_(x)``, as programs of 2018 write them."""

from __future__ import annotations

import functools
from typing import Any

from ...engine.numpy_keywords import Later, method_signature
from ...engine.tensor import Tensor


def _function(name: str) -> Any:
    """The method of that name as a function of `input` and the rest."""

    def call(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return getattr(Tensor, name)(input, *args, **kwargs)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"``input.{name}(...)``: what it writes into is its first argument, which it returns."
    call.__signature__ = Later(lambda: _shown(name))  # type: ignore[attr-defined]
    return call


@functools.cache
def _shown(name: str) -> Any:
    found = method_signature(getattr(Tensor, name))
    first, *rest = found.parameters.values()
    return found.replace(parameters=[first.replace(name="input"), *rest])


abs_, acos_, acosh_, addmv_, arccos_, arccosh_, arcsin_, arcsinh_, arctan_ = map(
    _function,
    [
        "abs_", "acos_", "acosh_", "addmv_", "arccos_", "arccosh_", "arcsin_", "arcsinh_",
        "arctan_",
    ],
)  # fmt: skip
arctanh_, as_strided_, asin_, asinh_, atan_, atanh_, ceil_, clamp_, clamp_max_ = map(
    _function,
    [
        "arctanh_", "as_strided_", "asin_", "asinh_", "atan_", "atanh_", "ceil_", "clamp_",
        "clamp_max_",
    ],
)  # fmt: skip
clamp_min_, clip_, cos_, cosh_, deg2rad_, detach_, erf_, erfc_, exp2_ = map(
    _function,
    [
        "clamp_min_", "clip_", "cos_", "cosh_", "deg2rad_", "detach_", "erf_", "erfc_", "exp2_",
    ],
)  # fmt: skip
exp_, expm1_, fill_, fix_, floor_, frac_, gcd_, i0_, index_put_ = map(
    _function,
    [
        "exp_", "expm1_", "fill_", "fix_", "floor_", "frac_", "gcd_", "i0_", "index_put_",
    ],
)  # fmt: skip
lcm_, ldexp_, log10_, log1p_, log2_, log_, logit_, nan_to_num_, neg_ = map(
    _function,
    [
        "lcm_", "ldexp_", "log10_", "log1p_", "log2_", "log_", "logit_", "nan_to_num_", "neg_",
    ],
)  # fmt: skip
negative_, rad2deg_, reciprocal_, resize_as_, round_, rsqrt_, sigmoid_, sin_, sinc_ = map(
    _function,
    [
        "negative_", "rad2deg_", "reciprocal_", "resize_as_", "round_", "rsqrt_", "sigmoid_",
        "sin_", "sinc_",
    ],
)  # fmt: skip
sinh_, sqrt_, square_, tan_, tanh_, trunc_, xlogy_, zero_ = map(
    _function,
    [
        "sinh_", "sqrt_", "square_", "tan_", "tanh_", "trunc_", "xlogy_", "zero_",
    ],
)  # fmt: skip
