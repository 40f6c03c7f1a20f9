"""Where libraries look for the class of a compiled module."""

from microtensor.compiled.module import OptimizedModule

__all__ = ["OptimizedModule"]
