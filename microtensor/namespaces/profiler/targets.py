"""Which functions are profiled, and the names that PyTorch's profiler gives them.

What has a name in PyTorch's ``aten`` has it here, as ``aten::mm``, also if it is called as a method or an
operator; what is an operation of this package alone, as ``microtensor::expand_to``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from types import FunctionType
from typing import Any

from microtensor import Tensor, registry
from microtensor._lazy import _OVERRIDABLE, TOP, entries
from microtensor._names import METHODS

from ..library.aten import _public

__all__ = ["load", "modules_steps", "nodes", "operations"]

OPERATORS = {
    "__add__": "add", "__radd__": "add", "__sub__": "sub", "__rsub__": "rsub", "__mul__": "mul",
    "__rmul__": "mul", "__truediv__": "div", "__rtruediv__": "div", "__pow__": "pow", "__rpow__": "pow",
    "__matmul__": "matmul", "__rmatmul__": "matmul", "__neg__": "neg", "__abs__": "abs",
    "__floordiv__": "floor_divide", "__mod__": "remainder", "__gt__": "gt", "__ge__": "ge", "__lt__": "lt",
    "__le__": "le", "__eq__": "eq", "__ne__": "ne", "__invert__": "bitwise_not", "__and__": "bitwise_and",
    "__or__": "bitwise_or", "__xor__": "bitwise_xor", "__iadd__": "add_", "__isub__": "sub_",
    "__imul__": "mul_", "__itruediv__": "div_",
}  # fmt: skip
"""Tensor's operators by the operation that each is."""

RENAMED = {
    "sum_axes": "sum", "sliced": "slice", "picked": "index", "max_of_all": "max", "min_of_all": "min",
    "cast": "to", "cross_entropy": "cross_entropy_loss", "batched": "bmm", "conv": "convolution",
    "multi_head_attention": "scaled_dot_product_attention", "squeeze_dim": "squeeze",
    "squeeze_dims": "squeeze", "convolve": "convolution", "convolve_biased": "convolution",
    "deconvolve": "convolution", "deconvolve_biased": "convolution", "_nll": "nll_loss", "_ctc": "ctc_loss",
    "_softplus": "softplus", "_gelu_tanh": "gelu", "_div_trunc": "div",
}  # fmt: skip
"""Operations of this package that PyTorch calls otherwise."""

NOT_OPERATIONS = frozenset(
    ["as_tensor", "asarray", "broadcast_shapes", "clip_grad_norm_", "from_numpy", "frombuffer", "interpolate",
     "gumbel_softmax", "multi_head_attention_forward", "normalize", "numel", "tensor", "upsample",
     "upsample_bilinear", "upsample_nearest", "assert_int_or_pair", "handle_torch_function",
     "has_torch_function", "is_tensor", "is_storage", "is_nonzero", "is_floating_point", "is_complex",
     "is_conj", "is_neg", "is_same_size", "is_signed", "is_inference", "compiled_with_cxx11_abi"]
)  # fmt: skip
"""Functions that PyTorch's dispatcher knows nothing of."""


def load() -> None:
    """Import what waits for its first use: what comes while a profiler runs would not be seen."""
    for package in ("", "nn.functional", "linalg", "special", "fft"):
        for module in {module for _, module, _ in entries(package)}:
            if module.startswith(_OVERRIDABLE):
                import_module(f"{TOP}.{module}")
    for module in METHODS:
        import_module(f"{TOP}.{module}")
    import_module(f"{TOP}.nn.functional")


def operations() -> Iterator[tuple[FunctionType, str]]:
    """Each function once, with its name: the registry's ops, published functions, and Tensor's methods."""
    seen: set[int] = set()
    for function, name in _named():
        if type(function) is FunctionType and id(function) not in seen and name not in NOT_OPERATIONS:
            seen.add(id(function))
            yield function, _shown(name)


def _named() -> Iterator[tuple[Any, str]]:
    names = set()
    for op in registry.values():
        yield op.call, op.name
    for package in ("", "nn.functional", "linalg", "special", "fft"):
        prefix = "" if package in ("", "nn.functional") else f"{package}_"
        for name, module, own in entries(package):
            loaded = sys.modules.get(f"{TOP}.{module}")
            if loaded is not None and module.startswith(_OVERRIDABLE):
                names.add(name)
                yield vars(loaded).get(own), prefix + name
    for name, found in list(vars(Tensor).items()):
        if name in OPERATORS:
            yield found, OPERATORS[name]
        elif name in names or (name.removesuffix("_") in names and name[0] != "_"):
            yield found, name


def _shown(name: str) -> str:
    plain = RENAMED.get(name, name)
    known = (plain, f"special_{plain}", f"linalg_{plain}")
    found = plain if plain in RENAMED.values() else next(filter(_public, known), "")
    return f"aten::{found}" if found else f"microtensor::{plain}"


def nodes() -> Iterator[FunctionType]:
    """What pulls a node back, of each kind of node."""
    from microtensor.engine.graph import Node

    waiting: list[type] = [Node]
    seen: set[int] = set()
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        pull: Any = vars(kind).get("pull")
        if type(pull) is FunctionType and id(pull) not in seen:
            seen.add(id(pull))
            yield pull


def modules_steps() -> Iterator[tuple[FunctionType, str]]:
    """The methods of optimizers that PyTorch shows with the name of the class."""
    from microtensor.optim import Optimizer

    for kind in _subclasses(Optimizer):
        for method in ("step", "zero_grad"):
            with suppress(AttributeError):
                function = vars(kind).get(method) or getattr(kind, method)
                if type(function) is FunctionType:
                    yield function, f"Optimizer.{method}#"


def _subclasses(kind: Any) -> Iterator[Any]:
    yield kind
    for other in kind.__subclasses__():
        yield from _subclasses(other)
