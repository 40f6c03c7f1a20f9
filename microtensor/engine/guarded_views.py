"""Views whose history cannot follow an operation in place: they say so when one is tried.

Such is a view that was made under ``no_grad``, and one that a custom Function returned: replaying how it was
made (see `tensor.refresh`) would record what was not to be recorded, or pass the Function's backward by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import InPlaceError
from . import versions

if TYPE_CHECKING:
    from .tensor import Tensor


def guard(x: Tensor, *reason: Any) -> None:
    """Mark a view: for no reason if it was made under ``no_grad``, else ``(what, whether it is several)``."""
    x._extras = {**(x._extras or {}), "guarded": (*reason, versions.version(x._data))}


def refuse_stale(view: Tensor) -> None:
    """Raise for a guarded view, if a relative was written while it was recorded, or the view itself was."""
    *_, version = (view._extras or {})["guarded"]
    if view._view[0]._node is not view._view[1] or versions.version(view._data) != version:
        raise InPlaceError(guarded(view, "its base or another view of its base has been modified inplace"))


def guarded(x: Tensor, event: str) -> str:
    """Why something must not happen to a view: it was made under ``no_grad``, or by a custom Function."""
    *function, _ = (x._extras or {})["guarded"]
    if not function:
        return _NO_GRAD.format(event=event)
    what, several = function
    what = what.partition("Backward")[0]
    return f"{what} is a view and {event}. {_SEVERAL if several else _OF_FUNCTION}"


_NO_GRAD = (
    "A view was created in no_grad mode and {event} with grad mode enabled. Given that this use case is "
    "ambiguous and error-prone, it is forbidden: move both the view and the inplace either inside the "
    "no_grad block (if you don't want the inplace to be tracked) or outside of it (if you do)."
)
_SEVERAL = (
    "This view is the output of a function that returns multiple views. Such functions do not allow the "
    "output views to be modified inplace. You should replace the inplace operation by an out-of-place one."
)
_OF_FUNCTION = (
    "This view was created inside a custom Function (or because an input was returned as-is) and the "
    "autograd logic to handle view+inplace would override the custom backward associated with the custom "
    "Function, leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the "
    "output of the custom Function."
)
