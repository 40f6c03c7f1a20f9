"""`DualTensor`: a tensor that carries a tangent, as ops in a dual level see it.

It is the tensor itself, with its memory, history and views; only its class is another one while the level
lasts.  An op that asks it for its array is turned away (`Diverted`), and `dispatch` runs the op on the plain
tensor, recorded or not as the grad mode says, and gives the result its tangent: of a view the same view of
the tangent, of anything else the pull-back of the pull-back of that one op (J. Townsend, "A new trick for
calculating Jacobian vector products", 2017).  So every op has a forward mode, also under ``no_grad`` and in
place, nothing is paid while no dual exists, and tangents can be differentiated again.
"""

from __future__ import annotations

import functools
import gc
import sys
import weakref
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from ..engine import apply as applying
from ..engine.apply import divert, mark_view
from ..engine.grad_mode import dual_levels as levels
from ..engine.grad_mode import enable_grad, recording
from ..engine.graph import Alias, Output, make_node
from ..engine.op_definition import Op
from ..engine.overriding.dispatch import disabled
from ..engine.tensor import Diverted, Tensor
from ..engine.versions import owner
from ..ops.inplace import methods
from ..ops.inplace.history import chain_of, look, overwrite

_slot: Any = Tensor.__dict__["_data"]


class Level:
    """What is to be a plain tensor again when a dual level ends."""

    def __init__(self) -> None:
        self.duals: list[weakref.ref[Tensor]] = []

    def end(self) -> None:
        """Take the tangents off."""
        for reference in self.duals:
            if isinstance(tensor := reference(), DualTensor):
                strip(tensor)


enabled = [True]
"""Whether results get tangents."""

_ARRAY = cast(Any, Tensor.__dict__["array"]).fget.__code__
_ASKING = (applying._array.__code__, methods._straight.__code__)


def _is_op(frame: Any) -> bool:
    """Whether the caller is an op that would go on with the array alone."""
    if frame.f_code is _ARRAY:
        frame = frame.f_back
        while frame.f_code.co_filename.startswith("<microtensor overridable"):
            frame = frame.f_back  # only asked who answers, and called on
    return frame.f_code in _ASKING or frame.f_code.co_filename.startswith("<microtensor ")


class DualTensor(Tensor):
    """A tensor with a tangent, which is among its `_extras` facts."""

    __slots__ = ()
    _prefix = "tensor("
    __torch_function__ = disabled  # type: ignore[assignment]

    @property
    def _data(self) -> Any:
        if _is_op(sys._getframe(1)):
            raise Diverted("an op is to run on a dual tensor")
        return _slot.__get__(self)

    @_data.setter
    def _data(self, value: Any) -> None:
        _slot.__set__(self, value)

    def _overwrite(self, result: Any, by: str) -> Any:
        """What `ops.inplace.overwrite` does, on the values and on the tangent."""
        moved = tangent_of(result)
        held = strip(self)
        try:
            overwrite(self, plain(result), by)
        finally:
            as_dual(self, held)
        if moved is None:
            moved = zeros_like(self)
        if held.requires_grad and held.is_leaf and recording() is not False:
            as_dual(self, moved.clone())
        else:
            held.copy_(moved)
        return self

    def _carry_to(self, target: Tensor) -> None:
        """Give a plain tensor, which was overwritten with this one, a tangent of its own."""
        carry(target, tangent_of(self))

    def _constant(self) -> Any:
        """The same dual without history."""
        return as_dual(self.detach(), tangent_of(self))

    def _notes(self) -> list[str]:
        """What `repr` says besides the values."""
        return [*super()._notes(), f"tangent={tangent_of(self)!r}"]


@functools.cache
def _dual_class(cls: Any) -> Any:
    if cls is Tensor:
        return DualTensor
    return type(f"Dual{cls.__name__}", (DualTensor, cls), {"__slots__": (), "_prefix": cls._prefix})


def as_dual(x: Tensor, tangent: Any) -> Any:
    """Make `x` itself a dual with this tangent."""
    if not isinstance(x, DualTensor):
        levels[-1].duals.append(weakref.ref(x))
        x.__class__ = _dual_class(cast(Any, type(x)))
    x._extras = {**(x._extras or {}), "tangent": tangent}
    return x


def strip(x: DualTensor) -> Any:
    """Make a dual a plain tensor again, and return the tangent that it had."""
    bases = type(x).__bases__
    x.__class__ = bases[-1] if len(bases) > 1 else Tensor
    extras = dict(x._extras or {})
    tangent = extras.pop("tangent", None)
    x._extras = extras or None
    return tangent


def tangent_of(x: Any) -> Any:
    """The tangent that `x` carries, or None."""
    return x._extras.get("tangent") if isinstance(x, DualTensor) and x._extras else None


def zeros_like(x: Tensor) -> Any:
    """Zeros of the shape and dtype of `x`, constant."""
    return Tensor._of(np.zeros(tuple(x.shape), x.dtype))


def plain(x: Any) -> Any:
    """A tensor with the memory and the history of a dual, and without its tangent."""
    if not isinstance(x, DualTensor):
        return x
    twin = Tensor._of(_slot.__get__(x))
    if x.requires_grad:
        twin._node, twin._rg = x._node or make_node(Alias, (x,), ()), True
    return twin


def carry(x: Tensor, tangent: Any) -> None:
    """Give `x`, which was written to, this tangent; that of a view lies in its root's."""
    root = x if x._view is None else x._view[0]
    held = tangent_of(root)
    as_dual(root, zeros_like(root) if held is None else held)
    for view in _views_of(root, x):
        as_dual(view, look(tangent_of(root), chain_of(view)))
    if root is not x:
        as_dual(x, look(tangent_of(root), chain_of(x)))
    tangent_of(x).copy_(tangent)


def _views_of(root: Tensor, known: Tensor) -> list[Tensor]:
    """The views of `root` that were made before it was dual, besides `known`.

    A tensor does not know its views, so they are looked for among everything that refers to it; not if
    nothing else looks into its memory.
    """
    if sys.getrefcount(owner(_slot.__get__(root))) <= _ALONE + (known is not root):
        return []
    links = [link for link in gc.get_referrers(root) if type(link) is tuple and link and link[0] is root]
    views = [view for view in gc.get_referrers(*links) if isinstance(view, Tensor)]
    return [view for view in views if view._view is not None and view._view[0] is root]


_ALONE = 2
"""The references to an array that only its tensor and the one who asks hold."""


# ------------------------------------------------------------------------------ one op


def dispatch(this: Op, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
    """Run an op of which an operand is dual."""
    named = dict(zip(this.params, params, strict=True))
    bare = [plain(x) for x in operands]
    result = this.call(*bare, **named)
    tangents = {i: tangent_of(x) for i, x in enumerate(operands) if tangent_of(x) is not None}
    if this.view:
        mark_view(result, operands[0], this.call, params)
    if not levels or not enabled[0] or not tangents:
        return result
    if this.view:
        moved = [this.call(tangents[0], **named)]
    else:
        moved = pushed(lambda *xs: this.call(*xs, **named), bare, tangents)
    results = result if isinstance(result, tuple) else (result,)
    for out, tangent in zip(results, moved, strict=True):
        if tangent is not None:
            as_dual(out, tangent)
    _remember(this, results, tangents, moved)
    return result


def pushed(function: Callable[..., Any], operands: Sequence[Any], tangents: dict[int, Any]) -> list[Any]:
    """The tangents of the results of a function of plain tensors, None where there is none."""
    touched = [*tangents.values(), *(x for x in operands if isinstance(x, Tensor))]
    recorded = recording() is not False and any(t.requires_grad for t in touched)
    with enable_grad():
        moving = {i: _moving(operands[i], recorded) for i in tangents}
        results = function(*[moving.get(i, x) for i, x in enumerate(operands)])
        outs = results if isinstance(results, tuple) else (results,)
        return _pushed(outs, list(moving.values()), list(tangents.values()), recorded)


def _moving(x: Tensor, recorded: bool) -> Any:
    """A tensor to differentiate by, which leads on to `x` if the tangents are recorded."""
    twin = Tensor._of(x.array)
    twin._rg = True
    if recorded and x.requires_grad:
        twin._node = make_node(Alias, (x._node or x,), ())
    return twin


def _pushed(outs: Sequence[Any], moving: list[Any], tangents: list[Any], recorded: bool) -> list[Any]:
    from .grad_backward import grad

    live = [o for o in outs if isinstance(o, Tensor) and o.requires_grad]
    if not live:
        return [None for _ in outs]
    seeds = [zeros_like(o).requires_grad_() for o in live]
    pulled = grad(live, moving, seeds, create_graph=True, allow_unused=True)
    pairs = [(p, t) for p, t in zip(pulled, tangents, strict=True) if p is not None and p.requires_grad]
    found = [None for _ in live]
    if pairs:
        ps, ts = zip(*pairs, strict=True)
        found = list(grad(ps, seeds, ts, create_graph=recorded, allow_unused=True))
    by_output = {id(o): zeros_like(o) if t is None else t for o, t in zip(live, found, strict=True)}
    return [by_output.get(id(o)) for o in outs]


def _remember(this: Op, results: Sequence[Any], tangents: dict[int, Any], moved: Sequence[Any]) -> None:
    """Let the node's saved tensors be dual too, so that a backward pass carries tangents along."""
    node = results[0]._node
    node = node.edges[0] if isinstance(node, Output) else node
    if node is None or this.variadic or node.op is not this:
        return
    known = {this.arrays[i]: tangent for i, tangent in tangents.items()}
    if len(results) == 1:
        known["out"] = moved[0]
    level = levels[-1]

    def lift(values: Sequence[Any]) -> tuple[Any, ...]:
        pairs = zip(this.keeps, values, strict=True)
        alive = bool(levels) and levels[-1] is level
        return tuple(
            as_dual(v, known[name]) if alive and name in known and isinstance(v, Tensor) else v
            for name, v in pairs
        )

    node.extras = {**(node.extras or {}), "dual": lift}


def _divert(this: Op, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
    if all(isinstance(x, DualTensor) or not _is_diverted(x) for x in operands):
        return dispatch(this, operands, params)
    return divert[divert.index(_divert) + 1](this, operands, params)


def _is_diverted(x: Any) -> bool:
    """Whether `x` has no array behind it: an example of a batch, which may stand for duals."""
    try:
        return isinstance(x, Tensor) and x._data is None
    except Diverted:
        return True


divert.insert(0, _divert)
