"""Random numbers in the order of the memory they are written to, in place and by ``out=``."""

from __future__ import annotations

import pytest

import microtensor as mt


@pytest.mark.parametrize("method", ["normal_", "uniform_", "exponential_", "random_"])
def test_a_transposed_target_is_filled_as_its_memory_lies(method: str) -> None:
    x = mt.empty(3, 2)
    mt.manual_seed(0)
    getattr(x, method)()
    mt.manual_seed(0)
    assert mt.equal(getattr(mt.empty(3, 2).t(), method)(), x.t())


def test_probabilities_go_with_their_elements() -> None:
    p = mt.tensor([[0.0, 1.0, 0.0], [1.0, 1.0, 0.0]])
    assert mt.equal(mt.empty(3, 2).t().bernoulli_(p), p)


def test_numbers_are_drawn_in_the_dtype_of_the_target() -> None:
    mt.manual_seed(0)
    wide = mt.randn(4, dtype=mt.float64)
    mt.manual_seed(0)
    assert mt.equal(mt.randn(4, out=mt.empty(0, dtype=mt.float64)), wide)
    assert mt.rand(2, out=mt.empty(2), requires_grad=True).requires_grad


def test_normal_numbers_into_a_target() -> None:
    mean = mt.arange(3.0)
    assert mt.equal(mt.normal(mean, mt.zeros(3), out=mt.empty(0)), mean)
    assert mt.equal(mt.normal(mean, 0.0, out=mt.empty(2, 3)), mean.expand(2, 3))
    assert mt.equal(mt.normal(2.0, 0.0, (2,), out=mt.empty(2)), mt.tensor([2.0, 2.0]))
    with pytest.raises(RuntimeError, match="don't support automatic differentiation"):
        mt.normal(mean.requires_grad_(), 0.0, out=mt.empty(3))
