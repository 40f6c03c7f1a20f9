"""Dtypes for which PyTorch has no kernel are refused by the same class, and all others are taken."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # what is new in PyTorch
torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

DTYPES = ["bool", "uint8", "int32", "int64", "float16", "float32", "float64"]

CALLS: dict[str, Any] = {
    "abs": lambda t, x: t.abs(x),
    "ceil": lambda t, x: t.ceil(x),
    "floor": lambda t, x: x.floor(),
    "trunc": lambda t, x: t.trunc(x),
    "frac": lambda t, x: t.frac(x),
    "round": lambda t, x: t.round(x),
    "round to nothing": lambda t, x: t.round(x, decimals=0),
    "round to a tenth": lambda t, x: t.round(x, decimals=1),
    "clamp": lambda t, x: x.clamp(min=False),
    "clamp between tensors": lambda t, x: x.clamp(x, x),
    "fmod": lambda t, x: t.fmod(x, x + x),
    "bitwise_and": lambda t, x: t.bitwise_and(x, x),
    "bitwise_not": lambda t, x: t.bitwise_not(x),
    "shift": lambda t, x: t.bitwise_left_shift(x, x),
    "gcd": lambda t, x: t.gcd(x, x),
    "logaddexp": lambda t, x: t.logaddexp(x, x),
    "logaddexp2": lambda t, x: t.logaddexp2(x, x),
    "hypot": lambda t, x: t.hypot(x, x),
    "lerp": lambda t, x: t.lerp(x, x, 0.5),
    "addcmul": lambda t, x: t.addcmul(x, x, x),
    "relu": lambda t, x: t.relu(x),
    "leaky_relu": lambda t, x: t.nn.functional.leaky_relu(x),
    "gelu": lambda t, x: t.nn.functional.gelu(x),
    "gelu by tanh": lambda t, x: t.nn.functional.gelu(x, approximate="tanh"),
    "silu": lambda t, x: t.nn.functional.silu(x),
    "mish": lambda t, x: t.nn.functional.mish(x),
    "elu": lambda t, x: t.nn.functional.elu(x),
    "selu": lambda t, x: t.selu(x),
    "celu": lambda t, x: t.celu(x),
    "glu": lambda t, x: t.nn.functional.glu(x[:, :2]),
    "rrelu": lambda t, x: t.nn.functional.rrelu(x),
    "hardtanh": lambda t, x: t.nn.functional.hardtanh(x, 0, 2),
    "relu6": lambda t, x: t.nn.functional.relu6(x),
    "hardswish": lambda t, x: t.nn.functional.hardswish(x),
    "hardsigmoid": lambda t, x: t.nn.functional.hardsigmoid(x),
    "softplus": lambda t, x: t.nn.functional.softplus(x),
    "logsigmoid": lambda t, x: t.nn.functional.logsigmoid(x),
    "softshrink": lambda t, x: t.nn.functional.softshrink(x),
    "hardshrink": lambda t, x: t.nn.functional.hardshrink(x),
    "threshold": lambda t, x: t.nn.functional.threshold(x, 1, 0),
    "softmax": lambda t, x: t.softmax(x, 1),
    "log_softmax": lambda t, x: t.log_softmax(x, 1),
    "softmax in float": lambda t, x: t.softmax(x, 1, dtype=t.float32),
    "mm": lambda t, x: x @ x,
    "mv": lambda t, x: x @ x[0],
    "dot": lambda t, x: t.dot(x[0], x[0]),
    "bmm": lambda t, x: t.bmm(x[None], x[None]),
    "linear": lambda t, x: t.nn.functional.linear(x, x),
    "cross": lambda t, x: t.linalg.cross(x, x),
    "vecdot": lambda t, x: t.linalg.vecdot(x, x),
    "vander": lambda t, x: t.linalg.vander(x[0]),
    "cdist": lambda t, x: t.cdist(x, x),
    "inv": lambda t, x: t.linalg.inv(x + t.eye(3, dtype=x.dtype)),
    "lu_factor": lambda t, x: t.linalg.lu_factor(x),
    "argmax": lambda t, x: t.argmax(x),
    "topk": lambda t, x: t.topk(x, 1),
    "kthvalue": lambda t, x: t.kthvalue(x, 1),
    "median": lambda t, x: t.median(x),
    "sort": lambda t, x: t.sort(x),
    "trace": lambda t, x: t.trace(x),
    "isin": lambda t, x: t.isin(x, x),
    "bucketize": lambda t, x: t.bucketize(x, x[0]),
    "histc": lambda t, x: t.histc(x, 3),
    "histogram": lambda t, x: t.histogram(x, 3),
    "gradient": lambda t, x: t.gradient(x, dim=0),
    "trapezoid": lambda t, x: t.trapezoid(x),
    "index_reduce": lambda t, x: t.index_reduce(x, 0, t.tensor([0]), x[:1], "amax"),
    "conv1d": lambda t, x: t.conv1d(x[None], x[:, :, None]),
    "conv_transpose1d": lambda t, x: t.conv_transpose1d(x[None], x[:, :, None]),
    "dilated conv1d": lambda t, x: t.conv1d(x[None], x[:, :1, None].expand(3, 3, 2), dilation=2),
    "max_pool1d": lambda t, x: t.max_pool1d(x[None], 2),
    "max_pool2d": lambda t, x: t.max_pool2d(x[None], 2),
    "avg_pool2d": lambda t, x: t.nn.functional.avg_pool2d(x[None], 2),
    "avg_pool3d": lambda t, x: t.nn.functional.avg_pool3d(x[None, None], 1),
    "adaptive_avg_pool2d": lambda t, x: t.nn.functional.adaptive_avg_pool2d(x[None], 2),
    "adaptive_max_pool2d": lambda t, x: t.nn.functional.adaptive_max_pool2d(x[None], 2),
    "layer_norm": lambda t, x: t.nn.functional.layer_norm(x, (3,)),
    "rms_norm": lambda t, x: t.nn.functional.rms_norm(x, (3,)),
    "batch_norm": lambda t, x: t.nn.functional.batch_norm(x, None, None, training=True),
    "group_norm": lambda t, x: t.nn.functional.group_norm(x[None], 1),
    "pad": lambda t, x: t.nn.functional.pad(x, (1, 1), mode="reflect"),
    "unfold": lambda t, x: t.nn.functional.unfold(x[None], 2),
    "nearest": lambda t, x: t.nn.functional.interpolate(x[None], 2),
    "bilinear": lambda t, x: t.nn.functional.interpolate(x[None, None], 2, mode="bilinear"),
    "mse_loss": lambda t, x: t.nn.functional.mse_loss(x, x),
    "smooth_l1_loss": lambda t, x: t.nn.functional.smooth_l1_loss(x, x),
    "huber_loss": lambda t, x: t.nn.functional.huber_loss(x, x),
    "soft_margin_loss": lambda t, x: t.nn.functional.soft_margin_loss(x, x),
    "cross_entropy": lambda t, x: t.nn.functional.cross_entropy(x, t.tensor([0, 1, 2])),
    "multi_margin_loss": lambda t, x: t.nn.functional.multi_margin_loss(x, t.tensor([0, 1, 2])),
    "binary_cross_entropy": lambda t, x: t.nn.functional.binary_cross_entropy(x > 0, x > 0),
    "erfcx": lambda t, x: t.special.erfcx(x),
    "zeta": lambda t, x: t.special.zeta(x, x),
    "hermite": lambda t, x: t.special.hermite_polynomial_h(x, 2),
    "arange": lambda t, x: t.arange(0, 3, dtype=x.dtype),
    "linspace": lambda t, x: t.linspace(0, 1, 3, dtype=x.dtype),
    "tril_indices": lambda t, x: t.tril_indices(2, 2, dtype=x.dtype),
}

NUMBERS = np.array([[1, 0, 1], [2, 3, 1], [1, 1, 2]])


def outcome(library: Any, call: Any, dtype: str) -> type[BaseException] | None:
    try:
        call(library, library.tensor(NUMBERS).to(getattr(library, dtype)))
    except Exception as error:
        return type(error)
    return None


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CALLS)
def test_what_is_refused(name: str, dtype: str) -> None:
    theirs, ours = (outcome(library, CALLS[name], dtype) for library in (torch, mt))
    assert (ours is None) == (theirs is None), (theirs, ours)
    assert ours is None or issubclass(ours, theirs), (theirs, ours)
