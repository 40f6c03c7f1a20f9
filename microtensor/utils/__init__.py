"""Tools around training: `data` feeds it, `checkpoint` trades time for memory."""

from .._lazy import publish
from . import checkpoint, data

__getattr__, __dir__ = publish(__name__)
