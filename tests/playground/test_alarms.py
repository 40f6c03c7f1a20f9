"""What goes wrong is said in words, and only what goes wrong."""

from __future__ import annotations

from typing import Any

from microtensor.playground import Settings, Trainer
from microtensor.playground.alarms import alarms, first_trouble
from microtensor.playground.frame import frame


def said(steps: int, **given: Any) -> list[str]:
    trainer = Trainer(Settings.of(given))
    trainer.advance(steps)
    return alarms(frame(trainer, 4)["facts"])


def test_a_good_training_has_none() -> None:
    assert said(0) == []
    assert said(100) == []


def test_dead_units() -> None:
    (first, *_) = said(100, layers="8-ReLU", optimizer="SGD", lr=30)
    assert first.startswith("Hidden layer 1: ")
    assert "0 for every training point; no gradient reaches" in first


def test_saturated_units() -> None:
    found = said(100, layers="4-Tanh", optimizer="SGD", lr=100)
    assert any("saturated, flat at nearly every point" in sentence for sentence in found)
    found = said(100, layers="4-Sigmoid", optimizer="SGD", lr=1000)
    assert any("saturated" in sentence for sentence in found)


def test_a_vanishing_gradient() -> None:
    found = said(3, layers=",".join(["4-Sigmoid"] * 6), optimizer="SGD")
    assert any(sentence.startswith("The gradient vanishes on its way back") for sentence in found)


def test_overfitting_says_since_when() -> None:
    healthy = [(step, 1 / (step + 1), 1.1 / (step + 1)) for step in range(50)]
    facts = frame(Trainer(Settings()), 4)["facts"]
    assert alarms(facts, healthy) == []
    both = [(step, 0.01 + abs(step - 20) / 90, 0.5 + abs(step - 20) / 20) for step in range(50)]
    assert alarms(facts, both) == []
    rising = [(step, 1 / (step + 1), 0.5 + abs(step - 20) / 20) for step in range(50)]
    (sentence,) = alarms(facts, rising)
    assert sentence.startswith(
        "Overfitting: since step 20 the loss on the test points has risen from 0.5 to 1.95"
    )


def test_where_the_first_number_that_is_not_finite_came_from() -> None:
    trainer = Trainer(Settings.of({"data": "plane", "layers": "4-ReLU", "optimizer": "SGD", "lr": 50}))
    trainer.advance(2000)
    end = trainer.step, repr(trainer.loss)
    sentence = first_trouble(trainer)
    assert sentence.startswith(f"Step {trainer.step}: ")
    assert "The learning rate is 50: try a smaller one." in sentence
    assert (trainer.step, repr(trainer.loss)) == end
    assert alarms(frame(trainer, 4)["facts"], origin=sentence) == [sentence]


def test_the_way_to_nan_is_followed_over_changes_of_the_learning_rate() -> None:
    settings = {"data": "plane", "layers": "", "optimizer": "SGD", "lr": 0.01, "changes": "30:1000"}
    trainer = Trainer(Settings.of(settings))
    trainer.advance(2000)
    assert trainer.broken
    assert "The learning rate is 1000" in first_trouble(trainer)
    assert trainer.settings.changes == ((30, 1000.0),)


def test_an_update_that_overflows_is_named() -> None:
    trainer = Trainer(
        Settings.of({"data": "plane", "layers": "", "optimizer": "SGD", "lr": 1e6, "batch": 500})
    )
    trainer.blocks[0].weight.data.fill_(1e33)
    trainer._keep()
    trainer.advance(50)
    assert "weights of the output layer" in first_trouble(trainer)
