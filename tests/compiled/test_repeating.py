"""`repeat` leaves what as many calls leave, wherever it runs and however it ends."""

from __future__ import annotations

import numpy as np
import pytest

import microtensor as mt
from microtensor import nn, optim
from microtensor.compiled import repeating
from microtensor.compiled.c import c_repeat
from microtensor.compiled.c.toolchain import compiler
from microtensor.compiled.program import Unavailable

try:
    compiler()
    BACKENDS = ["eager", "numpy", "c"]
except Unavailable:
    BACKENDS = ["eager", "numpy"]


def trained(optimizer=lambda p: optim.Adam(p, 1e-2), dropout=0.0):
    """A model, its optimizer, data, and a step."""
    mt.manual_seed(4)
    model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Dropout(dropout), nn.Linear(8, 1))
    o, x, y = optimizer(model.parameters()), mt.randn(20, 3), mt.randn(20, 1)

    def step(x, y):
        o.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        o.step()
        return loss

    return model, o, x, y, step


def left(model, o):
    state = o.state_dict()["state"]
    flat = [np.asarray(v) for s in state.values() for v in s.values() if v is not None]
    return [
        *(p.detach().numpy() for p in model.parameters()),
        *(p.grad.numpy() for p in model.parameters()),
        *flat,
    ]


OPTIMIZERS = {
    "sgd": lambda p: optim.SGD(p, 0.1, momentum=0.9),
    "adam": lambda p: optim.Adam(p, 1e-2),
    "nadam": lambda p: optim.NAdam(p, 1e-2),
    "adamw": lambda p: optim.AdamW(p, 1e-2, weight_decay=0.1),
}


@pytest.fixture
def counted(monkeypatch):
    """How many steps each loop in C did."""
    counts = []
    real = c_repeat.repeated

    def counting(*args):
        losses = real(*args)
        counts.append(len(losses))
        return losses

    monkeypatch.setattr(repeating, "repeated", counting)
    return counts


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_repeated_steps_are_calls(name, backend, counted, monkeypatch):
    monkeypatch.setattr(repeating, "MANY", 16)
    model, o, x, y, step = trained(OPTIMIZERS[name])
    want = mt.stack([step(x, y).detach() for _ in range(60)])
    wanted = left(model, o)
    model, o, x, y, step = trained(OPTIMIZERS[name])
    compiled = mt.compile(step, backend=backend)
    got = [compiled.repeat(50, x, y), compiled.repeat(10, x, y)]
    np.testing.assert_allclose(mt.cat(got).numpy(), want.numpy(), 1e-4)
    for a, b in zip(left(model, o), wanted, strict=True):
        np.testing.assert_allclose(a, b, 1e-3, 1e-5)
    assert (sum(counted) >= 50) == (backend == "c")
    assert not got[0].requires_grad


@pytest.mark.parametrize("backend", BACKENDS)
def test_batches_are_rows_of_a_data_set(backend, counted):
    index = np.random.default_rng(0).integers(0, 20, (40, 5))
    model, o, x, y, step = trained()
    want = mt.stack([step(x[mt.tensor(i)], y[mt.tensor(i)]).detach() for i in index])
    wanted = left(model, o)
    model, o, x, y, step = trained()
    got = mt.compile(step, backend=backend).repeat(40, x, y, index=mt.tensor(index))
    np.testing.assert_allclose(got.numpy(), want.numpy(), 1e-4)
    for a, b in zip(left(model, o), wanted, strict=True):
        np.testing.assert_allclose(a, b, 1e-3, 1e-5)
    assert (sum(counted) > 30) == (backend == "c")


@pytest.mark.skipif("c" not in BACKENDS, reason="no C compiler")
def test_dropout_goes_on_with_the_stream(counted):
    *_, x, y, step = trained(dropout=0.4)
    want = mt.stack([step(x, y).detach() for _ in range(30)])
    after = mt.rand(3)
    *_, x, y, step = trained(dropout=0.4)
    got = mt.compile(step, backend="c").repeat(30, x, y)
    np.testing.assert_allclose(got.numpy(), want.numpy(), 1e-4)
    assert (mt.rand(3) == after).all()
    assert sum(counted) > 20


@pytest.mark.skipif("c" not in BACKENDS, reason="no C compiler")
def test_an_interruption_leaves_whole_steps(monkeypatch, counted):
    *_, x, y, step = trained()
    losses = [float(step(x, y)) for _ in range(200)]
    _, o, x, y, step = trained()
    compiled = mt.compile(step, backend="c")
    compiled.repeat(6, x, y)
    clock = iter(range(10**6))

    def interrupted():
        if next(clock) == 2:
            raise KeyboardInterrupt
        return 0.0

    monkeypatch.setattr(c_repeat, "perf_counter", interrupted)
    with pytest.raises(KeyboardInterrupt):
        compiled.repeat(194, x, y)
    monkeypatch.undo()
    done = int(next(iter(o.state.values()))["step"])
    assert 7 < done < 200
    np.testing.assert_allclose(float(compiled(x, y)), losses[done], 1e-4)


def test_what_can_not_be_repeated_is_said():
    *_, x, y, step = trained()
    compiled = mt.compile(step)
    with pytest.raises(ValueError, match="a number of steps, 0 or more, but got -1"):
        compiled.repeat(-1, x, y)
    with pytest.raises(
        ValueError, match=r"an index of integers of shape \(3, batch\), but got torch.int64 \(2, 4\)"
    ):
        compiled.repeat(3, x, y, index=mt.zeros(2, 4, dtype=mt.int64))
    with pytest.raises(IndexError, match="outside of a data set of 20 rows"):
        compiled.repeat(1, x, y, index=mt.full((1, 4), 20))
    with pytest.raises(TypeError, match="arguments that are all tensors"):
        compiled.repeat(1, x, 2.0, index=mt.zeros(1, 4, dtype=mt.int64))
    with pytest.raises(TypeError, match="returns one tensor, its loss, but it returned tuple"):
        mt.compile(lambda: (x, y)).repeat(2)
    assert compiled.repeat(0, x, y).shape == (0,)


@pytest.mark.skipif("c" not in BACKENDS, reason="no C compiler")
def test_a_stale_saved_tensor_is_noticed():
    w = mt.ones(3, requires_grad=True)

    def step(x):
        with mt.no_grad():
            return w.add_(x).sum()

    compiled = mt.compile(step, backend="c")
    compiled.repeat(6, mt.ones(3))
    saved = (w * w).sum()
    compiled.repeat(3, mt.ones(3))
    with pytest.raises(RuntimeError, match="modified by an inplace operation|changed"):
        saved.backward()
