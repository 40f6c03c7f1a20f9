"""``vmap``: a function of one example, made a function of a batch.

The function runs once, on tensors that stand for one example and hold the batch (`func.batching`):
each op does all examples at a time, by a rule or by a loop of its own.  What such a tensor cannot
answer are the numbers of one example: ``item()``, a branch on a value, NumPy, a leaf made with
``requires_grad_()``.  PyTorch raises there.  Here the run
is given up, what it has written in place and drawn at random is taken back, and the function is run
once for each example and the results are stacked: slower, and every function has a vmap.  Only what
a function does to Python's own objects (a list that it appends to) is seen to happen more than once.

Both ways are recorded, so that a vmap nests in every other transform, and they in it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.tensor import Diverted, Tensor
from ..ops.indexing.getitem import select
from ..ops.indexing.narrow import narrow
from ..ops.joining.cat_split import cat, stack
from ..ops.views.permute import movedim
from ..random.generator import default_generator
from . import custom_functions as custom_functions
from .batched_tensor import BatchedTensor, Level, entered, hidden, revealed
from .pytree import flatten
from .write_journal import Journal

Function = Callable[..., Any]
_RANDOMNESS = ("error", "different", "same")
_PARTS = "microtensor._functorch.vmap"
"""Where libraries replace the parts of a call; nothing is replaced before somebody has imported it."""


def vmap(
    func: Function, in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *,
    chunk_size: int | None = None,
) -> Function:  # fmt: skip
    """`func` over a batch: dimension `in_dims` of each positional argument is mapped, results are stacked.

    `in_dims` is a number, None (the argument is the same for all), or nested like the arguments;
    `out_dims` says where the batch stands in the results, None for one that has none.  Keyword
    arguments are the same for all.  Random numbers are an error, unless ``randomness="same"`` gives
    every example the same ones, or ``"different"`` its own.  `chunk_size` limits how many examples
    are computed at a time.

    Raises ``ValueError`` if no argument has a batch, the sizes differ, `in_dims` or `out_dims` do not
    fit, or the function returns anything but tensors.

    >>> mt.func.vmap(mt.dot)(mt.tensor([[1.0, 2.0], [3.0, 4.0]]), mt.ones(2, 2))
    tensor([3., 7.])
    """
    if randomness not in _RANDOMNESS:
        raise RuntimeError(
            f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}"
        )
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    def batched(*args: Any, **kwargs: Any) -> Any:
        parts = sys.modules.get(_PARTS)
        if parts is not None and parts.replaced():
            return parts.run(func, in_dims, out_dims, randomness, args, kwargs)
        leaves, rebuild = flatten(args)
        run = _Run(func, leaves, _checked(in_dims, args), rebuild, kwargs, out_dims, randomness)
        return run.in_chunks(chunk_size or max(run.size, 1))

    return batched


class _Run:
    """One call of a mapped function."""

    def __init__(
        self, func: Function, leaves: list[Any], dims: list[Any], rebuild: Any, kwargs: dict[str, Any],
        out_dims: Any, randomness: str,
    ) -> None:  # fmt: skip
        self.func, self.leaves, self.dims, self.rebuild, self.kwargs = func, leaves, dims, rebuild, kwargs
        self.out_dims, self.randomness = out_dims, randomness
        self.size = _size(leaves, dims)

    def in_chunks(self, chunk_size: int) -> Any:
        """The results of all examples, so many at a time."""
        if chunk_size >= self.size:
            return self.part(self.leaves, self.size)
        state, parts = default_generator.stream.get_state(), []
        for start in range(0, self.size, chunk_size):
            if self.randomness == "same":
                default_generator.stream.set_state(state)
            n = min(chunk_size, self.size - start)
            pairs = zip(self.leaves, self.dims, strict=True)
            parts.append(self.part([x if d is None else narrow(x, d, start, n) for x, d in pairs], n))
        return self.joined(parts)

    def joined(self, parts: list[Any]) -> Any:
        """The results of several chunks as one."""
        columns, rebuild = [flatten(part)[0] for part in parts], flatten(parts[0])[1]
        dims = _out_dims(self.out_dims, parts[0])
        pairs = zip(zip(*columns, strict=True), dims, strict=True)
        return rebuild([column[0] if d is None else cat(column, d) for column, d in pairs])

    def part(self, leaves: list[Any], size: int) -> Any:
        """The results of one chunk: at once if that is possible, else one by one."""
        state, journal = default_generator.stream.get_state(), Journal()
        try:
            with journal, entered(Level(size, self.randomness)) as level:
                results = self.at_once(leaves, level)
        except Diverted:
            pass
        else:
            if self.randomness == "same" or default_generator.stream.get_state() == state:
                return results
            self.refuse_randomness()
        journal.undo()
        default_generator.stream.set_state(state)
        return self.one_by_one(leaves, size)

    def refuse_randomness(self) -> None:
        """Raise if random numbers, which were drawn, are an error."""
        if self.randomness == "error":
            raise RuntimeError(
                "vmap: called random operation while in randomness error mode. Please either use the 'same' "
                "or 'different' randomness flags on vmap or perform the randomness operation out of vmap"
            )

    def at_once(self, leaves: list[Any], level: Level) -> Any:
        """Run the function on the whole batch."""
        pairs = zip(leaves, self.dims, strict=True)
        mine = [x if d is None else hidden(movedim(x, d, 0) if d % x.ndim else x, level) for x, d in pairs]
        results, rebuild = flatten(out := self.func(*self.rebuild(mine), **self.kwargs))
        pairs = zip(results, _out_dims(self.out_dims, out), strict=True)
        return rebuild([_put_out(x, d, level) for x, d in pairs])

    def one_by_one(self, leaves: list[Any], size: int) -> Any:
        """Run the function on each example, and stack."""
        state, results = default_generator.stream.get_state(), []
        for i in range(size):
            if self.randomness == "same":
                default_generator.stream.set_state(state)
            pairs = zip(leaves, self.dims, strict=True)
            mine = [x if d is None else select(x, d, i) for x, d in pairs]
            results.append(self.func(*self.rebuild(mine), **self.kwargs))
            if self.randomness == "error" and default_generator.stream.get_state() != state:
                self.refuse_randomness()
        return _stacked(results, self.out_dims)


# ------------------------------------------------------------------- the arguments


def _checked(in_dims: Any, args: tuple[Any, ...]) -> list[Any]:
    """The dimension of every leaf of the arguments."""
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            "vmap: expected `in_dims` to be int or a (potentially nested) tuple matching the structure of "
            f"inputs, got: {type(in_dims)}"
        )
    if not args:
        raise ValueError(
            "vmap: got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a function "
            "with no inputs. The latter is unsupported."
        )
    return _spread(in_dims, args, "in_dims", "inputs")


def _spread(dims: Any, tree: Any, name: str, what: str) -> list[Any]:
    """The dimension of every leaf: a number or None counts for all leaves below it."""
    if dims is None or isinstance(dims, int):
        return [dims] * len(flatten(tree)[0])
    if not _alike(dims, tree):
        raise ValueError(f"vmap: {name} is not compatible with the structure of `{what}`: {name}={dims}")
    keys = list(tree) if isinstance(tree, dict) else range(len(tree))
    return [d for key in keys for d in _spread(dims[key], tree[key], name, what)]


def _alike(dims: Any, tree: Any) -> bool:
    if isinstance(tree, dict):
        return isinstance(dims, dict) and dims.keys() == tree.keys()
    return isinstance(tree, (tuple, list)) and isinstance(dims, (tuple, list)) and len(dims) == len(tree)


def _size(leaves: Sequence[Any], dims: Sequence[Any]) -> int:
    sizes = [_length(x, dim) for x, dim in zip(leaves, dims, strict=True) if dim is not None]
    if not sizes:
        raise ValueError("vmap: in_dims is None for every input, so there is nothing to map over")
    if len(set(sizes)) > 1:
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return sizes[0]


def _length(x: Any, dim: int) -> int:
    if not isinstance(x, Tensor):
        raise ValueError(
            f"vmap: Got in_dim={dim} for an input but the input is of type {type(x)}. We cannot vmap over "
            "non-Tensor arguments, please use None as the respective in_dim"
        )
    if not -x.ndim <= dim < x.ndim:
        raise ValueError(
            f"vmap: Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {x.ndim} "
            f"so expected in_dim to satisfy -{x.ndim} <= in_dim < {x.ndim}."
        )
    return x.shape[dim]  # type: ignore[no-any-return]


# --------------------------------------------------------------------- the results


def _out_dims(out_dims: Any, out: Any) -> list[Any]:
    """The dimension of the batch in every result; a tuple of one counts for a single result."""
    single = isinstance(out_dims, tuple) and len(out_dims) == 1 and not isinstance(out, (tuple, list, dict))
    return _spread(out_dims[0] if single else out_dims, out, "out_dims", "outputs")


def _require_tensor(x: Any) -> None:
    if not isinstance(x, Tensor):
        raise ValueError(
            f"vmap: the function must only return Tensors, got type {type(x)}. Did you mean to set out_dims= "
            "to None for output?"
        )


def _put_out(x: Any, dim: int | None, level: Level) -> Any:
    """A result, with its batch as dimension `dim`."""
    if dim is None:
        if isinstance(x, BatchedTensor) and x.level is level:
            raise ValueError("vmap: the function can not return a BatchedTensor when out_dim is None")
        return x
    _require_tensor(x)
    out = revealed(x, level)
    return out if dim == 0 else movedim(out, 0, dim)


def _stacked(results: list[Any], out_dims: Any) -> Any:
    if not results:
        raise ValueError("vmap: the batch is empty, and this function can only be run on its examples")
    columns = zip(*[flatten(r)[0] for r in results], strict=True)
    pairs = zip(columns, _out_dims(out_dims, results[0]), strict=True)
    return flatten(results[0])[1]([_stack_at(column, dim) for column, dim in pairs])


def _stack_at(column: tuple[Any, ...], dim: int | None) -> Any:
    if dim is None:
        return column[0]
    for item in column:
        _require_tensor(item)
    stacked = stack(column)
    return stacked if dim == 0 else movedim(stacked, 0, dim)
