"""Rprop: steps that follow the signs of the gradient, for full batches."""

from __future__ import annotations

import numpy as np

from ..engine.tensor import Tensor
from .common import option_checks as checks
from .common.param_groups import Group, ParamsT
from .updates.elementwise import Counting, Numbers, Update
from .updates.flat_pack import Array, State


class Rprop(Counting):
    """Resilient backpropagation: every element has a step size of its own.

    The size grows by ``etas[1]`` while the gradient keeps its sign, and shrinks by ``etas[0]``
    where the sign changed; there the element also rests for a step. Riedmiller & Braun, "A direct
    adaptive method for faster backpropagation learning: the RPROP algorithm", 1993, in the variant
    iRprop- of Igel & Hüsken, "Improving the Rprop learning algorithm", 2000, section 3.

    State: ``step``, ``prev`` (the gradient before, zero where the element rested), ``step_size``.

    Raises ``ValueError`` for options out of range.

    >>> w = mt.tensor([1.0, -3.0], requires_grad=True)
    >>> optimizer = mt.optim.Rprop([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([ 0.9000, -2.9000], requires_grad=True)
    """

    def __init__(
        self, params: ParamsT, lr: float | Tensor = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50), *, capturable: bool = False,
        foreach: bool | None = None, maximize: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        options = checks.options(
            lr=lr, etas=etas, step_sizes=step_sizes, foreach=foreach, maximize=maximize,
            differentiable=differentiable, capturable=capturable,
        )  # fmt: skip
        if not 0 < etas[0] < 1 < etas[1]:
            raise ValueError(
                f"Invalid eta values: {etas[0]}, {etas[1]}: the first must be between 0 and 1, "
                "the second above 1"
            )
        super().__init__(params, options)

    def vectors(self, group: Group) -> dict[str, float]:
        """The gradient before, and the step sizes."""
        return {"prev": 0.0, "step_size": float(group["lr"])}

    def numbers(self, group: Group, lr: float, t: float, scalars: State) -> Numbers:
        """None: a step depends on signs alone."""
        return ()

    def rule(self, group: Group) -> Update:
        (shrink, grow), (least, most) = group["etas"], group["step_sizes"]

        def update(x: Array, g: Array, state: State) -> None:
            size, agreement = state["step_size"], g * state["prev"]
            size[agreement > 0] *= grow
            size[agreement < 0] *= shrink
            np.clip(size, least, most, out=size)
            state["prev"][:] = np.where(agreement < 0, 0, g)
            x -= np.sign(state["prev"]) * size

        return update
