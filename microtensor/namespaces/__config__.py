"""How this was built: what ``torch.__config__`` tells in bug reports."""

from __future__ import annotations

import os

import numpy as np

from microtensor import __version__

__all__ = ["parallel_info", "show"]


def show() -> str:
    """The versions of what computes, as lines of text.

    >>> mt.__config__.show().splitlines()[0]
    'microtensor built with:'
    """
    return f"microtensor built with:\n  - microtensor {__version__}\n  - NumPy {np.__version__}\n"


def parallel_info() -> str:
    """How many threads and processors there are, as lines of text."""
    from microtensor import get_num_interop_threads, get_num_threads

    return (
        f"at::get_num_threads() : {get_num_threads()}\n"
        f"at::get_num_interop_threads() : {get_num_interop_threads()}\n"
        f"os.cpu_count() : {os.cpu_count()}\n"
    )
