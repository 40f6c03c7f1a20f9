"""Schedules that are a function of the user's: of the epoch, to a factor."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from ..optimizer import Optimizer
from .base import LRScheduler, require_optimizer, values_of

Factor = Callable[[int], float]


class _Functional(LRScheduler):
    """One function for each group.

    A function cannot be saved, and is None in the state dictionary; of any other callable object
    the attributes are saved.
    """

    def __init__(self, optimizer: Optimizer, lr_lambda: Factor | list[Factor], last_epoch: int = -1) -> None:
        self.optimizer = require_optimizer(optimizer)
        self.lr_lambdas = _each(lr_lambda, len(optimizer.param_groups))
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and functions; attributes of callable objects."""
        saved = super().state_dict()
        saved["lr_lambdas"] = [
            None if isinstance(f, types.FunctionType) else f.__dict__.copy() for f in self.lr_lambdas
        ]
        return saved

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned; functions stay what they are."""
        rest = {key: value for key, value in state_dict.items() if key != "lr_lambdas"}
        super().load_state_dict(rest)
        for function, attributes in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if attributes is not None:
                function.__dict__.update(attributes)


class LambdaLR(_Functional):
    """The first rate times ``lr_lambda(epoch)``.

    Args:
        lr_lambda: a function, or a list of one for each group; ``ValueError`` for another number.

    >>> optimizer = mt.optim.SGD([mt.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler = mt.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
    >>> optimizer.step()
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def get_lr(self) -> list[Any]:
        self._warn_outside_step()
        pairs = zip(self.base_lrs, self.lr_lambdas, strict=True)
        return [base * function(self.last_epoch) for base, function in pairs]


class MultiplicativeLR(_Functional):
    """The last rate times ``lr_lambda(epoch)``.

    Args:
        lr_lambda: a function, or a list of one for each group; ``ValueError`` for another number.

    >>> optimizer = mt.optim.SGD([mt.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler = mt.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda epoch: 0.5)
    >>> for _ in range(2):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    def get_lr(self) -> list[Any]:
        self._warn_outside_step()
        rates = values_of(self.optimizer, "lr")
        if self._is_initial:
            return rates
        pairs = zip(rates, self.lr_lambdas, strict=True)
        return [lr * function(self.last_epoch) for lr, function in pairs]


def _each(functions: Factor | list[Factor], count: int) -> list[Factor]:
    if not isinstance(functions, list | tuple):
        functions = [functions] * count
    if len(functions) != count:
        raise ValueError(
            f"Expected {count} lr_lambdas, one for each parameter group, but got {len(functions)}"
        )
    for function in functions:
        if not callable(function):
            raise TypeError(f"lr_lambda should be a function, but got {type(function).__name__}")
    return list(functions)
