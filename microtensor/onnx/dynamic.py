"""Which dimensions of which inputs may have other sizes: what `dynamic_shapes` and `dynamic_axes` say."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..func.pytree import flatten
from ..nn.modules.module import Module

__all__ = ["Dynamic"]


class Dynamic:
    """Names of the inputs, and the dimensions of each that are dynamic, by the name of the size.

    `names` has the name of each leaf of the arguments, `axes` the leaves and dimensions of each size, `base`
    the sizes of the first run: the example's, but two for one, which broadcasts and tells nothing.
    """

    def __init__(
        self, model: Any, args: Sequence[Any], kwargs: Mapping[str, Any],
        input_names: Sequence[str] | None = None,
        dynamic_axes: Any = None, dynamic_shapes: Any = None,
    ) -> None:  # fmt: skip
        self.leaves = flatten((tuple(args), dict(kwargs)))[0]
        arguments = _by_name(model, args, kwargs)
        paths = [path for name, value in arguments.items() for path in _paths(name, value)]
        self.names = _renamed([name for name, _ in paths], self.leaves, input_names)
        self.axes: dict[str, list[tuple[int, int]]] = {}
        for leaf, axis, size in [*_of_shapes(arguments, dynamic_shapes), *self._of_axes(dynamic_axes)]:
            self._add(leaf, axis, size)
        self.sources = {size: (self.names[found[0][0]], found[0][1]) for size, found in self.axes.items()}
        self.base = {size: self._base(size) for size in self.axes}

    def _of_axes(self, dynamic_axes: Any) -> Iterator[tuple[int, int, str]]:
        """Of ``{"input": {0: "batch"}}`` or ``{"input": [0]}``; names that are no input's are outputs'."""
        for name, axes in (dynamic_axes or {}).items():
            if name not in self.names:
                continue
            named = (
                axes
                if isinstance(axes, Mapping)
                else {axis: f"{name}_dynamic_axes_{i}" for i, axis in enumerate(axes, 1)}
            )
            for axis, size in named.items():
                yield self.names.index(name), axis, size

    def _add(self, leaf: int, axis: int, size: str) -> None:
        shape = tuple(self.leaves[leaf].shape)
        if not -len(shape) <= axis < len(shape):
            raise IndexError(f"export: {self.names[leaf]} has the shape {shape}, and no dimension {axis}")
        place = (leaf, axis % len(shape))
        if place not in self.axes.setdefault(size, []):
            self.axes[size].append(place)

    def _base(self, size: str) -> int:
        found = {self.leaves[leaf].shape[axis] for leaf, axis in self.axes[size]}
        if len(found) > 1:
            where = ", ".join(f"{self.names[leaf]} dimension {axis}" for leaf, axis in self.axes[size])
            raise ValueError(f"export: {size!r} is one size, and the example has {sorted(found)} for {where}")
        return max(int(*found), 2)

    def resized(self, leaf: int, x: Any, sizes: Mapping[str, int]) -> Any:
        """An input of other sizes: its slices over and over."""
        array = x.array
        for size, places in self.axes.items():
            for axis in [axis for i, axis in places if i == leaf and x.shape[axis] != sizes[size]]:
                if not x.shape[axis]:
                    raise ValueError(
                        f"export: {self.names[leaf]} is empty along its dynamic dimension {axis}"
                    )
                array = np.take(array, np.arange(sizes[size]) % x.shape[axis], axis)
        return Tensor._of(array)


def _by_name(model: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments under the parameters' names, in the order of the leaves."""
    signature = inspect.signature(model.forward if isinstance(model, Module) else model)
    named: dict[str, Any] = {}
    for i, (name, p) in enumerate(signature.parameters.items()):
        if i >= len(args):
            break
        if p.kind is p.VAR_POSITIONAL:
            named |= {f"{name}_{k}": value for k, value in enumerate(args[i:])}
            break
        named[name] = args[i]
    return named | dict(kwargs)


def _paths(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, (tuple, list)):
        for k, item in enumerate(value):
            yield from _paths(f"{name}_{k}", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _paths(f"{name}_{key}", item)
    else:
        yield name, value


def _renamed(names: list[str], leaves: Sequence[Any], given: Sequence[str] | None) -> list[str]:
    """The names with those that were given in place of the first tensors'."""
    rest = list(given or [])
    found = [
        rest.pop(0) if rest and isinstance(x, Tensor) else name for name, x in zip(names, leaves, strict=True)
    ]
    if rest:
        count = sum(isinstance(x, Tensor) for x in leaves)
        raise ValueError(f"export: {len(given or [])} input_names for {count} inputs")
    return found


def _of_shapes(arguments: Mapping[str, Any], shapes: Any) -> Iterator[tuple[int, int, str]]:
    """Of a dict by argument or a tuple in their order, each with the structure of its argument."""
    if shapes is None:
        return
    if isinstance(shapes, Mapping):
        unknown = [name for name in shapes if name not in arguments]
        if unknown:
            raise ValueError(
                f"export: dynamic_shapes names {unknown}, and the arguments are {list(arguments)}"
            )
    named = dict(shapes) if isinstance(shapes, Mapping) else dict(zip(arguments, shapes, strict=True))
    leaf = 0
    for name, value in arguments.items():
        for x, spec in _leaves_with(value, named.get(name)):
            for axis, size in _axes(spec) if isinstance(x, Tensor) else ():
                yield leaf, axis, size
            leaf += 1


def _leaves_with(value: Any, spec: Any) -> Iterator[tuple[Any, Any]]:
    if not isinstance(value, (tuple, list, dict)):
        yield value, spec
        return
    for k, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _leaves_with(item, None if spec is None else spec[k])


def _axes(spec: Any) -> Iterator[tuple[int, str]]:
    items = spec.items() if isinstance(spec, Mapping) else enumerate(spec or ())
    for axis, size in items:
        if size is not None and not isinstance(size, int):
            yield axis, str(getattr(size, "__name__", size))
