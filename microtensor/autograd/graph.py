"""``autograd.graph``: what a user may do to a graph besides running it backward.

PyTorch's namespace of that name.  Hooks on what is saved (`saved_tensors_hooks`) let a program keep
the saved arrays elsewhere, smaller, or not at all, which is what `utils.checkpoint` does.  The rest
looks: `saved_values` at what a node saved, `get_gradient_edge` at where a gradient arrives,
`register_multi_grad_hook` at several gradients together.  The engine is `microtensor.engine.backward`.
"""

from __future__ import annotations

import contextlib
import functools
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar, Token
from typing import Any

from ..engine import versions
from ..engine.backward import Sweep
from ..engine.grad_mode import observing
from ..engine.graph import AccumulateGrad, edge_of
from ..engine.graph import Node as EngineNode
from ..engine.hook_handle import RemovableHandle
from ..engine.passes.saved_arrays import freed
from ..engine.reachability import reachable
from ..engine.tensor import Tensor
from .function_node import Context, FunctionNode
from .grad_backward import GradientEdge
from .observers import chain, running, token_of
from .saved_tensor_hooks import Hooks, unpacked

__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
    "saved_values",
]


class Node(ABC):
    """What every node of a graph is an instance of: operations', leaves', and the ``ctx`` of a Function.

    >>> isinstance(mt.ones(2, requires_grad=True).exp().grad_fn, mt.autograd.graph.Node)
    True
    """

    @abstractmethod
    def name(self) -> str:
        """PyTorch's name for the backward of this operation."""

    @classmethod
    def __subclasshook__(cls, subclass: type) -> bool:
        known = issubclass(subclass, (EngineNode, AccumulateGrad, Context))
        return known if cls is Node else NotImplemented


# ------------------------------------------------------------ hooks on saved tensors


disabled: ContextVar[str | None] = ContextVar("microtensor.no_saved_tensors_hooks", default=None)
"""The sentence with which hooks on saved tensors are refused, if they are."""


class saved_tensors_hooks:  # noqa: N801
    """Inside, what an operation saves for its backward goes through ``pack_hook(tensor)``.

    Its answer, which may be anything, is kept instead, and ``unpack_hook(answer)`` must give the
    tensor back whenever a backward pass needs it.  Of nested pairs the innermost applies.  Hooks
    run without recording.  An operand comes to `pack_hook` with its history; a *result* comes
    detached (in PyTorch it does not), so that a hook that keeps it makes no reference cycle.

    Raises ``RuntimeError`` if `pack_hook` changes its argument in place, and ``TypeError``, in the
    backward pass, if `unpack_hook` returns no Tensor.

    >>> x = mt.tensor([1.0, 2.0], requires_grad=True)
    >>> with saved_tensors_hooks(lambda t: t.tolist(), mt.tensor):
    ...     y = x.exp()
    >>> y.sum().backward()
    >>> x.grad
    tensor([2.7183, 7.3891])
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook
        self._entered: list[observing] = []

    def __enter__(self) -> None:
        message = disabled.get()
        if message is not None:
            raise RuntimeError(message)
        context = observing(Hooks(self.pack_hook, self.unpack_hook))
        context.__enter__()
        self._entered.append(context)

    def __exit__(self, *exc: object) -> None:
        context = self._entered.pop()
        # One that is in no chain ended with the unpacking that entered it.
        while self._entered and context.observer not in chain():
            context = self._entered.pop()
        context.__exit__(*exc)


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Inside, entering `saved_tensors_hooks` raises ``RuntimeError(error_message)``.

    So does entering this while such hooks are active.

    >>> with disable_saved_tensors_hooks("no hooks here"), saved_tensors_hooks(id, id):
    ...     pass
    Traceback (most recent call last):
    RuntimeError: no hooks here
    """
    token = disable_hooks(error_message)
    try:
        yield
    finally:
        disabled.reset(token)


def disable_hooks(error_message: str) -> Token[str | None]:
    """Refuse hooks on saved tensors with this sentence; at once, if there are some."""
    if any(isinstance(link, Hooks) for link in chain()):
        raise RuntimeError(error_message)
    return disabled.set(error_message)


def save_on_cpu(pin_memory: bool = False, device_type: str = "cuda") -> contextlib.nullcontext[None]:
    """Do nothing: what PyTorch moves to the CPU is there already.

    >>> with save_on_cpu(pin_memory=True):
    ...     y = mt.ones(2, requires_grad=True).exp()
    """
    return contextlib.nullcontext()


_mutable: ContextVar[bool] = ContextVar("microtensor.mutable_saved_tensors", default=False)


@contextlib.contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[None]:
    """Inside, a saved tensor may be overwritten: the backward pass uses the values as they were.

    PyTorch copies when a saved tensor is overwritten; here everything is copied when it is saved,
    so the price is memory and time for every saved array.  Raises ``RuntimeError`` inside of itself.

    >>> x = mt.ones(2, requires_grad=True)
    >>> with allow_mutation_on_saved_tensors():
    ...     y = x.clone()
    ...     z = (y**2).sum()
    ...     _ = y.zero_()
    >>> z.backward()
    >>> x.grad
    tensor([2., 2.])
    """
    if _mutable.get():
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    token = _mutable.set(True)
    try:
        with saved_tensors_hooks(lambda tensor: tensor.detach().clone(), lambda tensor: tensor):
            yield
    finally:
        _mutable.reset(token)


def saved_values(node: EngineNode) -> dict[str, Any]:
    """What `node` keeps for its backward formulas, by the names that the formulas use.

    Operands and the result (``out``) are the very arrays: look, and do not write.  Parameters are
    themselves; None stands for what no operand that requires a gradient needs.  The node of an
    `autograd.Function` has one entry, ``saved_tensors``.  Values that hooks packed are unpacked.

    Raises ``GraphFreedError`` after a backward pass has freed them.

    >>> x = mt.tensor([0.0, 1.0], requires_grad=True)
    >>> saved_values((x * 2).relu().grad_fn)
    {'out': array([0., 2.], dtype=float32)}
    """
    if node.saved is None:
        raise freed(node)
    if isinstance(node, FunctionNode):
        tensors = node.saved_tensors
        return {"saved_tensors": tuple(t if t is None else t.array for t in tensors)}
    return {} if node.op is None else dict(zip(node.op.keeps, unpacked(node.saved), strict=True))


# ------------------------------------------------------------ edges, versions, several gradients


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where the gradient of `tensor` arrives; ``RuntimeError`` if it requires none.

    >>> x = mt.ones(2, requires_grad=True)
    >>> get_gradient_edge(x * 2).node.name()
    'MulBackward0'
    """
    _check_requires_grad(tensor)
    token = edge_of(tensor), tuple(tensor.shape), tensor.dtype
    return GradientEdge(tensor.grad_fn or AccumulateGrad(tensor), tensor.output_nr, token)


def _check_requires_grad(tensor: Tensor) -> None:
    if not tensor.requires_grad:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require "
            f"gradients: {tensor.dtype} {tuple(tensor.shape)}"
        )


def increment_version(tensor: Tensor | Iterable[Tensor]) -> None:
    """Tell autograd that the memory of `tensor` (or of several) was written behind its back.

    A backward pass that needs the values as they were then raises, instead of using the new ones.

    >>> x = mt.zeros(2)
    >>> x.array[0] = 1.0
    >>> increment_version(x)
    >>> x._version
    1
    """
    for one in (tensor,) if isinstance(tensor, Tensor) else tensor:
        versions.wrote(one.array, "increment_version")


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[..., None], *, mode: str = "all"
) -> MultiHandle:
    """Call `fn` when the gradients of several tensors are known, in every backward pass.

    With ``mode="all"``, ``fn(gradients)`` runs once, when the last of those that this pass computes
    is known; None stands for the others.  With ``"any"``, ``fn(gradient)`` gets the first one.

    Raises ``ValueError`` for another mode, ``RuntimeError`` for a tensor that requires no gradient.

    >>> a, b = mt.ones(1, requires_grad=True), mt.ones(1, requires_grad=True)
    >>> handle = register_multi_grad_hook([a, b], print)
    >>> (2 * a).backward()
    [tensor([2.]), None]
    >>> handle.remove()
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    for tensor in tensors:
        _check_requires_grad(tensor)
    watch = _All([edge_of(t) for t in tensors], fn) if mode == "all" else _Any(fn)
    hooks = [functools.partial(watch, index) for index in range(len(tensors))]
    return MultiHandle([t.register_hook(hook) for t, hook in zip(tensors, hooks, strict=True)])


class MultiHandle:
    """The right to remove a hook on several tensors; also by leaving a ``with``."""

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        self.handles = tuple(handles)

    def remove(self) -> None:
        """Take the hook down from all of them."""
        for handle in self.handles:
            handle.remove()

    def __enter__(self) -> MultiHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


class _Any:
    """Lets the first gradient of each pass through."""

    def __init__(self, fn: Callable[[Tensor], None]) -> None:
        self.fn = fn
        self.token: Callable[[], Any] = lambda: None

    def __call__(self, index: int, g: Tensor) -> None:
        sweep = running()
        if sweep is not None and self.token() is not sweep.owned:
            self.token = token_of(sweep)
            self.fn(g)


class _All:
    """Gathers the gradients of one pass.  Edges by weak reference: a node's hook must not own it."""

    def __init__(self, edges: Sequence[Any], fn: Callable[[list[Any]], None]) -> None:
        self.edges, self.fn = [weakref.ref(edge) for edge in edges], fn
        self.token: Callable[[], Any] = lambda: None
        self.gradients: list[Any] = []
        self.waiting: set[int] = set()

    def __call__(self, index: int, g: Tensor) -> None:
        sweep = running()
        if sweep is not None and self.token() is not sweep.owned:
            self._begin(sweep, self.edges[index]())
        self.gradients[index] = g
        self.waiting.discard(index)
        if not self.waiting:
            gathered, self.gradients = self.gradients, []
            self.fn(gathered)

    def _begin(self, sweep: Sweep, first: Any) -> None:
        self.token, visited = token_of(sweep), still_visited(sweep, first)
        self.gradients = [None] * len(self.edges)
        self.waiting = {i for i, edge in enumerate(self.edges) if edge() in visited}


def still_visited(sweep: Sweep, edge: Any) -> set[Any]:
    """The nodes and leaves that this pass has at hand or will come to; it is at `edge` now."""
    nodes = reachable([edge, *sweep.pending, *(node for _, node in sweep.heap)])
    leaves = [leaf for node in nodes for leaf in node.edges if isinstance(leaf, Tensor)]
    visited = {edge, *nodes, *leaves, *sweep.pending}
    return visited if sweep.need is None else visited & sweep.need
