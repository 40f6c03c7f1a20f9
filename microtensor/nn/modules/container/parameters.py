"""Parameters in a list and by name, registered, with anything else beside them.

Tensors that are put in become Parameters.  Other values are kept as they are, unregistered, as in
PyTorch.
"""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from ....engine.tensor import Tensor
from ...parameter import Parameter
from ..module import Module
from .module_dict import pairs


def _registrable(value: Any) -> Any:
    if isinstance(value, Tensor) and not isinstance(value, Parameter):
        return Parameter(value)
    return value


def _describe(key: object, value: Any, content: Any = None) -> str:
    """One line of a container: PyTorch names what is in a list by its dtype, in a dict by its old type."""
    if not isinstance(value, Tensor):
        return f"  ({key}): Object of type: {type(value).__name__}"
    kind = "Parameter" if isinstance(value, Parameter) else "Tensor"
    size = "x".join(str(n) for n in value.shape)
    return f"  ({key}): {kind} containing: [{content or value.dtype} of size {size}]"


class ParameterList(Module):
    """A list of parameters that are registered under ``"0"``, ``"1"``, ...

    It grows at the end only.

    >>> weights = mt.nn.ParameterList([mt.zeros(2, 3), mt.zeros(3)])
    >>> weights[1]
    Parameter containing:
    tensor([0., 0., 0.], requires_grad=True)
    >>> len(list(weights.parameters()))
    2
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        self.extend([] if values is None else values)

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return getattr(self, _name_of(self, index))

    def __setitem__(self, index: int, value: Any) -> None:
        setattr(self, _name_of(self, index), _registrable(value))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return (getattr(self, str(i)) for i in range(self._size))

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def append(self, value: Any) -> Self:
        """Add a value at the end and return self.

        >>> len(mt.nn.ParameterList().append(mt.zeros(2)))
        1
        """
        setattr(self, str(self._size), _registrable(value))
        self._size += 1
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Add several values at the end and return self; ``TypeError`` if they are not iterable.

        >>> len(mt.nn.ParameterList().extend([mt.zeros(2), mt.zeros(3)]))
        2
        """
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(
                f"ParameterList.extend should be called with an iterable, but got {type(values).__name__}"
            )
        for value in list(values):
            self.append(value)
        return self

    def extra_repr(self) -> str:
        return "\n".join(_describe(i, value) for i, value in enumerate(self))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: it holds parameters and computes nothing."""
        raise RuntimeError("ParameterList should not be called.")


def _name_of(parameters: ParameterList, index: int) -> str:
    position, size = operator.index(index), len(parameters)
    if not -size <= position < size:
        raise IndexError(f"index {position} is out of range for {size} values")
    return str(position % size)


class ParameterDict(Module):
    """Parameters by name, registered under these names.

    Keys are strings and keep their order of insertion; but those of a plain mapping are taken in
    sorted order, as PyTorch does, while an ``OrderedDict`` or pairs keep theirs.  A missing key
    is a ``KeyError``.

    >>> gains = mt.nn.ParameterDict({"left": mt.ones(1), "right": mt.ones(1)})
    >>> gains["left"]
    Parameter containing:
    tensor([1.], requires_grad=True)
    >>> [name for name, _ in gains.named_parameters()]
    ['left', 'right']
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        self.update({} if parameters is None else parameters)

    def __getitem__(self, key: str) -> Any:
        if key not in self._keys:
            raise KeyError(key)
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise TypeError(f"ParameterDict keys are strings, and {key!r} is {type(key).__name__}")
        if key not in self._keys and hasattr(self, key):
            raise KeyError(f"attribute '{key}' already exists in {type(self).__name__}")
        setattr(self, key, _registrable(value))
        self._keys[key] = None

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def keys(self) -> Iterable[str]:
        """The keys."""
        return self._keys.keys()

    def values(self) -> Iterable[Any]:
        """The values."""
        return (self[key] for key in self._keys)

    def items(self) -> Iterable[tuple[str, Any]]:
        """The keys with their values."""
        return ((key, self[key]) for key in self._keys)

    def get(self, key: str, default: Any = None) -> Any:
        """The value of `key`, or `default`."""
        return getattr(self, key) if key in self._keys else default

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The value of `key`, which becomes `default` if it has none."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str) -> Any:
        """Take a key out and return its value; ``KeyError`` if it is not there."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Take the last key out and return it with its value; ``KeyError`` if there is none."""
        if not self._keys:
            raise KeyError("popitem: the ParameterDict is empty")
        key = next(reversed(self._keys))
        return key, self.pop(key)

    def clear(self) -> None:
        """Take everything out."""
        for key in tuple(self._keys):
            del self[key]

    def copy(self) -> ParameterDict:
        """Another ParameterDict with the same values."""
        return ParameterDict(self)

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """Another ParameterDict with these keys, each with the value `default`."""
        return ParameterDict((key, default) for key in keys)

    def update(self, parameters: Any) -> None:
        """Set keys from a mapping or from pairs; ``TypeError`` or ``ValueError`` if it is neither.

        >>> gains = mt.nn.ParameterDict()
        >>> gains.update([("left", mt.ones(1))])
        >>> "left" in gains
        True
        """
        given = pairs(self, parameters)
        if isinstance(parameters, Mapping) and not isinstance(parameters, OrderedDict):
            given.sort(key=operator.itemgetter(0))
        for key, value in given:
            self[key] = value

    def __or__(self, other: Any) -> ParameterDict:
        both = self.copy()
        both.update(other)
        return both

    def __ror__(self, other: Any) -> ParameterDict:
        both = ParameterDict(other)
        both.update(self)
        return both

    def __ior__(self, other: Any) -> Self:
        self.update(other)
        return self

    def extra_repr(self) -> str:
        from ....settings import typename

        return "\n".join(_describe(key, value, typename(value)) for key, value in self.items())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: it holds parameters and computes nothing."""
        raise RuntimeError("ParameterDict should not be called.")
