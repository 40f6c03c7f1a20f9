"""How many digits: every op in float16 and float32, values and gradients, against itself in float64.

    python benchmarks --accuracy      # beside torch's own errors, where torch is in this interpreter

The operands are an op's samples, and for reductions long columns too, rounded to the dtype before either
side sees them.  An error is counted in units in the last place of the right value (those of an element that
is small beside the largest, in units of a quarter of that).  Wanted is at most 8, or 4 times torch's.

Long columns are positive: what cancels loses digits in every order.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import numpy as np

import microtensor as mt
from microtensor.engine.op_definition import Op, case
from microtensor.testing.samples import cases_of, draw_all

DTYPES = (np.float16, np.float32)
LIMIT, FACTOR = 8.0, 4.0
LONG = {
    name: [case((5000, 3), dim=0), case((3, 5000), dim=-1)]
    for name in ("sum", "mean", "cumsum", "softmax", "log_softmax", "logsumexp")
} | {"norm": [case((5000, 3), p=2, dim=0)], "var": [case((5000, 3), dim=0)], "column_sums": [case((5000, 3))]}
KNOWN = {
    "cross": "a difference of products, which torch contracts into one rounding",
    "gelu_tanh_slope": "its gradient is the second derivative of gelu, whose terms cancel",
    "qr": "the gradient solves with the sample's triangle",
    "shares": "the slopes of attention's weights, which nearly cancel in the sample",
}
"""What loses more than is wanted, and why."""
THEIRS: dict[str, Callable[[Any], Any]] = {
    "norm": lambda torch: lambda x, p, dim, keepdim=False: torch.linalg.vector_norm(x, p, dim, keepdim),
    "gelu_tanh": lambda torch: lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
    "column_sums": lambda torch: lambda x: x.sum(0),
}
"""Where torch has an op under another name, or in a form that takes other arguments."""


def floats(arrays: list[Any], dtype: Any) -> list[Any]:
    """The floating-point operands in this dtype, the others as they are."""
    kinds = [getattr(getattr(a, "dtype", None), "kind", "") for a in arrays]
    return [a.astype(dtype) if kind == "f" else a for a, kind in zip(arrays, kinds, strict=True)]


def computed(
    module: Any, function: Callable[..., Any], arrays: list[Any], params: dict[str, Any]
) -> list[Any]:
    """The value and the gradients by all operands, for uneven cotangents, of one call in one library."""
    tensors = [module.tensor(a) if isinstance(a, np.ndarray) else a for a in arrays]
    leaves = [
        t for t in tensors if getattr(t, "dtype", None) in (module.float16, module.float32, module.float64)
    ]
    for leaf in leaves:
        leaf.requires_grad_()
    out = function(*tensors, **params)
    out = out[0] if isinstance(out, tuple) else out
    g = module.tensor((np.arange(out.numel()) * 5 % 7 + 1).reshape(tuple(out.shape)) / 4).to(out.dtype)
    slopes = module.autograd.grad(out, leaves, g, allow_unused=True) if out.requires_grad else []
    return [None if t is None else np.asarray(t.detach().numpy()) for t in (out, *slopes)]


def error(found: Any, right: Any) -> float:
    """The largest error of an array in units in the last place; what overflows the dtype rightly counts 0."""
    if found is None or right is None or not right.size:
        return 0.0
    with np.errstate(all="ignore"):
        size = np.abs(right)
        finite = np.where(np.isfinite(size), size, 0)
        unit = np.spacing(np.maximum(finite, finite.max() / 4).astype(found.dtype)).astype(float)
        off = np.abs(found.astype(float) - right) / unit
        same = (found == right.astype(found.dtype)) | (np.isnan(found) & np.isnan(right))
        return float(np.max(np.where(same, 0, np.where(np.isnan(off), np.inf, off))))


def errors(module: Any, function: Any, cases: list[Any], dtype: Any) -> tuple[float, float]:
    """The worst error of the values and of the gradients over an op's cases."""
    worst = [0.0, 0.0]
    for arrays, params in cases:
        low = computed(module, function, floats(arrays, dtype), params)
        high = computed(module, function, floats(floats(arrays, dtype), np.float64), params)
        found = [error(a, b) for a, b in zip(low, high, strict=True)]
        worst = [max(worst[0], found[0]), max([worst[1], *found[1:]])]
    return worst[0], worst[1]


def cases(op: Op) -> list[Any]:
    """An op's samples and long columns, drawn in float64."""
    rng = np.random.default_rng(0)
    short = [(draw_all(op, arrays, rng), params) for arrays, params in cases_of(op)]
    long = [(draw_all(op, arrays, rng), params) for arrays, params in LONG.get(op.name, [])]
    return short + [([np.abs(a) for a in arrays], params) for arrays, params in long]


def theirs(torch: Any, op: Op) -> Any:
    """Torch's function of the same name, or None."""
    name = op.name.strip("_")
    if name in THEIRS:
        return THEIRS[name](torch)
    for home in (torch, torch.nn.functional, torch.special, torch.linalg):
        if hasattr(home, name):
            return getattr(home, name)
    return None


def torch_errors(torch: Any, op: Op, dtype: Any) -> tuple[float, float] | None:
    """The same of torch; None where it has no such function, or refuses these operands."""
    function = theirs(torch, op) if torch is not None else None
    if function is None:
        return None
    try:
        return errors(torch, function, cases(op), dtype)
    except (RuntimeError, TypeError, ValueError, IndexError, AttributeError):
        return None


def whole_registry() -> list[Op]:
    """Every op of the package, also of the modules that are loaded when they are asked for."""
    for package in (mt.ops, mt.nn):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    return list(mt.registry.values())


def measured(torch: Any = None, ops: list[Op] | None = None) -> Iterator[dict[str, Any]]:
    """A row for every op that computes with floating point and every dtype."""
    for op in [o for o in ops or whole_registry() if o.ours and o.partials and not o.view and not o.variadic]:
        for dtype in DTYPES if op.dtype is None else ():
            with warnings.catch_warnings(action="ignore"):
                try:
                    ours = errors(mt, op.call, cases(op), dtype)
                except (RuntimeError, TypeError) as refusal:
                    yield {"op": op.name, "dtype": np.dtype(dtype).name, "refused": str(refusal)}
                    continue
                beside = torch_errors(torch, op, dtype)
            yield {"op": op.name, "dtype": np.dtype(dtype).name, "ours": ours, "torch": beside}


def holds(row: dict[str, Any]) -> bool:
    """Whether both errors of a row are as small as wanted."""
    beside = row.get("torch") or (0.0, 0.0)
    pairs = zip(row.get("ours", ()), beside, strict=False)
    return all(mine <= max(LIMIT, FACTOR * other) for mine, other in pairs)


def show(row: dict[str, Any]) -> str:
    """A row as a line: the errors of values and gradients, ours and torch's."""
    if "refused" in row:
        return f"{row['op']:28s} {row['dtype']:8s} refused: {row['refused'][:60]}"
    numbers = [*row["ours"], *(row["torch"] or ())]
    mark = " " if holds(row) else "!"
    return f"{mark} {row['op']:26s} {row['dtype']:8s}" + "".join(f"{n:12.4g}" for n in numbers)


def report() -> list[dict[str, Any]]:
    """Print all rows and the count of those that hold; beside torch if it can be imported."""
    try:
        torch = import_module("torch")
    except ModuleNotFoundError:
        torch = None
    print(f"  {'op':26s} {'dtype':8s}{'value':>12s}{'gradient':>12s}{'torch':>12s}{'gradient':>12s}")
    rows = []
    for row in measured(torch):
        rows.append(row)
        print(show(row), flush=True)
    print(f"{sum(map(holds, rows))} of {len(rows)} within {LIMIT:g} units or {FACTOR:g} times torch's error")
    return rows
