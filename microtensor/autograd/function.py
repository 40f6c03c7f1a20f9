"""`Function`: a user's own forward and backward, as PyTorch spells them.

An op (`microtensor.engine.op`) is shorter and differentiable to every order by itself; a Function is for
code that computes its gradient in its own way, or that was written for PyTorch.  The node that a call leaves
is `function_node`'s.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.apply import attach, mark_view
from ..engine.dtypes import is_differentiable
from ..engine.grad_mode import no_grad, recording, refuse_inference
from ..engine.graph import edge_of, make_node
from ..engine.guarded_views import guard
from ..engine.tensor import Tensor
from ..engine.versions import owner
from ..engine.writes import count_write
from ..errors import InPlaceError
from ..ops.inplace.history import take_history
from ..ops.views.reshape import _reshape as alias
from .function_node import Context, FunctionNode

__all__ = ["Context", "Function", "FunctionCtx", "FunctionNode", "InplaceFunction", "once_differentiable"]

interceptors: list[Callable[..., Any]] = []
"""What may run a call instead: vmap, other transforms and forward mode, each ``(cls, args, kwargs)``.

One that has nothing to do with a call returns NotImplemented.
"""

FunctionCtx = Context


class Function:
    """Subclass it with static methods ``forward`` and ``backward``, and call ``apply``.

    ``forward(ctx, *args)``, or ``forward(*args)`` with ``setup_context(ctx, inputs, output)``, which sees the
    defaults of forward too; ``backward(ctx, *grad_outputs)`` (or ``vjp``) returns one gradient for each
    argument of forward, or None.  Forward mode needs a ``jvp(ctx, *tangents)``; ``vmap`` needs
    ``vmap(info, in_dims, *args)`` or ``generate_vmap_rule = True``, and like all of `microtensor.func` a
    ``setup_context``.  Under ``clear_saved_tensors_on_access`` they can be read once, and under
    ``boxed_grads_call`` backward gets one list of gradients.

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
    _node_class: type[FunctionNode]
    generate_vmap_rule = False
    clear_saved_tensors_on_access = False
    boxed_grads_call = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        members = {"__slots__": (), "function": cls}
        cls._node_class = type(f"{cls.__name__}Backward", (FunctionNode,), members)

    def __init__(self, *args: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you "
            "should invoke them on the class itself: call "
            f"{type(self).__name__}.apply(...). Instantiating an autograd function will raise an error in a "
            "future version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Raise: what was the way to apply a function before PyTorch 0.4."""
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style "
            f"autograd function with static forward method: {type(self).__name__}.apply(...)"
        )

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Save what backward needs; a subclass that has one has a forward without ``ctx``."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradient of each argument of forward, from those of its results; a subclass has its own."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use "
            "it "
            "with backward mode AD: a static method, backward(ctx, *grad_outputs)"
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        """The tangent of each result, from those of the arguments; a subclass has its own."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode "
            "AD: "
            "a static method, jvp(ctx, *tangents)"
        )

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *args: Any) -> Any:
        """The results of a batch and where their batch dimensions are; a subclass may have its own."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or set "
            "generate_vmap_rule=True."
        )

    @classmethod
    def pullback(cls) -> Callable[..., Any]:
        """The subclass's ``backward`` or ``vjp``; ``RuntimeError`` if it has both."""
        if cls.vjp is not Function.vjp and cls.backward is not Function.backward:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should "
                "only "
                "implement one of them."
            )
        return cls.backward if cls.vjp is Function.vjp else cls.vjp

    @classmethod
    def ours(cls) -> bool:
        """Whether it is one of this package's, whose transforms follow from its forward and backward."""
        return cls.__module__.partition(".")[0] == __package__.partition(".")[0]

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward, and record the call if an argument requires a gradient."""
        if separate(cls):
            args, kwargs = _with_defaults(cls.forward, args, kwargs), {}
        for intercept in interceptors:
            if (answer := intercept(cls, args, kwargs)) is not NotImplemented:
                return answer
        output, ctx = run(cls, args, kwargs)
        ctx.saved_for_forward = None
        return output


class InplaceFunction(Function):
    """PyTorch's older base of a Function that may write in place; ``ctx.mark_dirty`` is what says so."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


def separate(cls: type[Function]) -> bool:
    """Whether a Function has a ``setup_context``, and so a forward without context."""
    return cls.setup_context is not Function.setup_context


def _with_defaults(
    forward: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[Any, ...]:
    bound = inspect.signature(forward).bind(*args, **kwargs)
    bound.apply_defaults()
    return bound.args


def run(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Context]:
    """Run forward on ordinary tensors and record the call: what it returns, and its context."""
    ctx = Context()
    ctx.needs_input_grad = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
    tracked = recording() is not False and any(ctx.needs_input_grad)
    edges = {i: edge_of(a) for i, a in enumerate(args) if isinstance(a, Tensor)}
    with no_grad():
        output = cls.forward(*args) if separate(cls) else cls.forward(ctx, *args, **kwargs)
        if separate(cls):
            cls.setup_context(ctx, args, output)
    outputs = output if isinstance(output, tuple) else (output,)
    outputs = tuple(_separated(o, args, ctx) for o in outputs)
    _check_dirty(cls, ctx, args, outputs)
    if tracked:
        _record(cls, ctx, args, edges, outputs)
    ctx.to_save = None
    ctx.dirty_tensors = ctx.non_differentiable = None
    return (outputs if isinstance(output, tuple) else outputs[0]), ctx


def _is_any(tensor: Any, tensors: Any) -> bool:
    return any(tensor is other for other in tensors or ())


def _separated(output: Any, args: Any, ctx: Context) -> Any:
    """An input that is returned unchanged becomes a view of itself."""
    if not isinstance(output, Tensor) or not _is_any(output, args) or _is_any(output, ctx.dirty_tensors):
        return output
    twin: Tensor = Tensor._of(output.array)
    if _is_any(output, ctx.non_differentiable):
        ctx.non_differentiable = (*(ctx.non_differentiable or ()), twin)
    else:
        mark_view(twin, output, alias, (tuple(twin.shape),))
    return twin


def _check_dirty(cls: Any, ctx: Context, args: Sequence[Any], outputs: Sequence[Any]) -> None:
    """Count the writes that forward made, or raise for those that autograd cannot follow."""
    for tensor in ctx.dirty_tensors or ():
        if not _is_any(tensor, args):
            warnings.warn(
                "Only input Tensors should be given to ctx.mark_dirty(). If a Tensor is not an input, there "
                "is no need to pass it to mark_dirty().",
                UserWarning,
                stacklevel=4,
            )
        _check_written(tensor, outputs)
        count_write(tensor, f"{cls.__name__}.forward")


def _check_written(tensor: Tensor, outputs: Sequence[Any]) -> None:
    if not _is_any(tensor, outputs):
        raise RuntimeError(
            "Some elements marked as dirty during the forward method were not returned as output. The inputs "
            "that are modified inplace must all be outputs of the Function."
        )
    root = tensor if tensor._view is None else tensor._view[0]
    if recording() is not False and tensor.requires_grad and root._node is None and root._rg:
        what = "a leaf Variable that requires grad has been"
        if root is not tensor:
            what = "a view of a leaf Variable that requires grad is being"
        raise InPlaceError(f"{what} used in an in-place operation: {tensor.dtype} {tuple(tensor.shape)}")
    if tensor._view is not None and sum(isinstance(o, Tensor) for o in outputs) > 1:
        raise RuntimeError(
            "If your Function modifies inplace an input that is a view of another Tensor, your Function "
            "cannot "
            "return more than one Tensor. Clone the input first, or write it in a Function of its own, which "
            "returns only that."
        )


def _record(cls: Any, ctx: Context, args: Any, edges: dict[int, Any], outputs: tuple[Any, ...]) -> None:
    node = make_node(cls._node_class, tuple(edges.values()), (ctx,))
    node.positions = tuple(edges)
    node.shapes = tuple((tuple(args[i]._data.shape), args[i]._data.dtype) for i in edges)
    saved = [t for t in ctx.to_save or () if t is not None]
    refuse_inference([(t, t) for t in saved], saved)
    node.kept = tuple(_kept(t, args, outputs, list(edges), node.number) for t in ctx.to_save or ())
    tensors = [o for o in outputs if isinstance(o, Tensor)]
    live = [o for o in tensors if not _is_any(o, ctx.non_differentiable) and is_differentiable(o.dtype)]
    twins = [Tensor._of(o._data) if isinstance(o, Tensor) else Tensor._of(np.int64(0)) for o in outputs]
    if len(outputs) == 1:
        node.outputs = ((np.shape(twins[0]._data), twins[0].dtype),)
        attach(node, twins[0], twins[0]._data)
    else:
        attach(node, tuple(twins), [twin._data for twin in twins])
        present = [isinstance(o, Tensor) for o in outputs]
        node.outputs = tuple(o if p else ((), None) for o, p in zip(node.outputs, present, strict=True))
    node.constant = frozenset(i for i, o in enumerate(outputs) if _is_any(o, ctx.non_differentiable))
    memories = {id(owner(a.array)) for a in args if isinstance(a, Tensor) and a._is_strided}
    for number, (output, twin) in enumerate(zip(outputs, twins, strict=True)):
        if _is_any(output, live):
            _adopt(output, twin, _is_any(output, ctx.dirty_tensors))
            if not _is_any(output, ctx.dirty_tensors) and id(owner(output.array)) in memories:
                guard(output, f"Output {number} of {node.name()}", len(tensors) > 1)
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
    if tensor is None or not tensor._is_strided:  # a sparse one has no array that stands for it
        return tensor
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
