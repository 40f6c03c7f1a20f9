"""Hooks on tensors and nodes: what a user hangs into a backward pass.

A hook on a tensor is kept where its cotangent arrives: on its node, or on the leaf itself.  The
sweep (`microtensor.engine.backward`) calls them, in PyTorch's order.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ..engine import graph
from ..engine.graph import AccumulateGrad, Node, Output
from ..engine.hook_handle import RemovableHandle
from ..engine.tensor import Tensor, install, refresh

Hook = Callable[..., Any]


def _register(owner: Any, slot: str, kind: str, hook: Hook) -> RemovableHandle:
    """Put a hook into the rare facts of a node or a leaf."""
    extras = getattr(owner, slot)
    if extras is None:
        extras = {}
        setattr(owner, slot, extras)
    hooks = extras.setdefault(kind, OrderedDict())
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


def _hang_on_leaf(leaf: Tensor, kind: str, hook: Hook) -> RemovableHandle:
    graph.leaf_hooks[0] += 1
    return _register(leaf, "_extras", kind, hook)


def register_hook(self: Tensor, hook: Hook) -> RemovableHandle:
    """Call ``hook(gradient)`` when the gradient of this tensor is known; what it returns replaces it.

    The gradient must not be changed in place.  It is None for one of several outputs of an operation of
    which only others were used.  Raises ``RuntimeError`` if none is required.

    >>> x = mt.ones(2, requires_grad=True)
    >>> handle = x.register_hook(lambda g: 10 * g)
    >>> x.sum().backward()
    >>> x.grad
    tensor([10., 10.])
    >>> handle.remove()
    """
    if not self.requires_grad:
        raise RuntimeError(
            "cannot register a hook on a tensor that doesn't require gradient: "
            f"{self.dtype} {tuple(self.shape)}"
        )
    refresh(self)
    node = self._node
    if node is None:
        return _hang_on_leaf(self, "hooks", hook)
    handle = _register(node, "extras", "hooks", hook)
    if isinstance(node, Output):
        _announce(node)
    return handle


def _announce(output: Output) -> None:
    """Tell an op's node of the hooks on one of its outputs: they are called for no gradient, too."""
    node = output.public()
    node.extras = node.extras or {}
    node.extras.setdefault("hooks_of_outputs", {})[output.index] = (output.extras or {})["hooks"]


def register_post_accumulate_grad_hook(self: Tensor, hook: Hook) -> RemovableHandle:
    """Call ``hook(self)`` after a backward pass has added to this leaf's ``.grad``.

    Raises ``RuntimeError`` for a tensor that is no leaf, or requires no gradient.

    >>> x = mt.ones(2, requires_grad=True)
    >>> handle = x.register_post_accumulate_grad_hook(lambda p: print(p.grad))
    >>> x.sum().backward()
    tensor([1., 1.])
    >>> handle.remove()
    """
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if self.grad_fn is not None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    return _hang_on_leaf(self, "after", hook)


def _node_prehook(self: Node, fn: Hook) -> RemovableHandle:
    """Call ``fn(grad_outputs)`` before this node is pulled back; a tuple it returns replaces them."""
    return _register(self, "extras", "prehooks", fn)


def _node_hook(self: Node, fn: Hook) -> RemovableHandle:
    """Call ``fn(grad_inputs, grad_outputs)`` after; a tuple it returns replaces the inputs' gradients."""
    return _register(self, "extras", "posthooks", fn)


def _leaf_prehook(self: AccumulateGrad, fn: Hook) -> RemovableHandle:
    """Call ``fn((gradient,))`` before it is added to the leaf's ``.grad``."""
    return _hang_on_leaf(self.variable, "prehooks", fn)


def _leaf_posthook(self: AccumulateGrad, fn: Hook) -> RemovableHandle:
    """Call ``fn((), (gradient,))`` after it was added to the leaf's ``.grad``."""
    return _hang_on_leaf(self.variable, "posthooks", fn)


def _backward_hooks(self: Tensor) -> OrderedDict[int, Hook] | None:
    """The hooks on this tensor by number, or None if there never was one."""
    refresh(self)
    extras = self._extras if self._node is None else self._node.extras
    return (extras or {}).get("hooks")


Tensor._backward_hooks = property(_backward_hooks)  # type: ignore[attr-defined]
install(
    register_hook=register_hook,
    register_post_accumulate_grad_hook=register_post_accumulate_grad_hook,
)
Node.register_prehook, Node.register_hook = _node_prehook, _node_hook  # type: ignore[attr-defined]
AccumulateGrad.register_prehook, AccumulateGrad.register_hook = _leaf_prehook, _leaf_posthook  # type: ignore[attr-defined]
