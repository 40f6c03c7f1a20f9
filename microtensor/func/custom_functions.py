"""A user's `autograd.Function` under the transforms: its own ``vmap``, and what it must have for the others.

A Function with ``generate_vmap_rule`` has its forward and backward run example by example, as everything has
that does not know of batches.  Its ``setup_context`` separates what is computed from what is saved, without
which PyTorch's transforms refuse it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..autograd.function import Function, interceptors, separate
from ..engine.tensor import Tensor
from ..ops.views.permute import movedim
from .batched_tensor import BatchedTensor, Level, outside
from .function_jvp import with_own_jvp
from .pullback import open_records

_RULES = "https://pytorch.org/docs/main/notes/extending.func.html"


class VmapInfo(NamedTuple):
    """What a Function's ``vmap`` is told: how many examples there are, and how random numbers are drawn."""

    batch_size: int
    randomness: str


def intercept(cls: type[Function], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a call under a transform as PyTorch does, or refuse it; nothing for this package's own."""
    batched = [a for a in args if isinstance(a, BatchedTensor)]
    if cls.ours() or not (batched or open_records):
        return NotImplemented
    if not separate(cls):
        raise RuntimeError(
            "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, "
            "...), it "
            f"must override the setup_context staticmethod, and {cls.__name__} does not. For more details, "
            f"please see {_RULES}"
        )
    if batched and _has_own_rule(cls):
        return _mapped(cls, args, max((a.level for a in batched), key=lambda v: v.number))
    if open_records and open_records[-1].forward:
        return with_own_jvp(cls, args)
    return NotImplemented


def _has_own_rule(cls: type[Function]) -> bool:
    """Whether the Function's ``vmap`` is to be called; ``RuntimeError`` if it has none, or two."""
    own = cls.vmap is not Function.vmap
    if own and cls.generate_vmap_rule:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it has both generate_vmap_rule=True and an "
            "overridden "
            "vmap staticmethod. Please set generate_vmap_rule=False or delete the overridden vmap "
            "staticmethod "
            f"to avoid ambiguity. For more details, please see {_RULES}"
        )
    if not own and not cls.generate_vmap_rule:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it does not have vmap support. Please override and "
            "implement the vmap staticmethod or set generate_vmap_rule=True. For more details, please see "
            f"{_RULES}"
        )
    return own


def _mapped(cls: type[Function], args: Sequence[Any], level: Level) -> Any:
    """Call the Function's own rule, outside of this vmap, on whole batches."""
    mine = [isinstance(a, BatchedTensor) and a.level is level for a in args]
    values = [a.value if batched else a for a, batched in zip(args, mine, strict=True)]
    info, dims = VmapInfo(level.size, level.randomness), tuple(0 if batched else None for batched in mine)
    with outside(level):
        answer = cls.vmap(info, dims, *values)
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise RuntimeError(
            "Expected the vmap staticmethod to have two returns, an output and out_dims with pytree "
            "structure "
            f"compatible with the output; {cls.__name__}.vmap returned {type(answer).__name__}"
        )
    output, out_dims = answer
    if not isinstance(output, tuple):
        return _wrapped(output, out_dims, level)
    spread = out_dims if isinstance(out_dims, tuple) else (out_dims,) * len(output)
    return tuple(_wrapped(o, d, level) for o, d in zip(output, spread, strict=True))


def _wrapped(output: Any, dim: int | None, level: Level) -> Any:
    if dim is None or not isinstance(output, Tensor):
        return output
    return BatchedTensor(level, movedim(output, dim, 0) if dim else output)


interceptors.insert(0, intercept)
