"""Tools around training: `data` feeds it."""

from . import data

__all__ = ["data"]
