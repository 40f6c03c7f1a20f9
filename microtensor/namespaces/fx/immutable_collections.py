"""Lists and dictionaries that refuse to be changed: the arguments of a node.

A node knows which nodes use it from the arguments that it was given.  A list that changed behind its back
would make that a lie, so an argument is replaced whole, by assigning ``node.args``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from microtensor.utils import _pytree

__all__ = ["immutable_dict", "immutable_list"]

_OF_LISTS = "__delitem__ __iadd__ __imul__ __setitem__ append clear extend insert pop remove reverse sort"
_OF_DICTS = "__delitem__ __ior__ __setitem__ clear pop popitem setdefault update"


def _refusing(name: str) -> Callable[..., NoReturn]:
    def refuse(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__}.{name}: the arguments of a node are not changed in place: "
            "assign a new value to node.args or node.kwargs"
        )

    refuse.__name__ = name
    return refuse


class immutable_list(list[Any]):  # noqa: N801 - PyTorch's name
    """A list that cannot be changed.

    >>> from microtensor.fx.immutable_collections import immutable_list
    >>> immutable_list([1, 2])
    [1, 2]
    """

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self))

    def __reduce__(self) -> Any:
        return immutable_list, (list(self),)


class immutable_dict(dict[Any, Any]):  # noqa: N801 - PyTorch's name
    """A dictionary that cannot be changed.

    >>> from microtensor.fx.immutable_collections import immutable_dict
    >>> immutable_dict(a=1)
    {'a': 1}
    """

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> Any:
        return immutable_dict, (dict(self),)


for _class, _names in ((immutable_list, _OF_LISTS), (immutable_dict, _OF_DICTS)):
    for _name in _names.split():
        setattr(_class, _name, _refusing(_name))

_pytree.register_pytree_node(
    immutable_list, lambda x: (list(x), None), lambda values, _: immutable_list(values)
)
_pytree.register_pytree_node(
    immutable_dict,
    lambda x: (list(x.values()), list(x)),
    lambda values, keys: immutable_dict(zip(keys, values, strict=True)),
)
