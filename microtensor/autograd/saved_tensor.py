"""``grad_fn._raw_saved_self``: the place where a node keeps one tensor, on which hooks can be put by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..engine.graph import Node, linked
from ..engine.node_call import key_of, raw
from ..engine.passes.saved_arrays import freed
from ..engine.tensor import Tensor
from .function_node import FunctionNode
from .saved_tensor_hooks import Hooks, Packed, unpacked


class SavedTensor:
    """The place of one saved tensor in a node; see `autograd.graph.saved_tensors_hooks` for many.

    >>> x = mt.ones(2, requires_grad=True)
    >>> y = x.exp()
    >>> y.grad_fn._raw_saved_result.register_hooks(lambda t: t.tolist(), mt.tensor)
    >>> y.sum().backward()
    >>> x.grad
    tensor([2.7183, 2.7183])
    """

    def __init__(self, node: Node, place: int) -> None:
        self.node, self.place = node, place

    @property
    def _values(self) -> tuple[Any, ...]:
        if self.node.saved is None:
            raise freed(self.node)
        return self.node.kept if isinstance(self.node, FunctionNode) else self.node.saved

    @property
    def data(self) -> Any:
        """What is kept: the tensor, or what the pack hook made of it."""
        value = self._values[self.place]
        return value.content if isinstance(value, Packed) else self.unpack()

    @property
    def unpack_hook(self) -> Callable[[Any], Any] | None:
        """The hook that was registered to undo the other."""
        value = self._values[self.place]
        return value.undo if isinstance(value, Packed) else None

    def unpack(self) -> Tensor | None:
        """The tensor, with its history."""
        if isinstance(self.node, FunctionNode):
            return self.node.saved_tensors[self.place]  # type: ignore[no-any-return]
        source = self.node.sources[self.place]
        value = unpacked(self._values)[self.place]
        edge = self.node.edges[source] if source >= 0 else self.node
        return None if value is None else linked(value, edge)

    def register_hooks(
        self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor] | None = None
    ) -> None:
        """Keep ``pack_hook(tensor)`` in its place from now on, and undo that when it is needed.

        Raises ``TypeError`` for what cannot be called, ``RuntimeError`` if nothing is saved here, if there
        are hooks already, or if `pack_hook` writes into its argument.
        """
        if not (callable(pack_hook) and callable(unpack_hook)):
            raise TypeError("register_hooks(): incompatible function arguments: two functions are due")
        value = self._values[self.place]
        if value is None:
            raise RuntimeError("Calling register_hooks on a saved tensor with value None is forbidden")
        if isinstance(value, Packed):
            raise RuntimeError("Calling register_hooks on a saved tensor whose hooks have already been set.")
        self._put(Hooks(pack_hook, unpack_hook).packed_of(self.node, value, self.place))

    def _put(self, packed: Any) -> None:
        values = (*self._values[: self.place], packed, *self._values[self.place + 1 :])
        if isinstance(self.node, FunctionNode):
            self.node.kept = values
            return
        self.node.saved = values
        self.node.extras = {**(self.node.extras or {}), "unpack": unpacked}


def _read(node: Any, name: str) -> Any:
    """``node._raw_saved_<name>``; of a custom Function's node ``_raw_saved_tensors``."""
    if isinstance(node, FunctionNode) and name == "tensors":
        return tuple(SavedTensor(node, place) for place in range(len(node.kept)))
    return SavedTensor(node, node.op.keeps.index(key_of(node, name)))


raw.append(_read)
