"""The same expressions, evaluated by PyTorch and here, line by line from ``expressions/*.txt``.

A line is a program: statements separated by ``;``, the last of which is the expression to compare, by
value, dtype, shape, graph node, gradient and second derivative in every leaf, or by the class of the
error.  A comment ``# differs: why`` says that we deliberately answer something else, and ``# node: why``
that only the name of the graph's node differs; both are strict, so that none outlives its reason.

An expression must not warn where PyTorch computes finite numbers.
"""

from __future__ import annotations

import math
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

TABLES = Path(__file__).parent / "expressions"
TOLERANCE = {"float64": 1e-12, "float32": 1e-6, "float16": 1e-3}
SINGLE = re.compile(r"float\(|float32|float16|half")
"""On the way, something is computed in less than double precision."""
ROUGH = re.compile(r"gamma|psi\(|erfcx|binary_cross_entropy\(")
"""PyTorch has some ten digits: its trigamma is off by 8e-10 at 1, its second derivatives of erfcx cancel, and
those of a cross entropy have 1e-12 added to the divisor."""


def names(library: Any) -> dict[str, Any]:
    """What an expression may use: operands of either library, all leaves that require a gradient."""

    def t(*shape: int, seed: int = 0, low: float = -2.0, high: float = 2.0) -> Any:
        data = np.random.default_rng(seed + len(shape)).uniform(low, high, shape)
        return library.tensor(data, dtype=library.float64, requires_grad=True)

    def make(data: Any, dtype: str | None = None, grad: bool = False) -> Any:
        return library.tensor(data, dtype=dtype and getattr(library, dtype), requires_grad=grad)

    def leaf(data: Any) -> Any:
        return make(data, "float64", True)

    modules = {"torch": library, "F": library.nn.functional, "np": np, "math": math}
    return modules | {
        "inf": math.inf, "nan": math.nan, "t": t, "T": make, "P": leaf,
        "x": t(2, 3), "y": t(2, 3, seed=5), "v": t(3, seed=2), "s": t(seed=3), "c": t(2, 3, 4, seed=9),
        "pos": t(2, 3, low=0.2, high=3, seed=7), "unit": t(2, 3, low=0.1, high=0.9, seed=8),
        "e": library.zeros(0, 3, dtype=library.float64, requires_grad=True), "f": make([1.5, -2.5, 0.0]),
        "i": make([[1, 2, 3], [4, 5, 6]]), "k": make([0, 2, 1]),
        "b": make([[True, False, True], [False, False, True]]),
    }  # fmt: skip


@dataclass
class Outcome:
    """What a program gave: facts in a form that both libraries share."""

    value: Any = None
    nodes: Any = None
    gradients: dict[str, Any] = field(default_factory=dict)
    second: dict[str, Any] = field(default_factory=dict)
    error: Exception | None = None
    warned: list[str] = field(default_factory=list)


def run(library: Any, program: str) -> Outcome:
    """Evaluate a program with one of the libraries, and differentiate what it gives twice."""
    outcome = Outcome()
    with warnings.catch_warnings(record=True) as caught, np.errstate(under="ignore"):
        warnings.simplefilter("always")
        try:
            evaluate(library, program, outcome)
        except Exception as error:
            outcome.error = error
    outcome.warned = [str(w.message) for w in caught if issubclass(w.category, RuntimeWarning)]
    return outcome


def evaluate(library: Any, program: str, outcome: Outcome) -> None:
    scope = names(library)
    *statements, expression = [part.strip() for part in program.split(";")]
    for statement in statements:
        exec(statement, scope)
    result = eval(expression, scope)
    outcome.value, outcome.nodes = facts(library, result), nodes(library, result)
    outputs = [r for r in tensors(library, result) if r.grad_fn is not None]
    leaves = {
        n: v for n, v in scope.items() if isinstance(v, library.Tensor) and v.requires_grad and v.is_leaf
    }
    if outputs:
        gradients = differentiate(library, outputs, leaves, 1)
        outcome.gradients = {name: facts(library, g.detach()) for name, g in gradients.items()}
        again = [g for g in gradients.values() if g.requires_grad]
        second = differentiate(library, again, leaves, 50) if again else {}
        outcome.second = {name: facts(library, dense(library, h.detach())) for name, h in second.items()}


def differentiate(library: Any, outputs: Any, leaves: dict[str, Any], seed: int) -> dict[str, Any]:
    """The gradients of some outputs in the leaves that they depend on, by name."""
    total = weighted(library, outputs, seed)
    found = library.autograd.grad(total, list(leaves.values()), create_graph=True, allow_unused=True)
    return {name: g for name, g in zip(leaves, found, strict=True) if g is not None}


def dense(library: Any, h: Any) -> Any:
    """PyTorch may answer a symbolic zero, which has no memory to look at."""
    return library.zeros(tuple(h.shape), dtype=h.dtype) + h


def weighted(library: Any, results: Any, seed: int) -> Any:
    """A scalar that depends on every element of the results differently."""
    total = library.zeros((), dtype=library.float64)
    for k, r in enumerate(results):
        w = np.random.default_rng(seed + k).uniform(0.5, 1.5, tuple(r.shape))
        total = total + (r * library.tensor(w, dtype=r.dtype)).sum().to(library.float64)
    return total


def tensors(library: Any, value: Any) -> list[Any]:
    if isinstance(value, library.Tensor):
        return [value]
    return [t for v in value for t in tensors(library, v)] if isinstance(value, (list, tuple)) else []


def nodes(library: Any, value: Any) -> list[Any]:
    """The names of the graph's nodes, without the number of the overload."""
    found = [t.grad_fn and t.grad_fn.name() for t in tensors(library, value)]
    return [name and re.sub(r"\d+$", "", name.removeprefix("torch::autograd::")) for name in found]


def facts(library: Any, value: Any) -> Any:
    """Everything about a value that has to agree."""
    if isinstance(value, library.Tensor):
        data = np.asarray(value.detach().tolist(), dtype=object).astype(np.float64)
        shape = tuple(value.shape)
        known = {"dtype": str(value.dtype).removeprefix("torch."), "shape": shape}
        return known | {"grad": value.requires_grad, "data": data.reshape(shape)}
    if isinstance(value, (list, tuple)):
        return [facts(library, v) for v in value]
    if isinstance(value, np.ndarray):
        known = {"dtype": str(value.dtype), "shape": value.shape}
        return known | {"grad": None, "data": value.astype(np.float64)}
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, (bool, int, float, type(None))) else str(value)


def same(a: Any, b: Any, least: float = 0) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        tolerance = max(TOLERANCE.get(b["dtype"], 0), least)
        if any(a[key] != b[key] for key in ("dtype", "grad", "shape")):
            return False
        return bool(np.allclose(a["data"], b["data"], tolerance, tolerance, equal_nan=True))
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(p, q, least) for p, q in zip(a, b, strict=True))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=max(1e-12, least)) or (a != a and b != b)
    return type(a) is type(b) and bool(a == b)


def nonzero(second: dict[str, Any]) -> dict[str, Any]:
    """No second derivative and one of zeros (or of their rounding) mean the same."""
    return {n: v for n, v in second.items() if not np.allclose(v["data"], 0, atol=1e-13)}


def difference(ours: Outcome, theirs: Outcome, least: float = 0) -> str:
    """Where two outcomes differ, apart from the names of nodes; nothing if they agree.

    `least` is the least tolerance: more than a dtype's if something on the way had fewer digits.
    """
    if theirs.error is not None:
        kind = (
            mt.linalg.LinAlgError
            if isinstance(theirs.error, torch.linalg.LinAlgError)
            else type(theirs.error)
        )
        agrees = isinstance(ours.error, kind)
        return "" if agrees else f"PyTorch raises {theirs.error!r}; we {ours.error or ours.value!r}"
    if ours.error is not None:
        return f"we raise {ours.error!r}; PyTorch gives {theirs.value!r}"
    pairs = [("value", ours.value, theirs.value)]
    orders = {
        "gradient": (ours.gradients, theirs.gradients),
        "second derivative": (nonzero(ours.second), nonzero(theirs.second)),
    }
    for order, (a, b) in orders.items():
        pairs += [(f"{order} in {name}", a.get(name), b.get(name)) for name in sorted(a.keys() | b.keys())]
    return "; ".join(f"{what}: PyTorch has {b}, and we {a}" for what, a, b in pairs if not same(a, b, least))


def is_finite(value: Any) -> bool:
    if isinstance(value, dict) and "data" not in value:
        return all(map(is_finite, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(is_finite, value))
    data = value["data"] if isinstance(value, dict) else value
    return not isinstance(data, (float, np.ndarray)) or bool(np.isfinite(data).all())


def lines() -> list[Any]:
    """The programs of all tables, each with the reason for which it may differ."""
    found = []
    for table in sorted(TABLES.glob("*.txt")):
        for line in table.read_text(encoding="utf-8").splitlines():
            program, _, note = line.partition("  # ")
            if program.strip() and not line.startswith("#"):
                found.append(pytest.param(program.strip(), note, id=f"{table.stem}: {program.strip()}"))
    return found


def least(line: str) -> float:
    """The tolerance that a line needs, whatever the dtype of its result."""
    return 1e-6 if SINGLE.search(line) else 1e-9 if ROUGH.search(line) else 0


@pytest.mark.parametrize(("line", "note"), lines())
def test_both_give_the_same(line: str, note: str) -> None:
    ours, theirs = run(mt, line), run(torch, line)
    found = difference(ours, theirs, least(line))
    if note.startswith("differs: "):
        assert found, f"this agrees now, and needs no reason: {note}"
        return
    assert not found, found
    if theirs.error is not None:
        return
    if note.startswith("node: "):
        assert ours.nodes != theirs.nodes, f"the names agree now: {note}"
    else:
        assert ours.nodes == theirs.nodes, f"PyTorch shows {theirs.nodes}, and we {ours.nodes}"
    if is_finite([theirs.value, theirs.gradients, theirs.second]):
        assert not ours.warned, f"on finite numbers: {ours.warned}"


def test_a_difference_is_seen() -> None:
    wrong = {
        "x + 1": "x + 2",
        "x * x": "x * x.detach()",
        "x * 2": "x.float() * 2",
        "x.sum()": "x.sum().view(1)",
    }
    for a, b in wrong.items():
        assert difference(run(mt, a), run(torch, b)), (a, b)
    assert difference(run(mt, "x.nothing"), run(torch, "x.sum()"))
    assert difference(run(mt, "x.sum()"), run(torch, "x.sum(7)"))
