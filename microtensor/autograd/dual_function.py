"""A user's `Function` in forward mode: its own ``jvp`` gives the tangents of its results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engine.dtypes import is_differentiable
from ..engine.grad_mode import dual_levels, recording
from ..engine.tensor import Tensor
from .dual_tensor import as_dual, enabled, plain, pushed, tangent_of, zeros_like
from .function import Function, interceptors, run


def intercept(cls: type[Function], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a call that has a dual among its arguments."""
    tangents = {i: t for i, a in enumerate(args) if (t := tangent_of(a)) is not None}
    if not tangents or not dual_levels:
        return NotImplemented
    bare = [plain(a) for a in args]
    if cls.jvp is Function.jvp and cls.ours():
        return _by_its_backward(cls, bare, tangents, kwargs)
    output, ctx = run(cls, tuple(bare), kwargs)
    outputs = output if isinstance(output, tuple) else (output,)
    if enabled[0]:
        moved = cls.jvp(ctx, *[_tangent(ctx, x, tangents.get(i)) for i, x in enumerate(bare)])
        moved = moved if isinstance(moved, tuple) else (moved,)
        _check_count(cls, moved, outputs)
        outputs = tuple(_paired(o, t, bare, args) for o, t in zip(outputs, moved, strict=True))
    ctx.saved_for_forward = None
    return outputs if isinstance(output, tuple) else outputs[0]


def _by_its_backward(
    cls: type[Function], bare: Sequence[Any], tangents: dict[int, Any], kwargs: dict[str, Any]
) -> Any:
    """One of this package's functions, run once, since it may draw random numbers."""
    made: list[Any] = []

    def once(*args: Any) -> Any:
        made.append(run(cls, args, kwargs)[0])
        return made[0]

    moved = pushed(once, bare, tangents)
    outputs = made[0] if isinstance(made[0], tuple) else made
    keep = recording() is not False and any(isinstance(x, Tensor) and x.requires_grad for x in bare)
    paired = [
        _paired(o if keep or not isinstance(o, Tensor) else o.detach(), t, (), ())
        for o, t in zip(outputs, moved, strict=True)
    ]
    return tuple(paired) if isinstance(made[0], tuple) else paired[0]


def _tangent(ctx: Any, x: Any, tangent: Any) -> Any:
    missing = tangent is None and isinstance(x, Tensor) and is_differentiable(x.dtype)
    return zeros_like(x) if missing and ctx.materialize_grads else tangent


def _check_count(cls: type[Function], moved: Sequence[Any], outputs: Sequence[Any]) -> None:
    if len(moved) != len(outputs):
        raise RuntimeError(
            f"{cls.__name__}.jvp returned {len(moved)} tangents, and forward returned {len(outputs)} "
            "results: "
            "expected one for each, None where there is none"
        )


def _paired(output: Any, tangent: Any, bare: Sequence[Any], args: Sequence[Any]) -> Any:
    """A result with its tangent; an argument that was written in place is returned itself."""
    for twin, arg in zip(bare, args, strict=True):
        if output is twin and arg is not twin:
            arg._node, arg._rg = twin._node, twin._rg
            output = arg
    return output if tangent is None or not isinstance(output, Tensor) else as_dual(output, tangent)


interceptors.append(intercept)
