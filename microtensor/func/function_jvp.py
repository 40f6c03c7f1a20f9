"""A user's `autograd.Function` in `func.jvp` and its like: its own ``jvp`` gives the tangents.

Forward mode is the pull-back of the pull-back here (see `pullback.Linear`).  So under it a Function is
recorded with a pull-back of which only the derivative counts, and that is ``jvp``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..autograd.function import Function, run
from ..engine.grad_mode import no_grad
from ..engine.tensor import Tensor
from .pullback import zeros


def with_own_jvp(cls: type[Function], args: Sequence[Any]) -> Any:
    """Call a Function so that forward mode asks its ``jvp``."""
    return _Called.apply(cls, *args)


class _Called(Function):
    """The call of a Function; its pull-back is zeros, whose own pull-back is the Function's ``jvp``."""

    @staticmethod
    def forward(ctx: Any, cls: type[Function], *args: Any) -> Any:
        with no_grad():
            output, ctx.inner = run(cls, tuple(args), {})
        ctx.cls, ctx.args = cls, args
        return output

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        pulled = _Pulled.apply(ctx.cls, ctx.inner, ctx.args, *cotangents)
        found = iter(pulled if isinstance(pulled, tuple) else (pulled,))
        return None, *(next(found) if isinstance(x, Tensor) else None for x in ctx.args)


class _Pulled(Function):
    """What stands for the pull-back, a linear function of the cotangents."""

    @staticmethod
    def forward(ctx: Any, cls: type[Function], inner: Any, args: Sequence[Any], *cotangents: Any) -> Any:
        ctx.cls, ctx.inner, ctx.args = cls, inner, args
        return tuple(zeros(x) for x in args if isinstance(x, Tensor))

    @staticmethod
    def backward(ctx: Any, *tangents: Any) -> Any:
        given = iter(tangents)
        moved = ctx.cls.jvp(ctx.inner, *(next(given) if isinstance(x, Tensor) else None for x in ctx.args))
        return None, None, None, *(moved if isinstance(moved, tuple) else (moved,))
