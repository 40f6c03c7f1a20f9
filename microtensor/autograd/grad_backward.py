"""``grad`` and ``backward``: the gradients of some tensors in others."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..engine import backward as sweep
from ..engine.calls.users_line import users_level
from ..engine.calls.warn_once import warn_once
from ..engine.grad_mode import dual_levels
from ..engine.graph import AccumulateGrad
from ..engine.tensor import Tensor, install
from ..errors import describe


class GradientEdge(NamedTuple):
    """Where a gradient arrives: a node (`AccumulateGrad` for a leaf) and which of its outputs.

    `grad` and `backward` take it in place of a tensor.
    """

    node: Any
    output_nr: int
    ownership_token: Any = None


def standing_for(x: Any) -> Any:
    """A tensor with the history that a `GradientEdge` names; everything else as it is."""
    if not isinstance(x, GradientEdge):
        return x
    if isinstance(x.node, AccumulateGrad):
        return x.node.variable
    edge, shape, dtype = x.ownership_token or (x.node, (), np.dtype("f4"))
    twin = Tensor._of(np.broadcast_to(np.zeros((), dtype), shape))
    twin._node, twin._rg = edge, True
    return twin


def _listed(values: Any) -> list[Any]:
    if isinstance(values, (Tensor, GradientEdge)) or values is None:
        return [standing_for(values)]
    return list(map(standing_for, values))


def _paired(gradients: Any, tensors: Sequence[Any], name: str) -> list[Any]:
    listed = _listed(gradients) if gradients is not None else [None] * len(tensors)
    if len(listed) != len(tensors):
        raise RuntimeError(
            f"got {len(tensors)} tensors and {len(listed)} gradients: {name} needs one for each tensor"
        )
    return listed


def backward(
    tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None, create_graph: bool = False,
    grad_variables: Any = None, inputs: Any = None,
) -> None:  # fmt: skip
    """Add the gradient of `tensors` (a scalar, or with a cotangent for each) to the leaves' ``.grad``.

    `retain_graph` keeps what the formulas need for another pass (default: `create_graph`).
    `create_graph` records the pass itself, so that gradients can be differentiated.  `inputs` limits
    the pass to what these tensors need, and those that are no leaves retain their gradient.

    Raises ``RuntimeError`` for a non-scalar without a cotangent, without a graph, and for a second pass
    through a freed graph.

    >>> x = mt.tensor([1.0, 2.0], requires_grad=True)
    >>> mt.autograd.backward((x * x).sum())
    >>> x.grad
    tensor([2., 4.])
    """
    if grad_variables is not None:
        grad_tensors = _renamed(grad_variables, grad_tensors)
    tensors = _listed(tensors)
    retain = create_graph if retain_graph is None else retain_graph
    if inputs is not None:
        inputs = _check_inputs(_listed(inputs), "backward")
        for x in inputs:
            _retain_grad(x)
    if create_graph:
        warn_once(_CYCLE)
    sweep.backward(tensors, _paired(grad_tensors, tensors, "grad_tensors"), retain, create_graph, inputs)


def _renamed(grad_variables: Any, grad_tensors: Any) -> Any:
    """The cotangents under the name that they had before PyTorch 0.4."""
    warnings.warn(
        "`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=users_level()
    )
    if grad_tensors is not None:
        raise RuntimeError(
            "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`: use "
            "`grad_tensors` only"
        )
    return grad_variables


def _check_inputs(inputs: list[Any], name: str) -> list[Any]:
    if not inputs:
        raise RuntimeError(f"`inputs` argument to `{name}()` cannot be empty.")
    for i, x in enumerate(inputs):
        if not isinstance(x, Tensor):
            raise RuntimeError(
                f"all inputs have to be Tensors or GradientEdges, but got {type(x).__name__} as number {i}"
            )
        if not x.requires_grad:
            raise RuntimeError(
                f"One of the differentiated Tensors does not require grad: number {i}, {x.dtype} "
                f"{tuple(x.shape)}. Call requires_grad_() on it before the forward pass."
            )
    return inputs


_CYCLE = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its "
    "gradient which can cause a memory leak. We recommend using autograd.grad when creating the graph to "
    "avoid this. If you have to use this function, make sure to reset the .grad fields of your parameters "
    "to None after use to break the cycle and avoid the leak."
)

_ONLY_INPUTS = (
    "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for "
    "other parts of the graph, please use torch.autograd.backward."
)


def grad(
    outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: bool | None = None,
    create_graph: bool = False, only_inputs: bool = True, allow_unused: bool | None = None,
    is_grads_batched: bool = False, materialize_grads: bool = False,
) -> tuple[Any, ...]:  # fmt: skip
    """The gradients of `outputs` in `inputs`, as a tuple, without touching any ``.grad``.

    Nothing is computed that no input needs.  An input that `outputs` does not depend on raises
    ``RuntimeError``, or gives None under `allow_unused`, or zeros under `materialize_grads` (which require a
    gradient under `create_graph`).  Under
    `is_grads_batched` the `grad_outputs` have one more dimension in front, and so do the gradients: one
    for each row.  `only_inputs` is accepted and changes nothing, with a ``FutureWarning`` if it is False.

    >>> x = mt.tensor(3.0, requires_grad=True)
    >>> (dx,) = mt.autograd.grad(x**2, x, create_graph=True)
    >>> mt.autograd.grad(dx, x)
    (tensor(2.),)
    """
    if not only_inputs:
        warnings.warn(_ONLY_INPUTS, FutureWarning, stacklevel=users_level())
    outputs, inputs = _listed(outputs), _check_inputs(_listed(inputs), "grad")
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True")
    retain = create_graph if retain_graph is None else retain_graph
    cotangents = _paired(grad_outputs, outputs, "grad_outputs")
    allowed = bool(allow_unused) or materialize_grads
    if is_grads_batched:
        found = _grad_of_rows(outputs, inputs, cotangents, retain, create_graph, allowed)
    else:
        found = sweep.gradients_of(outputs, cotangents, inputs, retain, create_graph or bool(dual_levels))
        if dual_levels and not create_graph:
            found = [g if g is None else _settled(g) for g in found]
    pairs = enumerate(zip(found, inputs, strict=True))
    answers = [_answer(g, x, i, allowed, materialize_grads) for i, (g, x) in pairs]
    for g, answer in zip(found, answers, strict=True):
        if g is None and answer is not None and create_graph:
            answer.requires_grad_()
    return tuple(answers)


def _settled(g: Any) -> Any:
    """A gradient without history that still carries its tangent."""
    g = g._constant()
    if g._extras and "tangent" in g._extras:
        g._extras["tangent"] = g._extras["tangent"].detach()
    return g


def _grad_of_rows(
    outputs: list[Any], inputs: list[Any], rows: list[Any], retain: bool, create: bool, allowed: bool
) -> list[Any]:
    """The gradients for one row of the cotangents after the other, stacked; None stays None."""
    from ..ops.joining.cat_split import stack

    _check_rows(outputs, rows)
    count = len(rows[0])
    found = [
        grad(outputs, inputs, [row[k] for row in rows], retain or k + 1 < count, create, allow_unused=allowed)
        for k in range(count)
    ]
    return [None if of_input[0] is None else stack(of_input) for of_input in zip(*found, strict=True)]


def _check_rows(outputs: list[Any], rows: list[Any]) -> None:
    for number, (output, row) in enumerate(zip(outputs, rows, strict=True)):
        if row is None or row.dim() == 0 or row.shape[1:] != output.shape:
            raise RuntimeError(
                f"If `is_grads_batched=True`, each grad_output has one dimension in front of those of its "
                f"output: output[{number}] has a shape of {tuple(output.shape)}, and its grad_output is "
                f"{None if row is None else describe(row)}"
            )


def _answer(g: Any, x: Tensor, place: int, allowed: bool, materialize: bool) -> Any:
    if g is not None:
        return g if isinstance(g, Tensor) else Tensor._of(_own(g))
    if not allowed:
        raise RuntimeError(
            f"The differentiated Tensor at index {place} appears to not have been used in the graph. Set "
            "allow_unused=True if this is the desired behavior."
        )
    return Tensor._of(np.zeros(x.shape, x.dtype)) if materialize else None


def _own(g: Any) -> Any:
    """Memory of its own: a cotangent may be shared between inputs, or be a read-only broadcast."""
    return g.copy()


def _backward_method(
    self: Tensor, gradient: Tensor | None = None, retain_graph: bool | None = None,
    create_graph: bool = False, inputs: Any = None,
) -> None:  # fmt: skip
    """Add the gradient of this tensor to the ``.grad`` of the leaves that it depends on.

    A scalar needs no argument; anything else needs its cotangent `gradient`, of the same shape.

    >>> x = mt.tensor(3.0, requires_grad=True)
    >>> (x * x).backward()
    >>> x.grad
    tensor(6.)
    """
    if inputs is None and not create_graph:
        if gradient is None:
            sweep.backward_from(self, bool(retain_graph))
        else:
            sweep.backward((self,), (gradient,), bool(retain_graph), False)
    else:
        backward(self, gradient, retain_graph, create_graph, inputs=inputs)


def _retain_grad(self: Tensor) -> None:
    """Make a backward pass keep the gradient of this non-leaf in ``.grad``; nothing for a leaf.

    >>> x = mt.ones(2, requires_grad=True)
    >>> y = x * 3
    >>> y.retain_grad()
    >>> y.sum().backward()
    >>> y.grad
    tensor([1., 1.])
    """
    import weakref

    if not self.requires_grad:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if self._node is not None:
        self._extras = {**(self._extras or {}), "retain": True}
        self._node.extras = {**(self._node.extras or {}), "retain": weakref.ref(self)}


install(backward=_backward_method, retain_grad=_retain_grad)
