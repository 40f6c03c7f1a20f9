"""Adam, and AdamW, which is Adam with weight decay beside the gradient."""

from __future__ import annotations

from functools import lru_cache
from math import sqrt
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from .common import option_checks as checks
from .common.param_groups import Group, ParamsT
from .updates.elementwise import Counting, Numbers, Update
from .updates.flat_pack import Array, State


class Adam(Counting):
    """Adam: steps of a size that the recent gradients agree on.

        m = beta1 m + (1 - beta1) g
        v = beta2 v + (1 - beta2) g^2
        x = x - lr m/(1 - beta1^t) / (sqrt(v/(1 - beta2^t)) + eps)

    Kingma & Ba, "Adam: a method for stochastic optimization", 2015, Algorithm 1, computed in the
    order that its section 2 recommends: with ``c = sqrt(1 - beta2^t)``, the last line is
    ``x - lr c/(1 - beta1^t) m / (sqrt(v) + c eps)``. `amsgrad` takes the largest ``v`` so far in
    the root (Reddi, Kale & Kumar, "On the convergence of Adam and beyond", 2018, Algorithm 2).

    State: ``step``, ``exp_avg`` (m), ``exp_avg_sq`` (v), with `amsgrad` ``max_exp_avg_sq``.

    Raises ``ValueError`` for options out of range.

    >>> w = mt.tensor([1.0, -3.0], requires_grad=True)
    >>> optimizer = mt.optim.Adam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([ 0.9000, -2.9000], requires_grad=True)
    """

    def __init__(
        self, params: ParamsT, lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0, amsgrad: bool = False, *,
        foreach: bool | None = None, maximize: bool = False, capturable: bool = False,
        differentiable: bool = False, fused: bool | None = None, decoupled_weight_decay: bool = False,
    ) -> None:  # fmt: skip
        options = checks.options(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay,
            amsgrad=amsgrad, maximize=maximize, foreach=foreach, capturable=capturable,
            differentiable=differentiable, fused=fused, decoupled_weight_decay=decoupled_weight_decay,
        )  # fmt: skip
        checks.of_one_kind(betas)
        checks.no_tensors_in_foreach(foreach, **{"lr": lr, "betas[0]": betas[0], "betas[1]": betas[1]})
        options["betas"] = (float(betas[0]), float(betas[1]))
        super().__init__(params, options)

    def vectors(self, group: Group) -> dict[str, float]:
        """The two moments, and the largest second one if it is wanted."""
        return _MOMENTS_AND_MAX if group["amsgrad"] else _MOMENTS

    def numbers(self, group: Group, lr: float, t: float, scalars: State) -> Numbers:
        """The step size and epsilon, for moments that start from zero."""
        beta1, beta2 = group["betas"]
        c = sqrt(1 - beta2**t)
        return lr * c / (1 - beta1**t), c * group["eps"]

    def rule(self, group: Group) -> Update:
        return _adam_update(*group["betas"], group["amsgrad"])


@lru_cache(maxsize=32)
def _adam_update(beta1: float, beta2: float, amsgrad: bool) -> Update:
    """The update for these options, which keeps them as arrays: beside one a number takes twice as long."""
    constants = _Constants((1 - beta1, beta2, 1 - beta2))

    def update(x: Array, g: Array, state: State, size: float, eps: float) -> None:
        m, v = state["exp_avg"], state["exp_avg_sq"]
        new1, old2, new2 = constants[x.dtype]
        m += new1 * (g - m)
        v *= old2
        v += new2 * (g * g)
        if amsgrad:
            v = np.maximum(v, state["max_exp_avg_sq"], out=state["max_exp_avg_sq"])
        x -= size * m / (np.sqrt(v) + eps)

    return update


class _Constants(dict[Any, tuple[Any, ...]]):
    """Numbers as arrays without dimensions, for vectors of each dtype."""

    def __init__(self, numbers: tuple[float, ...]) -> None:
        self._numbers = numbers

    def __missing__(self, dtype: Any) -> tuple[Any, ...]:
        self[dtype] = found = tuple(np.array(n, dtype) for n in self._numbers)
        return found


_MOMENTS = {"exp_avg": 0.0, "exp_avg_sq": 0.0}
_MOMENTS_AND_MAX = {**_MOMENTS, "max_exp_avg_sq": 0.0}


class AdamW(Adam):
    """Adam whose weight decay does not pass through the moments.

    The parameter shrinks by ``1 - lr weight_decay`` before Adam's step: Loshchilov & Hutter,
    "Decoupled weight decay regularization", 2019, Algorithm 2. Everything else is `Adam`'s.

    >>> w = mt.ones(2, requires_grad=True)
    >>> optimizer = mt.optim.AdamW([w], lr=0.1, weight_decay=0.5)
    >>> w.sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8500, 0.8500], requires_grad=True)
    """

    def __init__(
        self, params: ParamsT, lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 1e-2, amsgrad: bool = False, *,
        maximize: bool = False, foreach: bool | None = None, capturable: bool = False,
        differentiable: bool = False, fused: bool | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize,
            capturable=capturable, differentiable=differentiable, fused=fused, decoupled_weight_decay=True,
        )  # fmt: skip
