"""Adadelta: steps in the parameter's own unit, with no learning rate to choose."""

from __future__ import annotations

import numpy as np

from ..engine.tensor import Tensor
from .common import option_checks as checks
from .common.param_groups import Group, ParamsT
from .updates.elementwise import Counting, Numbers, Update
from .updates.flat_pack import Array, State


class Adadelta(Counting):
    """Adadelta.

        v = rho v + (1 - rho) g^2
        d = sqrt(a + eps) / sqrt(v + eps) g
        a = rho a + (1 - rho) d^2
        x = x - lr d

    Zeiler, "ADADELTA: an adaptive learning rate method", 2012, Algorithm 1; `lr` is PyTorch's
    addition, and 1 is the paper's algorithm.

    State: ``step``, ``square_avg`` (v), ``acc_delta`` (a).

    Raises ``ValueError`` for options out of range.

    >>> w = mt.tensor([1.0, -3.0], requires_grad=True)
    >>> optimizer = mt.optim.Adadelta([w], eps=1e-3)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([ 0.9001, -2.9000], requires_grad=True)
    """

    def __init__(
        self, params: ParamsT, lr: float | Tensor = 1.0, rho: float = 0.9, eps: float = 1e-6,
        weight_decay: float = 0, foreach: bool | None = None, *, capturable: bool = False,
        maximize: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        options = checks.options(
            lr=lr, rho=rho, eps=eps, weight_decay=weight_decay, maximize=maximize, capturable=capturable,
            foreach=foreach, differentiable=differentiable,
        )  # fmt: skip
        if not 0 <= rho <= 1:
            raise ValueError(f"Invalid rho value: {rho}: it must be between 0 and 1")
        super().__init__(params, options)

    def vectors(self, group: Group) -> dict[str, float]:
        """The mean squares of gradients and of steps."""
        return {"square_avg": 0.0, "acc_delta": 0.0}

    def numbers(self, group: Group, lr: float, t: float, scalars: State) -> Numbers:
        """The step size."""
        return (lr,)

    def rule(self, group: Group) -> Update:
        rho, eps = group["rho"], group["eps"]

        def update(x: Array, g: Array, state: State, lr: float) -> None:
            v, a = state["square_avg"], state["acc_delta"]
            v *= rho
            v += (1 - rho) * (g * g)
            d = np.sqrt(a + eps) / np.sqrt(v + eps) * g
            a *= rho
            a += (1 - rho) * (d * d)
            x -= lr * d

        return update
