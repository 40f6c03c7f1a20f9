"""PyTorch's switch for backward passes in several threads, which is remembered and changes nothing."""

from __future__ import annotations

from contextlib import ContextDecorator
from contextvars import ContextVar

_enabled: ContextVar[bool] = ContextVar("microtensor.multithreading", default=True)


def is_multithreading_enabled() -> bool:
    """What the switch stands at in this thread: True unless a program has said otherwise."""
    return _enabled.get()


class set_multithreading_enabled(ContextDecorator):  # noqa: N801
    """Remember `mode`: a backward pass runs in the thread that called it, whatever it is.

    So it is with ``mode=False`` in PyTorch, and on the CPU there with True as well.  It can be called, used
    in a ``with``, or decorate a function.

    >>> x = mt.tensor(3.0, requires_grad=True)
    >>> with mt.autograd.set_multithreading_enabled(False):
    ...     (x * x).backward()
    >>> x.grad
    tensor(6.)
    """

    def __init__(self, mode: bool) -> None:
        self.mode = mode
        self._before = _enabled.get()
        _enabled.set(mode)

    def __enter__(self) -> None:
        _enabled.set(self.mode)

    def __exit__(self, *exc: object) -> None:
        _enabled.set(self._before)

    def clone(self) -> set_multithreading_enabled:
        """Another of the same kind."""
        return type(self)(self.mode)
