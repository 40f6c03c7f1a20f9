"""What goes through a graph and writes down what it sees."""

from . import shape_prop

__all__ = ["shape_prop"]
