"""Sparse gradients: those that an embedding leaves in ``weight.grad``, and those of sparse tensors."""

from __future__ import annotations

import importlib
from typing import Any

from ..autograd import grad_backward
from ..autograd.checking.jacobians import GradcheckError
from ..engine.arrays.sparse_array import SparseArray
from ..engine.overriding.overridable import overridable
from ..engine.passes.accumulation import rows_added
from ..engine.tensor import Tensor
from .tensor import SparseTensor, at_places_of, sparse


def accumulated(held: Any, part: SparseArray) -> Any:
    """The gradient after a sparse part has been added to the one that is held, or to none.

    >>> table = mt.nn.Embedding(4, 1, sparse=True)
    >>> table(mt.tensor([3, 1, 3])).sum().backward()
    >>> table.weight.grad
    tensor(indices=tensor([[3, 1, 3]]),
           values=tensor([[1.],
                          [1.],
                          [1.]]),
           size=(4, 1), nnz=3, layout=torch.sparse_coo)
    """
    total = part if held is None else held._data + part
    if not isinstance(total, SparseArray):
        return Tensor._of(total)
    return SparseTensor.of(total.indices, Tensor._of(total.values), total.shape, total.unique)


gradcheck_module = importlib.import_module("..autograd.gradcheck", __package__)  # its name is a function's

rows_added.append(accumulated)
overridable(grad_backward.grad)
overridable(grad_backward.backward)
overridable(gradcheck_module.gradcheck)
overridable(gradcheck_module.gradgradcheck)


def grad(outputs: Any, inputs: Any, grad_outputs: Any = None, **options: Any) -> tuple[Any, ...]:
    """``autograd.grad`` where an output or an input is sparse: of the values, at the same places."""
    outputs, inputs = _listed(outputs), _listed(inputs)
    cotangents = None if grad_outputs is None else _cotangents(outputs, _listed(grad_outputs))
    values = [_values(x) for x in inputs]
    found = grad_backward.grad([_values(x) for x in outputs], values, cotangents, **options)
    return tuple(
        type(x).of(x._places, g, x._size, x._unique) if sparse(x) and g is not None else g
        for x, g in zip(inputs, found, strict=True)
    )


def backward(
    tensors: Any, grad_tensors: Any = None, retain_graph: Any = None, create_graph: bool = False,
    grad_variables: Any = None, inputs: Any = None,
) -> None:  # fmt: skip
    """``autograd.backward`` of sparse tensors, or limited to some: of their values."""
    tensors = _listed(tensors)
    given = grad_variables if grad_tensors is None else grad_tensors
    cotangents = None if given is None else _cotangents(tensors, _listed(given))
    leaves = None if inputs is None else list(map(_values, _listed(inputs)))
    values = list(map(_values, tensors))
    grad_backward.backward(values, cotangents, retain_graph, create_graph, inputs=leaves)


def backward_method(
    self: Any, gradient: Any = None, retain_graph: Any = None, create_graph: bool = False, inputs: Any = None
) -> None:
    """``x.backward(gradient)``."""
    backward(self, gradient, retain_graph, create_graph, inputs=inputs)


def gradcheck(func: Any, inputs: Any, **options: Any) -> bool:
    """`autograd.gradcheck` in sparse inputs: of their values; ``masked=True`` has to be said."""
    return _checked(gradcheck_module.gradcheck, func, inputs, options)


def gradgradcheck(func: Any, inputs: Any, grad_outputs: Any = None, **options: Any) -> bool:
    """`autograd.gradgradcheck` in sparse inputs: of their values."""
    return _checked(gradcheck_module.gradgradcheck, func, inputs, options | {"grad_outputs": grad_outputs})


def _checked(check: Any, func: Any, inputs: Any, options: dict[str, Any]) -> bool:
    if not options.get("masked"):
        raise GradcheckError(
            "gradcheck of sparse inputs takes masked=True: the gradients of a sparse tensor are those of the "
            "entries that are there"
        )
    inputs = _listed(inputs)

    def of_values(*values: Any) -> Any:
        pairs = zip(inputs, values, strict=True)
        found = func(*(type(x).of(x._places, v, x._size, x._unique) if sparse(x) else v for x, v in pairs))
        if any(map(sparse, found if isinstance(found, tuple) else [found])):
            raise ValueError(
                "Sparse output is not supported at gradcheck yet. Please call to_dense(masked_grad=...) on "
                "the output of fn for gradcheck."
            )
        return found

    return bool(check(of_values, tuple(map(_leaf, inputs)), **options))


def _leaf(x: Any) -> Any:
    return x._held.detach().clone().requires_grad_(x.requires_grad) if sparse(x) else x


def _listed(x: Any) -> list[Any]:
    return [x] if isinstance(x, Tensor) else list(x)


def _values(x: Any) -> Any:
    return x._held if sparse(x) else x


def _cotangents(outputs: list[Any], given: list[Any]) -> list[Any]:
    return [
        at_places_of(x, g) if sparse(x) and g is not None else g for x, g in zip(outputs, given, strict=True)
    ]


def register_hook(self: Any, hook: Any) -> Any:
    """A hook that sees the gradient as a sparse tensor, and may return another."""

    def of_values(g: Any) -> Any:
        answer = hook(type(self).of(self._places, g, self._size, self._unique))
        if sparse(answer) and answer._places is self._places:
            return answer._held
        return None if answer is None else at_places_of(self, answer)

    return self._held.register_hook(of_values)


def retain_grad(self: Any) -> None:
    """Keep the gradient of a tensor that is no leaf."""
    self._held.retain_grad()


__all__ = [
    "SparseTensor",
    "accumulated",
    "backward",
    "backward_method",
    "grad",
    "register_hook",
    "retain_grad",
]
