"""Functions on tensors that are called with PyTorch's full argument lists, and small questions."""

from __future__ import annotations

from typing import Any

from ...engine.tensor import Tensor
from ..reductions import sum_mean as reduce

sum = reduce.spelled(reduce.sum)
mean = reduce.spelled(reduce.mean)
all = reduce.spelled(reduce.all)
any = reduce.spelled(reduce.any)


def is_tensor(obj: Any) -> bool:
    """Whether `obj` is a Tensor.

    >>> mt.is_tensor([1.0])
    False
    """
    return isinstance(obj, Tensor)


def is_floating_point(input: Tensor) -> bool:
    """Whether the dtype of `input` can carry a gradient.

    >>> mt.is_floating_point(mt.tensor([1]))
    False
    """
    return input.is_floating_point()


def numel(input: Tensor) -> int:
    """How many elements `input` has.

    >>> mt.numel(mt.zeros(2, 3))
    6
    """
    return input.numel()
