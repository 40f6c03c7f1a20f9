"""The stream by itself: pinned draws, replay, the waiting normal, and its arithmetic.

The pinned numbers are those of torch 2.13.0 from ``torch.manual_seed(0)``; ``tests/parity`` draws
them anew wherever torch is installed.
"""

from __future__ import annotations

import copy
import math
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from microtensor.random import box_muller as _box_muller
from microtensor.random import fused_multiply_add as _fused
from microtensor.random import shuffles as _stream
from microtensor.random.stream import Stream

PINNED = {
    "uniform": (lambda s: s.uniform(3), [0.4962565899, 0.7682217956, 0.0884774327]),
    "uniform float64": (lambda s: s.uniform(2, np.float64), [0.9700530018, 0.7078198644]),
    "uniform in a range": (
        lambda s: s.uniform(3, np.float32, -0.3, 0.7),
        [0.196256578, 0.4682217836, -0.2115225792],
    ),
    "three normals": (lambda s: s.normal(3), [1.540996075, -0.2934288979, -2.178789377]),
    "the last of twenty normals": (
        lambda s: s.normal(20)[[0, 15, 19]],
        [-1.125839829, -0.8436767459, 0.05373690277],
    ),
    "integers": (lambda s: s.integers(5, 0, 10), [4, 9, 3, 0, 3]),
    "integers of a wide range": (lambda s: s.integers(2, 0, 2**28), [130329135, 136432832]),
    "full range": (lambda s: s.full_range(1), [900450186894289455]),
    "permutation": (lambda s: s.permutation(8), [4, 0, 7, 3, 2, 5, 1, 6]),
    "bernoulli": (
        lambda s: s.bernoulli(8, 0.5),
        [False, False, True, False, False, False, True, True],
    ),
    "exponential": (lambda s: s.exponential(2), [3.508326292, 1.230384707]),
    "geometric": (lambda s: s.geometric(4, 0.1), [1, 4, 8, 1]),
    "cauchy": (lambda s: s.cauchy(2), [10.59772968, 0.7647672892]),
    "log normal": (lambda s: s.log_normal(2), [59.26341629, 1.511559963]),
}


@pytest.mark.parametrize("name", PINNED)
def test_pinned(name: str) -> None:
    draw, want = PINNED[name]
    np.testing.assert_allclose(draw(Stream(0)), want, rtol=1e-9)


def test_a_state_replays_everything_after_it() -> None:
    stream = Stream(7)
    stream.normal(5)
    state = stream.get_state()
    first = [stream.normal(3), stream.uniform(700), stream.normal(20), stream.permutation(9)]
    other = Stream(1)
    other.set_state(pickle.loads(pickle.dumps(state)))
    second = [other.normal(3), other.uniform(700), other.normal(20), other.permutation(9)]
    assert all(map(np.array_equal, first, second))
    assert other.get_state() == stream.get_state()
    assert other.initial_seed() == 7


@pytest.mark.parametrize("drawn", [0, 1, 623, 624, 625, 1248])
def test_a_state_replays_from_every_position(drawn: int) -> None:
    stream, other = Stream(7), Stream(8)
    stream.uniform(drawn)
    other.set_state(stream.get_state())
    assert np.array_equal(stream.uniform(1000), other.uniform(1000))


def test_a_copy_goes_its_own_way() -> None:
    stream = Stream(7)
    stream.normal(1)
    twin = copy.deepcopy(stream)
    assert np.array_equal(stream.normal(4), twin.normal(4))
    stream.uniform(1)
    assert stream.get_state() != twin.get_state()


@pytest.mark.parametrize("state", [b"", b"\0" * 5056, Stream(0).get_state()[:-1]])
def test_what_is_no_state_changes_nothing(state: bytes) -> None:
    stream = Stream(7)
    before = stream.get_state()
    with pytest.raises(RuntimeError, match="get_state"):
        stream.set_state(state)
    assert stream.get_state() == before


def test_seeds_are_64_bits_of_which_32_count() -> None:
    stream = Stream(-1)
    assert stream.initial_seed() == 2**64 - 1
    assert np.array_equal(stream.uniform(4), Stream(2**32 - 1).uniform(4))
    for seed in (2**64, -(2**63) - 1):
        with pytest.raises(ValueError, match=r"\[-2\*\*63, 2\*\*64\)"):
            stream.seed(seed)


def test_one_normal_waits_until_asked_for_or_seeded() -> None:
    four = Stream(3).normal(4, np.float64)
    stream = Stream(3)
    first = stream.normal(1, np.float64)
    stream.normal(0)
    stream.normal(16)
    waiting = stream.normal(1, np.float64)
    assert [*first, *waiting] == [*four[:2]]
    stream.seed(3)
    stream.normal(1)
    stream.seed(3)
    assert stream.normal(1, np.float64) == four[0]


def test_pairs_in_bulk_are_the_pairs_one_by_one() -> None:
    bulk, single = Stream(3), Stream(3)
    bulk.normal(1), single.normal(1)
    one_by_one = np.concatenate([single.normal(1, np.float64) for _ in range(40)])
    np.testing.assert_allclose(bulk.normal(40, np.float64, blocks=False), one_by_one, rtol=1e-14, atol=1e-14)
    assert bulk.normal(1) == single.normal(1)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_chunks_do_not_show(dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def draws() -> list[Any]:
        s = Stream(5)
        return [s.uniform(333, dtype, -1, 2), s.normal(333, dtype, 1, 2), s.bernoulli(333, 0.3)]

    whole = draws()
    monkeypatch.setattr(_fused, "CHUNK", 32)
    assert all(map(np.array_equal, whole, draws()))


@pytest.mark.parametrize("n", [1, 2, 3, 10, 1000, 3001])
def test_swapping_at_once_is_swapping_in_turn(n: int) -> None:
    rng = np.random.default_rng(n)
    for _ in range(20):
        targets = rng.integers(np.arange(n), n)
        assert np.array_equal(_stream.swap_at_once(targets), _stream.swap_in_turn(targets))


def test_a_half_never_reaches_the_upper_end() -> None:
    x = Stream(0).uniform(100_000, np.float16)
    assert (x < 1).all()
    assert (x == 0).any()


@pytest.mark.parametrize(
    ("scale", "shift"), [(0.35, -0.1), (7.0, 3.0), (1e-300, 1e-305), (1e17, -3.0), (1e308, -1e307)]
)
def test_the_fused_multiply_add_rounds_once(scale: float, shift: float) -> None:
    x = np.random.default_rng(0).random(500)
    exact = [float(Fraction(v) * Fraction(scale) + Fraction(shift)) for v in x.tolist()]
    assert _fused.fma64(x, scale, shift).tolist() == exact


def test_the_float32_functions_are_accurate() -> None:
    x = np.linspace(2.0**-24, 1, 50_001, dtype=np.float32)
    np.testing.assert_allclose(_box_muller._log32(x), np.log(x.astype(np.float64)), rtol=3e-7)
    angle = np.linspace(0, 2 * math.pi, 50_001, dtype=np.float32)[:-1].reshape(-1, 8)
    sine, cosine = _box_muller._sincos32(angle)
    wide = angle.astype(np.float64)
    np.testing.assert_allclose(sine, np.sin(wide), rtol=0, atol=2e-7)
    np.testing.assert_allclose(cosine, np.cos(wide), rtol=0, atol=2e-7)


def test_normals_are_normal() -> None:
    x = Stream(0).normal(100_000).astype(np.float64)
    moments = [x.mean(), (x**2).mean(), (x**3).mean(), (x**4).mean()]
    np.testing.assert_allclose(moments, [0, 1, 0, 3], atol=0.05)


def test_multinomial_favours_weights() -> None:
    weights = np.array([[0.0, 1.0, 3.0], [2.0, 0.0, 0.0]])
    drawn = Stream(0).multinomial(weights, 4000, replacement=True)
    assert drawn.shape == (2, 4000)
    np.testing.assert_allclose(np.bincount(drawn[0], minlength=3) / 4000, [0, 0.25, 0.75], atol=0.03)
    assert not drawn[1].any()
    assert sorted(Stream(0).multinomial(weights[0], 3)) == [0, 1, 2]


REFUSED = [
    (lambda s: s.uniform(3, np.float32, 2, 1), r"expects to return a \[from, to\) range"),
    (lambda s: s.uniform(3, np.float32, 0, math.inf), "cannot span"),
    (lambda s: s.uniform(3, np.int32), "float16, float32 or float64, but got"),
    (lambda s: s.normal(3, np.float32, 0, -1), "std >= 0.0"),
    (lambda s: s.log_normal(3, np.float32, 0, 0), "std > 0.0"),
    (lambda s: s.exponential(3, np.float32, 0), "lambda > 0.0"),
    (lambda s: s.geometric(3, 1), r"\(0, 1\)"),
    (lambda s: s.cauchy(3, np.float32, 0, 0), "sigma > 0.0"),
    (lambda s: s.bernoulli(3, math.nan), r"\[0, 1\]"),
    (lambda s: s.bernoulli_each([0.5, math.nan]), r"\[0, 1\]"),
    (lambda s: s.integers(3, 5, 5), "low < high"),
    (lambda s: s.integers(3, -1, 5, np.uint8), "do not fit in torch.uint8"),
    (lambda s: s.integers(3, 0, 3, np.bool_), "do not fit in torch.bool"),
    (lambda s: s.permutation(300, np.uint8), "do not fit in torch.uint8"),
    (lambda s: s.permutation(-1), "expects n"),
    (lambda s: s.multinomial([[[1.0]]], 1), "1 or 2 dim"),
    (lambda s: s.multinomial([1, 2], 1), "float16, float32 or float64, but got"),
    (lambda s: s.multinomial([1.0, 2.0], 3), "without replacement: 3 of 2"),
    (lambda s: s.multinomial([1.0, math.inf], 1), "inf"),
    (lambda s: s.multinomial([0.0, 0.0], 1), "sum of probabilities <= 0"),
]


@pytest.mark.parametrize(("call", "sentence"), REFUSED)
def test_what_is_refused_draws_nothing(call: Any, sentence: str) -> None:
    stream = Stream(0)
    stream.normal(1)
    before = stream.get_state()
    with pytest.raises(RuntimeError, match=sentence):
        call(stream)
    assert stream.get_state() == before
