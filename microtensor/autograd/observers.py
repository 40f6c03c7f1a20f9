"""Observers of what is recorded, in a chain, and the backward pass that is running.

What saved-tensor hooks, anomaly mode, checkpoints and drawings are built on.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

from ..engine.backward import Sweep
from ..engine.grad_mode import observer


class Link:
    """One observer in a chain: it does its own work, and tells the one that was there before."""

    takes = True
    """Whether it may keep arrays that it is shown."""

    def __init__(self, before: Any) -> None:
        self.before = before

    @property
    def keeps(self) -> bool:
        """Whether anybody in the chain may keep arrays: then no operation in place may overwrite them."""
        return self.takes or (self.before is not None and getattr(self.before, "keeps", True))

    def recorded(self, node: Any) -> None:
        """Pass a new node on."""
        if self.before is not None:
            self.before.recorded(node)

    def pulled(self, node: Any, results: Sequence[Any]) -> None:
        """Pass on a node that was pulled back."""
        watch = getattr(self.before, "pulled", None)
        if watch is not None:
            watch(node, results)


def chain() -> Iterator[Any]:
    """The observers of this thread, the innermost first."""
    link = observer()
    while link is not None:
        yield link
        link = getattr(link, "before", None)


_PASS = (Sweep.run.__code__, Sweep.finish.__code__, Sweep.call_back.__code__)


def running() -> Sweep | None:
    """The backward pass that is calling, the innermost one; None outside of any.

    Read from the stack, because a pass that announced itself would make every pass pay for it.
    """
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code not in _PASS:
        frame = frame.f_back
    return None if frame is None else frame.f_locals["self"]


def token_of(sweep: Sweep) -> weakref.ref[set[Any]]:
    """A weak reference that lives as long as the pass: a Sweep can have none, but its set can."""
    return weakref.ref(sweep.owned)
