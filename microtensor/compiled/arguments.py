"""A call's arguments: the tensors that stand for them at capture, and the tests that later ones must pass.

A captured run has tensors of its own for the arguments, and a replay copies the arguments into arrays of its
own.  Both have the same strides as the argument that was captured, since the order in which NumPy adds up
depends on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..engine.versions import owner
from ..nn.parameter import Parameter
from .agree import same_value
from .guards import SCALARS
from .program import Array

__all__ = ["Arguments", "describe", "same_layout"]


def same_layout(array: Array) -> Array:
    """New memory for an array of the same shape, dtype and strides, with its contents."""
    if array.size == 0 or any(s < 0 for s in array.strides):
        return array.copy("K")
    low, high = np.lib.array_utils.byte_bounds(array)
    twin: Array = np.ndarray(array.shape, array.dtype, np.zeros(high - low, np.uint8), 0, array.strides)
    twin[...] = array
    return twin


class Arguments:
    """What stands for a call's leaves: a tensor of its own for each tensor, anything else itself."""

    def __init__(self, shape: Any, leaves: list[Any]) -> None:
        self.shape = shape
        self.refusal: str | None = None
        self.given = [describe(leaf) for leaf in leaves]
        self.leaves = [self._stand_in(leaf) for leaf in leaves]

    def _stand_in(self, leaf: Any) -> Any:
        if isinstance(leaf, np.ndarray):
            self.refusal = "an argument is a NumPy array: hand over a tensor (from_numpy shares its memory)"
        if not isinstance(leaf, Tensor):
            return leaf
        if type(leaf) not in (Tensor, Parameter) or leaf._extras is not None:
            self.refusal = f"an argument is a {type(leaf).__name__} with hooks, or of a subclass of Tensor"
            return leaf
        twin = Tensor._of(same_layout(leaf.array))
        twin._rg = leaf.requires_grad
        return twin

    def stood_for(self, leaves: Sequence[Any]) -> list[tuple[Tensor, Tensor]]:
        """The tensors that stand for tensors of a call, with those."""
        pairs = zip(self.leaves, leaves, strict=False)
        return [(twin, leaf) for twin, leaf in pairs if isinstance(leaf, Tensor) and twin is not leaf]

    def arrays(self) -> list[Array | None]:
        """The array of each leaf that has one."""
        return [leaf.array if isinstance(leaf, Tensor) else None for leaf in self.leaves]

    def fits(self, shape: Any, leaves: list[Any]) -> bool:
        """Whether these leaves are of the kind that was captured."""
        given = [describe(leaf) for leaf in leaves]
        return shape == self.shape and len(given) == len(self.given) and all(map(_alike, given, self.given))

    def tests(self, names: dict[str, Any], written: Sequence[Array] = ()) -> list[str]:
        """Python that is true of such leaves, called ``x0``, ``x1`` and so on; it sets ``d0``, ``d1`` ...

        `written` are the owners of memory in which they must not lie.
        """
        words = []
        names |= {"written": frozenset(map(id, written)), "owner": owner}
        for k, (leaf, given) in enumerate(zip(self.leaves, self.given, strict=True)):
            if isinstance(leaf, Tensor):
                kind, dtype, shape, strides, grad = given
                names |= {f"kind{k}": kind, f"dtype{k}": dtype}
                read = f"x{k}._data" if shape else f"x{k}.array"
                words += [f"type(x{k}) is kind{k}", f"(d{k} := {read}).shape == {shape}"]
                words += [f"d{k}.dtype == dtype{k}", f"d{k}.strides == {strides}"]
                words += [f"id(d{k} if d{k}.base is None else owner(d{k})) not in written"] * bool(written)
                words += [
                    f"x{k}._extras is None",
                    f"x{k}.requires_grad is {grad}" if grad else f"not x{k}.requires_grad",
                ]
            elif leaf is None or leaf is True or leaf is False:
                words.append(f"x{k} is {leaf}")
            else:
                names |= {f"value{k}": leaf, "alike_value": _alike}
                words.append(f"(x{k} is value{k} or alike_value(x{k}, value{k}))")
        return words


def describe(leaf: Any) -> Any:
    """What must be the same of two arguments for one program to serve both."""
    if isinstance(leaf, Tensor):
        array = leaf.array
        return (type(leaf), array.dtype, array.shape, array.strides, leaf.requires_grad)
    return leaf


def _alike(x: Any, y: Any) -> bool:
    if type(x) is tuple and type(y) is tuple and len(x) == 5 == len(y) and isinstance(x[0], type):
        return x == y
    return x is y or (isinstance(x, SCALARS) and same_value(x, y))
