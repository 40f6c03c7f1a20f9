"""Adagrad: gradients divided by the root of the sum of their squares."""

from __future__ import annotations

import numpy as np

from ..engine.tensor import Tensor
from .common import option_checks as checks
from .common.param_groups import Group, ParamsT
from .updates.elementwise import Counting, Numbers, Update
from .updates.flat_pack import Array, Pack, State


class Adagrad(Counting):
    """Adagrad, for gradients of which some elements are rarely other than zero.

        s = s + g^2
        x = x - lr/(1 + (t - 1) lr_decay) g / (sqrt(s) + eps)

    Duchi, Hazan & Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", JMLR 12, 2011, section 1.1, with a diagonal matrix.

    State: ``step`` and ``sum`` (s), both there from the start.

    Raises ``ValueError`` for options out of range.

    >>> w = mt.tensor([1.0, -3.0], requires_grad=True)
    >>> optimizer = mt.optim.Adagrad([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([ 0.9000, -2.9000], requires_grad=True)
    """

    takes_sparse_gradients = True

    def __init__(
        self, params: ParamsT, lr: float | Tensor = 1e-2, lr_decay: float = 0, weight_decay: float = 0,
        initial_accumulator_value: float = 0, eps: float = 1e-10, foreach: bool | None = None, *,
        maximize: bool = False, differentiable: bool = False, fused: bool | None = None,
    ) -> None:  # fmt: skip
        options = checks.options(
            lr=lr, lr_decay=lr_decay, eps=eps, weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value, foreach=foreach, maximize=maximize,
            differentiable=differentiable, fused=fused,
        )  # fmt: skip
        super().__init__(params, options)

    def add_param_group(self, param_group: Group) -> None:
        """Add a group of parameters, and start their sums."""
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        for p in group["params"]:
            Pack([p], [self.state[p]], self.scalars(group), self.vectors(group))

    def vectors(self, group: Group) -> dict[str, float]:
        """The sum of squares."""
        return {"sum": float(group["initial_accumulator_value"])}

    def numbers(self, group: Group, lr: float, t: float, scalars: State) -> Numbers:
        """The step size, which decays."""
        return (lr / (1 + (t - 1) * group["lr_decay"]),)

    def rule(self, group: Group) -> Update:
        eps = group["eps"]

        def update(x: Array, g: Array, state: State, size: float) -> None:
            s = state["sum"]
            s += g * g
            x -= size * g / (np.sqrt(s) + eps)

        return update
