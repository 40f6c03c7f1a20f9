"""Tools for tests: of our ops, and of anybody's.

``check_op(op)`` holds an op to all the laws that the ops of this package obey: see `testing.laws`.
"""

from __future__ import annotations

from .comparison import assert_close
from .finite_differences import numerical_gradient
from .laws import LAWS, check_op
from .legacy import assert_allclose
from .samples import samples_of
from .tensor_factory import make_tensor

__all__ = [
    "LAWS",
    "assert_allclose",
    "assert_close",
    "check_op",
    "make_tensor",
    "numerical_gradient",
    "samples_of",
]
