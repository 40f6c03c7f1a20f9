"""Dropout: elements set to zero at random in training."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.tensor import Tensor
from ...errors import dtype_name, scalar_type
from ...random.generator import default_generator


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training, zero each element with probability `p` and scale the others by ``1 / (1 - p)``.

    Draws what PyTorch draws: the same seed drops the same elements.  ``ValueError`` if `p` is not
    in [0, 1].  Srivastava et al., "Dropout" (2014), in its inverted form.

    >>> mt.nn.functional.dropout(mt.ones(3), 0.5, training=False)
    tensor([1., 1., 1.])
    """
    check_probability(p)
    if not training or p == 0 or input.numel() == 0:
        return input
    if p == 1:
        return input.mul_(0) if inplace else input * 0
    noise = kept_elements(input, p)
    noise /= 1 - p
    return input.mul_(Tensor._of(noise)) if inplace else input * Tensor._of(noise)


def check_probability(p: float) -> None:
    """``ValueError`` unless `p` is between 0 and 1."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def kept(count: int, p: float, dtype: Any) -> Any:
    """`count` draws of 1 for what stays and 0 for what is dropped; ``RuntimeError`` for integers."""
    if dtype.kind == "c":
        raise NotImplementedError(f'"bernoulli_scalar_cpu_" not implemented for {scalar_type(dtype)!r}')
    if dtype.kind != "f":
        raise RuntimeError(
            f"dropout: result type Float can't be cast to the desired output type "
            f"{dtype_name(dtype)}: use x.float()"
        )
    return default_generator.stream.bernoulli(count, 1 - p).astype(dtype)


def kept_elements(input: Tensor, p: float) -> Any:
    """1 for what stays and 0 for what is dropped, drawn in the order in which memory holds the elements."""
    shape, strides = tuple(input.shape), input.stride()
    drawn = kept(input.numel(), p, input.dtype)
    if input.is_contiguous() or any(s == 0 and n > 1 for s, n in zip(strides, shape, strict=True)):
        return drawn.reshape(shape)
    order = sorted(range(len(shape)), key=lambda d: -strides[d])
    return drawn.reshape([shape[d] for d in order]).transpose(np.argsort(order))
