"""``vmap``: a function of one example, made a function of a batch.

The function is run once for each example and the results are stacked.  That is slower than rules
that carry a batch through each operation, and it is exact: everything that a function may do with
one example (branches on values, in-place writes, randomness, other transforms) means the same here,
and the result is differentiable and nests in every other transform.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ops.indexing import select
from ..ops.joining import stack
from ..ops.shape import movedim
from ..random import default_generator
from ..tensor import Tensor
from .tree import flatten

Function = Callable[..., Any]


def vmap(
    func: Function, in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *,
    chunk_size: int | None = None,
) -> Function:  # fmt: skip
    """`func` over a batch: dimension `in_dims` of each argument is walked, results are stacked.

    `in_dims` is a number, None (the argument is the same for all), or nested like the arguments;
    `out_dims` says where the batch stands in the results.  ``randomness="same"`` gives every example
    the same random numbers, ``"different"`` its own.  Raises ``ValueError`` if no argument has a
    batch or the sizes differ.

    >>> mt.func.vmap(mt.dot)(mt.tensor([[1.0, 2.0], [3.0, 4.0]]), mt.ones(2, 2))
    tensor([3., 7.])
    """

    def batched(*args: Any, **kwargs: Any) -> Any:
        leaves, rebuild = flatten(args)
        dims = _spread(in_dims, args)
        named, rename = flatten(kwargs)
        every = [(x, d) for x, d in zip(leaves, dims, strict=True)] + [(x, 0) for x in named if isinstance(x, Tensor)]
        size = _size(every)
        state, results = default_generator.get_state(), []
        for i in range(size):
            if randomness == "same":
                default_generator.set_state(state)
            mine = rebuild([_example(x, d, i) for x, d in zip(leaves, dims, strict=True)])
            also = rename([_example(x, 0, i) if isinstance(x, Tensor) else x for x in named])
            results.append(func(*mine, **also))
        return _joined(results, out_dims)

    return batched


def _spread(in_dims: Any, tree: Any) -> list[Any]:
    """The dimension of every leaf: a number or None counts for all leaves below it."""
    if in_dims is None or isinstance(in_dims, int):
        return [in_dims if isinstance(x, Tensor) else None for x in flatten(tree)[0]]
    if not isinstance(tree, (tuple, list, dict)) or len(in_dims) != len(tree):
        raise ValueError(f"vmap: in_dims={in_dims} does not have the structure of the arguments")
    pairs = [(in_dims[k], tree[k]) for k in tree] if isinstance(tree, dict) else zip(in_dims, tree, strict=True)
    return [d for dims, part in pairs for d in _spread(dims, part)]


def _size(leaves: list[tuple[Any, Any]]) -> int:
    sizes = set()
    for x, dim in leaves:
        if dim is not None:
            if not isinstance(x, Tensor) or not -x.ndim <= dim < x.ndim:
                found = f"shape {tuple(x.shape)}" if isinstance(x, Tensor) else type(x).__name__
                raise ValueError(f"vmap: in_dim {dim} does not fit an argument of {found}")
            sizes.add(x.shape[dim])
    if len(sizes) != 1:
        words = f"sizes {sorted(sizes)}" if sizes else "no batch dimension"
        raise ValueError(f"vmap: the arguments have {words}; expected one size for all mapped dimensions")
    return sizes.pop()  # type: ignore[no-any-return]


def _example(x: Any, dim: Any, i: int) -> Any:
    return x if dim is None else select(x, dim, i)


def _joined(results: list[Any], out_dims: Any) -> Any:
    if not results:
        raise ValueError("vmap: the batch is empty, and the shape of a result cannot be known")
    columns = list(zip(*[flatten(r)[0] for r in results], strict=True))
    rebuild = flatten(results[0])[1]
    dims = [out_dims] * len(columns) if out_dims is None or isinstance(out_dims, int) else list(flatten(out_dims)[0])
    if len(dims) != len(columns):
        raise ValueError(f"vmap: out_dims={out_dims} does not have the structure of the results")
    return rebuild([_stack_at(column, dim) for column, dim in zip(columns, dims, strict=True)])


def _stack_at(column: tuple[Any, ...], dim: Any) -> Any:
    for item in column:
        if not isinstance(item, Tensor):
            raise ValueError(f"vmap: the function must return tensors, got {type(item).__name__}")
    if dim is None:
        return column[0]
    stacked = stack(column)
    return stacked if dim == 0 else movedim(stacked, 0, dim)
