"""The optimizers that are a formula: from PyTorch's dictionaries to arithmetic on vectors.

An algorithm says which state it keeps, and gives the numbers of one step and a function that updates a
vector of values from a vector of gradients and those numbers. Everything else is here, once: weight
decay, `maximize`, parameters without a gradient, state that the user replaced, and the bookkeeping of
`Pack`, which decides what the vectors are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from ...creation.factories import full_like
from ...engine.grad_mode import enable_grad
from ...engine.tensor import Tensor
from ..common.param_groups import Group
from ..common.sparse_gradients import check_sparse
from ..optimizer import Optimizer
from .flat_pack import Array, Pack, State
from .pack_plan import Plan

Update = Callable[..., None]
"""``update(x, g, state, *numbers)`` writes new values into the vectors `x` and `state`, and only there."""

Numbers = tuple[float | None, ...]
"""The numbers of one step, computed in Python's doubles."""


class Elementwise(Optimizer):
    """The base of the optimizers that treat every element by itself.

    A subclass gives `numbers` and `rule`, and `vectors` and `scalars` if it remembers anything.
    """

    def __init__(self, params: Any, defaults: Group) -> None:
        self._label = f"{type(self).__name__}.step"
        super().__init__(params, defaults)

    def scalars(self, group: Group) -> dict[str, float]:
        """The state that is one number for each parameter, with the values that it starts from."""
        return {}

    def vectors(self, group: Group) -> dict[str, float]:
        """The state that has a parameter's shape, with the values that it starts from."""
        return {}

    def numbers(self, group: Group, lr: float, t: float, scalars: State) -> Numbers:
        """What step number `t` has in common for all elements; `scalars` holds one-number state.

        It may advance that state. None stands for a number that this step does not have.
        """
        raise NotImplementedError

    def rule(self, group: Group) -> Update:
        """The update; apart from its numbers it may depend on the group's options, and not on `lr`."""
        raise NotImplementedError

    @property
    def state(self) -> defaultdict[Any, Any]:
        """What is remembered of each parameter: ``optimizer.state[p]["momentum_buffer"]``.

        The tensors are live. To replace one, or a parameter's whole state, go through this
        property each time: reading it is what tells the optimizer to look again.
        """
        self._trusted = False
        return self._state

    @state.setter
    def state(self, value: defaultdict[Any, Any]) -> None:
        self._state = value
        self._plans: list[Plan | None] = []

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._label = f"{type(self).__name__}.step"

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; return what `closure` returned, if given.

        >>> w = mt.tensor([1.0, 2.0], requires_grad=True)
        >>> optimizer = mt.optim.SGD([w], lr=0.5)
        >>> def closure():
        ...     optimizer.zero_grad()
        ...     loss = (w * w).sum()
        ...     loss.backward()
        ...     return loss
        >>> optimizer.step(closure)
        tensor(5., grad_fn=<SumBackward0>)
        >>> w
        tensor([0., 0.], requires_grad=True)
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        check_sparse(self)
        for index, group in enumerate(self.param_groups):
            lr = float(group["lr"])
            if group.get("differentiable"):
                self._recorded(group, lr)
                continue
            for pack, grads in self._ready(index, group):
                self._advance(pack, grads, group, lr)
        self._trusted = True
        return loss

    @enable_grad()
    def _recorded(self, group: Group, lr: float) -> None:
        """A step that is recorded: the same update of tensors, which may be differentiated through."""
        update, vectors = self.rule(group), self.vectors(group)
        for p in [p for p in group["params"] if p.grad is not None]:
            state = self._state[p]
            fresh = not state
            for name, value in vectors.items():
                state.setdefault(name, full_like(p.detach(), value))
            numbers = self._counted(group, lr, state, fresh)
            g = -p.grad if group["maximize"] else p.grad
            if group.get("weight_decay"):
                g = _decayed(p, g, group, lr)
            update(p, g, state, *numbers)

    def _counted(self, group: Group, lr: float, state: State, fresh: bool) -> Numbers:
        """The numbers of the next step of one parameter; its one-number state goes on."""
        scalars = {
            name: np.array([state.get(name, value)], "f8") for name, value in self.scalars(group).items()
        }
        if "step" in scalars:
            scalars["step"] += 1
        t = scalars["step"].item(0) if "step" in scalars else 1.0 if fresh else 2.0
        numbers = self.numbers(group, lr, t, scalars)
        state.update({name: Tensor._of(np.array(value.item(0), "f4")) for name, value in scalars.items()})
        return numbers

    def _ready(self, index: int, group: Group) -> list[tuple[Pack, list[Array]]]:
        plan = self._plans[index] if index < len(self._plans) else None
        vectors = self.vectors(group)
        if plan is not None and self._trusted and plan.suits(group["params"], vectors):
            ready = plan.ready()
            if ready is not None:
                return ready
        return self._replan(index, group, vectors, plan)

    def _replan(
        self, index: int, group: Group, vectors: dict[str, float], before: Plan | None
    ) -> list[tuple[Pack, list[Array]]]:
        scalars = self.scalars(group)
        find = self._state.__getitem__ if scalars or vectors else _no_state
        plan = Plan(group["params"], find, scalars, vectors, before)
        self._plans[index:] = [plan, *self._plans[index + 1 :]]
        return plan.ready() or []

    def _advance(self, pack: Pack, grads: list[Array], group: Group, lr: float) -> None:
        update, numbers = self.rule(group), self.numbers(group, lr, pack.tick(), pack.scalars)
        for x, g, state in pack.parts(grads):
            if group["maximize"]:
                g = -g
            if group.get("weight_decay"):
                g = _decayed(x, g, group, lr)
            update(x, g, state, *numbers)
        pack.store(self._label)


class Counting(Elementwise):
    """The base of those whose one number a parameter is how many steps it has taken."""

    def scalars(self, group: Group) -> dict[str, float]:
        """The number of steps taken."""
        return {"step": 0.0}


def _decayed(x: Array, g: Array, group: Group, lr: float) -> Array:
    """The gradient with weight decay in it, or decay beside it (Loshchilov & Hutter 2019)."""
    rate = float(group["weight_decay"])
    if group.get("decoupled_weight_decay"):
        x *= 1 - lr * rate
        return g
    return g + rate * x


def _no_state(p: Tensor) -> dict[str, Any]:
    return {}
