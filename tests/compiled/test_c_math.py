"""The functions of the C backend: within their stated ulps, right at the edges, and beside NumPy."""

from __future__ import annotations

import ctypes
import math

import numpy as np
import pytest

from microtensor.compiled.c import c_cache, c_math
from microtensor.compiled.c.toolchain import compiler
from microtensor.compiled.program import Unavailable

try:
    compiler()
except Unavailable as reason:
    pytest.skip(str(reason), allow_module_level=True)

KINDS = {np.float32: ("f", "float"), np.float64: ("d", "double")}
LOOP = """
void {name}_{kind}({T} *x, {T} *y, long n) {{
#pragma omp simd
  for (long i = 0; i < n; i++) y[i] = m_{name}_{kind}(x[i]);
}}
"""


@pytest.fixture(scope="module")
def library():
    loops = [LOOP.format(name=n, kind=k, T=t) for n in c_math.ULPS for k, t in KINDS.values()]
    return c_cache.library(c_math.prelude() + "".join(loops))


def of(library, name, x):
    x, y = np.ascontiguousarray(x), np.empty_like(x)
    getattr(library, f"{name}_{KINDS[x.dtype.type][0]}")(
        ctypes.c_void_p(x.ctypes.data), ctypes.c_void_p(y.ctypes.data), ctypes.c_long(x.size)
    )
    return y


def reference(name, x):
    """In a wider format: float64 for float32, the processor's extended one for float64."""
    x = x.astype(np.float64 if x.dtype == np.float32 else np.longdouble)
    with np.errstate(all="ignore"):
        if name == "erf":
            return np.array([math.erf(v) for v in x], x.dtype)
        return getattr(np, name)(x)


def arguments(name, dtype):
    random = np.random.default_rng(5)
    limit = 87.0 if dtype == np.float32 else 708.0
    near = random.normal(size=20_000) * 10.0 ** random.integers(-6, 1, 20_000)
    wide = random.uniform(-limit, limit, 20_000)
    over = np.exp(random.uniform(-limit, limit, 20_000))
    x = {
        "log": np.concatenate([over, 1 + near * 1e-2, np.abs(near), random.uniform(0.5, 2, 20_000)]),
        "log1p": np.concatenate([over, near, -random.uniform(0, 1, 20_000)]),
        "erf": random.uniform(-6.5, 6.5, 20_000),
    }.get(name, np.concatenate([near, wide, random.uniform(-3, 3, 20_000)]))
    x = x.astype(dtype)
    return x[x > {"log": 0, "log1p": -1}.get(name, -np.inf)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", list(c_math.ULPS))
def test_ulps_are_as_stated(library, name, dtype):
    if dtype == np.float64 and np.finfo(np.longdouble).nmant <= 52 and name != "erf":
        pytest.skip("this processor has nothing wider than float64")
    x = arguments(name, dtype)
    true = reference(name, x)
    unit = np.spacing(np.abs(true).astype(dtype)).astype(true.dtype)
    with np.errstate(invalid="ignore"):
        errors = np.abs(of(library, name, x).astype(true.dtype) - true) / unit
    stated = c_math.ULPS[name][dtype == np.float64]
    assert np.isfinite(true).all()
    worst = float(errors.max())
    assert worst <= stated, f"{name}({x[errors.argmax()]!r}) is {worst} units off"
    assert worst > stated / 4, f"the statement is {stated}, the worst {worst}: it would hold for less"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", list(c_math.ULPS))
def test_edges(library, name, dtype):
    limits = np.finfo(dtype)
    tiny, big = float(limits.smallest_subnormal), float(limits.max)
    edges = [0.0, tiny, 3 * tiny, float(limits.tiny), 0.5, 1, 2, 87.4, 88.8, 103, 709.7, 745, big, math.inf]
    x = np.array([math.nan, *edges, *(-e for e in edges)], dtype)
    with np.errstate(over="ignore", under="ignore"):
        got, true = of(library, name, x), reference(name, x).astype(dtype)
    with np.errstate(invalid="ignore"):
        close = np.abs(got - true) <= 4 * np.spacing(np.where(np.isfinite(true), np.abs(true), 0))
    same = ((got == true) | close) & (np.signbit(got) == np.signbit(true))
    assert (same | (np.isnan(got) & np.isnan(true))).all(), (x, got, true)


def test_numpy_keeps_its_denormals(library):
    """A library attached with fast arithmetic would flush them for the whole thread."""
    of(library, "exp", np.ones(4, np.float32))
    assert np.float64(5e-324) + np.zeros(1) == 5e-324
    assert (np.full(64, 1e-40, np.float32) * np.float32(0.5) > 0).all()
