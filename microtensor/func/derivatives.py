"""Derivatives of functions: grad, vjp, jvp, Jacobians and Hessians.

Reverse mode is one pass over the record.  Forward mode is two: the pull-back ``u -> J'u`` is linear
in `u`, so its own pull-back at `v` is ``J v`` (the trick is due to J. Townsend, "A new trick for
calculating Jacobian vector products", 2017).  It needs no second set of formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import autograd, graph
from ..mode import enable_grad
from ..ops.joining import stack
from ..ops.shape import _reshape, movedim
from ..tensor import Tensor
from .tree import flatten, tensors_of, tree_map

Function = Callable[..., Any]


class Record:
    """One recorded call: fresh inputs, and the outputs that were computed from them."""

    def __init__(self, function: Function, args: Sequence[Any], argnums: Any, what: str, kwargs: Any = None) -> None:
        self.places = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        self.chosen: Any = tuple(args[i] for i in self.places)
        args = list(args)
        with enable_grad():
            tensors_of(self.chosen, what)
            fresh = tree_map(_fresh, self.chosen)
            for place, value in zip(self.places, fresh, strict=True):
                args[place] = value
            self.inputs, self.rebuild = flatten(fresh)
            self.output = function(*args, **(kwargs or {}))

    def split_aux(self, has_aux: bool, what: str) -> Any:
        """Take the second part of the output away, if the function returns one."""
        if not has_aux:
            return None
        if not isinstance(self.output, tuple) or len(self.output) != 2:
            raise RuntimeError(f"{what}: with has_aux=True the function must return (output, aux)")
        self.output, aux = self.output
        return tree_map(self.released, aux)

    def outer(self, tensors: Sequence[Any]) -> bool:
        """Whether `tensors` depend on anything but this record's own inputs."""
        own = {id(x) for x in self.inputs if x.grad_fn is None}
        edges = [graph.edge_of(t) for t in tensors if isinstance(t, Tensor)]
        nodes = graph.reachable(edges)
        leaves = [e for e in [*edges, *(e for n in nodes for e in n.edges)] if isinstance(e, Tensor)]
        return any(id(leaf) not in own for leaf in leaves)

    def released(self, value: Any) -> Any:
        """A result as the caller sees it: with history only if it depends on more than this call."""
        if not isinstance(value, Tensor) or self.outer([value]):
            return value
        return value.detach()

    def pull(self, outputs: Sequence[Tensor], cotangents: Any) -> list[Any]:
        """The cotangents of the inputs, recorded; zeros where nothing depends on an input."""
        live = [(o, c) for o, c in zip(outputs, cotangents, strict=True) if o.requires_grad]
        if not live:
            return [Tensor._of(np.zeros(x.shape, x.dtype)) for x in self.inputs]
        outs, cots = zip(*live, strict=True)
        with enable_grad():
            found = autograd.grad(outs, self.inputs, cots, create_graph=True, materialize_grads=True)
        return list(found)

    def shaped(self, values: Sequence[Any], argnums: Any) -> Any:
        """Values of the inputs in the structure in which the inputs came."""
        built = self.rebuild([self.released(v) for v in values])
        return built[0] if isinstance(argnums, int) else built


def _fresh(x: Tensor) -> Any:
    """A tensor to differentiate by, with `x`'s values and, if it has one, `x`'s history."""
    return x.clone() if x.requires_grad else x.detach().requires_grad_()


def _scalar(output: Any, what: str) -> Tensor:
    if not isinstance(output, Tensor) or output.ndim != 0:
        found = f"shape {tuple(output.shape)}" if isinstance(output, Tensor) else type(output).__name__
        raise RuntimeError(f"{what}: the function must return a scalar tensor (0-d), got {found}")
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
    outputs = flatten(record.output)[0]

    def pull(*cotangents: Any) -> Any:
        given = flatten(cotangents[0] if len(cotangents) == 1 else cotangents)[0]
        if [tuple(c.shape) for c in given] != [tuple(o.shape) for o in outputs]:
            raise RuntimeError(
                f"vjp: expected cotangents of the outputs' shapes {[tuple(o.shape) for o in outputs]}, "
                f"got {[tuple(c.shape) for c in given]}"
            )
        return record.shaped(record.pull(outputs, given), tuple(record.places))

    result = tree_map(record.released, record.output)
    return (result, pull, aux) if has_aux else (result, pull)


class _Linear:
    """The directional derivative of a record, ready to be taken in many directions."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.outputs, self.rebuild = flatten(record.output)
        self.seeds = [Tensor._of(np.zeros(o.shape, o.dtype)).requires_grad_() for o in self.outputs]
        self.pulled = record.pull(self.outputs, self.seeds)

    def __call__(self, tangents: Sequence[Tensor]) -> list[Any]:
        live = [(w, t) for w, t in zip(self.pulled, tangents, strict=True) if w.requires_grad]
        if not live:
            return [Tensor._of(np.zeros(o.shape, o.dtype)) for o in self.outputs]
        pulled, moved = zip(*live, strict=True)
        with enable_grad():
            found = autograd.grad(pulled, self.seeds, moved, create_graph=True, materialize_grads=True)
        return [self._released(t) for t in found]

    def _released(self, value: Tensor) -> Any:
        own = {id(s) for s in self.seeds}
        self.record.inputs, inputs = [*self.record.inputs, *self.seeds], self.record.inputs
        try:
            return self.record.released(value) if own else value
        finally:
            self.record.inputs = inputs


def _check_tangents(primals: Any, tangents: Any) -> list[Tensor]:
    expected, given = tensors_of(primals, "jvp"), tensors_of(tangents, "jvp")
    if [tuple(t.shape) for t in given] != [tuple(p.shape) for p in expected]:
        raise RuntimeError(
            f"jvp: expected tangents of the primals' shapes {[tuple(p.shape) for p in expected]}, got "
            f"{[tuple(t.shape) for t in given]}"
        )
    return given


def jvp(func: Function, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """The output of `func` at `primals`, and its derivative in the direction `tangents`.

    >>> mt.func.jvp(mt.sin, (mt.tensor(0.0),), (mt.tensor(2.0),))
    (tensor(0.), tensor(2.))
    """
    given = _check_tangents(tuple(primals), tuple(tangents))
    record = Record(func, primals, tuple(range(len(primals))), "jvp")
    aux = record.split_aux(has_aux, "jvp")
    linear = _Linear(record)
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
    linear = _Linear(record)

    def along(*tangents: Any) -> Any:
        return linear.rebuild(linear(_check_tangents(primals, tangents)))

    return tree_map(record.released, record.output), along


def _basis(x: Tensor) -> list[Tensor]:
    """The unit tensors of `x`'s shape, in C order."""
    rows = np.eye(x.numel(), dtype=x.dtype)
    return [Tensor._of(row.reshape(x.shape)) for row in rows]


def _zeros(like: Sequence[Tensor]) -> list[Tensor]:
    return [Tensor._of(np.zeros(t.shape, t.dtype)) for t in like]


def _stacked(rows: list[Any], shape: tuple[int, ...], other: tuple[int, ...], dtype: Any) -> Any:
    """Rows, one for each element of something of this shape, as one tensor of both shapes."""
    if not rows:
        return Tensor._of(np.zeros((*shape, *other), dtype))
    return _reshape(stack(rows), (*shape, *other))


def jacrev(
    func: Function, argnums: Any = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Function:
    """A function that returns the Jacobian of `func`, row by row, in reverse mode.

    Its shape is the output's and then the input's; nested outputs and inputs nest likewise.

    >>> mt.func.jacrev(lambda x: x**2)(mt.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    def transformed(*args: Any, **kwargs: Any) -> Any:
        record = Record(func, args, argnums, "jacrev", kwargs)
        aux = record.split_aux(has_aux, "jacrev")
        outputs, rebuild = flatten(record.output)
        blocks = []
        for k, out in enumerate(outputs):
            seeds = [[*_zeros(outputs[:k]), unit, *_zeros(outputs[k + 1 :])] for unit in _basis(out)]
            rows = [record.pull(outputs, seed) for seed in seeds]
            columns = [
                _stacked([row[i] for row in rows], tuple(out.shape), tuple(x.shape), out.dtype)
                for i, x in enumerate(record.inputs)
            ]
            blocks.append(record.shaped(columns, argnums))
        jacobian = rebuild(blocks)
        return (jacobian, aux) if has_aux else jacobian

    return transformed


def jacfwd(
    func: Function, argnums: Any = 0, has_aux: bool = False, *, randomness: str = "error"
) -> Function:
    """A function that returns the Jacobian of `func`, column by column, in forward mode.

    >>> mt.func.jacfwd(lambda x: x**2)(mt.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    def transformed(*args: Any, **kwargs: Any) -> Any:
        record = Record(func, args, argnums, "jacfwd", kwargs)
        aux = record.split_aux(has_aux, "jacfwd")
        linear = _Linear(record)
        table = [_columns(linear, record.inputs, i) for i in range(len(record.inputs))]
        blocks = [record.shaped([column[k] for column in table], argnums) for k in range(len(linear.outputs))]
        jacobian = linear.rebuild(blocks)
        return (jacobian, aux) if has_aux else jacobian

    return transformed


def _columns(linear: _Linear, inputs: Sequence[Tensor], i: int) -> list[Any]:
    """The derivatives of all outputs by input `i`, each of the output's shape and then the input's."""
    x = inputs[i]
    moves = [linear([*_zeros(inputs[:i]), unit, *_zeros(inputs[i + 1 :])]) for unit in _basis(x)]
    blocks = []
    for k, out in enumerate(linear.outputs):
        block = _stacked([move[k] for move in moves], tuple(x.shape), tuple(out.shape), out.dtype)
        n, m = x.ndim, out.ndim
        blocks.append(movedim(block, tuple(range(n)), tuple(range(m, m + n))) if n and m else block)
    return blocks


def hessian(func: Function, argnums: Any = 0) -> Function:
    """A function that returns the second derivatives of `func`: forward mode over reverse mode.

    >>> mt.func.hessian(lambda x: (x**3).sum())(mt.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)
