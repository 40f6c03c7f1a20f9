"""What libraries import to teach PyTorch's older ONNX exporter their operators: taken, and not used.

The exporter here writes down the ops that run; an operator of a library that it does not know is an error of
the export, whatever was registered for the older one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])

__all__ = ["parse_args", "register_custom_op_symbolic"]


def parse_args(*arg_descriptors: str) -> Callable[[F], F]:
    """A decorator that leaves the function as it is."""
    return lambda function: function


def register_custom_op_symbolic(
    symbolic_name: str, symbolic_fn: Callable[..., object], opset_version: int
) -> None:  # fmt: skip
    """Nothing: the exporter here does not ask for what is registered."""
