"""Forward-mode differentiation: dual numbers, ``primal + tangent * epsilon``.

A dual tensor is recorded like a leaf, and its tangent waits.  When a result is unpacked, the record
between the duals and the result is pulled back twice (see `func.derivatives`), which gives the
tangent from the same formulas as every other derivative.  So all ops have a forward mode, nothing
is paid while no dual exists, and tangents can be differentiated again.  What differs from PyTorch:
under ``no_grad`` nothing is recorded, so no tangent goes through either.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..engine import graph
from ..engine.dtypes import is_differentiable
from ..engine.grad_mode import enable_grad
from ..engine.reachability import reachable
from ..engine.tensor import Tensor


class UnpackedDualTensor(NamedTuple):
    """A primal, and its tangent or None."""

    primal: Tensor
    tangent: Tensor | None


_levels: list[list[tuple[Tensor, Tensor]]] = []


class dual_level:  # noqa: N801
    """A context in which duals live; their tangents are gone when it ends.

    >>> import microtensor.autograd.forward_ad as fwAD
    >>> with fwAD.dual_level():
    ...     x = fwAD.make_dual(mt.tensor(3.0), mt.tensor(1.0))
    ...     fwAD.unpack_dual(x * x).tangent
    tensor(6.)
    """

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *exc: object) -> None:
        exit_dual_level()


def enter_dual_level() -> int:
    """Begin a level, and return its number; levels do not nest, as in PyTorch."""
    if _levels:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    _levels.append([])
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level; ``RuntimeError`` if there is none."""
    if not _levels:
        raise RuntimeError(
            "Trying to exit a forward AD level that does not exist; call enter_dual_level() first"
        )
    _levels.pop()


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Any:
    """A tensor with `tensor`'s values and history, and this tangent.

    Raises ``RuntimeError`` outside of a level, or if shape or dtype differ.
    """
    if not _levels:
        raise RuntimeError("Trying to create a dual Tensor outside of a dual_level(): enter one first")
    if not is_differentiable(tensor.dtype):
        raise ValueError(f"Expected primal to be floating point or complex, but got: {tensor.dtype}")
    if tensor.shape != tangent.shape or tensor.dtype != tangent.dtype:
        raise RuntimeError(
            f"Expected tangent to look like the primal, {tensor.dtype} {tuple(tensor.shape)}; it is "
            f"{tangent.dtype} {tuple(tangent.shape)}"
        )
    with enable_grad():
        dual = tensor.clone() if tensor.requires_grad else tensor.detach().requires_grad_()
    _levels[-1].append((dual, tangent))
    return dual


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """The values of a tensor, and its tangent if it depends on a dual of this level, else None."""
    duals = _levels[-1] if _levels else []
    edge = graph.edge_of(tensor)
    nodes = reachable([edge])
    met = {id(e) for n in nodes for e in n.edges if e is not None} | {id(n) for n in nodes} | {id(edge)}
    used = [(d, t) for d, t in duals if id(graph.edge_of(d)) in met]
    if edge is None or not used:
        return UnpackedDualTensor(tensor, None)
    others = _others(nodes, edge, [d for d, _ in duals])
    tangent = _tangent(tensor, used)
    if others:
        return UnpackedDualTensor(tensor, tangent)
    needs = any(t.requires_grad for _, t in used)
    return UnpackedDualTensor(tensor.detach(), tangent if needs else tangent.detach())


def _others(nodes: list[Any], edge: Any, duals: list[Tensor]) -> bool:
    own = {id(d) for d in duals}
    leaves = [e for e in [edge, *(e for n in nodes for e in n.edges)] if isinstance(e, Tensor)]
    return any(id(leaf) not in own for leaf in leaves)


def _tangent(tensor: Tensor, used: list[tuple[Tensor, Tensor]]) -> Any:
    from .grad_backward import grad

    duals, tangents = zip(*used, strict=True)
    with enable_grad():
        seed = Tensor._of(np.zeros(tensor.shape, tensor.dtype)).requires_grad_()
        pulled = grad(tensor, duals, seed, create_graph=True, materialize_grads=True)
        live = [(p, t) for p, t in zip(pulled, tangents, strict=True) if p.requires_grad]
        if not live:
            return Tensor._of(np.zeros(tensor.shape, tensor.dtype))
        ps, ts = zip(*live, strict=True)
        (moved,) = grad(ps, seed, ts, create_graph=True, materialize_grads=True)
    return moved
