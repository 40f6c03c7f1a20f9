"""Questions to the backward pass that is running, and what is to happen at its end.

Hooks and custom Functions ask them: which pass this is, which node is being pulled back, which ones will be.
As `observers.running`, they read the stack, so that no pass pays for being asked.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ..engine.backward import Sweep, backward, backward_from
from ..engine.graph import AccumulateGrad, Node, edge_of
from ..engine.reachability import last_uses, reachable
from ..engine.tensor import Tensor
from .multithreading import is_multithreading_enabled
from .observers import running


def current_graph_task_id() -> int:
    """A number that no other running pass has; -1 outside of any.

    >>> from microtensor.autograd.running_pass import current_graph_task_id
    >>> current_graph_task_id()
    -1
    """
    sweep = running()
    return -1 if sweep is None else id(sweep)


def current_autograd_node() -> Node | None:
    """The node that is being pulled back; None outside of any pass."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        if frame.f_code in (Sweep.run.__code__, Sweep.pull_watched.__code__):
            return frame.f_locals["node"]  # type: ignore[no-any-return]
        frame = frame.f_back
    return None


def will_engine_execute_node(node: Any) -> bool:
    """Whether the pass that is running pulls `node` back, or has done so.

    Raises ``TypeError`` for what is no node, and ``RuntimeError`` outside of a pass, and for a leaf's node
    under ``autograd.grad``, which accumulates nothing.
    """
    sweep = running()
    if sweep is None:
        raise RuntimeError("_will_engine_execute_node should only be called during the backward pass")
    if not isinstance(node, (Node, AccumulateGrad)):
        raise TypeError(f"_will_engine_execute_node expects an autograd.Node, but got {type(node).__name__}")
    place = node.variable if isinstance(node, AccumulateGrad) else node
    if place is not node and place in sweep.capture:
        raise RuntimeError(
            "A leaf node was passed to _will_engine_execute_node but we are currently running "
            "autograd.grad(). This is currently not supported."
        )
    if sweep.need is not None:
        return place in sweep.need
    nodes = reachable(_roots())
    return place in nodes or any(place is edge for other in nodes for edge in other.edges)


def _roots() -> list[Any]:
    """Where the innermost pass began."""
    frame: Any = sys._getframe(1)
    while frame.f_code not in (backward.__code__, backward_from.__code__):
        frame = frame.f_back
    tensors = frame.f_locals["tensors" if frame.f_code is backward.__code__ else "tensor"]
    return [edge_of(t) for t in ([tensors] if isinstance(tensors, Tensor) else tensors)]


_ORDER = "_current_graph_task_execution_order"


def execution_order() -> list[Any]:
    """The nodes that the pass will still pull back, in their order, the one at hand first, with leaves.

    Raises ``RuntimeError`` outside of a pass, and unless ``set_multithreading_enabled(False)`` is in force,
    as PyTorch, whose threads could not tell.
    """
    sweep = running()
    if sweep is None:
        raise RuntimeError(f"{_ORDER} should only be called during the backward pass")
    if is_multithreading_enabled():
        raise RuntimeError(
            f"{_ORDER} expects the current backward to be executed with multithreading disabled, e.g. by "
            "running:\n\n>>> with torch.autograd.set_multithreading_enabled(False):\n"
            "...     torch.autograd.grad(...)\n"
        )
    nodes = reachable([current_autograd_node(), *sweep.pending])
    nodes = [node for node in nodes if sweep.need is None or node in sweep.need]
    return [shown for node in nodes for shown in (*_shown(node), *_leaves_after(node, nodes))]


def _shown(node: Node) -> tuple[Any, ...]:
    """A node as users know it: none that only undoes broadcasting or leads to one of several outputs."""
    return (node,) if type(node).__module__ != Node.__module__ else ()


def _leaves_after(node: Node, nodes: list[Node]) -> list[AccumulateGrad]:
    return [AccumulateGrad(leaf) for leaf in last_uses(nodes).get(node.number, ())]


class ExecutionEngine:
    """What ``Variable._execution_engine`` is: where a program queues what is to happen at the end."""

    def queue_callback(self, callback: Callable[[], Any]) -> None:
        """Call ``callback()`` when the pass that is running has ended; ``RuntimeError`` outside of any."""
        sweep = running()
        if sweep is None:
            raise RuntimeError("Final callbacks can only be installed during backward pass.")
        sweep.callbacks = [*sweep.callbacks, callback]

    def is_checkpoint_valid(self) -> bool:
        """Whether this is no pass that computes the gradients of some tensors alone."""
        sweep = running()
        return sweep is None or sweep.need is None
