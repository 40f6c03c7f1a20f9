"""Transforms of functions, as in ``torch.func``: they take a function and return one, and nest.

All of them are made of one thing, the recorded graph.  A transform gives the function fresh
inputs that are connected to the old ones, records, and differentiates the record; since every
formula is itself recorded, whatever a transform returns can be transformed again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _lazy
from . import dispatch
from .vmap import vmap as vmap

if TYPE_CHECKING:
    from ._public import *

__getattr__, __dir__ = _lazy.publish(__name__)
