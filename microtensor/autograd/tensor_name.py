"""``tensor.name``: what a person calls a tensor, for drawings and messages.

PyTorch's attribute of that name is always None; here it can be set.  The name of a result is kept with
the node that computed it, so that a graph knows it when the tensor is gone; that of a leaf is kept with
the leaf.  A graph keeps the arrays of constants and not their tensors, so a constant's name is found by its
array.  A tensor without a name carries nothing.
"""

from __future__ import annotations

import weakref
from typing import Any

from ..engine.tensor import Tensor, install

_KEY = "microtensor.names"
_arrays: dict[int, tuple[weakref.ref[Any], str | None]] = {}
"""The names of constants, by the identity of their arrays, which live elsewhere."""


def _name(self: Tensor) -> str | None:
    """What this tensor is called in drawings; None until it is set.

    >>> x = mt.ones(2)
    >>> x.name = "input"
    >>> x.name
    'input'
    """
    found = vars(self).get("name")
    return found if found or self.grad_fn is None else names_of(self.grad_fn).get(self.output_nr)


def _set_name(self: Tensor, name: str | None) -> None:
    if name is not None and not isinstance(name, str):
        raise TypeError(f"name: expected a string or None, got {type(name).__name__} {name!r}")
    vars(self)["name"] = name
    if self.grad_fn is not None:
        self.grad_fn.metadata.setdefault(_KEY, {})[self.output_nr] = name
    elif not self.requires_grad:
        key, array = id(self.array), self.array
        _arrays[key] = (weakref.ref(array, lambda _: _arrays.pop(key, None)), name)


def name_of_array(array: Any) -> str | None:
    """The name of the constant tensor that has this array.

    >>> x = mt.ones(2)
    >>> x.name = "mask"
    >>> name_of_array(x.array)
    'mask'
    """
    alive, name = _arrays.get(id(array), (lambda: None, None))
    return name if array is not None and alive() is array else None


def names_of(node: Any) -> dict[int, str | None]:
    """The names that results of `node` were given, by the number of the output.

    >>> y = mt.ones(2, requires_grad=True) * 2
    >>> y.name = "doubled"
    >>> names_of(y.grad_fn)
    {0: 'doubled'}
    """
    noted = (node.extras or {}).get("metadata", {})
    return noted.get(_KEY, {})  # type: ignore[no-any-return]


install(name=property(_name, _set_name))
