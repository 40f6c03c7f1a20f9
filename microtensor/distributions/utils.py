"""What the distributions share: parameters brought to one shape, probabilities and log odds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..creation.factories import empty
from ..creation.from_data import tensor
from ..creation.ranges import arange
from ..engine.dtypes import default_dtype
from ..engine.grad_mode import enable_grad
from ..engine.overriding.dispatch import overrides
from ..engine.tensor import Tensor
from ..ops.activations.softmax import softmax
from ..ops.elementwise.exponential import log, sigmoid
from ..ops.views.expand import broadcast_tensors

euler_constant = 0.57721566490153286060


def broadcast_all(*values: Any) -> Any:
    """Tensors of one shape; numbers take the dtype of the first tensor, or the default one.

    Raises ``ValueError`` for what is neither a tensor nor a number.

    >>> broadcast_all(mt.zeros(2), 1)
    (tensor([0., 0.]), tensor([1., 1.]))
    """
    if not all(isinstance(v, Tensor | float | int) or overrides(v) for v in values):
        found = ", ".join(type(v).__name__ for v in values)
        raise ValueError(f"Input arguments must all be instances of Number or torch.Tensor, but got {found}")
    dtype = next((v.dtype for v in values if isinstance(v, Tensor)), default_dtype())
    alike = [tensor(v, dtype=dtype) if isinstance(v, float | int) else v for v in values]
    return tuple(broadcast_tensors(*alike))


def standard_normal(shape: Any, like: Tensor) -> Any:
    """Normal numbers of this shape and the dtype of `like`."""
    return empty(shape, dtype=like.dtype).normal_()


def sum_rightmost(value: Tensor, dim: int) -> Any:
    """The sum over the last `dim` dimensions."""
    return value.reshape(*value.shape[: value.ndim - dim], -1).sum(-1) if dim else value


_standard_normal, _sum_rightmost = standard_normal, sum_rightmost


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Any:
    """Probabilities from log odds, or from logarithms up to a constant.

    >>> logits_to_probs(mt.zeros(2))
    tensor([0.5000, 0.5000])
    """
    return sigmoid(logits) if is_binary else softmax(logits, dim=-1)


def clamp_probs(probs: Tensor) -> Any:
    """Probabilities, kept from 0 and 1 by the machine epsilon."""
    eps = float(np.finfo(probs.dtype).eps)
    return probs.clamp(min=eps, max=1 - eps)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Any:
    """Log odds, or logarithms, of probabilities.

    >>> probs_to_logits(mt.tensor([0.5]), is_binary=True)
    tensor([0.])
    """
    inside = clamp_probs(probs)
    return log(inside) - (-inside).log1p() if is_binary else log(inside)


def of_base(name: str, says: str) -> Any:
    """A property of a transformed distribution that is its base's."""
    return property(lambda self: getattr(self.base_dist, name), doc=says)


class lazy_property(property):  # noqa: N801
    """A property that is computed once, with recording on, and then an attribute like any other."""

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        super().__init__(wrapped)
        self.wrapped, self.__name__ = wrapped, wrapped.__name__

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        held = vars(instance)
        if self.__name__ not in held:
            with enable_grad():
                held[self.__name__] = self.wrapped(instance)
        return held[self.__name__]

    def __set__(self, instance: Any, value: Any) -> None:
        vars(instance)[self.__name__] = value


def _mask(n: int, diag: int) -> Any:
    index = arange(n)
    return index < index.view(-1, 1) + (diag + 1)


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Any:
    """The elements on and below a diagonal of matrices, row by row, as vectors.

    >>> tril_matrix_to_vec(mt.tensor([[1, 2], [3, 4]]))
    tensor([1, 3, 4])
    """
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    return mat[..., _mask(n, diag)]


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Any:
    """The way back from `tril_matrix_to_vec`, with zeros elsewhere.

    Raises ``ValueError`` for a length that no triangle has.

    >>> vec_to_tril_matrix(mt.tensor([1, 3, 4]))
    tensor([[1, 0],
            [3, 4]])
    """
    length = vec.shape[-1]
    side = (-(1 + 2 * diag) + ((1 + 2 * diag) ** 2 + 8 * length + 4 * abs(diag) * (diag + 1)) ** 0.5) / 2
    n = round(side)
    if abs(n - side) > 1e-6:
        raise ValueError(
            f"The size of last dimension is {length} which cannot be expressed as the lower triangular part "
            "of a square D x D matrix."
        )
    mat = vec.new_zeros((*vec.shape[:-1], n, n))
    mat[..., _mask(n, diag)] = vec
    return mat
