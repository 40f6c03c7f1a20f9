"""The training itself: its steps, its way back, and that nobody else notices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import CASES

import microtensor as mt
from microtensor.playground import Settings, Trainer
from microtensor.playground.choices import DATA, FEATURES
from microtensor.playground.data import FUNCTIONS, drawn, featured


def losses(trainer: Trainer, steps: int) -> list[float]:
    found = []
    for _ in range(steps):
        trainer.advance()
        found.append(trainer.loss)
    return found


def state(trainer: Trainer) -> list[np.ndarray[Any, Any]]:
    return [value.numpy().copy() for value in trainer.model.state_dict().values()]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_data_set_lies_on_the_plane_and_any_part_has_all_classes(name: str) -> None:
    x, y = FUNCTIONS[name](120, 0.0)
    assert abs(x.numpy()).max() <= 3
    if DATA[name] == "regression":
        assert y.dtype == mt.float32
        return
    classes = {"binary": 2, "classes": 3}[DATA[name]]
    assert y.dtype == mt.int64
    for part in (y[:12], y[60:72]):
        assert part.bincount().tolist() == [12 // classes] * classes


def test_features_are_what_the_program_says() -> None:
    x = mt.randn(5, 2)
    for name, text in FEATURES.items():
        said = eval(text, {"torch": mt, "x": x})
        assert mt.equal(featured(Settings.of({"features": name}), x)[:, 0], said)


def test_it_learns() -> None:
    trainer = Trainer(Settings.of({"data": "xor", "layers": "4-Tanh", "lr": 0.03}))
    first, last = np.mean(losses(trainer, 20)), np.mean(losses(trainer, 300)[-20:])
    assert last < first / 3


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_way_back_and_on_again_gives_the_same_numbers(case: dict[str, Any]) -> None:
    trainer = Trainer(Settings.of(case))
    there = losses(trainer, 130)
    after = state(trainer)
    trainer.back_to(17)
    assert (trainer.step, trainer.loss) == (17, there[16])
    if "changes" in case:
        assert trainer.settings.changes == ()
        return
    for step in (17, 117, 103, 100):
        trainer.back_to(step)
        assert losses(trainer, 130 - step) == there[step:]
        assert all(np.array_equal(a, b) for a, b in zip(after, state(trainer), strict=True))


def test_the_last_200_states_can_be_gone_back_to() -> None:
    trainer = Trainer(Settings())
    trainer.advance(1234)
    assert trainer.oldest <= 1034
    with pytest.raises(ValueError, match="step 3 cannot be gone back to: expected 1000 to 1234"):
        trainer.back_to(3)
    with pytest.raises(ValueError, match="cannot be gone back to"):
        trainer.back_to(1235)
    assert trainer.step == 1234


def test_many_steps_at_once_are_those_one_by_one() -> None:
    one, many = Trainer(Settings()), Trainer(Settings())
    losses(one, 250)
    many.advance(250)
    assert one.loss == many.loss
    assert all(np.array_equal(a, b) for a, b in zip(state(one), state(many), strict=True))


def test_nobody_elses_random_numbers_change() -> None:
    mt.manual_seed(5)
    expected = mt.rand(3)
    mt.manual_seed(5)
    trainer = Trainer(Settings.of({"layers": "4-ReLU-drop0.5"}))
    alone = losses(trainer, 30)
    assert mt.equal(mt.rand(3), expected)
    again = Trainer(Settings.of({"layers": "4-ReLU-drop0.5"}))
    disturbed = []
    for _ in range(30):
        again.advance()
        mt.rand(7)
        disturbed.append(again.loss)
    assert disturbed == alone


def test_an_update_is_what_the_last_step_added() -> None:
    trainer = Trainer(Settings())
    assert trainer.updates is None
    trainer.advance(5)
    before = [p.numpy().copy() for p in map(mt.Tensor.detach, trainer.parameters)]
    trainer.advance()
    assert trainer.updates is not None
    for p, old, update in zip(trainer.parameters, before, trainer.updates, strict=True):
        assert np.array_equal(p.detach().numpy() - old, update)


def test_a_learning_rate_can_be_changed_on_the_way() -> None:
    trainer = Trainer(Settings.of({"optimizer": "SGD", "lr": 0.5}))
    trainer.change_rate(0.25)
    assert (trainer.settings.lr, trainer.settings.changes) == (0.25, ())
    trainer.advance(10)
    trainer.change_rate(2.0)
    trainer.change_rate(1.0)
    trainer.advance(10)
    assert trainer.settings.changes == ((10, 1.0),)
    replay = Trainer(trainer.settings)
    replay.advance(20)
    assert replay.loss == trainer.loss
    trainer.back_to(9)
    assert trainer.settings.changes == ()
    assert trainer.optimizer.param_groups[0]["lr"] == 0.25


def test_it_stops_at_a_loss_that_is_not_finite() -> None:
    trainer = Trainer(Settings.of({"data": "plane", "layers": "", "optimizer": "SGD", "lr": 100}))
    trainer.advance(10_000)
    assert trainer.broken
    assert trainer.step < 100


def test_own_points() -> None:
    with pytest.raises(ValueError, match="own: expected four points at least, got 2"):
        Trainer(Settings.of({"data": "own", "own": "1,1,0;0,0,1"}))
    x, y = drawn(Settings.of({"data": "own", "own": "1,2,0;0,0,1;2,1,1;0,1,0"}))
    assert x.tolist() == [[1, 2], [0, 0], [2, 1], [0, 1]]
    assert y.tolist() == [0, 1, 1, 0]
    few = Trainer(Settings.of({"data": "own", "own": "1,2,0;0,0,1;2,1,1;0,1,0", "train": 90}))
    assert (len(few.train.x), len(few.test.x)) == (3, 1)
