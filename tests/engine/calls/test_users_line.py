"""A warning shows the user's line, also where calls pass through the question who overrides them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

import microtensor as mt
from microtensor.nn import functional as F

WARNING: dict[str, Callable[[], Any]] = {
    "T of three dimensions": lambda: mt.ones(2, 3, 4).T,
    "a list of lists": lambda: mt.ones(2, 2)[[[0, 1], [1, 0]]],
    "upsample": lambda: F.upsample(mt.ones(1, 1, 2, 2), 4),
    "a softmax without dim": lambda: F.softmax(mt.ones(2)),
    "a variance of one number": lambda: mt.var(mt.ones(1)),
    "grid_sample": lambda: F.grid_sample(mt.ones(1, 1, 2, 2), mt.zeros(1, 1, 1, 2)),
    "a loss that broadcasts": lambda: F.mse_loss(mt.ones(2), mt.ones(1)),
    "an old reduction": lambda: F.mse_loss(mt.ones(2), mt.ones(2), size_average=True),
    "a layer's loss": lambda: mt.nn.MSELoss()(mt.ones(2), mt.ones(1)),
    "the gradient of what is no leaf": lambda: (mt.ones(1, requires_grad=True) * 2).grad,
    "an old storage": lambda: mt.ones(1).storage(),
    "a number before a tensor": lambda: mt.add(mt.ones(1), 2, mt.ones(1)),
}


class CallsOn(mt.overrides.TorchFunctionMode):
    """A mode that leaves everything as it is: with the first one, methods and properties ask as well."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("what", WARNING)
def test_the_line_is_the_users(what: str) -> None:
    with CallsOn():
        mt.ones(1) + 1
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        WARNING[what]()
    assert [warning.filename for warning in found] == [__file__]
