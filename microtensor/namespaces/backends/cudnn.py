"""cuDNN is not used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


def is_available() -> bool:
    """Always False.

    >>> mt.backends.cudnn.is_available()
    False
    """
    return False


deterministic = False
benchmark = False
allow_tf32 = False
enabled = False


@contextmanager
def flags(**settings: object) -> Iterator[None]:
    """The length of a ``with`` in which some of these switches are set, without effect.

    Raises ``TypeError`` for a switch that is not here.

    >>> with mt.backends.cudnn.flags(enabled=False):
    ...     mt.backends.cudnn.enabled
    False
    """
    here = globals()
    unknown = settings.keys() - {"enabled", "benchmark", "deterministic", "allow_tf32", "benchmark_limit"}
    if unknown:
        raise TypeError(f"flags() got an unexpected keyword argument {min(unknown)!r}")
    before = {name: here.get(name) for name in settings}
    here.update(settings)
    try:
        yield
    finally:
        here.update(before)


def version() -> None:
    """None: it is not there."""
