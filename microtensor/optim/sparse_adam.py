"""SparseAdam: Adam for gradients of rows, of which a step touches only those that were used."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine.grad_mode import enable_grad, no_grad
from ..engine.tensor import Tensor
from ..engine.writes import count_write
from ..sparse.tensor import SparseTensor, coalesced
from .common import option_checks as checks
from .common.param_groups import Group, ParamsT
from .optimizer import Optimizer


class SparseAdam(Optimizer):
    """Adam whose averages move only in the rows that have a gradient.

        m = m + (1 - beta1) (g - m),  v = v + (1 - beta2) (g^2 - v)      in these rows
        x = x - lr sqrt(1 - beta2^t) / (1 - beta1^t)  m / (sqrt(v) + eps)

    Kingma & Ba, "Adam: a method for stochastic optimization", 2015; t counts steps, not the uses of a row.

    State: ``step``, ``exp_avg`` (m) and ``exp_avg_sq`` (v).

    Raises ``ValueError`` for options out of range and complex parameters, and in `step` ``RuntimeError`` for
    a dense gradient.

    >>> table = mt.nn.Embedding(3, 1, sparse=True)
    >>> before = table.weight.detach().clone()
    >>> optimizer = mt.optim.SparseAdam(table.parameters(), lr=0.1)
    >>> table(mt.tensor([1])).sum().backward()
    >>> optimizer.step()
    >>> (table.weight.detach() - before).flatten().round(decimals=4)
    tensor([ 0.0000, -0.1000,  0.0000])
    """

    def __init__(
        self, params: ParamsT, lr: float | Tensor = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, maximize: bool = False,
    ) -> None:  # fmt: skip
        checks.one_element(lr)
        checks.at_least_zero(lr=lr, eps=eps)
        checks.below_one(betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        groups = [group["params"] for group in self.param_groups]
        found = [[i, j] for i, group in enumerate(groups) for j, p in enumerate(group) if p.is_complex()]
        if found:
            raise ValueError(
                f"Complex params at indices {found}: SparseAdam does not support complex parameters"
            )

    @no_grad()
    def step(self, closure: Any = None) -> Any:
        """Change the rows that have a gradient; return what `closure` returned, if given."""
        loss = None if closure is None else _recorded(closure)
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._update(p, group)
        return loss

    def _update(self, p: Tensor, group: Group) -> None:
        grad = p.grad
        if not isinstance(grad, SparseTensor):
            raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
        state = self.state[p]
        if not state:
            zeros = [Tensor._of(np.zeros_like(p.array)) for _ in "mv"]
            state.update(step=0, exp_avg=zeros[0], exp_avg_sq=zeros[1])
        state["step"] += 1
        part = coalesced(grad)._data
        rows = tuple(part.indices)
        g = -part.values if group["maximize"] else part.values
        p.array[rows] -= self._change(state, rows, g, group)
        count_write(p, "SparseAdam.step")

    def _change(self, state: Any, rows: Any, g: Any, group: Group) -> Any:
        """What is taken from these rows."""
        (beta1, beta2), t = group["betas"], state["step"]
        m, v = state["exp_avg"].array, state["exp_avg_sq"].array
        m[rows] += (g - m[rows]) * g.dtype.type(1 - beta1)
        v[rows] += (g * g - v[rows]) * g.dtype.type(1 - beta2)
        size = float(group["lr"]) * math.sqrt(1 - beta2**t) / (1 - beta1**t)
        return (size * m[rows] / (np.sqrt(v[rows]) + group["eps"])).astype(g.dtype)


def _recorded(closure: Any) -> Any:
    with enable_grad():
        return closure()


__all__ = ["SparseAdam"]
