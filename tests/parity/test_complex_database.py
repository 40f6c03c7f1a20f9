"""Each function of PyTorch's own database that takes complex numbers: a sample, its value, its gradient."""

from __future__ import annotations

import sys
import types
import unittest
import warnings
from typing import Any

import numpy as np
import pytest

import microtensor as mt
import microtensor.nn.functional

torch = pytest.importorskip("torch")


def database() -> dict[str, Any]:
    """The functions that PyTorch has samples with complex numbers for; its module of tests wants another."""
    if "expecttest" not in sys.modules:
        sys.modules["expecttest"] = types.ModuleType("expecttest")
        sys.modules["expecttest"].TestCase = unittest.TestCase  # type: ignore[attr-defined]
    with warnings.catch_warnings(action="ignore"):
        from torch.testing._internal.common_methods_invocations import op_db
    return {
        op.name: op for op in op_db
        if torch.complex128 in op.dtypes and op.supports_autograd and not op.variant_test_name
        and not op.name.startswith(("_", "native_", "torch.", "sparse")) and ours(op.name) is not None
        and op.name not in " ".join(LEFT_OUT).split()
    }  # fmt: skip


LEFT_OUT = {
    "as_strided_scatter": "PyTorch's gradient of what is overwritten is not zero",
    "cholesky_inverse cholesky_solve": "PyTorch gives the triangle that is not read a gradient, too",
    "nn.functional.triplet_margin_with_distance_loss": "its sample has a module of PyTorch's",
    "einsum svd_lowrank pca_lowrank where zero_": "their samples are for other functions, which call them",
    "T H mT mH": "attributes", "cfloat cdouble double float half": "dtypes, and methods of the same names",
}  # fmt: skip
"""What is not compared, and why."""


def ours(name: str) -> Any:
    """The function that PyTorch calls so: of the package, or a method."""
    found: Any = mt
    for part in name.split("."):
        found = getattr(found, part, None)
    return found or getattr(mt.Tensor, name, None)


def converted(x: Any, seen: dict[int, Any]) -> Any:
    """Arguments with a tensor of ours for each of PyTorch's, the same where they were the same."""
    if isinstance(x, torch.Tensor):
        if id(x) not in seen:
            array = x.detach().resolve_conj().resolve_neg().clone().numpy()
            seen[id(x)] = mt.from_numpy(array).requires_grad_(x.requires_grad)
        return seen[id(x)]
    if isinstance(x, (list, tuple)):
        return type(x)([converted(v, seen) for v in x])
    if isinstance(x, dict):
        return {key: converted(v, seen) for key, v in x.items()}
    return getattr(mt, str(x).removeprefix("torch.")) if isinstance(x, torch.dtype) else x


def leaves(x: Any) -> list[Any]:
    """All tensors in an argument or a result."""
    if isinstance(x, (torch.Tensor, mt.Tensor)):
        return [x]
    parts = x.values() if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else ()
    return [leaf for part in parts for leaf in leaves(part)]


def measured(lib: Any, function: Any, args: Any, kwargs: Any) -> list[Any]:
    """Absolute values, in which eigenvectors agree, and the gradients of a loss that they make."""
    outs = [o for o in leaves(function(*args, **kwargs)) if o.is_floating_point() or o.is_complex()]
    loss = sum(((o.abs() + 1).log() * 0.5).sum() for o in outs if o.requires_grad)
    inputs = [t for t in leaves([args, kwargs]) if t.requires_grad]
    gradients = lib.autograd.grad(loss, inputs, allow_unused=True) if isinstance(loss, lib.Tensor) else ()
    found = [o.detach().abs() for o in outs] + [g for g in gradients if g is not None]
    return [t.detach().resolve_conj().resolve_neg().numpy() for t in found]


def test_one_sample_of_each_function() -> None:
    failed, tried = [], 0
    for name, op in database().items():
        torch.manual_seed(0)
        samples = op.sample_inputs("cpu", torch.complex128, requires_grad=True)
        sample = next((s for s in samples if any(t.numel() > 1 for t in leaves(s.input))), None)
        try:
            args, kwargs = [sample.input, *sample.args], sample.kwargs
            expected = measured(torch, op.op, args, kwargs)
        except Exception:  # not for one input alone, or for another kind of layout
            continue
        tried += 1
        try:
            seen: dict[int, Any] = {}
            found = measured(mt, ours(name), converted(args, seen), converted(kwargs, seen))
            same = len(found) == len(expected) and all(
                a.dtype == b.dtype and np.allclose(a, b, rtol=1e-6, atol=1e-8, equal_nan=True)
                for a, b in zip(found, expected, strict=True)
            )
        except Exception as error:
            same = False
            name = f"{name}: {error!r}"[:150]
        failed += [] if same else [name]
    assert not failed, "\n".join(failed)
    assert tried > 250, tried
