"""A batch in parts and together again, as PyTorch's `DataParallel` does between GPUs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...engine.tensor import Tensor
from ...func.pytree import flatten
from ...ops.joining.cat_split import cat, chunk

__all__ = ["gather", "scatter", "scatter_kwargs"]


def scatter(inputs: Any, target_gpus: Any, dim: int = 0) -> Any:
    """A copy of nested containers for each target, with each tensor's part in the tensor's place.

    There are as many copies as a tensor has parts, at most one for each target.

    >>> from microtensor.nn.parallel.scatter_gather import scatter
    >>> [x.tolist() for x in scatter(mt.arange(4), [0, 1])]
    [[0, 1], [2, 3]]
    """
    leaves, rebuild = flatten(inputs)
    parts = [chunk(x, len(target_gpus), dim) if isinstance(x, Tensor) else x for x in leaves]
    sizes = [len(p) for x, p in zip(leaves, parts, strict=True) if isinstance(x, Tensor)]
    count = min(sizes, default=len(target_gpus))
    pairs = list(zip(leaves, parts, strict=True))
    found = [rebuild([p[i] if isinstance(x, Tensor) else x for x, p in pairs]) for i in range(count)]
    return tuple(found) if isinstance(inputs, Tensor) else found


def scatter_kwargs(
    inputs: tuple[Any, ...], kwargs: dict[str, Any] | None, target_gpus: Any, dim: int = 0
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """`scatter` of positional and of named arguments, of which there are equally many parts."""
    args = list(scatter(inputs, target_gpus, dim)) if inputs else []
    named = list(scatter(kwargs, target_gpus, dim)) if kwargs else []
    most = max(len(args), len(named))
    args += [() for _ in range(most - len(args))]
    named += [{} for _ in range(most - len(named))]
    return tuple(args), tuple(named)


def gather(outputs: Any, target_device: Any, dim: int = 0) -> Any:
    """Nested containers of tensors as one, with the tensors put one after the other along `dim`.

    >>> from microtensor.nn.parallel.scatter_gather import gather
    >>> gather([mt.arange(2), mt.arange(2)], "cpu")
    tensor([0, 1, 0, 1])
    """
    rebuild: Callable[..., Any] = flatten(outputs[0])[1]
    rows = zip(*[flatten(output)[0] for output in outputs], strict=True)
    return rebuild([cat([x if x.ndim else x.unsqueeze(0) for x in row], dim) for row in rows])
