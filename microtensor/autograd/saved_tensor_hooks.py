"""Saved arrays that wait in another form: how the hooks of `autograd.graph.saved_tensors_hooks` work."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..engine import versions
from ..engine.grad_mode import no_grad, observer, observers_kept
from ..engine.graph import CONSTANT, linked
from ..engine.tensor import Tensor
from .function_node import FunctionNode
from .observers import Link


class Packed:
    """What stands in a node for a saved array: the pack hook's answer, and the hook that undoes it."""

    __slots__ = ("content", "index", "memory", "number", "undo")

    def __init__(
        self, content: Any, undo: Callable[[Any], Any], array: Any, index: int | None, number: int
    ) -> None:
        self.content, self.undo, self.index, self.number = content, undo, index, number
        self.memory: Callable[[], Any] = lambda: None
        if isinstance(array, np.ndarray):
            self.memory = weakref.ref(versions.owner(array))

    def array(self) -> Any:
        """The array, unpacked.

        The engine refuses an array that was written after its node was made.  If the hook brings
        the very memory that was saved, that is right; memory that the hook has just filled is no
        older than its filling, and is copied, since a copy carries no stamp.

        Hooks that the hook enters and does not leave end with it.
        """
        with observers_kept(), no_grad():
            tensor = self.undo(self.content)
        if not isinstance(tensor, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(tensor).__name__}: it must return the tensor that pack_hook was given"
            )
        array = tensor._data
        written = versions.written_since(array, self.number)
        return array if written is None or versions.owner(array) is self.memory() else array.copy()

    def __iter__(self) -> Iterator[Any]:
        """``array, index, number``: the form in which a `FunctionNode` keeps a saved tensor."""
        return iter((self.array(), self.index, self.number))


class Hooks(Link):
    """Packs what a new node saved.  An outer pair finds nothing left to pack: the innermost applies."""

    def __init__(self, pack: Callable[[Tensor], Any], unpack: Callable[[Any], Any]) -> None:
        super().__init__(observer())
        self.pack, self.unpack = pack, unpack

    def recorded(self, node: Any) -> None:
        """Pack, then pass the node on."""
        if isinstance(node, FunctionNode):
            node.kept = tuple(self._kept(node, item) for item in node.kept)
        else:
            self._saved(node)
        super().recorded(node)

    def packed_of(self, node: Any, value: Any, place: int) -> Any:
        """One saved value of `node` packed."""
        if isinstance(node, FunctionNode):
            return self._kept(node, value)
        return self._value(node, value, node.sources[place])

    def _kept(self, node: Any, item: Any) -> Any:
        if item is None or isinstance(item, Packed):
            return item
        array, index, number = item
        edge = node.edges[index] if index is not None and index >= 0 else None
        return self._packed(array, edge, index, number)

    def _saved(self, node: Any) -> None:
        pairs = zip(node.saved, node.sources, strict=True)
        packed = tuple(self._value(node, value, source) for value, source in pairs)
        if _differ(packed, node.saved):
            node.saved = packed
            node.extras = {**(node.extras or {}), "unpack": unpacked}

    def _value(self, node: Any, value: Any, source: int) -> Any:
        if isinstance(value, tuple):
            items = tuple(self._value(node, item, CONSTANT) for item in value)
            return items if _differ(items, value) else value
        scalar = isinstance(value, np.generic) and source != CONSTANT
        if not scalar and not isinstance(value, np.ndarray):
            return value
        return self._packed(value, node.edges[source] if source >= 0 else None, source, node.number)

    def _packed(self, array: Any, edge: Any, index: int | None, number: int) -> Packed:
        tensor = linked(array, edge)
        version = tensor._version
        with no_grad():
            content = self.pack(tensor)
        if tensor._version != version:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place: the tensor "
                f"{tensor.dtype} {tuple(tensor.shape)} is still in use by the program. Pack a clone()."
            )
        return Packed(content, self.unpack, array, index, number)


def _differ(new: tuple[Any, ...], old: tuple[Any, ...]) -> bool:
    return any(a is not b for a, b in zip(new, old, strict=True))


def unpacked(saved: tuple[Any, ...]) -> tuple[Any, ...]:
    """A node's saved values with every `Packed` undone."""
    return tuple(map(_unpacked, saved))


def _unpacked(value: Any) -> Any:
    if isinstance(value, tuple):
        return unpacked(value)
    return value.array() if isinstance(value, Packed) else value
