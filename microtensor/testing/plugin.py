"""A pytest plugin: the gradient of your own function, tested in three lines.

    pytest_plugins = ["microtensor.testing.plugin"]

    def test_my_loss(assert_gradients):
        assert_gradients(my_loss, (4, 3), [0.5, 2.0])

Installing microtensor does not load it: a test module or a ``conftest.py`` asks for it by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from ..autograd.checking.jacobians import GradcheckError
from ..autograd.gradcheck import gradcheck, gradgradcheck
from ..engine.op_definition import registry
from ..engine.tensor import Tensor
from .laws import check_op

__all__ = ["assert_gradients", "gradcheck_op"]


@pytest.fixture(name="assert_gradients")
def _assert_gradients() -> Callable[..., None]:
    """Fixture: the function `assert_gradients` of this module."""
    return assert_gradients


@pytest.fixture(name="gradcheck_op")
def _gradcheck_op() -> Iterator[Callable[..., None]]:
    """Fixture: the function `gradcheck_op`; ops that the test defines are forgotten after it."""
    before = dict(registry)
    yield gradcheck_op
    for name in set(registry) - set(before):
        del registry[name]
    registry.update(before)


def assert_gradients(
    func: Callable[..., Any], *inputs: Any, second: bool = True, forward: bool = False,
    domain: tuple[float, float] = (-2.0, 2.0), **tolerances: Any,
) -> None:  # fmt: skip
    """Fail the test unless the derivatives of ``func(*inputs)`` agree with differences of its values.

    Each input is checked in float64, and is a tensor, an array, a number or a list of numbers; or a
    tuple, which is a shape: then different values inside `domain` are drawn, the same at every run.
    Integers and bools are passed on as they are.  `second` checks the second derivatives too, and
    `forward` the forward mode.  `tolerances` (eps, atol, rtol, nondet_tol) are those of `gradcheck`.

    Raises ``AssertionError`` with the sentence of `gradcheck`, and warns of kinks as it does.

    >>> from microtensor.testing.plugin import assert_gradients
    >>> assert_gradients(lambda x, w: (x @ w).tanh(), (2, 3), (3,))
    """
    rng = np.random.default_rng(0)
    leaves = tuple(_leaf(x, rng, domain) for x in inputs)
    _hold("gradient", gradcheck, func, leaves, check_forward_ad=forward, **tolerances)
    if second:
        _hold(
            "second derivative",
            gradgradcheck,
            func,
            leaves,
            check_fwd_over_rev=forward,
            **tolerances,
        )


def gradcheck_op(op: Any, **options: Any) -> None:
    """Fail the test unless an op obeys every law that the ops of this package obey.

    `op` is what ``@op`` returned, or its name.  Its derivatives of first and second order, in reverse
    and in forward mode, are among the laws: see `testing.laws`.  `options` are those of `check_op`.

    >>> from microtensor.testing.plugin import gradcheck_op
    >>> gradcheck_op("tanh")
    """
    check_op(registry[op] if isinstance(op, str) else op, **options)


def _hold(
    what: str, check: Callable[..., bool], func: Callable[..., Any], leaves: Any, **options: Any
) -> None:
    __tracebackhide__ = True
    try:
        check(func, leaves, **options)
    except GradcheckError as error:
        raise AssertionError(f"wrong {what}: {error}") from None


def _leaf(value: Any, rng: Any, domain: tuple[float, float]) -> Any:
    """One input of the function: float64 (or complex128) values that require a gradient."""
    if isinstance(value, tuple):
        value = _spread(value, rng, *domain)
    array = np.array(value.detach().array if isinstance(value, Tensor) else value)
    if array.dtype.kind not in "fc":
        return value
    return Tensor._of(array.astype(np.result_type(array, np.float64))).requires_grad_()


def _spread(shape: tuple[int, ...], rng: Any, low: float, high: float) -> Any:
    """Different values inside the domain, in random order."""
    size = int(np.prod(shape))
    spaced = (np.arange(size) + rng.uniform(0.3, 0.7, size)) / max(size, 1)
    return (low + (high - low) * rng.permutation(spaced)).reshape(shape)
