"""All parameters of a network as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...engine.tensor import Tensor
from ...ops.joining.cat_split import cat

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Any:
    """All parameters, one behind the other, as one vector; differentiable.

    >>> mt.nn.utils.parameters_to_vector([mt.ones(2), mt.zeros(1, 1)])
    tensor([1., 1., 0.])
    """
    return cat([p.reshape(-1) for p in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Make each parameter a slice of `vec`, the way back from `parameters_to_vector`.

    Raises ``RuntimeError`` if the vector is too short.

    >>> w = mt.zeros(2, 1)
    >>> mt.nn.utils.vector_to_parameters(mt.tensor([1.0, 2.0]), [w])
    >>> w.flatten()
    tensor([1., 2.])
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    start = 0
    for p in parameters:
        p.data = vec[start : start + p.numel()].reshape(tuple(p.shape)).data
        start += p.numel()
