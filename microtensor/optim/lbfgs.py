"""L-BFGS: Newton's direction from the last few gradients, for losses without noise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..creation.from_data import from_numpy
from ..engine.arrays.complex_numbers import pairs
from ..engine.grad_mode import enable_grad
from ..engine.tensor import Tensor
from ..engine.versions import wrote
from .common import option_checks as checks
from .common.param_groups import Group, ParamsT
from .optimizer import Optimizer
from .updates.strong_wolfe import Point, strong_wolfe

Array = np.ndarray[Any, Any]


class LBFGS(Optimizer):
    """L-BFGS, with a fixed step or with a line search.

    Nocedal & Wright, "Numerical optimization", 2nd edition, Algorithms 7.4 (the two-loop
    recursion) and 7.5. One call of `step` makes up to `max_iter` iterations and evaluates the
    closure up to `max_eval` times (default ``max_iter * 5 // 4``).

    Args:
        params: parameters, in one group only.
        lr: the length of a step, or the first one that the line search tries.
        tolerance_grad: stop when no element of the gradient is larger.
        tolerance_change: stop when the loss or all parameters change by less.
        history_size: how many differences of gradients to remember.
        line_search_fn: None, or ``"strong_wolfe"``.

    State, under the first parameter: ``func_evals``, ``n_iter``, ``d`` (direction), ``t`` (step
    length), ``old_dirs`` and ``old_stps`` (differences of gradients and of parameters), ``ro``
    (one over their products), ``H_diag`` (scale), ``prev_flat_grad``, ``prev_loss``.

    Raises ``ValueError`` for a negative `lr` or several groups, ``RuntimeError`` for another line
    search.

    >>> w = mt.tensor([3.0, -2.0], requires_grad=True)
    >>> optimizer = mt.optim.LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (1 - w[0]) ** 2 + 10 * (w[1] - w[0] ** 2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> for _ in range(3):
    ...     loss = optimizer.step(closure)
    >>> w
    tensor([1.0000, 1.0000], requires_grad=True)
    """

    def __init__(
        self, params: ParamsT, lr: float | Tensor = 1, max_iter: int = 20, max_eval: int | None = None,
        tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9, history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:  # fmt: skip
        if line_search_fn not in (None, "strong_wolfe"):
            raise RuntimeError(
                f"only 'strong_wolfe' is supported as a line search, or None, not {line_search_fn}"
            )
        max_eval = max_iter * 5 // 4 if max_eval is None else max_eval
        options = checks.options(
            lr=lr, max_iter=max_iter, max_eval=max_eval, tolerance_grad=tolerance_grad,
            tolerance_change=tolerance_change, history_size=history_size, line_search_fn=line_search_fn,
        )  # fmt: skip
        super().__init__(params, options)

    def add_param_group(self, param_group: Group) -> None:
        """Take the one group of parameters; a second one raises ``ValueError``."""
        if self.param_groups:
            raise ValueError(
                "LBFGS doesn't support per-parameter options (parameter groups): the direction is "
                "one for all parameters, so pass them in one list"
            )
        super().add_param_group(param_group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Iterate, and return the loss as the closure first computed it.

        Args:
            closure: clears the gradients, computes the loss and its gradients, returns the loss.
                It is called several times, with recording on. Without it, ``TypeError`` is raised.
        """
        if closure is None:
            raise TypeError(
                "LBFGS evaluates the loss several times a step: pass step() a closure that clears "
                "the gradients, computes the loss, calls backward() on it and returns it"
            )
        run = _Run(self.param_groups[0], self.state, closure)
        first = run.evaluate()
        if run.is_flat():
            return first
        while run.iterate():
            pass
        run.save()
        return first


class _Run:
    """One call of `LBFGS.step`: where it stands, and what the optimizer remembers."""

    def __init__(self, group: Group, states: Any, closure: Callable[[], Any]) -> None:
        self.group, self.params, self.closure = group, group["params"], closure
        self.state = state = states[self.params[0]]
        self.evaluations = self.iterations = 0
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        self.gradients = [_array(y) for y in state.get("old_dirs", [])]
        self.steps = [_array(s) for s in state.get("old_stps", [])]
        self.rho = [float(r) for r in state.get("ro", [])]
        self.scale = float(state.get("H_diag", 1))
        if state["n_iter"]:
            self.d, self.t = _array(state["d"]), float(state["t"])
            self.before = _array(state["prev_flat_grad"])

    # ----------------------------------------------------------------- the loss

    def evaluate(self) -> Any:
        """Evaluate the loss and its gradient where the parameters are."""
        with enable_grad():
            result = self.closure()
        self.evaluations += 1
        self.state["func_evals"] += 1
        self.loss = float(result)
        self.g = np.concatenate([_gradient(p) for p in self.params])
        return result

    def is_flat(self) -> bool:
        """Whether the gradient is as good as zero."""
        return bool(np.abs(self.g).max(initial=0) <= self.group["tolerance_grad"])

    def move(self, t: float) -> None:
        """Add `t` times the direction to the parameters."""
        start = 0
        for p in self.params:
            array = pairs(p.array)
            array += t * self.d[start : start + array.size].reshape(array.shape)
            wrote(p.array, "LBFGS.step")
            start += array.size

    # --------------------------------------------------------------- iterations

    def iterate(self) -> bool:
        """Go one step along a new direction; return whether to go on."""
        self.iterations += 1
        self.state["n_iter"] += 1
        first = self.state["n_iter"] == 1
        if not first:
            self._remember()
        self.d = self._direction()
        self.before, self.loss_before = self.g, self.loss
        self.t = float(self.group["lr"])
        if first:
            self.t *= min(1.0, 1.0 / float(np.abs(self.g).sum()))
        slope = float(self.g @ self.d)
        if slope > -self.group["tolerance_change"]:
            return False
        return self._search(slope) if self.group["line_search_fn"] else self._stride()

    def _stride(self) -> bool:
        """A step of the given length; the last one is not evaluated."""
        self.move(self.t)
        if self.iterations == self.group["max_iter"]:
            return False
        self.evaluate()
        return self._goes_on()

    def _search(self, slope: float) -> bool:
        """A step as long as the line search finds good."""
        start = [p.array.copy() for p in self.params]

        def at(t: float) -> Point:
            self.move(t)
            self.evaluate()
            self._restore(start)
            return Point(t, self.loss, self.g, float(self.g @ self.d))

        here = Point(0.0, self.loss, self.g, slope)
        limit = self.group["max_eval"] - self.evaluations
        smallest = 1e-9 / float(np.abs(self.d).max())
        point, _ = strong_wolfe(at, here, self.t, limit, smallest)
        self.t, self.loss, self.g = point.t, point.loss, point.gradient
        self.move(self.t)
        return self.iterations != self.group["max_iter"] and self._goes_on()

    def _restore(self, start: list[Array]) -> None:
        for p, values in zip(self.params, start, strict=True):
            p.array[...] = values
            wrote(p.array, "LBFGS.step")

    def _goes_on(self) -> bool:
        least = self.group["tolerance_change"]
        return (
            self.evaluations < self.group["max_eval"]
            and not self.is_flat()
            and bool(np.abs(self.t * self.d).max() > least)
            and not abs(self.loss - self.loss_before) < least
        )

    # ------------------------------------------------------------- the direction

    def _remember(self) -> None:
        """Keep the last change of the gradient, unless the curvature along it is not positive."""
        y, s = self.g - self.before, self.t * self.d
        product = float(y @ s)
        if product <= 1e-10:
            return
        if len(self.rho) == self.group["history_size"]:
            del self.gradients[0], self.steps[0], self.rho[0]
        self.gradients.append(y)
        self.steps.append(s)
        self.rho.append(1 / product)
        self.scale = product / float(y @ y)

    def _direction(self) -> Array:
        """Minus the inverse Hessian times the gradient: Algorithm 7.4."""
        q, alphas = -self.g, []
        history = list(zip(self.gradients, self.steps, self.rho, strict=True))
        for y, s, rho in reversed(history):
            alphas.append(rho * float(s @ q))
            q -= alphas[-1] * y
        q *= self.scale
        for (y, s, rho), alpha in zip(history, reversed(alphas), strict=True):
            q += (alpha - rho * float(y @ q)) * s
        return q

    def save(self) -> None:
        """Put into the optimizer's state what the next call needs."""
        self.state |= {
            "d": from_numpy(self.d), "t": self.t, "old_dirs": [from_numpy(y) for y in self.gradients],
            "old_stps": [from_numpy(s) for s in self.steps], "ro": self.rho, "H_diag": self.scale,
            "prev_flat_grad": from_numpy(self.before), "prev_loss": self.loss_before,
        }  # fmt: skip


def _array(tensor: Any) -> Array:
    return tensor.array  # type: ignore[no-any-return]


def _gradient(p: Any) -> Array:
    grad = np.zeros(p.shape, p.dtype) if p.grad is None else p.grad.to_dense().array
    return pairs(grad).reshape(-1)  # type: ignore[no-any-return]
