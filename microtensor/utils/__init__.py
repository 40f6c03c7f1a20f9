"""Tools around training: `data` feeds it, `checkpoint` trades time for memory."""

from .. import _lazy
from . import checkpoint, data

__getattr__, __dir__ = _lazy.publish(__name__)
