"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from ..engine.tensor import Tensor
from .common import option_checks as checks
from .common.param_groups import Group, ParamsT
from .updates.elementwise import Elementwise, Numbers, Update
from .updates.flat_pack import Array, State


class SGD(Elementwise):
    """Stochastic gradient descent, optionally with momentum or Nesterov's momentum.

    With momentum ``mu`` and dampening ``tau`` a step is

        b = mu b + (1 - tau) g        (b = g on the first step)
        x = x - lr b                  (Nesterov: x - lr (g + mu b))

    as in Sutskever, Martens, Dahl & Hinton, "On the importance of initialization and momentum in
    deep learning", 2013, section 2, except that `lr` multiplies the velocity and not the gradient:
    after a change of `lr` the whole velocity counts by the new one, which is PyTorch's choice.

    State: ``momentum_buffer``, if `momentum` is not 0.

    Raises ``ValueError`` for options out of range, and for `nesterov` with dampening or without
    momentum.

    >>> w = mt.tensor([1.0, -1.0], requires_grad=True)
    >>> optimizer = mt.optim.SGD([w], lr=0.1, momentum=0.9)
    >>> for _ in range(2):
    ...     optimizer.zero_grad()
    ...     (w * w).sum().backward()
    ...     optimizer.step()
    >>> w
    tensor([ 0.4600, -0.4600], requires_grad=True)
    """

    takes_sparse_gradients = True

    def __init__(
        self, params: ParamsT, lr: float | Tensor = 1e-3, momentum: float = 0, dampening: float = 0,
        weight_decay: float | Tensor = 0, nesterov: bool = False, *, maximize: bool = False,
        foreach: bool | None = None, differentiable: bool = False, fused: bool | None = None,
    ) -> None:  # fmt: skip
        options = checks.options(
            lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov,
            maximize=maximize, foreach=foreach, differentiable=differentiable, fused=fused,
        )  # fmt: skip
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError(
                "Nesterov momentum requires a momentum and zero dampening: "
                f"got momentum={momentum}, dampening={dampening}"
            )
        super().__init__(params, options)

    def vectors(self, group: Group) -> dict[str, float]:
        """The velocity, if there is momentum."""
        return {"momentum_buffer": 0.0} if group["momentum"] else {}

    def numbers(self, group: Group, lr: float, t: float, scalars: State) -> Numbers:
        """The step size; what stays of the velocity, and what multiplies the gradient (None for 1)."""
        if t > 1:
            return lr, group["momentum"], 1 - group["dampening"] if group["dampening"] else None
        return lr, 0.0, None

    def rule(self, group: Group) -> Update:
        if not group["momentum"]:
            return _descend
        return _nesterov(group["momentum"]) if group["nesterov"] else _roll


def _descend(x: Array, g: Array, state: State, lr: float, *momentum: float | None) -> None:
    x -= lr * g


def _roll(x: Array, g: Array, state: State, lr: float, keep: float, gain: float | None) -> None:
    b = state["momentum_buffer"]
    b *= keep
    b += g if gain is None else gain * g
    x -= lr * b


def _nesterov(mu: float) -> Update:
    def update(x: Array, g: Array, state: State, lr: float, keep: float, gain: None) -> None:
        b = state["momentum_buffer"]
        b *= keep
        b += g
        x -= lr * (g + mu * b)

    return update
