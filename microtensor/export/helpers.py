"""Functions that a NumPy program calls: what takes more than an expression.

Those that a program uses are copied into its file, so each needs nothing but NumPy and the others here.
"""

# Texts for other files: no types beyond Any, and nothing of this package.
# ruff: noqa: D103

from __future__ import annotations

import math
from typing import Any

import numpy as np


def sigmoid(x: Any) -> Any:
    return np.tanh(x * 0.5) * 0.5 + 0.5


def softplus(x: Any) -> Any:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def erf(x: Any) -> Any:
    """W. J. Cody, "Rational Chebyshev approximation for the error function" (1969), in three intervals."""
    z = np.abs(x.astype(np.float64))
    small, large = np.minimum(z, 0.5), np.clip(z, 0.5, 6.0)
    s = small * small
    p = [1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
         3.20937758913846947e3]  # fmt: skip
    q = [1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3]
    near = small * np.polyval(p, s) / np.polyval(q, s)
    p = [2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
         2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
         1.23033935479799725e3]  # fmt: skip
    q = [1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
         3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3,
         1.23033935480374942e3]  # fmt: skip
    far = 1 - np.exp(-large * large) * np.polyval(p, large) / np.polyval(q, large)
    out = np.sign(x) * np.where(z <= 0.5, near, far)
    return np.where(np.isnan(x), x, out).astype(x.dtype)


def gelu(x: Any) -> Any:
    return x * 0.5 * (erf(x * math.sqrt(0.5)) + 1)


def gelu_tanh(x: Any) -> Any:
    return x * 0.5 * (np.tanh((x + 0.044715 * x * x * x) * math.sqrt(2 / math.pi)) + 1)


def elu(x: Any, alpha: float) -> Any:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def shrink(x: Any, lambd: float, bias: float) -> Any:
    return np.where(x < -lambd, x + bias, np.where(x > lambd, x - bias, 0 * x))


def truncated_quotient(x: Any, y: Any) -> Any:
    return (np.sign(x) * np.sign(y) * (np.abs(x) // np.abs(y))).astype(np.result_type(x, y))


def softmax(x: Any, axis: int) -> Any:
    powers = np.exp(x - x.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def log_softmax(x: Any, axis: int) -> Any:
    off = x - x.max(axis, keepdims=True)
    return off - np.log(np.exp(off).sum(axis, keepdims=True))


def normalize_axes(x: Any, axes: Any, eps: float) -> Any:
    off = x - x.mean(axes, keepdims=True)
    return off / np.sqrt((off * off).mean(axes, keepdims=True) + eps)


def by_channel(v: Any, x: Any) -> Any:
    return v.reshape((-1, *[1] * (x.ndim - 2)))


def batch_norm(x: Any, weight: Any, bias: Any, mean: Any, var: Any, eps: float) -> Any:
    scale = weight / np.sqrt(var + eps)
    return (x - by_channel(mean, x)) * by_channel(scale, x) + by_channel(bias, x)


def instance_norm(x: Any, weight: Any, bias: Any, eps: float) -> Any:
    return normalize_axes(x, tuple(range(2, x.ndim)), eps) * by_channel(weight, x) + by_channel(bias, x)


def group_norm(x: Any, weight: Any, bias: Any, groups: int, eps: float) -> Any:
    rows = normalize_axes(x.reshape(x.shape[0], groups, -1), (2,), eps)
    return rows.reshape(x.shape) * by_channel(weight, x) + by_channel(bias, x)


def windows(x: Any, kernel: Any, strides: Any, pads: Any, dilations: Any, fill: float) -> Any:
    """All windows over the last dimensions: (N, C, places..., kernel...)."""
    dims = len(kernel)
    borders = [(0, 0), (0, 0), *zip(pads[:dims], pads[dims:], strict=True)]
    x = np.pad(x, borders, constant_values=fill)
    spans = [d * (k - 1) + 1 for d, k in zip(dilations, kernel, strict=True)]
    view = np.lib.stride_tricks.sliding_window_view(x, spans, tuple(range(2, 2 + dims)))
    steps = [slice(None, None, s) for s in strides]
    return view[(slice(None), slice(None), *steps, *[slice(None, None, d) for d in dilations])]


def convolution(x: Any, weight: Any, bias: Any, strides: Any, pads: Any, dilations: Any, groups: int) -> Any:
    kernel = weight.shape[2:]
    view = windows(x, kernel, strides, pads, dilations, 0)
    n, places, count = x.shape[0], view.shape[2 : 2 + len(kernel)], math.prod(kernel)
    rows = np.moveaxis(view, 1, 1 + len(kernel)).reshape(n, math.prod(places), groups, -1, count)
    rows = rows.transpose(2, 0, 1, 3, 4).reshape(groups, n * math.prod(places), -1)
    out = rows @ weight.reshape(groups, weight.shape[0] // groups, -1).transpose(0, 2, 1)
    out = out.reshape(groups, n, math.prod(places), -1).transpose(1, 0, 3, 2)
    out = out.reshape(n, weight.shape[0], *places)
    return out if bias is None else out + by_channel(bias, out)


def transposed_convolution(
    x: Any, weight: Any, bias: Any, strides: Any, pads: Any, dilations: Any, groups: int, extra: Any
) -> Any:
    kernel, dims, n = weight.shape[2:], weight.ndim - 2, x.shape[0]
    sizes = [
        (m - 1) * s + d * (k - 1) + 1 + e
        for m, s, d, k, e in zip(x.shape[2:], strides, dilations, kernel, extra, strict=True)
    ]
    grouped: Any = weight.reshape(groups, weight.shape[0] // groups, weight.shape[1], *kernel)
    wide: Any = np.zeros((n, groups, weight.shape[1], *sizes), x.dtype)
    images = x.reshape(n, groups, -1, math.prod(x.shape[2:]))
    for place in np.ndindex(*kernel):
        part = np.einsum("ngip,gio->ngop", images, grouped[(..., *place)])
        at = [
            slice(p * d, p * d + (m - 1) * s + 1, s)
            for p, d, m, s in zip(place, dilations, x.shape[2:], strides, strict=True)
        ]
        wide[(..., *at)] += part.reshape(n, groups, -1, *x.shape[2:])
    inside = [
        slice(low, size - high) for low, high, size in zip(pads[:dims], pads[dims:], sizes, strict=True)
    ]
    out = wide.reshape(n, -1, *sizes)[..., *inside]
    return out if bias is None else out + by_channel(bias, out)


def max_pool(x: Any, kernel: Any, strides: Any, pads: Any, dilations: Any) -> Any:
    axes = tuple(range(-len(kernel), 0))
    return windows(x, kernel, strides, pads, dilations, -np.inf).max(axes)


def average_pool(x: Any, kernel: Any, strides: Any, pads: Any) -> Any:
    axes = tuple(range(-len(kernel), 0))
    return windows(x, kernel, strides, pads, [1] * len(kernel), 0).mean(axes)


def resize(x: Any, scales: Any, mode: str, place: str, cubic: float) -> Any:
    """By whole factors along the last dimensions: "nearest", "linear" or "cubic"."""
    for axis, scale in enumerate(scales):
        if scale == 1:
            continue
        n = x.shape[axis]
        size = int(n * scale)
        at = (
            np.arange(size) * ((n - 1) / max(size - 1, 1))
            if place == "align_corners"
            else np.arange(size) / scale
        )
        at = (np.arange(size) + 0.5) / scale - 0.5 if place == "half_pixel" else at
        first = np.floor(at + 0.5 * (place == "half_pixel")) if mode == "nearest" else np.floor(at)
        t, total = at - first, 0
        for k, share in taps(mode, t, cubic):
            column = np.clip(first + k, 0, n - 1).astype(int)
            wide = share.astype(x.dtype).reshape(-1, *[1] * (x.ndim - axis - 1))
            total = total + np.take(x, column, axis) * wide
        x = total
    return x


def taps(mode: str, t: Any, a: float) -> Any:
    if mode == "nearest":
        return [(0, np.ones_like(t))]
    if mode == "linear":
        return [(0, 1 - t), (1, t)]
    near = [((a + 2) * v - (a + 3)) * v * v + 1 for v in (t, 1 - t)]
    far = [((a * v - 5 * a) * v + 8 * a) * v - 4 * a for v in (t + 1, 2 - t)]
    return [(-1, far[0]), (0, near[0]), (1, near[1]), (2, far[1])]


def lstm(x: Any, w: Any, r: Any, b: Any, h: Any, c: Any, hidden: int, activations: Any) -> Any:
    """Gates in ONNX's order: input, output, forget, cell."""
    outputs, ends = [], []
    for d in range(len(w)):
        steps = x if d == 0 else x[::-1]
        state = np.zeros((x.shape[1], hidden), x.dtype) if h is None else h[d]
        cell = np.zeros_like(state) if c is None else c[d]
        hs = []
        for step in steps:
            gates = step @ w[d].T + state @ r[d].T
            if b is not None:
                gates = gates + b[d][: 4 * hidden] + b[d][4 * hidden :]
            i, o, f, g = np.split(gates, 4, axis=1)
            cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
            state = sigmoid(o) * np.tanh(cell)
            hs.append(state)
        outputs.append(np.stack(hs if d == 0 else hs[::-1]))
        ends.append((state, cell))
    return np.stack(outputs, 1), np.stack([e[0] for e in ends]), np.stack([e[1] for e in ends])


def gru(x: Any, w: Any, r: Any, b: Any, h: Any, c: Any, hidden: int, activations: Any) -> Any:
    """Gates in ONNX's order: update, reset, new."""
    outputs, ends = [], []
    for d in range(len(w)):
        state = np.zeros((x.shape[1], hidden), x.dtype) if h is None else h[d]
        bias = np.zeros(6 * hidden, x.dtype) if b is None else b[d]
        hs = []
        for step in x if d == 0 else x[::-1]:
            zi, ri, ni = np.split(step @ w[d].T + bias[: 3 * hidden], 3, axis=1)
            zh, rh, nh = np.split(state @ r[d].T + bias[3 * hidden :], 3, axis=1)
            new = np.tanh(ni + sigmoid(ri + rh) * nh)
            z = sigmoid(zi + zh)
            state = (1 - z) * new + z * state
            hs.append(state)
        outputs.append(np.stack(hs if d == 0 else hs[::-1]))
        ends.append(state)
    return np.stack(outputs, 1), np.stack(ends)


def rnn(x: Any, w: Any, r: Any, b: Any, h: Any, c: Any, hidden: int, activations: Any) -> Any:
    outputs, ends = [], []
    for d in range(len(w)):
        state = np.zeros((x.shape[1], hidden), x.dtype) if h is None else h[d]
        hs = []
        for step in x if d == 0 else x[::-1]:
            total = step @ w[d].T + state @ r[d].T
            if b is not None:
                total = total + b[d][:hidden] + b[d][hidden:]
            state = np.maximum(total, 0) if activations else np.tanh(total)
            hs.append(state)
        outputs.append(np.stack(hs if d == 0 else hs[::-1]))
        ends.append(state)
    return np.stack(outputs, 1), np.stack(ends)


def top(x: Any, k: int, axis: int, largest: int) -> Any:
    order = np.argsort(-x if largest else x, axis=axis, kind="stable")
    places = np.take(order, np.arange(k), axis)
    return np.take_along_axis(x, places, axis), places


def scattered(x: Any, index: Any, updates: Any, axis: int, reduction: str) -> Any:
    out, places = x.copy(), list(np.indices(index.shape))
    places[axis] = index
    ways = {"add": np.add, "max": np.maximum, "min": np.minimum}
    if reduction in ways:
        ways[reduction].at(out, tuple(places), updates)
    else:
        out[tuple(places)] = updates
    return out


def scattered_rows(x: Any, places: Any, updates: Any, reduction: str) -> Any:
    out, key = x.copy(), tuple(np.moveaxis(places, -1, 0))
    if reduction == "add":
        np.add.at(out, key, updates)
    else:
        out[key] = updates
    return out


def depth_to_space(x: Any, block: int) -> Any:
    n, c, h, w = x.shape
    wide = x.reshape(n, c // block**2, block, block, h, w).transpose(0, 1, 4, 2, 5, 3)
    return wide.reshape(n, c // block**2, h * block, w * block)


def nll(logs: Any, target: Any, weight: Any, ignored: int, reduction: str) -> Any:
    counted = target != ignored
    safe = np.where(counted, target, 0)
    share = (np.ones(logs.shape[1], logs.dtype) if weight is None else weight)[safe] * counted
    losses = -np.take_along_axis(logs, safe[:, None], 1)[:, 0] * share
    if reduction == "none":
        return losses
    return losses.sum() / share.sum() if reduction == "mean" else losses.sum()
