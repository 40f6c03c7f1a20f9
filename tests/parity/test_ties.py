"""Which of equal elements are picked, and where their gradients go, against PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

PICKS: dict[str, Callable[[Any, Any, int, int], Any]] = {
    "sort": lambda p, x, dim, k: p.sort(x, dim),
    "sort descending": lambda p, x, dim, k: p.sort(x, dim, True),
    "sort stable": lambda p, x, dim, k: p.sort(x, dim=dim, stable=True),
    "msort": lambda p, x, dim, k: (p.msort(x), x),
    "topk": lambda p, x, dim, k: p.topk(x, k, dim),
    "topk smallest": lambda p, x, dim, k: p.topk(x, k, dim, False),
    "kthvalue": lambda p, x, dim, k: p.kthvalue(x, k, dim),
    "mode": lambda p, x, dim, k: p.mode(x, dim),
    "median": lambda p, x, dim, k: p.median(x, dim),
    "nanmedian": lambda p, x, dim, k: p.nanmedian(x, dim),
    "max": lambda p, x, dim, k: p.max(x, dim),
    "min": lambda p, x, dim, k: p.min(x, dim),
    "cummax": lambda p, x, dim, k: p.cummax(x, dim),
    "cummin": lambda p, x, dim, k: p.cummin(x, dim),
}
KINDS = ["float32", "float64", "float16", "int64", "uint8", "nan"]


def lines(rng: np.random.Generator, n: int, kind: str, values: int) -> Any:
    """Numbers of which many are equal, in one line or three, and the dimension along which they lie."""
    rows = rng.integers(0, values, (int(rng.choice([1, 3])) if n < 1000 else 1, n))
    x = rows.astype("float32" if kind == "nan" else kind)
    if kind == "nan":
        x[rng.random(x.shape) < 0.1] = np.nan
    if len(x) == 1:
        return x[0], 0
    return (x, 1) if rng.random() < 0.5 else (np.ascontiguousarray(x.T), 0)


def picked(package: Any, pick: Any, x: Any, dim: int, k: int) -> Any:
    """Values, indices, and the gradient of a weighted sum of the values."""
    x = package.tensor(x)
    if x.dtype in (package.float32, package.float64):
        x.requires_grad_()
    values, indices = pick(package, x, dim, k)
    found = [values.detach().numpy().tolist(), indices.detach().numpy().tolist()]
    if x.requires_grad:
        weights = package.arange(1, values.numel() + 1).reshape(values.shape).to(values.dtype)
        (values * weights).sum().backward()
        found.append(x.grad.numpy().tolist())
    return repr(found)  # in which two NaN are equal


@pytest.mark.parametrize("name", PICKS)
@pytest.mark.parametrize("n", [3, 16, 17, 64, 200, 1300])
def test_equals(name: str, n: int) -> None:
    """Lines of each length, of few values and of many, of each kind of number."""
    rng = np.random.default_rng(n)
    for kind in KINDS:
        for values in (2, 5, n):
            x, dim = lines(rng, n, kind, min(values, 200))
            k = int(rng.choice([1, 2, n // 64 + 1, n // 4 + 1, n // 2, n]))
            theirs, ours = (picked(package, PICKS[name], x, dim, max(k, 1)) for package in (torch, mt))
            assert ours == theirs, (kind, values, k)


def test_the_largest_that_is_put_in_order() -> None:
    """4,096 elements; one more keeps the order of its indices here, and not in PyTorch."""
    x = np.random.default_rng(0).integers(0, 9, 4097)
    assert mt.tensor(x[:4096]).argsort().tolist() == torch.tensor(x[:4096]).argsort().tolist()
    assert mt.tensor(x).argsort().tolist() == torch.tensor(x).argsort(stable=True).tolist()
    assert mt.tensor(x).argsort().tolist() != torch.tensor(x).argsort().tolist()
