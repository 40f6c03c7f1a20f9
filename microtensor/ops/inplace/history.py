"""The history of a tensor that was overwritten, and of the views that share its memory.

An in-place operation gives its target the history of what was written.  If the target is a view, its root
gets a `CopySlices` node: everything comes from the old root but the part that was written.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.arrays.complex_numbers import conjugated
from ...engine.grad_mode import recording
from ...engine.graph import CONSTANT, Node, edge_of, make_node
from ...engine.promotion import writable
from ...engine.tensor import Diverted, Tensor, refresh, set_history
from ...engine.writes import check_target, refuse_guarded, write
from ...errors import ShapeError, dtype_name
from ..elementwise.select import select, zeros_like

Chain = tuple[tuple[Any, tuple[Any, ...]], ...]


def overwrite(x: Tensor, result: Any, by: str) -> Tensor:
    """Write `result` into the memory of `x`, and give `x` its history; nothing happens on an error."""
    if (of_its_own := getattr(type(x), "_overwrite", None)) is not None:
        return of_its_own(x, result, by)
    tracked = check_target(x, by) or (recording() is not False and result._rg)
    if tracked:
        refuse_guarded(x)
    if tuple(result.shape) != tuple(x.shape):
        raise ShapeError(
            f"{by}: output with shape {list(x.shape)} doesn't match the broadcast shape "
            f"{list(result.shape)}: an in-place operation cannot change its tensor's shape"
        )
    if result.dtype != x.dtype:
        if not writable(result.dtype, x.dtype):
            raise RuntimeError(
                f"{by}: result type {dtype_name(result.dtype)} can't be cast to the desired output type "
                f"{x.dtype}; use the out-of-place form"
            )
        result = result.to(x.dtype)
    if tracked and result._node is not None:
        _rescue(result._node, x._data)
    write(x, data_of(result), by)
    if tracked:
        take_history(x, result)
    if result._extras is not None and "tangent" in result._extras:
        result._carry_to(x)
    return x


def data_of(value: Tensor) -> Any:
    """The array of what is written into a plain tensor; a batch of examples has none for all of them."""
    try:
        return value._data
    except Diverted as error:
        if not hasattr(value, "level"):
            raise
        raise RuntimeError(
            "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor "
            "`other` "
            "in extra_args that has more elements than `self`. This happened due to `other` being vmapped "
            "over "
            "but `self` not being vmapped over in a vmap. Please try to use out-of-place operators instead "
            "of "
            "inplace arithmetic, or make `self` of a mapped tensor, for example with x.new_zeros(...)."
        ) from error


def _rescue(node: Node, doomed: Any) -> None:
    """What the operation itself has saved of the memory that it overwrites, is copied first."""
    if node.saved and any(value is doomed for value in node.saved):
        node.saved = tuple(value.copy() if value is doomed else value for value in node.saved)


class CopySlices(Node):
    """The history of a root after a view of it was written: the old root, but for that part."""

    __slots__ = ()
    fresh = False
    sources = (CONSTANT, CONSTANT)

    def name(self) -> str:
        """PyTorch's name of it, with that of its namespace."""
        return "torch::autograd::CopySlices"

    @property
    def formulas(self) -> dict[str, str]:
        """What goes to the old root, and what to that which was written."""
        return {"root": "0 where it was written, else g", "value": "g where it was written"}

    @staticmethod
    def pull(g: Any, saved: tuple[Chain, tuple[int, ...]], edges: Any) -> tuple[Any, Any]:
        """Zero in the written part for the old root; the written part for what was written."""
        chain, layout = saved
        if g.dtype.kind == "c" or any(call.op.name in _OF_PARTS for call, _ in chain):
            return _pull_parts(g, chain, layout, edges)
        base = None if edges[0] is None else select(_outside(g, chain, layout), g, zeros_like(g))
        return base, None if edges[1] is None else look(g, chain)


_OF_PARTS = {"view_as_complex"}


def _pull_parts(g: Any, chain: Chain, layout: tuple[int, ...], edges: Any) -> tuple[Any, Any]:
    """The same where complex numbers are in play: a gradient is looked at as the root was, part by part."""
    g = conjugated(g)
    mask = _outside(g, chain, layout, g.dtype)
    base = None if edges[0] is None else conjugated(_masked(g, mask))
    return base, None if edges[1] is None else conjugated(look(g, chain))


def _masked(g: Any, mask: Any) -> Any:
    """The parts of `g` where those of the mask are not 0."""
    if g.dtype.kind != "c":
        return select(mask != 0, g, zeros_like(g))
    parts = [
        select(kept != 0, part, zeros_like(part)) for kept, part in ((mask.real, g.real), (mask.imag, g.imag))
    ]
    return parts[0] + 1j * parts[1]


def look(x: Any, chain: Chain) -> Any:
    """Apply the view operations of a chain, on either carrier."""
    for call, params in chain:
        x = call(x, *params)
    return x


def _outside(g: Any, chain: Chain, layout: tuple[int, ...], dtype: Any = bool) -> Any:
    """A mask in the root's memory layout, False (0) in the part that the chain looks at."""
    shape = tuple(g.shape)
    ones = np.full([shape[d] for d in layout], 1 + 1j if np.dtype(dtype).kind == "c" else 1, dtype)
    mask = ones.transpose(np.argsort(layout) if layout else ())
    window = look(mask, chain)
    window[...] = 0
    return mask


def chain_of(view: Tensor) -> Chain:
    """The operations that lead from the root to `view`."""
    steps = []
    while view._view is not None:
        _, _, parent, call, params = view._view
        steps.append((call, params))
        view = parent
    return tuple(reversed(steps))


class Erased(Node):
    """The history of a tensor that was overwritten by a constant: the old one gets zeros."""

    __slots__ = ()
    frees = False

    @staticmethod
    def pull(g: Any, saved: Any, edges: Any) -> tuple[Any]:
        """Zeros: nothing of the old values is left."""
        return (zeros_like(g),)


def take_history(x: Tensor, result: Tensor | None) -> None:
    """Give `x`, which was overwritten, the history of `result` (None: a constant); a view's root too."""
    if x._view is None:
        node = None if result is None else result._node
        set_history(x, node or make_node(Erased, (edge_of(x),), ()))
        return
    take_slices(x._view[0], chain_of(x), result)
    refresh(x)


def take_slices(root: Tensor, chain: Chain, result: Tensor | None) -> None:
    """Give `root`, a part of which was overwritten, its history: a chain of views leads to the part.

    It was overwritten by `result`; None stands for a constant.
    """
    strides = root.array.strides
    layout = tuple(sorted(range(len(strides)), key=strides.__getitem__, reverse=True))
    edges = (edge_of(root), None if result is None else edge_of(result))
    set_history(root, make_node(CopySlices, edges, (chain, layout)))
