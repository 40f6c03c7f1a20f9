"""Tools around training: `data` feeds it, `checkpoint` trades time for memory."""

from .._later import later
from . import checkpoint, data

__all__ = ["checkpoint", "data", "dlpack"]

# Modules that are imported when they are first used.
LATER: dict[str, tuple[str, ...]] = {
    "dlpack": (),
}
__getattr__, __dir__ = later(__name__, LATER)
