"""The handle that every ``register_*_hook`` returns, so that what was hung up can be taken down.

It stands alone, importing nothing of the package, because tensors, graph nodes, modules and
optimizers all hand it out.
"""

from __future__ import annotations

import itertools
import weakref
from collections import OrderedDict
from typing import Any

__all__ = ["RemovableHandle"]

_ids = itertools.count()


class RemovableHandle:
    """The right to remove one hook from the dictionary that holds it.

    The owner files its hook under ``handle.id`` in the very dictionary that it passed.  The handle
    keeps that dictionary by weak reference, so a hook that mentions its own handle makes no cycle
    and a handle keeps no tensor or module alive.  :meth:`remove` may be called any number of
    times; as a context manager the handle removes its hook on leaving the block.

    Args:
        hooks: the ordered dictionary in which the owner keeps its hooks, by handle id.

    >>> from collections import OrderedDict
    >>> hooks = OrderedDict()
    >>> handle = RemovableHandle(hooks)
    >>> hooks[handle.id] = print
    >>> handle.remove()
    >>> hooks
    OrderedDict()

    """

    def __init__(self, hooks: OrderedDict[int, Any]) -> None:
        self.id = next(_ids)
        self._hooks = weakref.ref(hooks)

    def remove(self) -> None:
        """Take the hook down; nothing happens if it is down already."""
        hooks = self._hooks()
        if hooks is not None:
            hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()

    def __getstate__(self) -> dict[str, Any]:
        # A weak reference cannot be pickled; the dictionary itself can, and within one pickle or
        # deepcopy it stays the one that the copied owner holds.
        return {"id": self.id, "hooks": self._hooks()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.id = state["id"]
        # A dead dictionary stays dead: the reference below dies with its empty target.
        self._hooks = weakref.ref(OrderedDict() if state["hooks"] is None else state["hooks"])
