"""The node of one call of a `Function`, and the context that its forward fills and its backward reads.

In PyTorch the two are one object.  Here a user may set any attribute on ``ctx``, also one that the engine
knows by that name, and so they are two: what is set on either is seen on both, but for the engine's names.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine import versions
from ..engine.arrays.complex_numbers import conjugated
from ..engine.fastpath import SeveralNode
from ..engine.grad_mode import enable_grad, no_grad
from ..engine.graph import CONSTANT, linked, sum_to
from ..engine.passes.cotangents import UNDEFINED
from ..engine.passes.saved_arrays import check_saved, freed
from ..engine.tensor import Tensor
from ..ops.elementwise.casting import cast

if TYPE_CHECKING:
    from .function import Function


class Context:
    """What a Function's forward leaves for its backward; any attribute may be set on it."""

    needs_input_grad: tuple[bool, ...] = ()
    to_save: tuple[Any, ...] | None = None
    saved_for_forward: tuple[Any, ...] | None = None
    dirty_tensors: tuple[Any, ...] | None = None
    non_differentiable: tuple[Any, ...] | None = None
    materialize_grads = True
    _materialize_non_diff_grads = True
    _saved: tuple[Any, ...] | None = None
    _once = False

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep inputs or outputs (or None) for backward, where `saved_tensors` returns them."""
        _check_tensors("save_for_backward", tensors)
        self.to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keep tensors (or None) for ``jvp``, which runs right after forward."""
        _check_tensors("save_for_forward", tensors)
        self.saved_for_forward = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Declare the inputs that forward has changed in place, and returns."""
        self.dirty_tensors = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Declare outputs that have no gradient."""
        self.non_differentiable = tensors

    def mark_shared_storage(self, *pairs: Any) -> None:
        """Do nothing, with a ``FutureWarning``: tensors that share memory know it by themselves."""
        warnings.warn(
            "mark_shared_storage is deprecated. Tensors with shared storages are automatically tracked. Note "
            "that calls to `set_()` are not tracked",
            FutureWarning,
            stacklevel=2,
        )

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (True) or None for outputs that nothing used."""
        self.materialize_grads = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` kept; outside of a backward pass, only in forward itself."""
        if self._saved is None:
            return self.saved_for_forward or self.to_save or ()
        saved = self._saved
        if self._once:
            self._saved = ()
        return saved

    @property
    def saved_variables(self) -> tuple[Any, ...]:
        """`saved_tensors`, with a ``DeprecationWarning``."""
        warnings.warn(
            "'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2
        )
        return self.saved_tensors


def _check_tensors(name: str, values: tuple[Any, ...]) -> None:
    for number, value in enumerate(values):
        if value is not None and not isinstance(value, Tensor):
            raise TypeError(
                f"{name} can only save variables, but argument {number} is of type {type(value).__name__}; "
                "set "
                "anything else as an attribute of ctx"
            )


class FunctionNode(SeveralNode):
    """The node of one call of a Function: its context, and how to find what it saved."""

    __slots__ = ("constant", "context", "kept", "positions", "shapes", "spent")
    constant: frozenset[int]
    context: Any
    kept: tuple[Any, ...]
    positions: tuple[int, ...]
    shapes: tuple[Any, ...]
    spent: bool
    fresh = False
    hears_of_nothing = True
    repeatable = False
    sources = (CONSTANT,)
    function: type[Function]

    @property
    def saved(self) -> Any:
        """The context of the call; None once what was kept is freed."""
        return None if self.spent else (self.context,)

    @saved.setter
    def saved(self, value: Any) -> None:
        self.spent = value is None
        if value is None:
            self.kept = ()
        else:
            (self.context,) = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What ``ctx`` saved, as tensors with their history; ``GraphFreedError`` once it was freed."""
        if self.spent:
            raise freed(self)
        return tuple(self._restore(item) for item in self.kept)

    def __getattr__(self, name: str) -> Any:
        """What was set on ``ctx``."""
        if name.startswith("_") or name in FunctionNode.__slots__:
            return super().__getattr__(name)
        return getattr(self.context, name)

    def __setattr__(self, name: str, value: Any) -> None:
        """A name that is none of the node's own is set on ``ctx``."""
        known = hasattr(type(self), name)
        object.__setattr__(self if known else self.context, name, value)

    @property
    def held(self) -> dict[str, Any]:
        """What ``save_for_backward`` was given, by position: arrays, packed values or None."""
        arrays = [item[0] if isinstance(item, tuple) else item for item in self.kept]
        return {f"saved_tensors[{i}]": array for i, array in enumerate(arrays)}

    @property
    def formulas(self) -> dict[str, str]:
        """The source of the user's backward."""
        from ..engine.formula_text import text_of

        return {"backward": text_of(self.function.pullback())}

    @property
    def frees(self) -> bool:  # type: ignore[override]
        """A second pass is refused only if there was something to free."""
        return bool(self.kept)

    def name(self) -> str:
        """The Function's name and ``Backward``."""
        return f"{self.function.__name__}Backward"

    def __repr__(self) -> str:
        return f"<{__package__}.function.{self.name()} object at {id(self):#x}>"

    def pull(self, g: Any, saved: Any, edges: Any) -> list[Any]:
        """Call the user's backward, on Tensors, and check what it returns."""
        (ctx,) = saved
        lift = _is_lifted(g)
        cotangents = conjugated(self._cotangents(ctx, g, lift))
        ctx._saved, ctx._once = self.saved_tensors, self.function.clear_saved_tensors_on_access
        ctx.needs_input_grad = self._needs(ctx, edges)
        backward = self.function.pullback()
        try:
            with room(), enable_grad() if lift else no_grad():
                boxed = self.function.boxed_grads_call
                answers = backward(ctx, list(cotangents)) if boxed else backward(ctx, *cotangents)
        finally:
            ctx._saved = None
        return self._answers(answers, lift, len(ctx.needs_input_grad))

    def _needs(self, ctx: Any, edges: Any) -> tuple[bool, ...]:
        needs = [False] * len(ctx.needs_input_grad)
        for position, edge in zip(self.positions, edges, strict=True):
            needs[position] = edge is not None
        return tuple(needs)

    def _cotangents(self, ctx: Any, g: Any, lift: bool) -> tuple[Any, ...]:
        given = g if isinstance(g, dict) else {} if g is UNDEFINED else {0: g}
        zeros = map(self._zeros, range(len(self.outputs))) if ctx.materialize_grads else repeat(None)
        parts = [given.get(i, zero) for i, zero in zip(range(len(self.outputs)), zeros, strict=False)]
        return tuple(p if p is None or isinstance(p, Tensor) else Tensor._of(p) for p in parts)

    def _zeros(self, index: int) -> Any:
        """What stands for the cotangent of an output that nothing used; None if the user wants none."""
        shape, dtype = self.outputs[index]
        silent = index in self.constant and not self.context._materialize_non_diff_grads
        return None if dtype is None or silent else np.zeros(shape, dtype)

    def _restore(self, item: Any) -> Any:
        if item is None or isinstance(item, Tensor):
            return item
        array, index, number = item
        write = versions.written_since(array, number)
        if write is not None:
            check_saved(self, (array,))
        if index is None:
            return Tensor._of(array)
        return linked(array, self.edges[index] if index >= 0 else self)

    def _answers(self, answers: Any, lift: bool, expected: int) -> list[Any]:
        answers = answers if isinstance(answers, tuple) else (answers,)
        answers = answers[:expected] if all(a is None for a in answers[expected:]) else answers
        if len(answers) != expected:
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected "
                f"{expected}, got {len(answers)}): one for each argument of forward, None where "
                "there is none"
            )
        for place, answer in enumerate(answers):
            if answer is not None and place not in self.positions:
                raise RuntimeError(
                    f"function {self.name()} returned a gradient different than None at position "
                    f"{place + 1}, but the corresponding forward input was not a Variable"
                )
        return [conjugated(self._fitted(answers[p], i, lift)) for i, p in enumerate(self.positions)]

    def _fitted(self, answer: Any, position: int, lift: bool) -> Any:
        if answer is None:
            return None
        if not isinstance(answer, Tensor):
            raise RuntimeError(f"expected Variable or None (got {type(answer).__name__}): {self.name()}")
        shape, dtype = self.shapes[position]
        g = answer if lift else answer._data
        if tuple(g.shape) != shape:
            try:
                g = sum_to(g, shape)
            except (ValueError, RuntimeError, IndexError):
                raise RuntimeError(
                    f"Function {self.name()} returned an invalid gradient at index {position} - got "
                    f"{list(answer.shape)} but expected shape compatible with {list(shape)}"
                ) from None
        return g if g.dtype == dtype else cast(g, dtype)


_depth: ContextVar[int] = ContextVar("microtensor.passes_in_passes", default=0)


@contextmanager
def room() -> Iterator[None]:
    """The length of a ``with`` in which Python lets calls nest deeper than outside.

    A backward pass that starts another one, thousands deep, is right, and each takes some ten frames.
    """
    token, limit = _depth.set(_depth.get() + 1), sys.getrecursionlimit()
    if _depth.get() > 20:
        sys.setrecursionlimit(limit + 40)
    try:
        yield
    finally:
        _depth.reset(token)
        sys.setrecursionlimit(limit)


def _is_lifted(g: Any) -> bool:
    parts = g.values() if isinstance(g, dict) else (g,)
    return any(isinstance(part, Tensor) for part in parts)
