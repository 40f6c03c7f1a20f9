"""Lengths of 1 stretched without a copy: expand, and the shape that several tensors share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...engine.calls.sentences import unequal
from ...engine.graph import sum_to
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor, install
from ...errors import ShapeError, describe
from .broadcast_view import broadcast_view
from .reshape import dims_of


@op(x=lambda g, x_shape: sum_to(g, x_shape), complex=True, view=True, name="expand", node="ExpandBackward0",
    samples=[case((3, 1), shape=(3, 4)), case((3,), shape=(2, 3)), case((), shape=(2,))],
    reference=lambda x, shape: np.broadcast_to(x, shape))  # fmt: skip
def _expand(x: Any, /, shape: tuple[int, ...]) -> Any:
    """Dimensions of length 1 stretched, and new ones put in front, without a copy.

    >>> mt.tensor([[1], [2]]).expand(2, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    return broadcast_view(x, shape)


def expand(input: Tensor, *sizes: Any, size: Any = None, implicit: bool = False) -> Tensor:
    """`input` broadcast to `sizes`, without a copy; -1 keeps a length.

    `implicit` tells PyTorch's tracer that nobody asked for it, and changes nothing.

    >>> mt.ones(3, 1).expand(-1, 4).shape
    torch.Size([3, 4])
    """
    sizes, old = dims_of(sizes, size), tuple(input.shape)
    lead = len(sizes) - len(old)
    if lead < 0 or any(n == -1 for n in sizes[:lead]):
        raise RuntimeError(
            f"expand: {describe(input)} cannot become {sizes}: expected at least {len(old)} sizes, "
            "new ones not -1"
        )
    shape = tuple(old[i - lead] if n == -1 else n for i, n in enumerate(sizes))
    wrong = [d for d, m in enumerate(old) if m not in (1, shape[lead + d])]
    if wrong:
        raise ShapeError(
            f"The expanded size of the tensor ({shape[lead + wrong[-1]]}) must match the existing size "
            f"({old[wrong[-1]]}) at non-singleton dimension {lead + wrong[-1]}.  Target sizes: "
            f"{list(shape)}.  Tensor sizes: {list(old)}: expand stretches only dimensions of length 1 of "
            f"{describe(input)}"
        )
    return _expand(input, shape)


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` broadcast to the shape of `other`."""
    return expand(input, tuple(other.shape))


def broadcast_to(input: Tensor, *sizes: Any, size: Any = None) -> Tensor:
    """`input` broadcast to a shape, without a copy.

    >>> mt.broadcast_to(mt.ones(1), (2,))
    tensor([1., 1.])
    """
    return expand(input, dims_of(sizes, size))


def broadcast_tensors(*tensors: Tensor) -> tuple[Any, ...]:
    """All tensors, expanded to their common shape.

    >>> [tuple(a.shape) for a in mt.broadcast_tensors(mt.ones(3), mt.ones(2, 1))]
    [(2, 3), (2, 3)]
    """
    shape = common_shape("broadcast_tensors", tensors)
    return tuple(expand(a, shape) for a in tensors)


def common_shape(name: str, tensors: Sequence[Any]) -> tuple[int, ...]:
    """The shape that these tensors broadcast to; ``RuntimeError`` if there is none."""
    shapes = [tuple(a.shape) for a in tensors]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError as error:
        found = " and ".join(map(str, shapes))
        said = f"{unequal(shapes)}: " if len(shapes) == 2 else ""
        raise ShapeError(
            f"{said}{name}: the shapes {found} do not broadcast: counted from the last dimension, lengths "
            "must be equal or 1"
        ) from error


install(expand=expand, expand_as=expand_as, broadcast_to=broadcast_to)
