"""Sparse COO tensors: where the entries stand (an array of integers), and what stands there (a Tensor).

A `SparseTensor` is these two, and what is computed with it is computed with its values by dense ops: to make
it dense is to `put` its values, a product gathers rows and adds them up.  So gradients, of every order, are
those of the values, and no op, no formula and no line of the engine knows of sparse tensors.  Calls come by
``__torch_function__``, which nobody pays for who has none.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import numpy as np

from ..engine.arrays.sparse_array import SparseArray, places, runs
from ..engine.attributes.dtype_objects import dtype
from ..engine.attributes.layout_format import layout, sparse_coo
from ..engine.graph import Node, edge_of, make_node
from ..engine.overriding.dispatch import disabled
from ..engine.size_device import Size
from ..engine.tensor import Tensor
from ..ops.indexing.getitem import index, put
from .printing import text
from .shown import shown

Array = np.ndarray[Any, Any]


class SparseTensor(Tensor):
    """A tensor of which only some entries are kept; see `sparse_coo_tensor`.

    >>> x = mt.sparse_coo_tensor([[0, 1], [2, 0]], [3.0, 4.0], (2, 3))
    >>> x.is_sparse, x.layout, x._nnz(), x.to_dense().tolist()
    (True, torch.sparse_coo, 2, [[0.0, 0.0, 3.0], [4.0, 0.0, 0.0]])
    """

    _places: Array
    _held: Tensor
    _size: Size
    _unique: bool
    _view = _extras = None
    is_sparse = True
    _is_strided = False
    device = Tensor.device

    @classmethod
    def of(cls, indices: Array, values: Tensor, size: Sequence[int], unique: bool = False) -> Any:
        """The tensor of these, which are not copied; `unique`: each place is there once, in rising order."""
        made = object.__new__(cls)
        made._set(indices, values, size, unique)
        return made

    def _set(self, indices: Array, values: Tensor, size: Sequence[int], unique: bool) -> None:
        self._places, self._held, self._size, self._unique = (
            indices,
            values,
            Size(size),
            unique or indices.shape[1] < 2,
        )

    def _with(self, values: Tensor, name: str) -> Any:
        """The same places with other values, which ``grad_fn`` shows as computed by `name`."""
        return type(self).of(self._places, shown(values, name), self._size, self._unique)

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """The answer of what is listed in `answers`; ``NotImplementedError`` for every other function."""
        from . import functions

        name = name_of(func)
        if name in functions.PLAIN:
            return disabled(func, types, args, kwargs)
        if name not in functions.ANSWERS:
            refuse(name)
        return functions.ANSWERS[name](*args, **(kwargs or {}))

    # ------------------------------------------------------------ what it is

    @property
    def _data(self) -> Any:
        """What the engine sees, which adds it to gradients."""
        return SparseArray(self._places, self._held.array, self._size, self._unique)

    @property
    def shape(self) -> Size:
        """The shape of the dense tensor."""
        return self._size

    @property
    def ndim(self) -> int:
        """The number of dimensions of the dense tensor."""
        return len(self._size)

    @property
    def dtype(self) -> dtype:
        """The dtype of the values."""
        return self._held.dtype

    @property
    def layout(self) -> layout:
        """``torch.sparse_coo``."""
        return sparse_coo

    @property
    def nbytes(self) -> NoReturn:
        """``RuntimeError``, as in PyTorch."""
        raise RuntimeError(
            "nbytes is not defined for sparse tensors: add those of the indices and the values, or multiply "
            "numel() by element_size() for those of the dense tensor"
        )

    def _indices(self) -> Tensor:
        return Tensor._of(self._places)  # type: ignore[no-any-return]

    def _values(self) -> Tensor:
        return self._held.detach()

    def _nnz(self) -> int:
        return int(self._places.shape[1])

    def _coalesced_(self, coalesced: bool) -> SparseTensor:
        self._unique = coalesced
        return self

    # --------------------------------------------------------------- history

    @property
    def _rg(self) -> bool:  # type: ignore[override]
        return self._held.requires_grad

    @property
    def _node(self) -> Any:
        """What takes the cotangent of the whole, and passes on that of the values."""
        edge = edge_of(self._held)
        return None if edge is None else make_node(Entries, (edge,), (self.detach(),))

    @property
    def requires_grad(self) -> bool:
        """Whether a backward pass sends a gradient to the values."""
        return self._held.requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self._held.requires_grad_(value)

    @property
    def grad_fn(self) -> Any:
        """The node of the graph that computed the values."""
        return self._held.grad_fn

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation computed the values."""
        return self._held.is_leaf

    @property
    def grad(self) -> Any:
        """The gradient, at the same places."""
        found = self._held.grad
        return None if found is None else type(self).of(self._places, found, self._size, self._unique)

    @grad.setter
    def grad(self, value: Any) -> None:
        self._held.grad = None if value is None else at_places_of(self, value)

    @grad.deleter
    def grad(self) -> None:
        self._held.grad = None

    _grad = grad

    @property
    def data(self) -> Any:
        """The same memory without history."""
        return type(self).of(self._places, self._held.data, self._size, self._unique)

    @data.setter
    def data(self, value: Any) -> None:
        if not isinstance(value, SparseTensor):
            raise RuntimeError("x.data of a sparse tensor takes a sparse tensor: y.to_sparse() makes one")
        values = value._held.detach().requires_grad_(self.requires_grad)
        self._set(value._places, values, value._size, value._unique)

    @property
    def array(self) -> NoReturn:
        """``NotImplementedError``: an array has all its zeros."""
        raise NotImplementedError(
            "a sparse tensor has no array of its numbers, which this needs: x.to_dense() makes a dense one"
        )

    # ---------------------------------------------------------------- Python

    def __iter__(self) -> Iterator[Any]:
        return iter(self.unbind(0))

    def __repr__(self) -> str:
        return text(self)

    def __format__(self, spec: str) -> str:
        return object.__format__(self, spec)

    def __copy__(self) -> Any:
        twin = type(self).of(self._places, self._held, self._size, self._unique)
        twin.__dict__.update(self.__dict__)
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        twin = memo[id(self)] = object.__new__(type(self))
        twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return twin

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self).of, (self._places, self._held.detach(), tuple(self._size), self._unique)


class Entries(Node):
    """Between a custom `Function` and the values of a sparse tensor that it was given."""

    __slots__ = ()
    frees = False

    @staticmethod
    def pull(g: Any, saved: Any, edges: Any) -> tuple[Any]:
        """The entries of a cotangent, dense or sparse, at the places of the tensor."""
        (pattern,) = saved
        if isinstance(g, SparseArray):
            g = SparseTensor.of(g.indices, Tensor._of(g.values), g.shape, g.unique)
            return (at_places_of(pattern, g)._data,)
        return (at_places_of(pattern, g),)


def name_of(func: Any) -> str:
    """The name of a function of PyTorch's, or of a property behind its ``__get__``.

    >>> from microtensor.sparse.tensor import name_of
    >>> name_of(mt.mm), name_of(mt.Tensor.device.__get__)
    ('mm', 'device')
    """
    owner = getattr(func, "__self__", None)
    return str(owner.fget.__name__ if isinstance(owner, property) and owner.fget else func.__name__)


def refuse(name: str, backend: str = "SparseCPU") -> NoReturn:
    """The error of a function that is not there for sparse tensors."""
    raise NotImplementedError(
        f"Could not run 'aten::{name}' with arguments from the {backend!r} backend: {name} is not there for "
        "sparse tensors. Compute with x.to_dense(), or with x.coalesce().values() if zeros stay zeros"
    )


def coalesced(x: SparseTensor) -> Any:
    """The tensor with each place once, in rising order: itself if it is so.

    >>> from microtensor.sparse.tensor import coalesced
    >>> coalesced(mt.sparse_coo_tensor([[2, 0, 2]], [1.0, 2.0, 3.0], (3,))).values()
    tensor([2., 4.])
    """
    if x._unique:
        return x
    order, starts = runs(places(x._places, x._size))
    if len(starts) == len(order):
        values = index(x._held, (order,))
    else:
        number = np.empty_like(order)
        number[order] = np.repeat(np.arange(len(starts)), np.diff([*starts, len(order)]))
        values = put(x._held, (len(starts), *x._held.shape[1:]), (number,))
    indices = x._places[:, order[starts]]
    return SparseTensor.of(indices, shown(values, "CoalesceBackward0"), x._size, True)


def at_places_of(pattern: SparseTensor, x: Any) -> Any:
    """The values of `x`, dense or sparse, at the places of `pattern`; 0 where `x` has none."""
    if not isinstance(x, SparseTensor):
        return index(x, tuple(pattern._places))
    x = coalesced(x)
    wanted, here = (places(part._places, part._size) for part in (pattern, x))
    found = np.searchsorted(here, wanted)
    there = np.append(here, -1)[found] == wanted
    if there.all():
        return index(x._held, (found,))
    (which,) = np.nonzero(there)
    return put(index(x._held, (found[which],)), (len(wanted), *x._held.shape[1:]), (which,))


def rises(x: SparseTensor) -> bool:
    """Whether each place is there once, in rising order."""
    return bool((np.diff(places(x._places, x._size)) > 0).all())


def sparse(x: Any) -> bool:
    """Whether `x` is a sparse tensor."""
    return isinstance(x, SparseTensor)


__all__ = ["SparseTensor", "at_places_of", "coalesced", "name_of", "refuse", "rises", "sparse"]
