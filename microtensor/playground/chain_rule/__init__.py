"""The chain rule of one weight, in four ways that have to agree, and what the optimizer makes of it."""

from .differences import by_differences
from .update import update_of
from .weight import Weight
from .why import why

__all__ = ["Weight", "by_differences", "update_of", "why"]
