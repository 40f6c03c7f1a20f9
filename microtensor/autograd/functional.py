"""Jacobians, Hessians and their products with vectors, of a function at a point.

All are made of `autograd.grad`.  A row of a Jacobian is a pull-back; a product with the Jacobian
itself is the pull-back of the pull-back, which is linear in its cotangent (J. Townsend, "A new
trick for calculating Jacobian vector products", 2017).

Every function takes ``func``, which takes tensors and returns a tensor or a tuple of them, and
``inputs``, a tensor or a tuple.  Results are nested as the outputs and the inputs are: a tuple
where they are tuples, a tensor where they are tensors.  `create_graph` makes the results
differentiable.  `strict` raises ``RuntimeError`` where a result does not depend on an input, instead
of returning zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import autograd
from ..creation.factories import zeros_like
from ..engine.arrays.complex_numbers import of_complex_scalar
from ..engine.grad_mode import enable_grad
from ..engine.tensor import Tensor
from ..ops.joining.cat_split import stack

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Function = Callable[..., Any]
Tensors = tuple[Tensor, ...]
_MODES = ("forward-mode", "reverse-mode")


class _Call:
    """One recorded call of a user's function, on tensors of its own.

    They are new, so that a tensor that the function closes over counts as a constant, even if the
    same is given as an input.
    """

    def __init__(self, name: str, func: Function, inputs: Any, create_graph: bool, strict: bool) -> None:
        self.name, self.create_graph, self.strict = name, create_graph, strict
        self.many_inputs, given = _tensors(inputs, "inputs", name)
        self.inputs = tuple(_fresh(x, create_graph, True) for x in given)
        out = func(*self.inputs)
        self.many_outputs, self.outputs = _tensors(out, "outputs of the user-provided function", name)
        self._require_outputs()

    def _require_outputs(self) -> None:
        for i, out in enumerate(self.outputs):
            if self.strict and not out.requires_grad:
                raise RuntimeError(
                    f"{self.name}: Output {i} of the user-provided function does not require gradients. The "
                    "outputs must be computed in a differentiable manner from the input when running in "
                    "strict mode."
                )

    def vector(self, v: Any, like: Tensors, many: bool, what: str) -> Any:
        """The given vector, checked against what it multiplies; None for one number."""
        if v is None:
            return self._implied(like, what)
        vector = tuple(_fresh(x, self.create_graph, False) for x in _tensors(v, "v", self.name)[1])
        _check_vector(self.name, vector, like, many)
        return vector

    def _implied(self, like: Tensors, what: str) -> None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(
                f"{self.name}: The vector v can only be None if {what} a single Tensor with a single "
                f"element, and the shapes are {[tuple(x.shape) for x in like]}"
            )

    def filled(self, found: Sequence[Any], like: Tensors, what: str, of: str) -> Tensors:
        """Zeros where there was no path, or an error in strict mode."""
        for i, g in enumerate(found):
            if self.strict and g is None:
                raise _independent(self.name, what, of, i, "")
            if self.strict and self.create_graph and not g.requires_grad:
                raise _independent(self.name, _JACOBIAN, of, i, " when create_graph=True")
        return tuple(zeros_like(x) if g is None else g for g, x in zip(found, like, strict=True))

    def results(self, product: Tensors, many: bool) -> tuple[Any, Any]:
        """The outputs and the product, as the caller gets them."""
        return self.shaped(self.outputs, self.many_outputs), self.shaped(product, many)

    def shaped(self, tensors: Tensors, many: bool) -> Any:
        """A tuple or its one tensor, detached unless a graph was asked for."""
        kept = tensors if self.create_graph else tuple(t.detach() for t in tensors)
        return kept if many else kept[0]

    def gradient(self) -> Tensors:
        """The recorded gradient of the one number that the function returns."""
        if self.many_outputs or self.outputs[0].numel() != 1:
            what = f"The Tensor returned by the function given to {self.name} should contain a single element"
            if self.many_outputs:
                what = f"The function given to {self.name} should return a single Tensor"
            raise RuntimeError(f"{what}, and it returned {[tuple(out.shape) for out in self.outputs]}")
        found: Tensors = _pull(self.outputs, self.inputs, None, True)
        for i, g in enumerate(found):
            if self.strict and (g is None or not g.requires_grad):
                if g is None:
                    raise _independent(self.name, _OUTPUT, "input", i, "")
                raise RuntimeError(
                    f"{self.name}: The jacobian of the user-provided function with respect to input {i} is "
                    "independent of the input. This is not allowed in strict mode."
                )
        return found


_OUTPUT = "The output of the user-provided function"
_JACOBIAN = "The jacobian of the user-provided function"
_HESSIAN = "The hessian of the user-provided function"
_GRADIENT = "The gradient with respect to the input"


def _independent(name: str, what: str, of: str, i: int, when: str) -> RuntimeError:
    return RuntimeError(
        f"{name}: {what} is independent of {of} {i}. This is not allowed in strict mode{when}; without "
        "strict the result is zeros"
    )


def _tensors(value: Any, what: str, name: str) -> tuple[bool, Tensors]:
    many = isinstance(value, tuple)
    for i, x in enumerate(value if many else (value,)):
        if not isinstance(x, Tensor):
            where = f"the value at index {i}" if many else f"the given {what}"
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but {where} has "
                f"type {type(x)}."
            )
    return many, value if many else (value,)


def _fresh(x: Tensor, connected: bool, needs_grad: bool) -> Tensor:
    if connected and x.requires_grad:
        return x.view_as(x)
    return x.detach().requires_grad_(needs_grad)


def _check_vector(name: str, vector: Tensors, like: Tensors, many: bool) -> None:
    if len(vector) != len(like):
        expected = f"{len(like)} tensors" if many else "a single Tensor"
        raise RuntimeError(f"{name}: The given v should contain {expected}, and contains {len(vector)}")
    for i, (v, x) in enumerate(zip(vector, like, strict=True)):
        if v.shape != x.shape:
            entry = f"entry {i} of v" if many else "v"
            raise RuntimeError(f"{name}: {entry} has invalid size: should be {x.shape} but got {v.shape}")


def _pull(
    outputs: Sequence[Any], inputs: Tensors, v: Any, create_graph: bool, retain: bool | None = None
) -> Any:
    """Cotangents of `inputs`, None where there is no path; outputs without a history send nothing."""
    vectors = (None,) * len(outputs) if v is None else v
    live = [
        (out, u) for out, u in zip(outputs, vectors, strict=True) if out is not None and out.requires_grad
    ]
    if not live:
        return (None,) * len(inputs)
    outs, us = zip(*live, strict=True)
    return autograd.grad(outs, inputs, us, retain, create_graph, allow_unused=True)


def _pull_back(outputs: Sequence[Any], inputs: Tensors, like: Tensors) -> tuple[Tensors, Any]:
    """Cotangents to differentiate by, and the recorded pull-back, which is linear in them."""
    cotangents = tuple(zeros_like(x).requires_grad_() for x in like)
    return cotangents, _pull(outputs, inputs, cotangents, True)


# -------------------------------------------------------------------------- products


@enable_grad()
def vjp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``(func(*inputs), v' J)``: the product of a vector with the Jacobian, by one backward pass.

    `v` has the shapes of the outputs, and may be None if there is one output with one element.  The
    product has the shapes of the inputs.

    >>> x = mt.tensor([1.0, 2.0])
    >>> mt.autograd.functional.vjp(lambda x: x**2, x, mt.tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    call = _Call("vjp", func, inputs, create_graph, strict)
    vector = call.vector(v, call.outputs, call.many_outputs, "the user-provided function returns")
    found = _pull(call.outputs, call.inputs, vector, create_graph)
    product = call.filled(found, call.inputs, _OUTPUT, "input")
    return call.results(product, call.many_inputs)


@enable_grad()
def jvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``(func(*inputs), J v)``: the derivative of the outputs along `v`, by two backward passes.

    `v` has the shapes of the inputs, and may be None if there is one input with one element.  The
    product has the shapes of the outputs.

    >>> x = mt.tensor([1.0, 2.0])
    >>> mt.autograd.functional.jvp(lambda x: (x**2).sum(), x, mt.tensor([1.0, 10.0]))
    (tensor(5.), tensor(42.))
    """
    call = _Call("jvp", func, inputs, create_graph, strict)
    vector = call.vector(v, call.inputs, call.many_inputs, "the input to the user-provided function is")
    cotangents, back = _pull_back(call.outputs, call.inputs, call.outputs)
    call.filled(back, call.inputs, _OUTPUT, "input")
    found = _pull(back, cotangents, vector, create_graph)
    product = call.filled(found, call.outputs, _GRADIENT, "entry")
    return call.results(product, call.many_outputs)


@enable_grad()
def vhp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``(func(*inputs), v' H)``: the product of a vector with the Hessian of a function of one number.

    By two backward passes; `v` and the product have the shapes of the inputs.

    >>> x = mt.tensor([1.0, 2.0])
    >>> mt.autograd.functional.vhp(lambda x: (x**3).sum(), x, mt.tensor([1.0, 10.0]))
    (tensor(9.), tensor([  6., 120.]))
    """
    call = _Call("vhp", func, inputs, create_graph, strict)
    vector = call.vector(v, call.inputs, call.many_inputs, "the input to the user-provided function is")
    found = _pull(call.gradient(), call.inputs, vector, create_graph)
    product = call.filled(found, call.inputs, _JACOBIAN, "input")
    return call.results(product, call.many_inputs)


@enable_grad()
def hvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``(func(*inputs), H v)``: as `vhp`, which is one pass cheaper and equal where H is symmetric.

    >>> x = mt.tensor([1.0, 2.0])
    >>> mt.autograd.functional.hvp(lambda x: (x**3).sum(), x, mt.tensor([1.0, 10.0]))
    (tensor(9.), tensor([  6., 120.]))
    """
    call = _Call("hvp", func, inputs, create_graph, strict)
    vector = call.vector(v, call.inputs, call.many_inputs, "the input to the user-provided function is")
    cotangents, back = _pull_back(call.gradient(), call.inputs, call.inputs)
    found = _pull(back, cotangents, vector, create_graph)
    product = call.filled(found, call.inputs, _HESSIAN, "entry")
    return call.results(product, call.many_inputs)


# -------------------------------------------------------------------------- matrices


@enable_grad()
def jacobian(
    func: Function, inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """All derivatives of the outputs by the inputs: ``J[i][j]`` has shape ``output_i.shape + input_j.shape``.

    ``strategy="reverse-mode"`` takes one backward pass for each element of the outputs, and
    ``"forward-mode"`` one for each element of the inputs.  Rows are
    computed one by one also with `vectorize`, which allows complex outputs: a row in reverse mode is the
    gradient of an output's real part, and a column in forward mode the change of the outputs with the real
    part of an input.  Raises ``RuntimeError`` for complex outputs without it, and for `strict` with it or
    with forward mode, as PyTorch does; what PyTorch refuses besides (forward mode without `vectorize`, or
    with `create_graph`) works.

    >>> x = mt.tensor([1.0, 2.0])
    >>> mt.autograd.functional.jacobian(lambda x: x * x.sum(), x)
    tensor([[4., 1.],
            [2., 5.]])
    """
    if strategy not in _MODES:
        raise AssertionError(f"jacobian: expected strategy to be one of {_MODES}, not {strategy!r}")
    if strict and (vectorize or strategy == "forward-mode"):
        raise RuntimeError(
            f"jacobian: strict=True and {'vectorize=True' if vectorize else 'forward mode'} are not "
            "supported together: set strict=False"
        )
    call = _Call("jacobian", func, inputs, create_graph, strict)
    for out in call.outputs:
        if out.is_complex() and not vectorize:
            raise RuntimeError(of_complex_scalar(out.dtype))
    rows = _by_rows(call) if strategy == "reverse-mode" else _by_columns(call)
    shaped = tuple(call.shaped(row, call.many_inputs) for row in rows)
    return shaped if call.many_outputs else shaped[0]


def _by_rows(call: _Call) -> list[Tensors]:
    blocks = []
    for i, out in enumerate(call.outputs):
        rows = _rows(call, i, out)
        blocks.append(
            tuple(
                _stacked([row[k] for row in rows], x, 0, (*out.shape, *x.shape))
                for k, x in enumerate(call.inputs)
            )
        )
    return blocks


def _rows(call: _Call, i: int, out: Tensor) -> list[Tensors]:
    what = f"Output {i} of the user-provided function"
    return [
        call.filled(_pull((out,), call.inputs, (hot,), call.create_graph, True), call.inputs, what, "input")
        for hot in _one_hot(out)
    ]


def _by_columns(call: _Call) -> list[Tensors]:
    cotangents, back = _pull_back(call.outputs, call.inputs, call.outputs)
    columns = [_columns(call, cotangents, g, x) for g, x in zip(back, call.inputs, strict=True)]
    return [
        tuple(
            _stacked([column[i] for column in columns[k]], out, -1, (*out.shape, *x.shape))
            for k, x in enumerate(call.inputs)
        )
        for i, out in enumerate(call.outputs)
    ]  # fmt: skip


def _columns(call: _Call, cotangents: Tensors, g: Any, x: Tensor) -> list[Tensors]:
    found = [_pull((g,), cotangents, (hot,), call.create_graph, True) for hot in _one_hot(x)]
    return [call.filled(column, call.outputs, "", "") for column in found]


def _stacked(parts: list[Tensor], like: Tensor, dim: int, shape: tuple[int, ...]) -> Tensor:
    """The rows (or columns) of one block, in its shape."""
    if not parts:
        return Tensor._of(np.zeros(shape, like.dtype))  # type: ignore[no-any-return]
    return stack(parts, dim).reshape(shape)  # type: ignore[no-any-return]


def _one_hot(x: Tensor) -> list[Tensor]:
    rows = np.eye(x.numel(), dtype=x.dtype).reshape(x.numel(), *x.shape)
    return [Tensor._of(row) for row in rows]


def hessian(
    func: Function, inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """All second derivatives of a function of one number: the Jacobian of its Jacobian.

    ``H[i][j]`` has shape ``input_i.shape + input_j.shape``.  `outer_jacobian_strategy` is the
    `strategy` of the outer one.  Raises ``RuntimeError`` unless the function returns one Tensor with
    one element.

    >>> x = mt.tensor([1.0, 2.0])
    >>> mt.autograd.functional.hessian(lambda x: x[0] ** 2 * x[1], x)
    tensor([[4., 2.],
            [2., 0.]])
    """
    many, given = _tensors(inputs, "inputs", "hessian")

    def gradient(*args: Tensor) -> Tensors:
        with enable_grad():
            call = _Call("hessian", func, args, True, strict)
            found = call.gradient()
            return tuple(zeros_like(x) if g is None else g for g, x in zip(found, call.inputs, strict=True))

    rows = jacobian(gradient, given, create_graph, strict, vectorize, outer_jacobian_strategy)
    return rows if many else rows[0][0]
