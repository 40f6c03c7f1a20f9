"""Derivatives of functions: gradients, and products of the Jacobian with a vector from either side.

Reverse mode is one pass over the record.  Forward mode is two, one of them over the other's own
record (`func.records.Linear`), and needs no second set of formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.arrays.complex_numbers import of_complex_scalar
from ..engine.tensor import Tensor
from .pullback import Linear, Record, outputs_of
from .pytree import flatten, tensors_of, tree_map

Function = Callable[..., Any]


def _scalar(output: Any, what: str) -> Tensor:
    if not isinstance(output, Tensor):
        raise RuntimeError(f"{what}: Expected the function to return a Tensor, got {type(output)}")
    if output.ndim != 0:
        raise RuntimeError(
            f"{what}: Expected the function to return a scalar Tensor, got tensor with {output.ndim} dims, "
            f"{tuple(output.shape)}. Maybe you wanted to use the vjp or jacrev APIs instead?"
        )
    if output.is_complex():
        raise RuntimeError(of_complex_scalar(output.dtype))
    return output


def grad_and_value(func: Function, argnums: Any = 0, has_aux: bool = False) -> Function:
    """A function that returns the gradient of `func`, a scalar, and its value.

    >>> mt.func.grad_and_value(lambda x: x**2)(mt.tensor(3.0))
    (tensor(6.), tensor(9.))
    """

    def transformed(*args: Any, **kwargs: Any) -> Any:
        record = Record(func, args, argnums, "grad", kwargs)
        aux = record.split_aux(has_aux, "grad")
        value = _scalar(record.output, "grad")
        one = Tensor._of(np.ones((), value.dtype))
        gradient = record.shaped(record.pull([value], [one]), argnums)
        value = record.released(value)
        return (gradient, (value, aux)) if has_aux else (gradient, value)

    return transformed


def grad(func: Function, argnums: Any = 0, has_aux: bool = False) -> Function:
    """A function that returns the gradient of `func`, which returns a scalar.

    `argnums` names the arguments to differentiate by (one, or a tuple); each may be nested.
    Raises ``RuntimeError`` if the result is no scalar.

    >>> from microtensor.func import grad
    >>> grad(grad(lambda x: x**3))(mt.tensor(2.0))
    tensor(12.)
    """
    both = grad_and_value(func, argnums, has_aux)

    def transformed(*args: Any, **kwargs: Any) -> Any:
        gradient, value = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return transformed


def vjp(func: Function, *primals: Any, has_aux: bool = False) -> Any:
    """The output of `func` at `primals`, and the function that pulls a cotangent back.

    >>> out, pull = mt.func.vjp(lambda x: x**2, mt.tensor([1.0, 2.0]))
    >>> pull(mt.tensor([1.0, 10.0]))
    (tensor([ 2., 40.]),)
    """
    record = Record(func, primals, tuple(range(len(primals))), "vjp")
    aux = record.split_aux(has_aux, "vjp")
    outputs = outputs_of(record.output, "vjp")

    def pull(*cotangents: Any) -> Any:
        given = flatten(cotangents[0] if len(cotangents) == 1 else cotangents)[0]
        if _shapes(given) != _shapes(outputs):
            raise RuntimeError(
                f"vjp: expected cotangents of the outputs' shapes {_shapes(outputs)}, got {_shapes(given)}"
            )
        return record.shaped(record.pull(outputs, given), tuple(record.places))

    result = tree_map(record.released, record.output)
    return (result, pull, aux) if has_aux else (result, pull)


def _shapes(tensors: Sequence[Any]) -> list[Any]:
    return [tuple(t.shape) if isinstance(t, Tensor) else type(t) for t in tensors]


def _check_tangents(what: str, primals: Any, tangents: Any) -> list[Tensor]:
    for name, value in (("primals", primals), ("tangents", tangents)):
        if not isinstance(value, tuple):
            raise RuntimeError(
                f"{what}: Expected {name} to be a tuple, got {type(value)}. E.g. it should be valid to call "
                "f(*primals)."
            )
    expected, given = tensors_of(primals, what), flatten(tangents)[0]
    if not expected:
        raise RuntimeError(f"{what}: Expected primals to contain at least one Tensor.")
    if _shapes(given) != _shapes(expected):
        raise RuntimeError(
            f"{what}: expected tangents of the primals' shapes {_shapes(expected)}, got {_shapes(given)}"
        )
    return given


def jvp(func: Function, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """The output of `func` at `primals`, and its derivative in the direction `tangents`, both tuples.

    Raises ``RuntimeError`` for tangents that are not as the primals are, and under `strict` for an
    output that does not depend on them.

    >>> mt.func.jvp(mt.sin, (mt.tensor(0.0),), (mt.tensor(2.0),))
    (tensor(0.), tensor(2.))
    """
    given = _check_tangents("jvp", primals, tangents)
    record = Record(func, primals, tuple(range(len(primals))), "jvp")
    aux = record.split_aux(has_aux, "jvp")
    outputs = outputs_of(record.output, "jvp")
    if strict and not all(map(record.reaches, outputs)):
        raise RuntimeError(
            "jvp: The output of f is independent of the inputs. This is not allowed with strict=True."
        )
    linear = Linear(record)
    moved = linear.rebuild(linear(given))
    result = tree_map(record.released, record.output)
    return (result, moved, aux) if has_aux else (result, moved)


def linearize(func: Function, *primals: Any) -> tuple[Any, Function]:
    """The output of `func` at `primals`, and the linear function that takes tangents to tangents.

    >>> out, along = mt.func.linearize(lambda x: x**2, mt.tensor(3.0))
    >>> along(mt.tensor(1.0)), along(mt.tensor(2.0))
    (tensor(6.), tensor(12.))
    """
    record = Record(func, primals, tuple(range(len(primals))), "linearize")
    outputs_of(record.output, "linearize")
    linear = Linear(record)

    def along(*tangents: Any) -> Any:
        return linear.rebuild(linear(_check_tangents("linearize", primals, tangents)))

    return tree_map(record.released, record.output), along
