"""RMSprop: gradients divided by the root of their recent mean square."""

from __future__ import annotations

import numpy as np

from ..engine.tensor import Tensor
from .common import option_checks as checks
from .common.param_groups import Group, ParamsT
from .updates.elementwise import Counting, Numbers, Update
from .updates.flat_pack import Array, State


class RMSprop(Counting):
    """RMSprop, optionally centered, optionally with momentum.

        v = alpha v + (1 - alpha) g^2
        b = momentum b + g / (sqrt(v) + eps)
        x = x - lr b

    Tieleman & Hinton, "Neural networks for machine learning", lecture 6.5, 2012. `centered` takes
    ``v - m^2`` in the root, with ``m`` the mean of the gradients under the same decay: Graves,
    "Generating sequences with recurrent neural networks", 2013, section 4.2, equations 38 to 41.
    `eps` is outside of the root, as in PyTorch; TensorFlow has it inside.

    State: ``step``, ``square_avg`` (v), with momentum ``momentum_buffer`` (b), if centered
    ``grad_avg`` (m).

    Raises ``ValueError`` for options out of range.

    >>> w = mt.tensor([1.0, -3.0], requires_grad=True)
    >>> optimizer = mt.optim.RMSprop([w], lr=0.01)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([ 0.9000, -2.9000], requires_grad=True)
    """

    def __init__(
        self, params: ParamsT, lr: float | Tensor = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
        weight_decay: float = 0, momentum: float = 0, centered: bool = False, capturable: bool = False,
        foreach: bool | None = None, maximize: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        options = checks.options(
            lr=lr, momentum=momentum, alpha=alpha, eps=eps, centered=centered, weight_decay=weight_decay,
            capturable=capturable, foreach=foreach, maximize=maximize, differentiable=differentiable,
        )  # fmt: skip
        checks.at_least_zero(alpha=alpha)
        super().__init__(params, options)

    def vectors(self, group: Group) -> dict[str, float]:
        """The mean square, and what momentum and centering need."""
        names = ["square_avg"]
        names += ["momentum_buffer"] * (group["momentum"] > 0) + ["grad_avg"] * group["centered"]
        return dict.fromkeys(names, 0.0)

    def numbers(self, group: Group, lr: float, t: float, scalars: State) -> Numbers:
        """The step size."""
        return (lr,)

    def rule(self, group: Group) -> Update:
        alpha, eps, momentum = group["alpha"], group["eps"], group["momentum"]
        centered = group["centered"]

        def update(x: Array, g: Array, state: State, lr: float) -> None:
            v = state["square_avg"]
            v *= alpha
            v += (1 - alpha) * (g * g)
            if centered:
                m = state["grad_avg"]
                m += (1 - alpha) * (g - m)
                v = v - m * m
            b = g / (np.sqrt(v) + eps)
            if momentum > 0:
                b = np.add(momentum * state["momentum_buffer"], b, out=state["momentum_buffer"])
            x -= lr * b

        return update
