"""What passes over graphs are built on."""

from . import pass_base

__all__ = ["pass_base"]
