"""A session obeys between two steps, publishes whole states, and survives nonsense. No HTTP here."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from microtensor.playground import Session, Settings, Trainer
from microtensor.playground import session as sessions


@pytest.fixture
def session() -> Iterator[Session]:
    with Session(Settings.of({"data": "xor", "layers": "4-Tanh"})) as started:
        yield started


def now(session: Session) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(session.latest.frame)
    return found


def about(session: Session) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(session.latest.scene)
    return found


def until(met: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for what another thread brings about."""
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def test_there_is_a_frame_before_anything_is_asked(session: Session) -> None:
    assert (now(session)["step"], now(session)["playing"]) == (0, False)
    assert about(session)["settings"]["data"] == "xor"


def test_it_steps_and_goes_back_and_begins_anew(session: Session) -> None:
    session.ask({"do": "step", "steps": 7})
    seven = now(session)
    assert seven["step"] == 7
    session.ask({"do": "epoch"})
    assert now(session)["step"] == 12
    session.ask({"do": "back", "steps": 5})
    again = now(session)
    assert again["layers"] == seven["layers"]
    assert again["curve"]["step"][-1] == 7
    session.ask({"do": "back", "steps": 1000})
    assert now(session)["step"] == 0
    session.ask({"do": "step"})
    session.ask({"do": "reset"})
    assert (now(session)["step"], now(session)["curve"]["step"]) == (0, [0])


def test_it_gives_the_same_losses_as_the_loop_alone(session: Session) -> None:
    alone = Trainer(session.trainer.settings)
    alone.advance(60)
    session.ask({"do": "play"})
    until(lambda: session.trainer.step > 60)
    session.ask({"do": "pause"})
    session.trainer.back_to(60)
    assert session.trainer.loss == alone.loss


def test_it_plays_and_pauses(session: Session) -> None:
    session.ask({"do": "play"})
    seen = set()
    number = 0
    for _ in range(5):
        published = session.wait(number, 10)
        assert published is not None
        number = published.number
        seen.add(json.loads(published.frame)["step"])
    assert len(seen) == 5
    session.ask({"do": "pause"})
    at = now(session)["step"]
    assert not now(session)["playing"]
    time.sleep(0.1)
    assert session.trainer.step == now(session)["step"] == at


def test_a_speed_is_kept(session: Session) -> None:
    session.ask({"do": "speed", "speed": 25})
    begun = time.monotonic()
    session.ask({"do": "play"})
    until(lambda: session.trainer.step >= 10)
    session.ask({"do": "pause"})
    passed = time.monotonic() - begun
    assert session.trainer.step <= 25 * passed + 3


def test_it_goes_to_a_step(session: Session) -> None:
    session.ask({"do": "to", "step": 3000})
    until(lambda: now(session)["step"] == 3000)
    assert session.goal is None
    session.ask({"do": "to", "step": 10})
    until(lambda: now(session)["step"] == 10)
    alone = Trainer(session.trainer.settings)
    alone.advance(10)
    assert session.trainer.loss == alone.loss


def test_settings_begin_anew_and_a_learning_rate_goes_on(session: Session) -> None:
    session.ask({"do": "step", "steps": 5})
    first = session.latest.generation
    session.ask({"do": "set", "settings": {"lr": 0.5}})
    assert (now(session)["step"], now(session)["changes"], now(session)["lr"]) == (5, "5:0.5", 0.5)
    assert "rates = {5: 0.5}" in [line["text"] for line in about(session)["program"]]
    session.ask({"do": "set", "settings": {"optimizer": "SGD"}})
    assert (now(session)["step"], now(session)["lr"]) == (0, 0.5)
    assert session.latest.generation > first + 1
    session.ask({"do": "step"})
    session.ask({"do": "set", "settings": {"lr": 0.1}, "anew": True})
    assert (now(session)["step"], now(session)["changes"]) == (0, "")
    session.ask({"do": "set", "whole": True, "settings": {}})
    assert about(session)["settings"] == Settings().texts()


def test_going_back_before_a_change_forgets_it(session: Session) -> None:
    session.ask({"do": "step", "steps": 5})
    session.ask({"do": "set", "settings": {"lr": 0.5}})
    session.ask({"do": "step", "steps": 5})
    session.ask({"do": "back", "steps": 6})
    assert now(session)["changes"] == about(session)["settings"]["changes"] == ""


NONSENSE = [
    None,
    [],
    "play",
    {},
    {"do": "eval"},
    {"do": "look"},
    {"do": "weights"},
    {"do": ["play"]},
    {"do": "step", "steps": 0},
    {"do": "step", "steps": True},
    {"do": "step", "steps": 1e3},
    {"do": "back", "steps": -1},
    {"do": "to", "step": 10**9},
    {"do": "speed", "speed": 7},
    {"do": "speed", "speed": True},
    {"do": "speed", "speed": [1]},
    {"do": "set"},
    {"do": "set", "settings": ["lr"]},
    {"do": "set", "settings": {"lr": None}},
    {"do": "set", "settings": {"data": "own"}},
    {"do": "set", "settings": {"layers": "__import__('os')"}},
    {"do": "why", "layer": 9},
    {"do": "why", "layer": "0"},
    {"do": "check", "sample": 10**6},
]


@pytest.mark.parametrize("command", NONSENSE, ids=str)
def test_nonsense_is_refused_in_words_and_changes_nothing(session: Session, command: Any) -> None:
    before = session.latest
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        session.ask(command)
    assert session.latest.scene == before.scene
    assert session.trainer.step == 0
    session.ask({"do": "step"})
    assert now(session)["step"] == 1


def test_why_and_check(session: Session) -> None:
    session.ask({"do": "step", "steps": 9})
    weight = {"layer": 0, "unit": 1, "source": 0, "sample": 3}
    found, checked = session.ask({"do": "why", **weight}), session.ask({"do": "check", **weight})
    assert found["step"] == 9
    assert found["weight"] == weight
    assert checked["difference"] == pytest.approx(found["gradient"], rel=1e-3, abs=1e-6)
    json.dumps([found, checked], allow_nan=False)


def test_weights_are_a_copy(session: Session) -> None:
    weights = session.weights()
    before = weights["0.weight"].clone()
    session.ask({"do": "step", "steps": 5})
    assert weights["0.weight"].tolist() == before.tolist()
    assert weights.keys() == session.trainer.model.state_dict().keys()


def test_with_no_page_that_looks_training_rests(session: Session) -> None:
    session.attended_by(0)
    session.ask({"do": "play"})
    time.sleep(0.15)
    at = session.trainer.step
    time.sleep(0.1)
    assert session.trainer.step == at
    session.attended_by(1)
    until(lambda: session.trainer.step > at)


def test_a_loss_that_is_not_finite_stops_it_and_is_explained(session: Session) -> None:
    broken = {"data": "plane", "layers": "", "optimizer": "SGD", "lr": 100}
    session.ask({"do": "set", "settings": broken})
    session.ask({"do": "play"})
    until(lambda: now(session)["facts"]["broken"])
    assert not now(session)["playing"]
    (sentence,) = now(session)["alarms"]
    assert sentence.startswith("Step ")
    session.ask({"do": "play"})
    assert not now(session)["playing"]
    session.ask({"do": "back", "steps": 20})
    assert now(session)["alarms"] == []


def test_a_mistake_of_ours_is_told_and_training_goes_on(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setitem(sessions._COMMANDS, "epoch", fails)
    with pytest.raises(ValueError, match="ours"):
        session.ask({"do": "epoch"})
    session.ask({"do": "step"})
    assert now(session)["step"] == 1


def test_it_ends_its_thread() -> None:
    with Session(Settings()) as session:
        session.ask({"do": "play"})
    assert "playground" not in {thread.name for thread in threading.enumerate()}
