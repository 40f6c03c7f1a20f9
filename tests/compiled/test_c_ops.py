"""Every op and its derivatives on new values: in C as eagerly, to some ulps of the largest element."""

from __future__ import annotations

import numpy as np
import pytest

import microtensor as mt
from microtensor.compiled.c.toolchain import compiler
from microtensor.compiled.program import Unavailable
from microtensor.testing.samples import cases_of, draw_all

try:
    compiler()
except Unavailable as reason:
    pytest.skip(str(reason), allow_module_level=True)

OPS = list(mt.registry.values())
ULPS = 64


def with_gradients(op, params):
    """The op's results, and the gradients of a sum of all their elements with different weights."""

    def run(*args):
        out = op.call(*args, **params)
        outs = [o for o in (out if isinstance(out, (tuple, list)) else [out]) if isinstance(o, mt.Tensor)]
        into = [x for x in args if isinstance(x, mt.Tensor) and x.requires_grad]
        weighed = [weighted(o) for o in outs if o.requires_grad]
        found = mt.autograd.grad(sum(weighed), into, allow_unused=True) if weighed else ()
        return (*(o.detach() for o in outs), *(g for g in found if g is not None))

    return run


def weighted(o):
    o = o.abs() if o.is_complex() else o
    return (o * mt.arange(1.0, o.numel() + 1, dtype=o.dtype).reshape(o.shape)).sum()


def tensors(values):
    return [
        mt.from_numpy(np.array(v)).requires_grad_(v.dtype.kind == "f") if isinstance(v, np.ndarray) else v
        for v in values
    ]


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_an_op_on_new_values(op):
    random, (arrays, params) = np.random.default_rng(0), cases_of(op)[0]
    run = with_gradients(op, params)
    compiled = mt.compile(run, backend="c")
    for _ in range(6):
        values = draw_all(op, arrays, random)
        got, want = compiled(*tensors(values)), run(*tensors(values))
        assert len(got) == len(want)
        for a, b in zip(got, want, strict=True):
            near(a.detach().numpy(), b.detach().numpy())
    assert "C computed another value" not in compiled.explain()


def near(a, b):
    assert (a.dtype, a.shape) == (b.dtype, b.shape)
    if a.dtype.kind not in "fc":
        np.testing.assert_array_equal(a, b)
        return
    finite = np.abs(b[np.isfinite(b)])
    allowed = ULPS * np.finfo(a.dtype).eps * (finite.max() if finite.size else 1)
    np.testing.assert_allclose(a, b, rtol=ULPS * np.finfo(a.dtype).eps, atol=allowed)
