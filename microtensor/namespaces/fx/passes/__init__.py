"""What goes through a graph and writes down what it sees."""

from . import infra, shape_prop

__all__ = ["infra", "shape_prop"]
