"""Why is ``.grad`` None?  The beginner's first question, answered from the graph.

A gradient is missing for one of a dozen reasons, and each leaves a trace: in the tensor, in the
loss, or in the graph between them.  `why_no_grad` reads the traces and says what it found, and what
to do about it.

What it cannot find: tensors do not know what was made from them, so a path that was cut two
operations away from the tensor, or in an operation that saved nothing (``add`` keeps no operand),
shows only as "does not depend on it".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine import dtypes, versions
from ..engine.graph import CONSTANT, OUT, Node, edge_of
from ..engine.reachability import reachable
from ..engine.tensor import Tensor
from ..errors import describe
from .anomaly_mode import origin_of

_SHOWN = 3


def why_no_grad(tensor: Tensor, loss: Tensor | None = None) -> str:
    """Say in a sentence or two why ``tensor.grad`` is None after a backward pass of `loss`.

    Without `loss`, only what the tensor itself shows can be said.  A place where the path was cut
    by ``detach()`` or ``.data`` is named if the operation that took the detached tensor has saved
    it; so ask before the backward pass, or keep the graph with ``retain_graph=True``.

    >>> w = mt.ones(2, requires_grad=True)
    >>> y = w * 2
    >>> print(why_no_grad(y, y.sum()))
    This tensor is not a leaf: MulBackward0 computed it from a leaf torch.float32 (2,). Only leaves keep \
their gradient: call retain_grad() on it before backward(), or look at that leaf's .grad.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"why_no_grad: expected a Tensor, got {describe(tensor)}")
    if tensor._grad is not None:
        return f"It has a gradient: {describe(tensor._grad)}."
    return (
        _no_gradient_required(tensor, loss)
        or _loss_without_graph(tensor, loss)
        or _cut(tensor, loss)
        or _not_a_leaf(tensor)
        or _not_yet(tensor, loss)
    )


# ------------------------------------------------------------ one reason each


def _no_gradient_required(tensor: Tensor, loss: Tensor | None) -> str:
    if tensor.requires_grad:
        return ""
    if not dtypes.is_floating(tensor.dtype):
        return (
            f"Its dtype is {tensor.dtype}, and only floating-point tensors can have a gradient: "
            "convert it with x.float(), and call requires_grad_() before the forward pass."
        )
    twin = _twin(tensor, loss)
    if twin is not None:
        return (
            f"It does not require a gradient: it is a detached alias (detach(), .data or a view made "
            f"under no_grad()) of {twin}, and the gradient goes there."
        )
    return (
        "It does not require a gradient (requires_grad is False). If it is a parameter, call "
        "requires_grad_() before the forward pass; if it was computed, then from constants, under "
        "no_grad(), or through detach(), .data or numpy()."
    )


def _loss_without_graph(tensor: Tensor, loss: Tensor | None) -> str:
    if loss is None or loss.requires_grad:
        return ""
    return (
        "The loss does not require a gradient: nothing that led to it was recorded. Its forward pass "
        "ran under no_grad(), or from constants only, or the path was cut by detach(), .data, item() "
        "or numpy(), or by an operation without a derivative (argmax, a comparison)."
    )


def _not_a_leaf(tensor: Tensor) -> str:
    if tensor.is_leaf or tensor.retains_grad:
        return ""
    node = tensor.grad_fn
    leaf = next((e for e in map(_past_helpers, node.edges) if isinstance(e, Tensor)), None)
    made = f"This tensor is not a leaf: {node.name()} computed it"
    made += "" if leaf is None else f" from a leaf {describe(leaf)}"
    keep = "Only leaves keep their gradient: call retain_grad() on it before backward()"
    if leaf is None:
        return f"{made}. {keep}."
    if node.name() in _COPIES:
        return (
            f"{made}, so the gradient goes to that leaf. To train the copy, make it a leaf: "
            "w = w.detach().to(...).requires_grad_()."
        )
    return f"{made}. {keep}, or look at that leaf's .grad."


_COPIES = frozenset(("ToCopyBackward0", "CloneBackward0"))


def _cut(tensor: Tensor, loss: Tensor | None) -> str:
    """The loss has a graph, and `tensor` is not in it."""
    if loss is None or edge_of(tensor) in _within(loss):
        return ""
    cut = _first_constant(tensor, loss)
    if cut is not None:
        return (
            f"The path from the loss is cut at {cut}: that operation took the memory of this tensor "
            "as a constant, so it went through detach(), .data, numpy() or no_grad() before."
        )
    twin = _twin(tensor, loss)
    if twin is not None:
        return f"The loss does not depend on this tensor, but on {twin}, which gets the gradient."
    return (
        "The loss does not depend on this tensor by any recorded path."
        f"{_copied(tensor, loss)}{_suspects(loss)}"
    )


def _not_yet(tensor: Tensor, loss: Tensor | None) -> str:
    if loss is None:
        return (
            "It requires a gradient and could receive one. backward() was not called yet, or the "
            "gradient was removed since by zero_grad(), or the loss does not depend on it: pass the "
            "loss, why_no_grad(tensor, loss), to learn which."
        )
    if any(node.saved is None for node in _nodes(loss)):
        return (
            "The loss depends on it, and a backward pass has run. Then the gradient was removed, for "
            "example by zero_grad(); or that pass was autograd.grad(...) or backward(inputs=...), "
            "which leave this tensor's .grad alone; or retain_grad() was called after it."
        )
    return (
        "The loss depends on it, but backward() was not called on this loss yet (or the gradient was "
        "removed since, for example by zero_grad())."
    )


# ------------------------------------------------------------ traces in the graph


def _nodes(loss: Tensor) -> list[Node]:
    return reachable([edge_of(loss)])


def _within(loss: Tensor) -> set[Any]:
    """All nodes and leaves that the loss depends on."""
    nodes = _nodes(loss)
    return {edge_of(loss), *nodes, *_leaves(nodes)}


def _leaves(nodes: list[Node]) -> list[Tensor]:
    found = [edge for node in nodes for edge in node.edges if isinstance(edge, Tensor)]
    return list({id(leaf): leaf for leaf in found}.values())


def _past_helpers(edge: Any) -> Any:
    """What an edge leads to, behind the engine's own nodes (of broadcasting and such)."""
    while isinstance(edge, Node) and edge.op is None and len(edge.edges) == 1:
        edge = edge.edges[0]
    return edge


def _constants(node: Node) -> list[Any]:
    """The arrays that `node` has saved of operands that no gradient goes to."""
    pairs = [] if node.saved is None or node.op is None else zip(node.saved, node.sources, strict=True)
    arrays = [(value, source) for value, source in pairs if isinstance(value, np.ndarray)]
    return [a for a, source in arrays if source != OUT and (source == CONSTANT or node.edges[source] is None)]


def _same_memory(a: Any, tensor: Tensor) -> bool:
    return isinstance(a, np.ndarray) and versions.owner(a) is versions.owner(tensor.array)


def _first_constant(tensor: Tensor, loss: Tensor) -> str | None:
    """The oldest operation below the loss that took the memory of `tensor` as a constant."""
    for node in reversed(_nodes(loss)):
        if any(_same_memory(array, tensor) for array in _constants(node)):
            return _place(node)
    return None


def _place(node: Node) -> str:
    """A node's name, what it saved, and the line if anomaly mode was on."""
    origin = origin_of(node)
    if origin is not None:
        return f"{node.name()} ({origin})"
    return f"{node.name()} (with a constant {', '.join(map(describe, _constants(node)))})"


def _twin(tensor: Tensor, loss: Tensor | None) -> str | None:
    """Another leaf below the loss on the same memory."""
    leaves = [] if loss is None or edge_of(loss) is None else _leaves(_nodes(loss))
    same = [leaf for leaf in leaves if leaf is not tensor and _same_memory(leaf.array, tensor)]
    return f"a leaf {describe(same[0])} on the same memory" if same else None


def _copied(tensor: Tensor, loss: Tensor) -> str:
    """A sentence on another leaf below the loss with the same shape and values."""
    alike = [leaf for leaf in _leaves(_nodes(loss)) if leaf.shape == tensor.shape]
    same = [leaf for leaf in alike if np.array_equal(leaf.array, tensor.array.astype(leaf.dtype))]
    if not same:
        return ""
    return (
        f" It depends on another leaf, {describe(same[0])}, that has the same values: if that is a copy "
        "of this tensor, the copy gets the gradient."
    )


def _suspects(loss: Tensor) -> str:
    """The operations that took constants: one of those may be where the path was cut."""
    names = dict.fromkeys(_place(node) for node in reversed(_nodes(loss)) if _constants(node))
    if not names:
        return " Either it was not used, or a detach(), no_grad() or numpy() lies in between."
    listed = ", ".join(list(names)[:_SHOWN])
    return f" If it should, a detach() or no_grad() made one of these constants of it: {listed}."
