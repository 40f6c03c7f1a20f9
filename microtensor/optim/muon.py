"""Muon: momentum whose singular values are all made about 1, for the matrices of hidden layers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..creation.from_data import from_numpy
from .common import option_checks as checks
from .common.param_groups import Group, ParamsT
from .updates.per_parameter import Array, Whole

_RATES = ("original", "match_rms_adamw")


class Muon(Whole):
    """Muon.

        m = momentum m + (1 - momentum) g
        u = (1 - momentum) g + momentum m   if nesterov, else m
        x = x - lr weight_decay x - lr f orthogonal(u)

    Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024: `orthogonal` are
    `ns_steps` Newton-Schulz iterations with the polynomial of `ns_coefficients`.  The factor f is
    ``sqrt(max(1, rows / columns))``, or ``0.2 sqrt(max(rows, columns))`` if `adjust_lr_fn` is
    ``"match_rms_adamw"`` (Liu et al., "Muon is scalable for LLM training", 2025).

    As in PyTorch the iterations round to bfloat16 after each product.  NumPy has no such dtype; float32
    is rounded instead, which gives the same numbers but where a sum in another order tips the rounding.

    State: ``momentum_buffer`` (m).

    Raises ``ValueError`` for options out of range, and for parameters that are no matrices.

    >>> w = mt.tensor([[2.0, 0.0], [0.0, 1.0]], requires_grad=True)
    >>> optimizer = mt.optim.Muon([w], lr=0.1, weight_decay=0.0)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([[1.9309, 0.0000],
            [0.0000, 0.8883]], requires_grad=True)
    """

    def __init__(
        self, params: ParamsT, lr: float = 1e-3, weight_decay: float = 0.1, momentum: float = 0.95,
        nesterov: bool = True, ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7, ns_steps: int = 5, adjust_lr_fn: str | None = None,
    ) -> None:  # fmt: skip
        checks.one_element(lr)
        checks.in_range("Learning rate", ">= 0", lr, lr >= 0)
        checks.in_range("momentum", ">= 0", momentum, momentum >= 0)
        checks.in_range("weight decay", ">= 0", weight_decay, weight_decay >= 0)
        if adjust_lr_fn is not None and adjust_lr_fn not in _RATES:
            raise ValueError(
                f"Adjust learning rate function {adjust_lr_fn} is not supported: take one of {_RATES}"
            )
        defaults = {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
            "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        for p in self._parameters():
            if p.ndim != 2:
                raise ValueError(
                    "Muon only supports 2D parameters whereas we found a parameter with size: "
                    f"{tuple(p.shape)}; give the others to another optimizer"
                )

    def update(self, x: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = from_numpy(np.zeros_like(g))
        lr, momentum, m = float(group["lr"]), group["momentum"], state["momentum_buffer"].array
        m += (1 - momentum) * (g - m)
        u = g + momentum * (m - g) if group["nesterov"] else m
        u = _orthogonal(u, group["ns_coefficients"], group["ns_steps"], group["eps"])
        x *= 1 - lr * group["weight_decay"]
        x -= lr * _factor(group["adjust_lr_fn"], *x.shape) * u.astype(x.dtype, copy=False)


def _factor(kind: str | None, rows: int, columns: int) -> float:
    if kind == "match_rms_adamw":
        return 0.2 * math.sqrt(max(rows, columns))
    return math.sqrt(max(1, rows / columns))


def _orthogonal(u: Array, coefficients: tuple[float, float, float], steps: int, eps: float) -> Array:
    """A matrix with the singular vectors of `u` and singular values from 0.5 to 1.5, in float32."""
    if steps >= 100:
        raise ValueError("Number of steps must be less than 100 for computational efficiency")
    if len(coefficients) != 3:
        raise ValueError("Coefficients must be a tuple of exactly 3 values")
    a, b, c = map(np.float32, coefficients)
    wide = u.shape[0] <= u.shape[1]
    x = _rounded(u if wide else u.T)
    x = _rounded(x / np.maximum(_rounded(np.sqrt(np.vdot(x, x))), _rounded(eps)))
    for _ in range(steps):
        gram = _rounded(x @ x.T)
        x = _rounded(a * x + _rounded(c * (gram @ gram) + b * gram) @ x)
    return x if wide else x.T


def _rounded(x: Any) -> Array:
    """The nearest number of bfloat16, ties to even: the upper half of a float32."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    rounded: Array = (bits + 0x7FFF + (bits >> 16 & 1) & 0xFFFF0000).astype(np.uint32).view(np.float32)
    return rounded.reshape(np.shape(x))
