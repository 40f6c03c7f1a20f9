"""The fused way back through time is the derivative of the layer in ordinary ops, in blocks of any size."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.autograd.grad_backward import grad
from microtensor.ops.recurrent import unrolling as recurrence
from microtensor.ops.recurrent.gru import gru, gru_back, gru_unrolled
from microtensor.ops.recurrent.lstm import lstm, lstm_back, lstm_unrolled
from microtensor.ops.recurrent.rnn import elman, elman_back, elman_unrolled
from microtensor.testing import assert_close

SIZES = [(2, 2, 2, 2, 2), (3, 3, 2, 2, 1, 1, 1), (1, 1, 1), (4,)]
LAYERS = [
    (lstm, lstm_back, lstm_unrolled, 4, 2, (0, 1)),
    (gru, gru_back, gru_unrolled, 3, 1, (0,)),
    (elman, elman_back, partial(elman_unrolled, rectified=False), 1, 1, (0,)),
]


@pytest.fixture(params=[1, 24, 1 << 17])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(recurrence, "BLOCK", request.param)
    recurrence.blocks.cache_clear()
    yield request.param
    recurrence.blocks.cache_clear()


def operands(gates: int, kinds: int, sizes: tuple[int, ...]) -> list[Any]:
    hidden, width, random = 3, 2, np.random.default_rng(0)
    shapes = [(sum(sizes), width), (gates * hidden, width), (gates * hidden, hidden)]
    shapes += [(sizes[0], hidden)] * kinds + [(gates * hidden,)] * 2
    return [random.standard_normal(shape) for shape in shapes]


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize(("forward", "back", "composite", "gates", "kinds", "seeds"), LAYERS)
def test_the_way_back_in_blocks(
    block: int, forward: Any, back: Any, composite: Any, gates: int, kinds: int, seeds: Any, sizes: Any
) -> None:
    xs = operands(gates, kinds, sizes)
    g = {k: np.random.default_rng(k + 1).standard_normal((sum(sizes), 3)) for k in seeds}
    expected = recurrence.pulled(partial(composite, sizes=sizes), xs, g, (True,) * len(xs))
    kept = forward(*xs, sizes=sizes)
    kept = kept if isinstance(kept, tuple) else (kept,)
    for given in (kept, None):
        found = back(*xs, *g.values(), sizes=sizes, seeds=seeds, kept=given)
        for a, b in zip(found, expected, strict=True):
            assert_close(a, b, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("forward", "back", "composite", "gates", "kinds", "seeds"), LAYERS)
def test_every_wanted_cotangent_alone(
    forward: Any, back: Any, composite: Any, gates: int, kinds: int, seeds: Any
) -> None:
    xs, sizes = operands(gates, kinds, (2, 1)), (2, 1)
    g = np.ones((3, 3))
    everything = back(*xs, g, sizes=sizes, seeds=(0,))
    for k, expected in enumerate(everything):
        (alone,) = back(*xs, g, sizes=sizes, seeds=(0,), wanted=tuple(i == k for i in range(len(xs))))
        assert_close(alone, expected)


@pytest.mark.parametrize(("forward", "back", "composite", "gates", "kinds", "seeds"), LAYERS)
def test_nothing_that_is_kept_is_written_to(
    forward: Any, back: Any, composite: Any, gates: int, kinds: int, seeds: Any
) -> None:
    xs, sizes = operands(gates, kinds, (2, 1)), (2, 1)
    kept = forward(*xs, sizes=sizes)
    kept = kept if isinstance(kept, tuple) else (kept,)
    copies = [a.copy() for a in kept]
    back(*xs, np.ones((3, 3)), sizes=sizes, seeds=(0,), kept=kept)
    for a, b in zip(kept, copies, strict=True):
        assert_close(a, b, rtol=0, atol=0)


def third(layer: Any, arrays: list[Any]) -> list[Any]:
    """Third derivatives by x and w_hh, where the first state is made of w_hh."""
    xs = [mt.tensor(a).requires_grad_() for a in arrays]
    inputs = [xs[0], xs[2]]
    xs[3] = xs[2][: len(arrays[3])] * 0.5
    out = layer(*xs, sizes=(2, 1))
    value = ((out[0] if isinstance(out, tuple) else out) ** 2).sum()
    for _ in range(2):
        value = sum((g * g).sum() for g in grad(value, inputs, create_graph=True))
    return list(grad(value, inputs))


@pytest.mark.parametrize(("forward", "back", "composite", "gates", "kinds", "seeds"), LAYERS)
def test_a_path_from_one_operand_to_another_is_walked_once(
    forward: Any, back: Any, composite: Any, gates: int, kinds: int, seeds: Any
) -> None:
    xs = operands(gates, kinds, (2, 1))
    for a, b in zip(third(forward, xs), third(composite, xs), strict=True):
        assert_close(a, b, rtol=1e-9)


def test_blocks_are_whole_steps_from_the_last_to_the_first(block: int) -> None:
    for sizes in SIZES:
        found = recurrence.blocks(sizes, 4)
        rows = [k for part, _ in found[::-1] for k in range(part.start, part.stop)]
        assert rows == list(range(sum(sizes)))
        steps = [s.stop - s.start for _, steps in found for s in steps]
        assert steps == list(sizes[::-1])


def test_complex_states_have_no_relu() -> None:
    x, net = mt.ones(4, 2, dtype=mt.complex64), mt.nn.RNN(2, 3, nonlinearity="relu", dtype=mt.complex64)
    with pytest.raises(NotImplementedError, match="clamp is not supported for complex types"):
        net(x)
    assert mt.nn.RNN(2, 3, dtype=mt.complex64)(x)[0].shape == (4, 3)
