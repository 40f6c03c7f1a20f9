"""ASGD: stochastic gradient descent that also averages its path."""

from __future__ import annotations

from ..engine.tensor import Tensor
from .common import option_checks as checks
from .common.param_groups import Group, ParamsT
from .updates.elementwise import Elementwise, Numbers, Update
from .updates.flat_pack import Array, State


class ASGD(Elementwise):
    """Averaged stochastic gradient descent.

        x = (1 - lambd eta_t) x - eta_t g,       eta_t = lr / (1 + lambd lr t)^alpha
        a = a + mu_t (x - a),                    mu_t = 1 / max(1, t - t0)

    where ``t`` counts the steps before this one. Polyak & Juditsky, "Acceleration of stochastic
    approximation by averaging", 1992, with the decay of Xu, "Towards optimal one pass large scale
    learning with averaged stochastic gradient descent", 2011. The average is in
    ``state[p]["ax"]`` and is not copied into the parameter.

    State: ``step``, ``eta`` and ``mu`` (of the next step), ``ax`` (a).

    Raises ``ValueError`` for options out of range.

    >>> w = mt.tensor([1.0, -3.0], requires_grad=True)
    >>> optimizer = mt.optim.ASGD([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([ 0.8000, -2.4000], requires_grad=True)
    """

    def __init__(
        self, params: ParamsT, lr: float | Tensor = 1e-2, lambd: float = 1e-4, alpha: float = 0.75,
        t0: float = 1e6, weight_decay: float = 0, foreach: bool | None = None, maximize: bool = False,
        differentiable: bool = False, capturable: bool = False,
    ) -> None:  # fmt: skip
        options = checks.options(
            lr=lr, lambd=lambd, alpha=alpha, t0=t0, weight_decay=weight_decay, foreach=foreach,
            maximize=maximize, differentiable=differentiable, capturable=capturable,
        )  # fmt: skip
        super().__init__(params, options)

    def scalars(self, group: Group) -> dict[str, float]:
        """The number of steps taken, and the rates of the next one."""
        return {"step": 0.0, "eta": float(group["lr"]), "mu": 1.0}

    def vectors(self, group: Group) -> dict[str, float]:
        """The average of the path."""
        return {"ax": 0.0}

    def numbers(self, group: Group, lr: float, t: float, scalars: State) -> Numbers:
        """The rates of this step; those of the next one are put down."""
        eta, mu, lambd = scalars["eta"].item(0), scalars["mu"].item(0), group["lambd"]
        scalars["eta"][:] = lr / (1 + lambd * lr * t) ** group["alpha"]
        scalars["mu"][:] = 1 / max(1, t - group["t0"])
        return eta, mu

    def rule(self, group: Group) -> Update:
        lambd = group["lambd"]

        def update(x: Array, g: Array, state: State, eta: float, mu: float) -> None:
            a = state["ax"]
            x *= 1 - lambd * eta
            x -= eta * g
            a += mu * (x - a)

        return update
