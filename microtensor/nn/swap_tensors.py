"""Two tensors exchange all that they are, and stay the objects that they were."""

from __future__ import annotations

from ..engine.tensor import Tensor

_SLOTS = ("_data", "_grad", "_node", "_extras", "_rg", "_view")


def swap_tensors(t1: Tensor, t2: Tensor) -> None:
    """Exchange memory, gradient, history, attributes and class of two tensors.

    Raises ``RuntimeError`` for a tensor that others are views of, or that has a history, since these would go
    on naming the wrong object.

    >>> a, b = mt.zeros(1), mt.ones(2)
    >>> mt.utils.swap_tensors(a, b)
    >>> a, b
    (tensor([1., 1.]), tensor([0.]))
    """
    for t in (t1, t2):
        if t._view is not None or t._node is not None:
            raise RuntimeError(
                "swap_tensors: a tensor that is a view, or that was computed, cannot be exchanged: use "
                "x.detach().clone()"
            )
    for name in _SLOTS:
        one, other = getattr(t1, name), getattr(t2, name)
        setattr(t1, name, other)
        setattr(t2, name, one)
    mine, theirs = dict(t1.__dict__), dict(t2.__dict__)
    t1.__dict__.clear()
    t2.__dict__.clear()
    t1.__dict__.update(theirs)
    t2.__dict__.update(mine)
    t1.__class__, t2.__class__ = t2.__class__, t1.__class__


__all__ = ["swap_tensors"]
