"""Which parameters a backward pass will not reach.

The outputs of a forward pass go through one node.  When backward comes to it, it knows which outputs matter,
and so which parameters: those of the others need not be waited for.
"""

from __future__ import annotations

from typing import Any

from ...autograd import Function
from ...engine.graph import edge_of
from ...engine.reachability import reachable
from ...engine.tensor import Tensor
from ...func.pytree import flatten
from .reducer import Reducer

__all__ = ["watched"]


class _Watch(Function):
    @staticmethod
    def forward(ctx: Any, reducer: Reducer, edges: list[Any], *outputs: Tensor) -> tuple[Tensor, ...]:
        ctx.set_materialize_grads(False)
        ctx.reducer, ctx.edges = reducer, edges
        return tuple([output.view_as(output) for output in outputs])

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> Any:
        edges = [edge for edge, g in zip(ctx.edges, grads, strict=True) if g is not None]
        ctx.reducer.mark_unused(leaves(edges))
        return (None, None, *grads)


def leaves(edges: list[Any]) -> set[Any]:
    """The leaves that a backward pass from `edges` reaches."""
    inner = [edge for node in reachable(edges) for edge in node.edges]
    return {edge for edge in [*edges, *inner] if isinstance(edge, Tensor)}


def watched(output: Any, reducer: Reducer) -> Any:
    """The same output, whose backward pass will tell `reducer` which parameters it does not reach."""
    parts, rebuild = flatten(output)
    places = [i for i, part in enumerate(parts) if isinstance(part, Tensor) and part.requires_grad]
    edges = [edge_of(parts[i]) for i in places]
    if places:
        found = _Watch.apply(reducer, edges, *[parts[i] for i in places])
        for place, tensor in zip(places, found, strict=True):
            parts[place] = tensor
    return rebuild(parts)
