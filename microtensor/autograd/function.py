"""`Function`: a user's own forward and backward, as PyTorch spells them, and its node.

An op (`microtensor.engine.op`) is shorter and differentiable to every order by itself; a Function is for
code that computes its gradient in its own way, or that was written for PyTorch.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine import versions
from ..engine.apply import attach
from ..engine.arrays.complex_numbers import conjugated
from ..engine.backward import check_saved
from ..engine.dtypes import is_differentiable
from ..engine.fastpath import SeveralNode, complete
from ..engine.grad_mode import enable_grad, no_grad, recording
from ..engine.graph import CONSTANT, edge_of, linked, make_node, sum_to
from ..engine.tensor import Tensor
from ..engine.writes import check_target, count_write
from ..ops.elementwise.casting import cast
from ..ops.inplace.history import take_history

__all__ = ["Context", "Function", "FunctionCtx", "FunctionNode", "once_differentiable"]


class Context:
    """What a Function's forward leaves for its backward; any attribute may be set on it."""

    needs_input_grad: tuple[bool, ...] = ()
    _to_save: tuple[Any, ...] = ()
    _saved: tuple[Any, ...] | None = None
    _dirty: tuple[Any, ...] = ()
    _constants: tuple[Any, ...] = ()
    _materialize = True

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep inputs or outputs (or None) for backward, where `saved_tensors` returns them."""
        for tensor in tensors:
            if tensor is not None and not isinstance(tensor, Tensor):
                raise TypeError(
                    "save_for_backward can only save variables, but argument is of type "
                    f"{type(tensor).__name__}; set anything else as an attribute of ctx"
                )
        self._to_save = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Declare the inputs that forward has changed in place, and returns."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Declare outputs that have no gradient."""
        self._constants = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (True) or None for outputs that nothing used."""
        self._materialize = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` kept; outside of a backward pass, only in forward itself."""
        return self._to_save if self._saved is None else self._saved


FunctionCtx = Context


class FunctionNode(SeveralNode):
    """The node of one call of a Function: its context, and how to find what it saved."""

    __slots__ = ("context", "kept", "positions", "shapes")
    context: Any
    kept: tuple[Any, ...]
    positions: tuple[int, ...]
    shapes: tuple[Any, ...]
    fresh = False
    sources = (CONSTANT,)
    function: type[Function]

    @property
    def saved(self) -> Any:
        """The context of the call; None once it was freed, and with it what was kept."""
        return self.context

    @saved.setter
    def saved(self, value: Any) -> None:
        self.context = value
        if value is None:
            self.kept = ()

    @property
    def held(self) -> dict[str, Any]:
        """What ``save_for_backward`` was given, by position: arrays, packed values or None."""
        arrays = [item[0] if isinstance(item, tuple) else item for item in self.kept]
        return {f"saved_tensors[{i}]": array for i, array in enumerate(arrays)}

    @property
    def formulas(self) -> dict[str, str]:
        """The source of the user's backward."""
        from ..engine.formula_text import text_of

        return {"backward": text_of(self.function.backward)}

    @property
    def frees(self) -> bool:  # type: ignore[override]
        """A second pass is refused only if there was something to free."""
        return bool(self.kept)

    def name(self) -> str:
        """The Function's name and ``Backward``."""
        return f"{self.function.__name__}Backward"

    def pull(self, g: Any, saved: Any, edges: Any) -> list[Any]:
        """Call the user's backward, on Tensors, and check what it returns."""
        (ctx,) = saved
        lift = _is_lifted(g)
        cotangents = conjugated(self._cotangents(ctx, g, lift))
        ctx._saved = tuple(self._restore(item) for item in self.kept)
        ctx.needs_input_grad = self._needs(ctx, edges)
        try:
            with enable_grad() if lift else no_grad():
                answers = self.function.backward(ctx, *cotangents)
        finally:
            ctx._saved = None
        return self._answers(answers, lift, len(ctx.needs_input_grad))

    def _needs(self, ctx: Any, edges: Any) -> tuple[bool, ...]:
        needs = [False] * len(ctx.needs_input_grad)
        for position, edge in zip(self.positions, edges, strict=True):
            needs[position] = edge is not None
        return tuple(needs)

    def _cotangents(self, ctx: Any, g: Any, lift: bool) -> tuple[Any, ...]:
        if isinstance(g, dict):
            parts = complete(self, g, lift)
            if not ctx._materialize:
                parts = tuple(g.get(i) for i in range(len(parts)))
            zeros = [None if dtype is None else np.zeros(shape, dtype) for shape, dtype in self.outputs]
            parts = tuple(
                z if p is None and ctx._materialize else p for p, z in zip(parts, zeros, strict=True)
            )
        else:
            parts = (g,)
        return tuple(p if p is None or isinstance(p, Tensor) else Tensor._of(p) for p in parts)

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
        return [conjugated(self._fitted(answers[p], i, lift)) for i, p in enumerate(self.positions)]

    def _fitted(self, answer: Any, position: int, lift: bool) -> Any:
        if answer is None:
            return None
        if not isinstance(answer, Tensor):
            raise TypeError(f"{self.name()}: expected a Tensor or None, got {type(answer).__name__}")
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


def _is_lifted(g: Any) -> bool:
    parts = g.values() if isinstance(g, dict) else (g,)
    return any(isinstance(part, Tensor) for part in parts)


class Function:
    """Subclass it with static methods ``forward`` and ``backward``, and call ``apply``.

    ``forward(ctx, *args)``, or ``forward(*args)`` with ``setup_context(ctx, inputs, output)``;
    ``backward(ctx, *grad_outputs)`` returns one gradient for each argument of forward, or None.
    Forward mode and ``vmap`` follow from these two: a ``jvp`` or ``vmap`` of PyTorch's is not called.

    >>> class Cube(mt.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**3
    ...
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return 3 * x**2 * g
    >>> x = mt.tensor(2.0, requires_grad=True)
    >>> Cube.apply(x).backward()
    >>> x.grad
    tensor(12.)
    """

    forward: Callable[..., Any]
    setup_context: Callable[..., Any]
    _node_class: type[FunctionNode]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        members = {"__slots__": (), "function": cls}
        cls._node_class = type(f"{cls.__name__}Backward", (FunctionNode,), members)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradient of each argument of forward, from those of its results; a subclass has its own."""
        raise NotImplementedError(
            "You must implement backward for your custom autograd.Function to use it with backward mode AD: "
            "a static method, backward(ctx, *grad_outputs)"
        )

    def __init__(self, *args: Any) -> None:
        raise RuntimeError(
            f"{type(self).__name__} is not meant to be instantiated: define static methods forward "
            f"and backward, and call {type(self).__name__}.apply(...)"
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward, and record the call if an argument requires a gradient."""
        ctx = Context()
        ctx.needs_input_grad = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        tracked = recording() is not False and any(ctx.needs_input_grad)
        edges = {i: edge_of(a) for i, a in enumerate(args) if isinstance(a, Tensor)}
        with no_grad():
            output = _forward(cls, ctx, args, kwargs)
        outputs = output if isinstance(output, tuple) else (output,)
        outputs = tuple(_separate(o, args, ctx) for o in outputs)
        for tensor in ctx._dirty:
            check_target(tensor, f"{cls.__name__}.forward")
            count_write(tensor, f"{cls.__name__}.forward")
        if tracked:
            _record(cls, ctx, args, edges, outputs)
        return outputs if isinstance(output, tuple) else outputs[0]


def _forward(cls: Any, ctx: Context, args: Any, kwargs: Any) -> Any:
    if "setup_context" not in {k for base in cls.__mro__[:-2] for k in base.__dict__}:
        return cls.forward(ctx, *args, **kwargs)
    output = cls.forward(*args, **kwargs)
    cls.setup_context(ctx, args, output)
    return output


def _is_any(tensor: Any, tensors: Any) -> bool:
    return any(tensor is other for other in tensors)


def _separate(output: Any, args: Any, ctx: Context) -> Any:
    """An input that is returned unchanged becomes a tensor of its own, on the same memory."""
    if isinstance(output, Tensor) and _is_any(output, args) and not _is_any(output, ctx._dirty):
        return Tensor._of(output.array)
    return output


def _record(cls: Any, ctx: Context, args: Any, edges: dict[int, Any], outputs: tuple[Any, ...]) -> None:
    node = make_node(cls._node_class, tuple(edges.values()), (ctx,))
    node.positions = tuple(edges)
    node.shapes = tuple((tuple(args[i]._data.shape), args[i]._data.dtype) for i in edges)
    node.kept = tuple(_kept(t, args, outputs, list(edges), node.number) for t in ctx._to_save)
    ctx._to_save = ()
    tensors = [o for o in outputs if isinstance(o, Tensor)]
    live = [o for o in tensors if not _is_any(o, ctx._constants) and is_differentiable(o.dtype)]
    twins = [Tensor._of(o._data) if isinstance(o, Tensor) else Tensor._of(np.int64(0)) for o in outputs]
    if len(outputs) == 1:
        node.outputs = ((np.shape(twins[0]._data), twins[0].dtype),)
        attach(node, twins[0], twins[0]._data)
    else:
        attach(node, tuple(twins), [twin._data for twin in twins])
        present = [isinstance(o, Tensor) for o in outputs]
        node.outputs = tuple(o if p else ((), None) for o, p in zip(node.outputs, present, strict=True))
    for output, twin in zip(outputs, twins, strict=True):
        if _is_any(output, live):
            _adopt(output, twin, _is_any(output, ctx._dirty))
    how = recording()
    if how is not True:
        how.recorded(node)


def _adopt(output: Tensor, twin: Tensor, dirty: bool) -> None:
    """Give an output the history of its call; one that was changed in place may be a view."""
    if dirty:
        take_history(output, twin)
    else:
        output._node, output._rg = twin._node, True


def _kept(tensor: Any, args: Any, outputs: Any, positions: list[int], number: int) -> Any:
    """A saved tensor as (array, edge it came by or -1 for an output, number): no cycle through it."""
    if tensor is None:
        return None
    for index, position in enumerate(positions):
        if args[position] is tensor:
            return tensor.array, index, number
    if _is_any(tensor, outputs):
        return tensor.array, -1, number
    return tensor.array, None, number


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a backward whose own result cannot be differentiated: trying to raises ``RuntimeError``."""

    @functools.wraps(function)
    def once(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            answers = function(ctx, *grads)
        if recording() is False or not any(isinstance(g, Tensor) and g.requires_grad for g in grads):
            return answers
        many = answers if isinstance(answers, tuple) else (answers,)
        barred = tuple(a if a is None else _NotTwice.apply(a, *grads) for a in many)
        return barred if isinstance(answers, tuple) else barred[0]

    return once


class _NotTwice(Function):
    """The identity, whose derivative is refused."""

    @staticmethod
    def forward(ctx: Any, answer: Any, *grads: Any) -> Any:
        return answer.clone()

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable"
        )
