"""Random tensors: seeds, generators, distributions, and states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt

DRAWS: dict[str, Callable[..., Any]] = {
    "rand": lambda **k: mt.rand(7, 5, **k),
    "randn": lambda **k: mt.randn(7, 5, **k),
    "randn, few": lambda **k: mt.randn(3, **k),
    "randint": lambda **k: mt.randint(0, 10, (20,), **k),
    "randperm": lambda **k: mt.randperm(20, **k),
    "normal": lambda **k: mt.normal(1.0, 2.0, (20,), **k),
    "bernoulli": lambda **k: mt.bernoulli(mt.full((20,), 0.5), **k),
    "multinomial": lambda **k: mt.multinomial(mt.ones(9), 5, **k),
    "uniform_": lambda **k: mt.empty(20).uniform_(-1, 1, **k),
    "normal_": lambda **k: mt.empty(20).normal_(0, 1, **k),
    "bernoulli_": lambda **k: mt.empty(20).bernoulli_(0.5, **k),
    "exponential_": lambda **k: mt.empty(20).exponential_(2.0, **k),
}
each = pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)


@each
def test_a_seed_repeats_and_the_stream_goes_on(draw: Callable[..., Any]) -> None:
    mt.manual_seed(5)
    first, second = draw().tolist(), draw().tolist()
    mt.manual_seed(5)
    assert draw().tolist() == first
    assert first != second


@each
def test_a_generator_has_a_stream_of_its_own(draw: Callable[..., Any]) -> None:
    mt.manual_seed(5)
    expected = draw().tolist()
    state = mt.get_rng_state().tolist()
    generator = mt.Generator().manual_seed(5)
    assert draw(generator=generator).tolist() == expected
    assert mt.get_rng_state().tolist() == state, "the default stream has not moved"


def test_states_can_be_kept_and_set() -> None:
    mt.rand(3)
    state = mt.get_rng_state()
    a = mt.randn(5).tolist()
    mt.set_rng_state(state)
    assert mt.randn(5).tolist() == a


def test_fork_leaves_the_stream_where_it_was() -> None:
    mt.manual_seed(1)
    with mt.random.fork_rng():
        mt.rand(10)
    a = mt.rand(3).tolist()
    mt.manual_seed(1)
    assert mt.rand(3).tolist() == a


def test_seeds_are_remembered() -> None:
    mt.manual_seed(42)
    assert mt.initial_seed() == 42
    assert mt.Generator().manual_seed(7).initial_seed() == 7
    assert isinstance(mt.Generator().seed(), int)


def test_distributions_have_their_moments() -> None:
    """Of 20,000 draws; the bounds are five standard errors."""
    mt.manual_seed(0)
    n = 20_000
    moments = {
        "rand": (mt.rand(n), 0.5, 1 / 12),
        "randn": (mt.randn(n), 0.0, 1.0),
        "normal": (mt.normal(2.0, 3.0, (n,)), 2.0, 9.0),
        "uniform": (mt.empty(n).uniform_(-2, 4), 1.0, 3.0),
        "bernoulli": (mt.empty(n).bernoulli_(0.3), 0.3, 0.21),
        "exponential": (mt.empty(n).exponential_(2.0), 0.5, 0.25),
        "randint": (mt.randint(0, 11, (n,)).float(), 5.0, 10.0),
    }
    for name, (x, mean, variance) in moments.items():
        values = x.numpy().astype(np.float64)
        assert abs(values.mean() - mean) < 5 * (variance / n) ** 0.5, name
        assert abs(values.var() - variance) < 0.1 * variance, name


def test_bounds() -> None:
    assert mt.rand(10_000).min().item() >= 0
    assert mt.rand(10_000).max().item() < 1
    x = mt.randint(-3, 4, (10_000,))
    assert (x.min().item(), x.max().item(), x.dtype) == (-3, 3, mt.int64)
    assert sorted(mt.randperm(50).tolist()) == list(range(50))


def test_dtypes_and_leaves() -> None:
    assert mt.rand(2, dtype=mt.float64, requires_grad=True).requires_grad
    assert mt.randint(5, (2,), dtype=mt.int32).dtype == mt.int32
    assert mt.randperm(3).dtype == mt.int64


def test_drawing_into_a_leaf_needs_no_grad() -> None:
    w = mt.zeros(20, requires_grad=True)
    with pytest.raises(RuntimeError, match="leaf"):
        w.normal_()
    with mt.no_grad():
        w.normal_()
    w.data.uniform_(1, 2)
    assert w.min().item() >= 1
    assert w.requires_grad


def test_drawing_in_place_is_a_write() -> None:
    x = mt.zeros(3)
    assert x.uniform_() is x
    assert x._version == 1


def test_multinomial_draws_without_replacement_and_by_weight() -> None:
    mt.manual_seed(0)
    drawn = mt.multinomial(mt.tensor([1.0, 2.0, 0.0, 3.0]), 3).tolist()
    assert sorted(drawn) == [0, 1, 3]
    counts = np.bincount(mt.multinomial(mt.tensor([1.0, 3.0]), 4000, replacement=True).tolist())
    assert abs(counts[1] / 4000 - 0.75) < 0.04


@pytest.mark.parametrize(
    "call",
    [
        lambda: mt.randint(5, 5, (2,)),
        lambda: mt.multinomial(mt.ones(2), 3),
        lambda: mt.bernoulli(mt.tensor([1.5])),
        lambda: mt.empty(2).uniform_(2, 1),
        lambda: mt.empty(2).normal_(0, -1),
        lambda: mt.multinomial(mt.tensor([-1.0, 2.0]), 1),
    ],
    ids=["randint", "multinomial, too many", "bernoulli", "uniform_", "normal_", "multinomial, negative"],
)
def test_what_cannot_be_drawn(call: Callable[[], Any]) -> None:
    with pytest.raises(RuntimeError):
        call()


def test_bfloat16_numbers_are_rounded_from_those_of_float32() -> None:
    pytest.importorskip("ml_dtypes")

    def drawn(function: Any, n: int, dtype: Any) -> Any:
        return function(n, dtype=dtype, generator=mt.Generator().manual_seed(0))

    for function, n in ((mt.rand, 40), (mt.randn, 3), (mt.randn, 32)):
        wide = drawn(function, n, mt.float32)
        assert drawn(function, n, mt.bfloat16).tolist() == wide.to(mt.bfloat16).tolist()
    # What does not fill blocks of 16 is drawn anew, 16 numbers at the end: PyTorch's numbers.
    last = drawn(mt.randn, 20, mt.bfloat16)[3:6].tolist()
    assert last == [-0.43359375, -1.3515625, -1.6953125]


def test_a_tensor_without_dimensions_is_a_number_beside_a_size() -> None:
    mt.manual_seed(0)
    expected = mt.normal(1.0, 2.0, (3,))
    mt.manual_seed(0)
    assert (mt.normal(mt.tensor(1.0), mt.tensor(2), (3,)) == expected).all()
    with pytest.raises(TypeError, match=r"'mean' must be float, not Tensor: .* torch.float32 \(1,\)"):
        mt.normal(mt.ones(1), 2.0, (2,))
    with pytest.raises(TypeError, match="which requires a gradient"):
        mt.normal(0.0, mt.tensor(1.0, requires_grad=True), (2,))
    mt.manual_seed(0)
    rates = mt.zeros(2).exponential_(2.0)
    mt.manual_seed(0)
    assert (mt.zeros(2).exponential_(mt.tensor(2.0)) == rates).all()
