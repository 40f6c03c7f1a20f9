"""Python's operators on tensors: the ops under their special names, and the reflected forms.

An operand that is no tensor, array or number gets NotImplemented, so that other classes can answer.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.fastpath import operator_of
from ..engine.op_definition import registry
from ..engine.overriding.dispatch import PLAIN, overrides
from ..engine.overriding.overridable import asks_itself
from ..engine.tensor import Tensor, install
from .elementwise import arithmetic, division, power
from .elementwise import comparison as compare
from .elementwise.sign_abs import abs, neg
from .matmul import matmul as product

_BINARY = {
    "add": arithmetic.add, "sub": arithmetic.sub, "mul": arithmetic.mul, "pow": power.pow,
    "truediv": division._div, "floordiv": division.floor_divide, "mod": division.remainder,
    "and": compare.bitwise_and, "or": compare.bitwise_or, "xor": compare.bitwise_xor,
}  # fmt: skip
_COMPARISONS = {
    "eq": compare.eq, "ne": compare.ne, "lt": compare.lt, "le": compare.le,
    "gt": compare.gt, "ge": compare.ge,
}  # fmt: skip


for _name, _op in _BINARY.items():
    setattr(Tensor, f"__{_name}__", operator_of(_op.op, f"__{_name}__"))
    setattr(Tensor, f"__r{_name}__", operator_of(_op.op, f"__r{_name}__", reflected=True))
install(__rsub__=operator_of(registry["rsub"], "__rsub__"))
install(__rdiv__=vars(Tensor)["__rtruediv__"])  # as Python 2 called it, and PyTorch still does
for _name, _op in _COMPARISONS.items():
    setattr(Tensor, f"__{_name}__", operator_of(_op.op, f"__{_name}__"))


@asks_itself
def _matmul(self: Tensor, other: Any) -> Any:
    if type(self) in PLAIN and type(other) in PLAIN:
        return product.matrix_product(self, other)
    known = isinstance(other, (Tensor, np.ndarray)) or overrides(other)
    return product.matmul(self, other) if known else NotImplemented


@asks_itself
def _rmatmul(self: Tensor, other: Any) -> Any:
    known = isinstance(other, (Tensor, np.ndarray))
    return product.matmul(other, self) if known else NotImplemented


def _positive(self: Tensor) -> Tensor:
    return self


@asks_itself
def _invert(self: Tensor) -> Any:
    if type(self) in PLAIN and self.dtype.kind in "fc":
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return compare.bitwise_not(self)


install(
    __matmul__=_matmul, __rmatmul__=_rmatmul, __neg__=neg, __abs__=abs,
    __pos__=_positive, __invert__=_invert,
)  # fmt: skip
