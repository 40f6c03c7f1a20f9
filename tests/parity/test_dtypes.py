"""Promotion: every pair of dtypes, as tensors, 0-d tensors and numbers, in every kind of operation."""

from __future__ import annotations

import itertools
import operator
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
NUMBERS = {"bool": True, "int": 2, "float": 2.5}
OPERANDS = [("tensor", d) for d in DTYPES] + [("0-d", d) for d in DTYPES] + [("number", d) for d in NUMBERS]
PAIRS = [(a, b) for a, b in itertools.product(OPERANDS, OPERANDS) if {a[0], b[0]} != {"number"}]

Binary = Callable[[Any, Any, Any], Any]


def plain(name: str) -> Binary:
    """A function of the operator module, which needs no library."""
    return lambda lib, a, b: getattr(operator, name)(a, b)


PLAIN = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "eq", "lt", "ge", "and_", "or_", "xor"]
IN_PLACE = ["iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow", "iand"]
OPERATIONS: dict[str, Binary] = {
    **{name: plain(name) for name in PLAIN + IN_PLACE},
    "maximum": lambda lib, a, b: lib.maximum(a, b),
    "where": lambda lib, a, b: lib.where(lib.tensor([True, False]), a, b),
    "cat": lambda lib, a, b: lib.cat([a, b]),
    "stack": lambda lib, a, b: lib.stack([a, b]),
    "clamp": lambda lib, a, b: lib.clamp(a, min=b),
    "result_type": lambda lib, a, b: lib.zeros(1, dtype=lib.result_type(a, b)),
}  # fmt: skip


def operand(library: Any, kind: tuple[str, str]) -> Any:
    form, dtype = kind
    if form == "number":
        return NUMBERS[dtype]
    one = dtype == "bool" or 3
    return library.tensor([one, one] if form == "tensor" else one, dtype=getattr(library, dtype))


def outcome(library: Any, function: Binary, a: Any, b: Any) -> Any:
    """The dtype and values of a result, or the error."""
    try:
        result = function(library, operand(library, a), operand(library, b))
    except Exception as error:
        return error
    return str(result.dtype).removeprefix("torch."), np.asarray(result.tolist(), np.float64)


def is_ours(name: str, a: Any, b: Any, theirs: Any) -> str:
    """Why we may answer where PyTorch refuses."""
    bools = [kind for kind in (a, b) if kind[1] == "bool"]
    if name in ("sub", "isub") and bools:
        return "a bool next to a number counts as one"
    if name in ("maximum", "clamp") and isinstance(theirs, (TypeError, NotImplementedError)):
        return "every operation of two operands takes a number on either side, and bools"
    if name in ("pow", "ipow") and len(bools) == 2:
        return "bools have no power, not even that of a Python bool"
    if name == "imod" and len(bools) == 2:
        return "refused with another error"
    return ""


def agree(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, Exception) or isinstance(theirs, Exception):
        return isinstance(theirs, Exception) and isinstance(ours, type(theirs))
    return bool(
        ours[0] == theirs[0] and np.allclose(ours[1], theirs[1], 1e-3 if ours[0] == "float16" else 1e-6)
    )


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_pair_of_operands(name: str) -> None:
    function, wrong = OPERATIONS[name], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for a, b in PAIRS:
            ours, theirs = outcome(mt, function, a, b), outcome(torch, function, a, b)
            if not agree(ours, theirs) and not is_ours(name, a, b, theirs):
                wrong.append(f"{a} and {b}: PyTorch {theirs!r}, and we {ours!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["promote_types", "can_cast"])
def test_every_pair_of_dtypes(name: str) -> None:
    for a, b in itertools.product(DTYPES, DTYPES):
        ours, theirs = (getattr(lib, name)(getattr(lib, a), getattr(lib, b)) for lib in (mt, torch))
        assert str(ours) == str(theirs), (a, b)


UNARY = [
    "abs", "neg", "exp", "log", "sqrt", "sin", "tanh", "sigmoid", "erf", "floor", "round", "sign", "square",
    "reciprocal", "sum", "prod", "cumsum", "amax", "argmax", "all", "any", "std", "mean", "logsumexp",
    "isnan", "logical_not", "expm1", "atan",
]  # fmt: skip
ARGUMENTS = {"cumsum": (0,), "logsumexp": (0,)}
LENIENT = {
    ("abs", "bool"), ("argmax", "bool"), ("floor", "bool"), ("round", "bool"), ("square", "bool"),
    ("all", "uint8"), ("any", "uint8"),
}  # fmt: skip
"""Where NumPy computes with bools, and where we answer with bools for uint8."""


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_dtype_of_one_operand(name: str, dtype: str) -> None:
    def function(library: Any, a: Any, b: Any) -> Any:
        return getattr(library, name)(a, *ARGUMENTS.get(name, ()))

    kind = ("tensor", dtype)
    ours, theirs = outcome(mt, function, kind, kind), outcome(torch, function, kind, kind)
    assert agree(ours, theirs) or (name, dtype) in LENIENT, f"PyTorch {theirs!r}, and we {ours!r}"


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_gradient_has_the_dtype_of_its_leaf(dtype: str) -> None:
    """Through promotion on either side, and through numbers, in every order."""

    def program(library: Any) -> list[Any]:
        x = library.tensor([1.5, 2.5], dtype=getattr(library, dtype), requires_grad=True)
        w = library.tensor([0.5, 2.0], dtype=library.float64, requires_grad=True)
        y = ((x * w + 2.0**x - 1 / x + x**2.0) * library.tensor([1, 2])).sum()
        first = library.autograd.grad(y, [x, w], create_graph=True)
        second = library.autograd.grad(first[0].sum(), [x, w])
        return [*first, *second]

    for a, b in zip(program(mt), program(torch), strict=True):
        assert str(a.dtype) == str(b.dtype)
        assert np.allclose(a.detach().array, b.detach().numpy(), rtol=1e-3 if dtype == "float16" else 1e-6)
