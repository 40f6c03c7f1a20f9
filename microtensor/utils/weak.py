"""PyTorch's ``torch.utils.weak``: dictionaries whose keys are objects themselves, as long as these live.

Tensors compare elementwise, so that a dictionary of the standard library cannot tell two of them apart.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, MutableMapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class WeakIdRef(weakref.ref[Any], Generic[T]):
    """A weak reference that is the same as another if both are to one object.

    >>> from microtensor.utils.weak import WeakIdRef
    >>> x = mt.ones(2)
    >>> WeakIdRef(x) == WeakIdRef(x), WeakIdRef(x) == WeakIdRef(mt.ones(2))
    (True, False)
    """

    __slots__ = ("_id",)

    def __init__(self, key: Any, callback: Any = None) -> None:
        super().__init__(key, callback)  # type: ignore[call-arg]
        self._id = id(key)

    def __hash__(self) -> int:
        return self._id

    def __eq__(self, other: object) -> bool:
        found = self()
        if found is None or not isinstance(other, WeakIdRef):
            return self is other
        return found is other()


class WeakIdKeyDictionary(MutableMapping[Any, T]):
    """A dictionary by identity that forgets what nobody else holds.

    >>> from microtensor.utils.weak import WeakIdKeyDictionary
    >>> x = mt.ones(2)
    >>> names = WeakIdKeyDictionary({x: "x"})
    >>> names[x], mt.ones(2) in names
    ('x', False)
    """

    def __init__(self, dict: Any = None, ref_type: Any = WeakIdRef) -> None:
        self.data: dict_[Any, T] = {}
        self.ref_type = ref_type
        if dict is not None:
            self.update(dict)

    def _forget(self, reference: Any) -> None:
        self.data.pop(reference, None)

    def __getitem__(self, key: Any) -> T:
        return self.data[self.ref_type(key)]

    def __setitem__(self, key: Any, value: T) -> None:
        self.data[self.ref_type(key, self._forget)] = value

    def __delitem__(self, key: Any) -> None:
        del self.data[self.ref_type(key)]

    def __contains__(self, key: object) -> bool:
        try:
            return self.ref_type(key) in self.data
        except TypeError:  # what cannot be referred to weakly
            return False

    def __iter__(self) -> Iterator[Any]:
        return (key for reference in list(self.data) if (key := reference()) is not None)

    def __len__(self) -> int:
        return len(self.data)

    def keyrefs(self) -> list[Any]:
        """The weak references to all keys."""
        return list(self.data)

    def copy(self) -> WeakIdKeyDictionary[T]:
        """A dictionary of the same keys and values."""
        return type(self)(self, self.ref_type)


dict_ = dict  # the constructor's argument has PyTorch's name
WeakTensorKeyDictionary = WeakIdKeyDictionary
WeakTensorRef = TensorWeakRef = WeakIdRef
