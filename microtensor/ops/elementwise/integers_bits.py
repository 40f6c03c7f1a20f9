"""Functions of integers: common divisors and multiples, and shifts of bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.arrays.kernels import BOOL, FLOATING, without
from ...engine.op import op
from ...engine.tensor import Tensor


def _of_integers(name: str, ufunc: Any, words: str, example: str) -> Any:
    def function(x: Any, y: Any, /) -> Any:
        return ufunc(x, y)

    function.__name__ = name
    function.__doc__ = f"""{words}, of integers; no gradient.

    >>> mt.{name}(mt.tensor([4, 6]), mt.tensor([2, 3]))
    {example}
    """
    short = name.removeprefix("bitwise_").replace("left_", "l").replace("right_", "r")
    return op(function, kernel=without(f"{short}_cpu", FLOATING | BOOL), tensors="x y" * (short == name),
              elementwise=True, method=True, domain=(0, 9), dtype=np.int64, reference=ufunc)  # fmt: skip


gcd = _of_integers("gcd", np.gcd, "The greatest common divisor", "tensor([2, 3])")


lcm = _of_integers("lcm", np.lcm, "The least common multiple", "tensor([4, 6])")


bitwise_left_shift = _of_integers("bitwise_left_shift", np.left_shift, "``x << y``", "tensor([16, 48])")


bitwise_right_shift = _of_integers("bitwise_right_shift", np.right_shift, "``x >> y``", "tensor([1, 0])")


def _reflected(shift: Any) -> Any:
    def method(self: Tensor, other: Any) -> Any:
        return shift(other, self)

    return method


for _special, _shift in {"lshift": bitwise_left_shift, "rshift": bitwise_right_shift}.items():
    setattr(Tensor, f"__{_special}__", _shift)
    setattr(Tensor, f"__r{_special}__", _reflected(_shift))
