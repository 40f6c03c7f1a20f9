"""One node of the graph by itself, as a lesson takes it in hand.

``y.grad_fn(g)`` is one step of the backward pass, and ``y.grad_fn._saved_result`` what that step will need.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .arrays.complex_numbers import conjugated
from .grad_mode import recording
from .graph import AccumulateGrad, Node, lifted, tied
from .passes.accumulation import accumulate
from .passes.saved_arrays import saved_by
from .tensor import Tensor


def pulled(node: Node, cotangents: tuple[Any, ...]) -> Any:
    """The cotangents of a node's operands from those of its results; a tuple if there are several operands.

    None stands for a result that nothing used, and for an operand that requires no gradient.  Cotangents
    have the result's shape, also where an operand was broadcast.  What is computed is recorded, unless
    recording is off.

    Raises ``TypeError`` for another number of cotangents, and ``GraphFreedError`` after a backward pass.

    >>> x = mt.tensor(3.0, requires_grad=True)
    >>> y = x * 2
    >>> y.grad_fn(mt.tensor(1.0))
    (tensor(2.), None)
    """
    several = getattr(node, "outputs", None)
    expected = 1 if several is None else len(several)
    if len(cotangents) != expected:
        raise TypeError(
            f"{node.name()} has {expected} result{'s' * (expected > 1)}, and takes the cotangent of each: "
            f"expected {expected} arguments, got {len(cotangents)} instead"
        )
    for c in cotangents:
        if c is not None and not isinstance(c, Tensor):
            raise TypeError(f"{node.name()} takes Tensors or None, not {type(c).__name__}")
    g = cotangents[0] if several is None else {i: c for i, c in enumerate(cotangents) if c is not None}
    results = node.pull(conjugated(g), lifted(node, saved_by(node)), node.edges)
    if node.piecewise:
        results = tied(node, g, results, saved_by(node))
    results = conjugated(tuple(results))
    if recording() is False:
        results = [r if r is None else r.detach() for r in results]
    return results[0] if len(results) == 1 else tuple(results)


def saved(node: Node, name: str) -> Any:
    """What a node saved under PyTorch's name for it: ``self``, ``other``, ``result``, or a parameter's.

    >>> x = mt.tensor([1.0, 2.0], requires_grad=True)
    >>> y = x.exp()
    >>> y.grad_fn._saved_result
    tensor([2.7183, 7.3891], grad_fn=<ExpBackward0>)
    """
    key = key_of(node, name)
    value = lifted(node, saved_by(node))[node.op.keeps.index(key)]
    if name in _NUMBERED and isinstance(value, tuple):
        value = value[_NUMBERED[name]]
    return Tensor._of(value) if isinstance(value, np.ndarray) else value


_NUMBERED = {"result0": 0, "result1": 1, "result2": 2, "indices": 1}
"""PyTorch's names for one of several outputs."""

_SECOND = ("other", "exponent", "mat2", "vec2", "vec", "tensor2")
"""PyTorch's names for the second operand."""


def key_of(node: Node, name: str) -> str:
    """Our name for what PyTorch calls `name` among the saved values; ``AttributeError`` if none is."""
    keeps = () if node.op is None else node.op.keeps
    first, second = ((*node.op.arrays, "", "") if keeps else ("", ""))[:2]
    ours = {"self": first, "input": first, "tensors": first, **dict.fromkeys(_SECOND, second)}
    ours |= {f"{name}_sym_sizes": f"{array}_shape" for name, array in ours.items()}
    ours |= dict.fromkeys(("result", *_NUMBERED), "out")
    if "out_indices" in keeps:
        ours["indices"] = "out_indices"
    key: str = name if name in keeps else ours.get(name, "")
    if key not in keeps:
        known = ", ".join(f"_saved_{word}" for word in keeps) or "nothing"
        raise AttributeError(f"{node.name()!r} object has no attribute '_saved_{name}': it saved {known}")
    return key


raw: list[Callable[[Node, str], Any]] = []
"""What reads ``_raw_saved_self`` and the like: `autograd.saved_tensor` puts its function here."""


def received(leaf: AccumulateGrad, g: Tensor) -> None:
    """Add a gradient to that of a leaf.

    >>> x = mt.ones(2, requires_grad=True)
    >>> leaf, _ = (x * 2).grad_fn.next_functions[0]
    >>> leaf(mt.ones(2))
    ()
    >>> x.grad
    tensor([1., 1.])
    """
    accumulate(leaf.variable, g.detach()._data, False, False)
