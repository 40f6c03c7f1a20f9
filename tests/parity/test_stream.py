"""The stream against torch: the same draws, bit for bit, and the same state after each of them.

The strongest claim is the last: ``get_state`` returns torch's own bytes, so a draw that took one
number too many, or left the wrong normal waiting, fails at once and not some calls later.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from microtensor.random.mt19937 import DEFAULT_SEED
from microtensor.random.stream import Stream

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

if not torch.backends.cpu.get_cpu_capability().startswith("AVX"):
    pytest.skip("without AVX2 torch's own numbers are others", allow_module_level=True)

F16, F32, F64 = np.float16, np.float32, np.float64
FLOATS = (F16, F32, F64)
SIZES = (0, 1, 2, 3, 7, 15, 16, 17, 31, 32, 100, 623, 1000, 20000)


def empty(n: int, dtype: Any) -> Any:
    return torch.empty(n, dtype=getattr(torch, np.dtype(dtype).name))


def same_state(stream: Stream) -> bool:
    return stream.get_state() == torch.get_rng_state().numpy().tobytes()


def check(stream: Stream, got: Any, want: Any, tolerance: float = 0.0) -> None:
    want = want.numpy()
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)
    assert same_state(stream)


def both(seed: int) -> Stream:
    torch.manual_seed(seed)
    return Stream(seed)


@pytest.mark.parametrize("seed", [0, 1, -1, 2**31 - 1, 2**32 + 5, 2**63, -(2**63), 2**64 - 1])
def test_seeds(seed: int) -> None:
    stream = both(seed)
    assert stream.initial_seed() == torch.initial_seed()
    check(stream, stream.uniform(3), torch.rand(3))


def test_the_default_seed() -> None:
    assert torch.Generator().initial_seed() == DEFAULT_SEED == Stream().initial_seed()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-0.3, 0.7), (3.0, 10.0), (-0.1, 0.1), (2, 2)])
def test_uniform(dtype: Any, low: float, high: float) -> None:
    stream = both(3)
    want = empty(50_001, dtype).uniform_(low, high)
    check(stream, stream.uniform(50_001, dtype, low, high), want)


def test_uniform_over_a_huge_range() -> None:
    stream = both(3)
    check(stream, stream.uniform(99, F64, -7e307, 5e307), empty(99, F64).uniform_(-7e307, 5e307))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("n", SIZES)
def test_normal(n: int, dtype: Any) -> None:
    stream = both(n)
    tolerance = 4e-15 if dtype is F64 and n >= 16 else 0.0
    for mean, std in ((0.0, 1.0), (0.3, 1.7), (0.0, 0.02), (5.0, 1.0), (-2.0, 0.0)):
        want = empty(n, dtype).normal_(mean, std)
        check(stream, stream.normal(n, dtype, mean, std), want, tolerance)


def test_float32_normals_are_exact_in_the_hundred_thousands() -> None:
    stream = both(11)
    check(stream, stream.normal(400_000), torch.randn(400_000))


@pytest.mark.parametrize("n", [2, 15, 16, 101])
def test_tensors_that_are_not_contiguous_are_drawn_in_pairs(n: int) -> None:
    stream = both(5)
    strided = empty(2 * n, F32)[::2].normal_()
    check(stream, stream.normal(n, blocks=False), strided)
    check(stream, stream.normal(3), torch.randn(3))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("n", [0, 1, 5, 16, 33])
def test_log_normal_shares_the_waiting_normal(n: int, dtype: Any) -> None:
    stream = both(5)
    for _ in range(3):
        tolerance = 0 if dtype is not F64 else 1e-14
        check(stream, stream.log_normal(n, dtype), empty(n, dtype).log_normal_(), tolerance)
        check(stream, stream.normal(3, dtype), empty(3, dtype).normal_())


@pytest.mark.parametrize("span", [1, 2, 10, 255, 2**24, 2**28 - 1, 2**28, 2**28 + 1, 2**32, 2**40])
@pytest.mark.parametrize("low", [0, -7, 123])
def test_integers(low: int, span: int) -> None:
    stream = both(9)
    want = torch.randint(low, low + span, (20_001,))
    check(stream, stream.integers(20_001, low, low + span), want)


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int8, np.int16, np.int32, *FLOATS])
def test_integers_of_other_dtypes(dtype: Any) -> None:
    stream = both(9)
    want = empty(100, dtype).random_(0, 2)
    check(stream, stream.integers(100, 0, 2, dtype), want)


def test_integers_of_all_64_bits() -> None:
    stream = both(9)
    want = empty(100, np.int64).random_(-(2**63), None)
    check(stream, stream.integers(100, -(2**63), 2**63), want)


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int8, np.int16, np.int32, np.int64, *FLOATS])
def test_full_range(dtype: Any) -> None:
    stream = both(9)
    check(stream, stream.full_range(1000, dtype), empty(1000, dtype).random_())


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10, 399, 400, 1000, 100_000])
def test_permutation(n: int) -> None:
    stream = both(n)
    for _ in range(3):
        check(stream, stream.permutation(n), torch.randperm(n))


@pytest.mark.parametrize("p", [0.0, 1e-9, 0.1, 0.5, 1 / 3, 0.999, 1.0])
@pytest.mark.parametrize("dtype", [np.bool_, np.int64, *FLOATS])
def test_bernoulli(p: float, dtype: Any) -> None:
    stream = both(2)
    want = empty(40_000, dtype).bernoulli_(p)
    check(stream, stream.bernoulli(40_000, p).astype(dtype), want)


@pytest.mark.parametrize("dtype", FLOATS)
def test_bernoulli_each(dtype: Any) -> None:
    stream = both(2)
    p = stream.uniform(5000, dtype).reshape(50, 100)
    torch.rand(5000, dtype=empty(0, dtype).dtype)
    check(stream, stream.bernoulli_each(p).astype(dtype), torch.bernoulli(torch.from_numpy(p)))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_dropout(p: float) -> None:
    stream = both(4)
    x = torch.linspace(-1, 1, 4000)
    mask = stream.bernoulli(4000, 1 - p).astype(F32)
    mask /= F32(1 - p)
    check(stream, x.numpy() * mask, torch.nn.functional.dropout(x, p))


def test_dropout_of_whole_channels() -> None:
    stream = both(4)
    want = torch.nn.functional.dropout2d(torch.ones(3, 4, 5, 5), 0.5)
    check(stream, stream.bernoulli(12, 0.5).astype(F32) * 2, want[:, :, 0, 0].reshape(-1))


@pytest.mark.parametrize("dtype", FLOATS)
def test_exponential_geometric_cauchy(dtype: Any) -> None:
    stream = both(6)
    tolerance = 1e-12 if dtype is F64 else 0.0
    n = 2000
    check(stream, stream.exponential(n, dtype, 1.7), empty(n, dtype).exponential_(1.7), tolerance)
    check(stream, stream.geometric(n, 0.3, dtype), empty(n, dtype).geometric_(0.3))
    check(stream, stream.cauchy(n, dtype, 1.0, 2.0), empty(n, dtype).cauchy_(1.0, 2.0), tolerance)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(30,), (1,), (7, 30)])
@pytest.mark.parametrize(("k", "replacement"), [(1, False), (1, True), (9, False), (9, True)])
def test_multinomial(dtype: Any, shape: tuple[int, ...], k: int, replacement: bool) -> None:
    stream = both(8)
    weights = np.random.default_rng(0).random(shape).astype(dtype)
    weights[..., ::4] *= shape[-1] == 1
    k = k if replacement else min(k, shape[-1])
    want = torch.multinomial(torch.from_numpy(weights), k, replacement)
    check(stream, stream.multinomial(weights, k, replacement), want)


def test_states_pass_both_ways() -> None:
    stream = both(1)
    stream.normal(3)
    torch.set_rng_state(torch.frombuffer(bytearray(stream.get_state()), dtype=torch.uint8))
    check(stream, stream.normal(5), torch.randn(5))
    torch.rand(1000)
    torch.randn(1)
    other = Stream(99)
    other.set_state(torch.get_rng_state().numpy().tobytes())
    check(other, other.normal(5), torch.randn(5))


def draw(stream: Stream, rng: random.Random) -> tuple[Any, Any]:
    """One call of a random kind, size and dtype: what the stream draws, and what torch draws."""
    n, dtype, p = rng.choice(SIZES[:-1]), rng.choice(FLOATS), rng.random()
    low, high = sorted((rng.randrange(-1000, 1000), rng.randrange(1000, 1 << rng.randrange(11, 62))))
    probabilities = np.full(n, p, dtype)
    t = empty(n, dtype)
    calls = {
        "rand": lambda: (stream.uniform(n, dtype), torch.rand(n, dtype=t.dtype)),
        "uniform_": lambda: (stream.uniform(n, dtype, -p, p), t.uniform_(-p, p)),
        "randn": lambda: (stream.normal(n, dtype), torch.randn(n, dtype=t.dtype)),
        "normal_": lambda: (stream.normal(n, dtype, 1.0, p), t.normal_(1.0, p)),
        "randint": lambda: (stream.integers(n, low, high), torch.randint(low, high, (n,))),
        "random_": lambda: (stream.full_range(n, dtype), t.random_()),
        "randperm": lambda: (stream.permutation(n), torch.randperm(n)),
        "bernoulli_": lambda: (stream.bernoulli(n, p).astype(dtype), t.bernoulli_(p)),
        "bernoulli": lambda: (
            stream.bernoulli_each(probabilities).astype(dtype),
            torch.bernoulli(torch.from_numpy(probabilities)),
        ),
        "dropout": lambda: (
            stream.bernoulli(n, 0.75).astype(F32) / F32(0.75),
            torch.nn.functional.dropout(torch.ones(n), 0.25),
        ),
        "exponential_": lambda: (stream.exponential(n, dtype), t.exponential_()),
        "log_normal_": lambda: (stream.log_normal(n, dtype), t.log_normal_()),
    }
    return calls[rng.choice(sorted(calls))]()


@pytest.mark.parametrize("seed", range(8))
def test_mixed_programs_stay_in_step(seed: int) -> None:
    rng, stream = random.Random(seed), both(seed)
    for _ in range(400):
        if rng.random() < 0.02:
            again = rng.randrange(-(1 << 63), 1 << 63)
            torch.manual_seed(again)
            stream.seed(again)
        got, want = draw(stream, rng)
        check(stream, got, want, 1e-14 if got.dtype == F64 else 0.0)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda s: s.uniform(3, F32, 2, 1), lambda t: t.uniform_(2, 1)),
        (lambda s: s.uniform(3, F32, -3e38, 3e38), lambda t: t.uniform_(-3e38, 3e38)),
        (lambda s: s.uniform(3, F16, 0, 1e6), lambda t: t.half().uniform_(0, 1e6)),
        (lambda s: s.uniform(3, np.int32), lambda t: t.int().uniform_()),
        (lambda s: s.normal(3, F32, 0, -1), lambda t: t.normal_(0, -1)),
        (lambda s: s.normal(3, np.int64), lambda t: t.long().normal_()),
        (lambda s: s.log_normal(3, F32, 0, 0), lambda t: t.log_normal_(0, 0)),
        (lambda s: s.exponential(3, F32, 0), lambda t: t.exponential_(0)),
        (lambda s: s.geometric(3, 1.0), lambda t: t.geometric_(1.0)),
        (lambda s: s.cauchy(3, F32, 0, 0), lambda t: t.cauchy_(0, 0)),
        (lambda s: s.bernoulli(3, 1.5), lambda t: t.bernoulli_(1.5)),
        (lambda s: s.bernoulli_each(np.array([0.5, 1.5])), lambda t: t.bernoulli_(t + 9)),
        (lambda s: s.bernoulli_each(np.array([1])), lambda t: torch.bernoulli(t.long())),
        (lambda s: s.integers(3, 3, 3), lambda t: t.random_(3, 3)),
        (lambda s: s.integers(3, 0, 257, np.uint8), lambda t: t.byte().random_(0, 257)),
        (lambda s: s.permutation(-1), lambda _: torch.randperm(-1)),
        (lambda s: s.multinomial([1.0, -1.0], 1), lambda _: torch.tensor([1.0, -1]).multinomial(1)),
        (lambda s: s.multinomial([0.0, 0.0], 1), lambda _: torch.zeros(2).multinomial(1)),
        (lambda s: s.multinomial([1.0, 1.0], 3), lambda _: torch.ones(2).multinomial(3)),
        (lambda s: s.multinomial([1.0, 1.0], 0), lambda _: torch.ones(2).multinomial(0)),
        (lambda s: s.multinomial([1.0, np.nan], 2, True), lambda t: (t + np.nan).multinomial(2)),
        (lambda s: s.seed(2**64), lambda _: torch.manual_seed(2**64)),
    ],
)
def test_both_refuse(ours: Any, theirs: Any) -> None:
    with pytest.raises((RuntimeError, ValueError)) as refused:
        theirs(torch.zeros(3))
    stream = Stream(0)
    before = stream.get_state()
    with pytest.raises(refused.type):
        ours(stream)
    assert stream.get_state() == before
