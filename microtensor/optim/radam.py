"""RAdam: Adam that waits with dividing by the second moment until that is worth something."""

from __future__ import annotations

from math import sqrt

import numpy as np

from ..engine.tensor import Tensor
from .common import option_checks as checks
from .common.param_groups import Group, ParamsT
from .updates.elementwise import Counting, Numbers, Update
from .updates.flat_pack import Array, State


class RAdam(Counting):
    """Rectified Adam.

        m = beta1 m + (1 - beta1) g
        v = beta2 v + (1 - beta2) g^2
        rho = rho_inf - 2 t beta2^t / (1 - beta2^t),  rho_inf = 2/(1 - beta2) - 1
        x = x - lr m/(1 - beta1^t) r                  r = 1 while rho <= 5, and then
        r = sqrt((rho - 4)(rho - 2) rho_inf (1 - beta2^t) / ((rho_inf - 4)(rho_inf - 2) rho))
            / (sqrt(v) + eps)

    Liu et al., "On the variance of the adaptive learning rate and beyond", 2020, Algorithm 2. The
    paper's threshold is 4; 5 is that of its authors' program and of PyTorch.

    State: ``step``, ``exp_avg`` (m), ``exp_avg_sq`` (v).

    Raises ``ValueError`` for options out of range.

    >>> w = mt.tensor([1.0, -3.0], requires_grad=True)
    >>> optimizer = mt.optim.RAdam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([ 0.8000, -2.4000], requires_grad=True)
    """

    def __init__(
        self, params: ParamsT, lr: float | Tensor = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0, decoupled_weight_decay: bool = False, *,
        foreach: bool | None = None, maximize: bool = False, capturable: bool = False,
        differentiable: bool = False,
    ) -> None:  # fmt: skip
        options = checks.options(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, maximize=maximize, foreach=foreach,
            capturable=capturable, decoupled_weight_decay=decoupled_weight_decay,
            differentiable=differentiable,
        )  # fmt: skip
        super().__init__(params, options)

    def vectors(self, group: Group) -> dict[str, float]:
        """The two moments."""
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0}

    def numbers(self, group: Group, lr: float, t: float, scalars: State) -> Numbers:
        """The step size, and what rectifies it: None while the variance cannot be estimated."""
        beta1, beta2 = group["betas"]
        size, rectifier = lr / (1 - beta1**t), _rectifier(beta2, t)
        return size, None if rectifier is None else size * rectifier

    def rule(self, group: Group) -> Update:
        (beta1, beta2), eps = group["betas"], group["eps"]

        def update(x: Array, g: Array, state: State, size: float, rectified: float | None) -> None:
            m, v = state["exp_avg"], state["exp_avg_sq"]
            m += (1 - beta1) * (g - m)
            v *= beta2
            v += (1 - beta2) * (g * g)
            x -= size * m if rectified is None else rectified * m / (np.sqrt(v) + eps)

        return update


def _rectifier(beta2: float, t: float) -> float | None:
    """What multiplies ``1 / (sqrt(v) + eps)``; None while the variance cannot be estimated."""
    most, correction = 2 / (1 - beta2) - 1, 1 - beta2**t
    rho = most - 2 * t * beta2**t / correction
    if rho <= 5:
        return None
    return sqrt((rho - 4) * (rho - 2) * most * correction / ((most - 4) * (most - 2) * rho))
