"""NAdam: Adam that looks ahead, as Nesterov's momentum does."""

from __future__ import annotations

import math

import numpy as np

from ..engine.tensor import Tensor
from .common import option_checks as checks
from .common.param_groups import Group, ParamsT
from .updates.elementwise import Elementwise, Numbers, Update
from .updates.flat_pack import Array, State


class NAdam(Elementwise):
    """Adam with Nesterov's momentum, whose weight ``mu_t`` warms up.

        mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)
        m = beta1 m + (1 - beta1) g
        v = beta2 v + (1 - beta2) g^2
        x = x - lr ((1 - mu_t) g / (1 - mu_1...mu_t) + mu_(t+1) m / (1 - mu_1...mu_(t+1)))
                / (sqrt(v/(1 - beta2^t)) + eps)

    Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016, Algorithm 2, with the
    warming schedule of its experiments.

    State: ``step``, ``mu_product`` (mu_1...mu_t), ``exp_avg`` (m), ``exp_avg_sq`` (v).

    Raises ``ValueError`` for options out of range.

    >>> w = mt.tensor([1.0, -3.0], requires_grad=True)
    >>> optimizer = mt.optim.NAdam([w], lr=0.1)
    >>> for _ in range(2):
    ...     optimizer.zero_grad()
    ...     (w * w).sum().backward()
    ...     optimizer.step()
    >>> w
    tensor([ 0.8200, -2.8172], requires_grad=True)
    """

    def __init__(
        self, params: ParamsT, lr: float | Tensor = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0, momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False, *, foreach: bool | None = None, maximize: bool = False,
        capturable: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        options = checks.options(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay, maximize=maximize, foreach=foreach,
            capturable=capturable, differentiable=differentiable,
        )  # fmt: skip
        super().__init__(params, options)

    def scalars(self, group: Group) -> dict[str, float]:
        """The number of steps taken, and the product of the weights so far."""
        return {"step": 0.0, "mu_product": 1.0}

    def vectors(self, group: Group) -> dict[str, float]:
        """The two moments."""
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0}

    def numbers(self, group: Group, lr: float, t: float, scalars: State) -> Numbers:
        """What multiplies the gradient and the moment, and the correction of the second one."""
        beta1, beta2 = group["betas"]
        mu, ahead = (_weight(beta1, n * group["momentum_decay"]) for n in (t, t + 1))
        scalars["mu_product"] *= mu
        product = scalars["mu_product"].item(0)
        now, then = lr * (1 - mu) / (1 - product), lr * ahead / (1 - product * ahead)
        return now, then, 1 - beta2**t

    def rule(self, group: Group) -> Update:
        (beta1, beta2), eps = group["betas"], group["eps"]

        def update(x: Array, g: Array, state: State, now: float, then: float, correction: float) -> None:
            m, v = state["exp_avg"], state["exp_avg_sq"]
            m += (1 - beta1) * (g - m)
            v *= beta2
            v += (1 - beta2) * (g * g)
            x -= (now * g + then * m) / (np.sqrt(v / correction) + eps)

        return update


def _weight(beta1: float, power: float) -> float:
    return beta1 * (1 - 0.5 * math.pow(0.96, power))
