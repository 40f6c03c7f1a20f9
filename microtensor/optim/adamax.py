"""Adamax: Adam with the largest recent gradient in place of the root of a mean square."""

from __future__ import annotations

import numpy as np

from ..engine.tensor import Tensor
from .common import option_checks as checks
from .common.param_groups import Group, ParamsT
from .updates.elementwise import Counting, Numbers, Update
from .updates.flat_pack import Array, State


class Adamax(Counting):
    """Adam in the infinity norm.

        m = beta1 m + (1 - beta1) g
        u = max(beta2 u, |g| + eps)
        x = x - lr/(1 - beta1^t) m / u

    Kingma & Ba, "Adam: a method for stochastic optimization", 2015, section 7.1, Algorithm 2. The
    paper has no `eps`; here as in PyTorch it keeps ``u`` from being zero.

    State: ``step``, ``exp_avg`` (m), ``exp_inf`` (u).

    Raises ``ValueError`` for options out of range.

    >>> w = mt.tensor([1.0, -3.0], requires_grad=True)
    >>> optimizer = mt.optim.Adamax([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([ 0.9000, -2.9000], requires_grad=True)
    """

    def __init__(
        self, params: ParamsT, lr: float | Tensor = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0, foreach: bool | None = None, *, maximize: bool = False,
        differentiable: bool = False, capturable: bool = False,
    ) -> None:  # fmt: skip
        options = checks.options(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, foreach=foreach, maximize=maximize,
            differentiable=differentiable, capturable=capturable,
        )  # fmt: skip
        super().__init__(params, options)

    def vectors(self, group: Group) -> dict[str, float]:
        """The first moment and the norm."""
        return {"exp_avg": 0.0, "exp_inf": 0.0}

    def numbers(self, group: Group, lr: float, t: float, scalars: State) -> Numbers:
        """The step size, for a moment that starts from zero."""
        return (lr / (1 - group["betas"][0] ** t),)

    def rule(self, group: Group) -> Update:
        (beta1, beta2), eps = group["betas"], group["eps"]

        def update(x: Array, g: Array, state: State, size: float) -> None:
            m, u = state["exp_avg"], state["exp_inf"]
            m += (1 - beta1) * (g - m)
            u *= beta2
            np.maximum(u, np.abs(g) + eps, out=u)
            x -= size * m / u

        return update
