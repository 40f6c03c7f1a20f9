"""The exported program gives the session's losses: by microtensor to the last bit, by PyTorch to rounding."""

from __future__ import annotations

import contextlib
import importlib.util
import io
from typing import Any

import numpy as np
import pytest
from cases import CASES

from microtensor.playground import Settings, Trainer, program
from microtensor.playground.program import lines

STEPS = 45


def trained(settings: Settings) -> tuple[list[float], float]:
    """The losses of a training, and that of its test points in the end."""
    trainer, losses = Trainer(settings), []
    for _ in range(STEPS):
        trainer.advance()
        losses.append(trainer.loss)
    trainer.model.eval()
    test = trainer.criterion(trainer.model(trainer.test.x), trainer.test.target)
    return losses, test.item()


def run(settings: Settings, package: str) -> dict[str, Any]:
    """What a program leaves behind."""
    scope: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(program(settings, STEPS, package), "program.py", "exec"), scope)
    assert out.getvalue().startswith(f"step {STEPS}: loss {scope['losses'][-1]:.6f}, test loss ")
    return scope


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_gives_the_sessions_losses(case: dict[str, Any]) -> None:
    losses, test = trained(Settings.of(case))
    found = run(Settings.of(case), "microtensor")
    assert found["losses"] == losses
    assert found["test_loss"] == test


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_gives_the_sessions_losses_in_pytorch(case: dict[str, Any]) -> None:
    losses, _ = trained(Settings.of(case))
    np.testing.assert_allclose(run(Settings.of(case), "torch")["losses"], losses, rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_lines_settings_are_those_that_it_depends_on(case: dict[str, Any]) -> None:
    """What changes when a setting does is marked by that setting."""
    other = {
        "seed": 9, "lr": 0.5, "optimizer": "RMSprop", "batch": 2, "train": 70, "layers": "2-ELU",
        "noise": 0.7,
    }  # fmt: skip
    settings = Settings.of({**case, "changes": ""})
    before = lines(settings, STEPS)
    for name, value in other.items():
        if (name == "noise" and settings.data == "own") or getattr(settings, name) == value:
            continue
        known = {line.text for line in before}
        fresh = [line for line in lines(settings.changed({name: value}), STEPS) if line.text not in known]
        assert fresh, name
        assert all(name in line.settings for line in fresh), (name, fresh)


def test_penalties_are_what_they_are_called() -> None:
    def texts(**given: Any) -> str:
        return program(Settings.of({**given, "rate": 0.25}))

    assert "Adam(model.parameters(), lr=0.01)" in texts()
    assert "Adam(model.parameters(), lr=0.01, weight_decay=0.25)" in texts(penalty="L2")
    assert "AdamW(model.parameters(), lr=0.01, weight_decay=0.0)" in texts(optimizer="AdamW")
    assert "loss = loss + 0.25 * sum(p.abs().sum() for p in model.parameters())" in texts(penalty="L1")
    assert "SGD(model.parameters(), lr=0.01, momentum=0.9)" in texts(optimizer="momentum")


def test_it_is_short() -> None:
    own = [line for line in lines(Settings(), STEPS) if "data" not in line.settings and line.text]
    assert len(own) < 30
