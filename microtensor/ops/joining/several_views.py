"""Several views of one tensor that come from one node: what `split`, `chunk` and `unbind` record.

One node with as many outputs joins their cotangents again, where a node for each view would fill zeros of the
whole shape for each and add them all.  As in PyTorch such views refuse to be written in place while they are
recorded: the node's derivative belongs to them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...engine import versions
from ...engine.apply import attach
from ...engine.fastpath import SeveralNode, complete
from ...engine.grad_mode import recording
from ...engine.graph import CONSTANT, edge_of, make_node
from ...engine.tensor import Tensor

Views = Callable[[Tensor, tuple[Any, ...]], Tensor]


class Parts(SeveralNode):
    """The node of several views, which are laid side by side again by `join`."""

    __slots__ = ()
    frees = False
    sources = (CONSTANT,)
    join: Callable[..., Any]

    @property
    def formulas(self) -> dict[str, str]:
        """The operand's cotangent."""
        return {"input": f"{self.join.__name__}(*gs, dim=dim)"}

    def pull(self, g: dict[int, Any], saved: tuple[int], edges: Any) -> tuple[Any]:
        """The cotangents of all parts joined, zeros for those that nothing used."""
        lift = any(isinstance(part, Tensor) for part in g.values())
        return (self.join(*complete(self, g, lift), dim=saved[0]),)


def views_of(input: Tensor, view: Views, keys: Sequence[tuple[Any, ...]], cls: Any, dim: int) -> Any:
    """The views of `input` by these keys along `dim`, which share a node of class `cls` if recorded."""
    how = recording()
    if how is False or type(input)._data is not Tensor._data:
        return tuple(view(input, key) for key in keys)
    edge, data = edge_of(input), input._data
    results = [Tensor._of(data[key]) for key in keys]
    if edge is not None:
        node = make_node(cls, (edge,), (dim,))
        attach(node, results, [result._data for result in results])
    _mark(input, view, keys, cls.__name__, results)
    if edge is not None and how is not True:
        how.recorded(node)
    return tuple(results)


def _mark(input: Tensor, view: Views, keys: Sequence[tuple[Any, ...]], name: str, results: list[Any]) -> None:
    """Tell the results whose views they are, and that they are not to be written in place."""
    root = input if input._view is None else input._view[0]
    version = versions.version(input._data)
    for number, (key, result) in enumerate(zip(keys, results, strict=True)):
        result._view = (root, root._node, input, view, (key,))
        result._extras = {"guarded": (f"Output {number} of {name}", True, version)}
