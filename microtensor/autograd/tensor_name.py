"""``tensor.name``: what a person calls a tensor, for drawings and messages.

PyTorch's attribute of that name is always None; here it can be set.  The name of a result is kept with
the node that computed it, so that a graph knows it when the tensor is gone; that of a leaf is kept with
the leaf.  A tensor without a name carries nothing.
"""

from __future__ import annotations

from typing import Any

from ..engine.tensor import Tensor, install

_KEY = "microtensor.names"


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


def names_of(node: Any) -> dict[int, str | None]:
    """The names that results of `node` were given, by the number of the output.

    >>> y = mt.ones(2, requires_grad=True) * 2
    >>> y.name = "doubled"
    >>> names_of(y.grad_fn)
    {0: 'doubled'}
    """
    noted = (node.rare or {}).get("metadata", {})
    return noted.get(_KEY, {})  # type: ignore[no-any-return]


install(name=property(_name, _set_name))
