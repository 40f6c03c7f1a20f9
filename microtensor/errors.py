"""What can go wrong, as classes: each is also the class that PyTorch raises in that place.

    RuntimeError
    ├── CompileError          compile(fullgraph=True) met what it cannot replay
    ├── GraphError            the graph cannot be walked as asked
    │   ├── GraphFreedError   a second backward through a graph that was freed
    │   └── StaleSavedError   a saved array was overwritten before it was used
    ├── InPlaceError          an in-place operation that autograd cannot follow
    ├── LinAlgError           a matrix that has no inverse or factorization of the kind asked for
    └── ShapeError            shapes that do not fit each other
    TypeError
    └── CarrierError          something that is neither a tensor nor an array where one is needed

A program written for PyTorch catches ``RuntimeError`` and is right; a program written for
microtensor may be more precise.  Texts say what was asked, what was expected and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = [
    "CarrierError",
    "CompileError",
    "GraphError",
    "GraphFreedError",
    "InPlaceError",
    "LinAlgError",
    "ShapeError",
    "StaleSavedError",
]


class CompileError(RuntimeError):
    """``compile(fullgraph=True)`` met something that it cannot capture or replay."""


class GraphError(RuntimeError):
    """The graph cannot be walked as asked."""


class GraphFreedError(GraphError):
    """A second backward pass through a graph whose saved arrays were freed."""


class StaleSavedError(GraphError):
    """An array that a backward formula needs was overwritten in place."""


class InPlaceError(RuntimeError):
    """An in-place operation that autograd cannot follow."""


class LinAlgError(RuntimeError):
    """A matrix that has no inverse, or no factorization of the kind that was asked for."""


class ShapeError(RuntimeError):
    """Shapes that do not fit each other."""


class CarrierError(TypeError):
    """An operand that is neither a Tensor nor an array."""


def dtype_name(dtype: Any) -> str:
    """PyTorch's name of a dtype, its own or NumPy's: ``torch.float32``."""
    return f"torch.{dtype.name}"


_SCALAR_TYPES = {
    "float32": "Float", "float64": "Double", "float16": "Half", "bfloat16": "BFloat16",
    "int64": "Long", "int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte", "bool": "Bool",
    "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64",
    "complex64": "ComplexFloat", "complex128": "ComplexDouble",
}  # fmt: skip


def scalar_type(dtype: Any) -> str:
    """What PyTorch's sentences call a dtype, its own or NumPy's.

    >>> from microtensor.errors import scalar_type
    >>> scalar_type(mt.int64)
    'Long'
    """
    return _SCALAR_TYPES.get(dtype.name, str(dtype.name))


def describe(value: Any) -> str:
    """One operand in a few words, for an error: ``float32 (3, 2)``, or the type of anything else."""
    if isinstance(value, tuple):
        return f"({', '.join(map(describe, value))})"
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if shape is None or dtype is None:
        plain = isinstance(value, (int, float, str, slice)) or value is None or value is Ellipsis
        return repr(value) if plain else type(value).__name__
    return f"{dtype_name(dtype)} {tuple(shape)}"


def describe_call(name: str, operands: Iterable[Any], params: dict[str, Any]) -> str:
    """The call that failed, with shapes in place of values: ``sum(torch.float32 (3, 2), dim=5)``."""
    words = [describe(value) for value in operands]
    words += [f"{key}={describe(value)}" for key, value in params.items() if value is not None]
    return f"{name}({', '.join(words)})"
