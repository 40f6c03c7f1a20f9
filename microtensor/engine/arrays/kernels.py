"""Which dtypes a function is not for: PyTorch has no kernel for them, and says so with NotImplementedError.

NumPy computes many of these (a softmax of integers, ``abs`` of bools), so a program would run here and fail
there.  An op says ``kernel=without("silu_cpu", BOOL | INTEGER)``, which the engine asks where it leaves the
common path; a function of ops calls the same with its operand.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ...errors import scalar_type
from .. import dtypes
from ..dtypes import DType

BOOL = frozenset({dtypes.bool})
INTEGER = frozenset(np.dtype(code) for code in "bhilBHIL")
WHOLE = BOOL | INTEGER
HALF = frozenset({dtypes.float16})
COMPLEX = frozenset({dtypes.complex64, dtypes.complex128})
FLOATING = frozenset({dtypes.float16, dtypes.float32, dtypes.float64})


@dataclass(frozen=True)
class Kernel:
    """The dtypes that an op `lacks`, and how PyTorch says so, with {} for the dtype."""

    sentence: str
    lacks: frozenset[DType]
    error: type[RuntimeError] = NotImplementedError
    unasked_if_empty: bool = False

    def check(self, dtype: Any) -> None:
        """Raise if there is nothing for `dtype`."""
        if dtype in self.lacks:
            remedy = "abs" if dtype.kind == "c" else "int" if self.lacks >= FLOATING else "float"
            raise self.error(f"{self.sentence.format(scalar_type(dtype))}: convert it with x.{remedy}()")

    def __call__(self, *operands: Any) -> None:
        """The same for the dtypes of some tensors or arrays."""
        if self.unasked_if_empty and any(0 in x.shape for x in operands):
            return
        for x in operands:
            self.check(x.dtype)


@cache
def without(name: str, lacks: frozenset[DType], unasked_if_empty: bool = False) -> Kernel:
    """The kernel that PyTorch calls `name`, which is not made for the dtypes that it `lacks`.

    `unasked_if_empty` says that PyTorch knows the result where an operand has no elements.

    >>> from microtensor.engine.arrays.kernels import BOOL, without
    >>> without("abs_cpu", BOOL)(mt.tensor([True]))
    Traceback (most recent call last):
    NotImplementedError: "abs_cpu" not implemented for 'Bool': convert it with x.float()
    """
    return Kernel(f"\"{name}\" not implemented for '{{}}'", lacks, unasked_if_empty=unasked_if_empty)


@cache
def unsupported(sentence: str, lacks: frozenset[DType]) -> Kernel:
    """What PyTorch refuses by a ``RuntimeError`` in a sentence of its own."""
    return Kernel(sentence, lacks, RuntimeError)
