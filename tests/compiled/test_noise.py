"""C may take over where rounding alone decides a number, and may not where it computes another one."""

from __future__ import annotations

import pytest

import microtensor as mt
from microtensor import nn, optim
from microtensor.compiled.c import c_expressions
from microtensor.compiled.c.toolchain import compiler
from microtensor.compiled.program import Unavailable

try:
    compiler()
except Unavailable as reason:
    pytest.skip(str(reason), allow_module_level=True)


def step_of(model, x, y, optimizer):
    def step():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def convolutional():
    mt.manual_seed(0)
    layers = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()
    model = nn.Sequential(*layers, nn.Linear(8 * 36, 3))
    return step_of(
        model, mt.randn(4, 3, 12, 12), mt.randint(0, 3, (4,)), optim.Adam(model.parameters(), 1e-2)
    )


def attentive():
    mt.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    model = nn.Sequential(layer, nn.Flatten(), nn.Linear(32, 3))
    return step_of(model, mt.randn(4, 4, 8), mt.randint(0, 3, (4,)), optim.Adam(model.parameters(), 1e-2))


@pytest.mark.parametrize("made", [convolutional, attentive])
def test_noise_is_no_other_value(made):
    """A bias before a batch norm, and that of attention's keys, have gradients of rounding errors."""
    eager = made()
    losses = [float(eager()) for _ in range(8)]
    compiled = mt.compile(made(), backend="c")
    for loss in losses:
        assert float(compiled()) == pytest.approx(loss, rel=1e-3)
    assert "replayed with C" in compiled.explain()


@pytest.mark.parametrize("made", [convolutional, attentive])
def test_a_wrong_program_does_not_take_over(made, monkeypatch):
    monkeypatch.setitem(c_expressions._FLOATING, "sqrt", "sqrt@({0}) * 1.1f")
    eager = made()
    losses = [float(eager()) for _ in range(8)]
    compiled = mt.compile(made(), backend="c")
    assert [float(compiled()) for _ in range(8)] == losses
    assert "NumPy, because C computed another value" in compiled.explain()
