"""The parts of `vmap` that libraries call and replace: arguments taken apart, batched, results put together.

Tensordict puts functions of its own in the place of `_process_batched_inputs`, `_create_batched_inputs` and
`_unwrap_batched`, so that dictionaries of tensors with a batch shape of their own are mapped.  `func.vmap`
asks `replaced` whether that has happened, and goes this way then: all examples at once, in one chunk.  A
function that needs the numbers of one example raises here: there is no loop over the examples.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from microtensor.engine.tensor import Tensor
from microtensor.func.batched_tensor import BatchedTensor, Level, entered, hidden, revealed, running
from microtensor.func.trees.spec import broadcast as _broadcast_to_and_flatten
from microtensor.func.trees.spec import tree_flatten, tree_unflatten
from microtensor.ops.views.permute import movedim
from microtensor.random.generator import default_generator

__all__ = ["replaced", "run"]

Function = Callable[..., Any]


def _get_name(func: Function) -> str:
    """The function's name, for a message."""
    if isinstance(func, functools.partial):
        return f"functools.partial({_get_name(func.func)}, ...)"
    return getattr(func, "__name__", None) or repr(func)


def _level(number: int) -> Level:
    """The vmap of that number, which must be running."""
    for level in running():
        if level.number == number:
            return level
    raise RuntimeError(f"vmap: level {number} is not running: {[one.number for one in running()]} are")


def _add_batch_dim(tensor: Any, in_dim: int, level: int) -> Any:
    """One example of `tensor` in the vmap of that number, its dimension `in_dim` taken for the batch."""
    return hidden(movedim(tensor, in_dim, 0), _level(level))


def _remove_batch_dim(tensor: Any, level: int, batch_size: int, out_dim: int) -> Any:
    """The whole batch of which `tensor` is an example, as dimension `out_dim`."""
    return movedim(revealed(tensor, _level(level)), 0, out_dim)


def _maybe_remove_batch_dim(name: str, output: Any, level: int, batch_size: int, out_dim: int | None) -> Any:
    """The same for a result, which may be anything where `out_dim` is None.

    Raises ``ValueError`` for what is no tensor, or an example where None says that there is none.
    """
    if out_dim is None:
        if isinstance(output, BatchedTensor) and output.level.number == level:
            raise ValueError(
                f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None"
            )
        return output
    if not isinstance(output, Tensor):
        raise ValueError(
            f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(output)}. Did you mean to "
            "set out_dims= to None for output?"
        )
    return _remove_batch_dim(output, level, batch_size, out_dim)


def _process_batched_inputs(in_dims: Any, args: Any, func: Function) -> tuple[int, list[Any], list[Any], Any]:
    """The batch's size, the dimension of every leaf of the arguments, the leaves, and their structure."""
    leaves, spec = tree_flatten(args)
    dims = _broadcast_to_and_flatten(in_dims, spec)
    if dims is None:
        raise ValueError(
            f"vmap({_get_name(func)}, in_dims={in_dims}, ...): in_dims is not compatible with the structure "
            f"of `inputs`: {spec}"
        )
    sizes = [x.shape[dim] for x, dim in zip(leaves, dims, strict=True) if dim is not None]
    if len(set(sizes)) != 1:
        raise ValueError(f"vmap: expected one size in the mapped dimension of all tensors, got {sizes}")
    return sizes[0], dims, leaves, spec


def _create_batched_inputs(dims: list[Any], leaves: list[Any], vmap_level: int, spec: Any) -> Any:
    """The arguments with one example in the place of each mapped leaf."""
    pairs = zip(dims, leaves, strict=True)
    mine = [x if dim is None else _add_batch_dim(x, dim, vmap_level) for dim, x in pairs]
    return tree_unflatten(mine, spec)


def _unwrap_batched(outputs: Any, out_dims: Any, vmap_level: int, batch_size: int, func: Function) -> Any:
    """The results with their batches."""
    leaves, spec = tree_flatten(outputs)
    dims = _broadcast_to_and_flatten(out_dims, spec)
    if dims is None:
        raise ValueError(
            f"vmap({_get_name(func)}, ..., out_dims={out_dims}): out_dims is not compatible with the "
            f"structure of `outputs`: {spec}"
        )
    pairs, name = zip(leaves, dims, strict=True), _get_name(func)
    return tree_unflatten(
        [_maybe_remove_batch_dim(name, x, vmap_level, batch_size, dim) for x, dim in pairs], spec
    )


_parts = ("_process_batched_inputs", "_create_batched_inputs", "_unwrap_batched")
_own = {name: globals()[name] for name in _parts}


def replaced() -> bool:
    """Whether a library has put a function of its own in the place of one of the three parts."""
    return any(globals()[name] is not own for name, own in _own.items())


def run(
    func: Function,
    in_dims: Any,
    out_dims: Any,
    randomness: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """One call of a mapped function, by the three parts as they stand now."""
    size, dims, leaves, spec = _process_batched_inputs(in_dims, args, func)
    state = default_generator.stream.get_state()
    with entered(Level(size, randomness)) as level:
        mine = _create_batched_inputs(dims, leaves, level.number, spec)
        results = _unwrap_batched(func(*mine, **kwargs), out_dims, level.number, size, func)
    if randomness == "error" and default_generator.stream.get_state() != state:
        raise RuntimeError(
            "vmap: called random operation while in randomness error mode. Please either use the 'same' "
            "or 'different' randomness flags on vmap or perform the randomness operation out of vmap"
        )
    return results
