"""Adafactor: Adam's second moments in the memory of a row and a column."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..creation.from_data import from_numpy
from ..engine.dtypes import default_dtype
from ..engine.tensor import Tensor
from .common import option_checks as checks
from .common.param_groups import Group, ParamsT
from .updates.per_parameter import Array, Whole


class Adafactor(Whole):
    """Adafactor, with the second moments of matrices as a product of a column and a row.

        b = t^beta2_decay                   a = max(eps2, rms(x)) min(lr, 1 / sqrt(t))
        r = r + b (mean_columns(g^2) - r)   c = c + b (mean_rows(g^2) - c)
        u = g / sqrt(max(r c / max(mean(r), eps1), eps1^2))
        x = x - a u / max(1, rms(u) / d)

    Shazeer & Stern, "Adafactor: adaptive learning rates with sublinear memory cost", 2018,
    Algorithms 4 and 5.  Vectors keep all their second moments.  More than two dimensions are a batch
    of matrices.  `eps` is ``(eps1, eps2)``; eps1 is the machine epsilon of the dtype if None.

    State: ``step``; ``row_var`` (r) and ``col_var`` (c), or ``variance``.

    Raises ``ValueError`` for options out of range.

    >>> w = mt.tensor([[1.0, -3.0]], requires_grad=True)
    >>> optimizer = mt.optim.Adafactor([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([[ 0.7764, -2.7764]], requires_grad=True)
    """

    def __init__(
        self, params: ParamsT, lr: float | Tensor = 1e-2, beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3), d: float = 1.0, weight_decay: float = 0.0, *,
        foreach: bool | None = None, maximize: bool = False,
    ) -> None:  # fmt: skip
        checks.one_element(lr)
        checks.in_range("Learning rate", ">= 0", lr, lr >= 0)
        checks.in_range("beta2_decay", "<= 0", beta2_decay, beta2_decay <= 0)
        checks.in_range("epsilon1", ">= 0", eps[0], eps[0] is None or eps[0] >= 0)
        checks.in_range("epsilon2", ">= 0", eps[1], eps[1] >= 0)
        checks.in_range("Clipping threshold d", ">= 1", d, d >= 1)
        checks.in_range("weight_decay", ">= 0", weight_decay, weight_decay >= 0)
        defaults = {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay,
            "foreach": foreach, "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, defaults)

    def update(self, x: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        if not state:
            state.update(_fresh(g))
        state["step"].array[...] += 1
        lr, t = float(group["lr"]), float(state["step"])
        eps1, eps2 = group["eps"]
        eps1 = float(np.finfo(x.dtype).eps) if eps1 is None else eps1
        size = max(eps2, _rms(x)) * min(lr, t**-0.5)
        if group["weight_decay"] != 0:
            x *= 1 - lr * group["weight_decay"]
        u = g / np.sqrt(np.maximum(_moments(g, state, t ** group["beta2_decay"], eps1), eps1 * eps1))
        x -= size / max(1.0, _rms(u) / group["d"]) * u


def _fresh(g: Array) -> dict[str, Any]:
    step = np.zeros((), np.float64 if default_dtype() == np.float64 else np.float32)
    if g.ndim < 2:
        return {"step": from_numpy(step), "variance": from_numpy(np.zeros_like(g))}
    shapes = {"row_var": (*g.shape[:-1], 1), "col_var": (*g.shape[:-2], 1, g.shape[-1])}
    return {"step": from_numpy(step), **{k: from_numpy(np.zeros(s, g.dtype)) for k, s in shapes.items()}}


def _moments(g: Array, state: dict[str, Any], b: float, eps1: float) -> Array:
    """The second moments after this gradient, which weighs `b`."""
    square = g * g
    if g.ndim < 2:
        return _towards(state["variance"].array, square, b)
    r = _towards(state["row_var"].array, square.mean(-1, keepdims=True), b)
    c = _towards(state["col_var"].array, square.mean(-2, keepdims=True), b)
    moments: Array = r * c / np.maximum(r.mean(-2, keepdims=True), eps1)
    return moments


def _towards(held: Array, new: Array, weight: float) -> Array:
    held += weight * (new - held)
    return held


def _rms(x: Array) -> float:
    flat = x.reshape(-1)
    return math.sqrt(float(flat @ flat) / x.size) if x.size else math.nan
