"""Each goal of each lesson can be reached, by the solution it names, and isn't reached before."""

from __future__ import annotations

import operator
from typing import Any

import pytest

from microtensor.playground import Settings, Trainer
from microtensor.playground.frame import frame
from microtensor.playground.lessons import lessons

SIGNS = {">=": operator.ge, "<=": operator.le, "==": operator.eq}


def reached(trainer: Trainer, goal: list[Any]) -> bool:
    facts = frame(trainer, 2)["facts"]
    return all(facts[fact] is not None and SIGNS[sign](facts[fact], value) for fact, sign, value in goal)


def steps_to(trainer: Trainer, goal: list[Any], most: int) -> int:
    """After how many steps a goal is reached; looks at every step at first, then at every tenth."""
    for steps in range(most + 1):
        if (steps < 100 or steps % 10 == 0) and reached(trainer, goal):
            return steps
        trainer.advance()
    pytest.fail(f"{goal} is not reached in {most} steps: {frame(trainer, 2)['facts']}")


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson["id"])
def test_goals_are_reached_as_the_solutions_say(lesson: dict[str, Any]) -> None:
    trainer = Trainer(Settings.of(lesson["cards"][0]["settings"]))
    for card in lesson["cards"]:
        if "settings" in card:
            trainer = Trainer(Settings.of(card["settings"]))
        if not card["goal"]:
            continue
        if card.get("keep"):
            assert not reached(trainer, card["goal"])
            trainer.change_rate(card["solution"]["lr"])
        else:
            trainer = Trainer(trainer.settings.changed(card["solution"]))
        steps_to(trainer, card["goal"], card["steps"])


def test_there_are_five_lessons_of_five_to_eight_cards() -> None:
    assert len(lessons()) == 5
    for lesson in lessons():
        assert 5 <= len(lesson["cards"]) <= 8
        assert all(("goal" in card) == ("wanted" in card) or not card["goal"] for card in lesson["cards"])


def test_a_lesson_doesnt_begin_with_its_first_goal_reached() -> None:
    for lesson in lessons():
        first = lesson["cards"][0]
        assert not reached(Trainer(Settings.of(first["settings"])), first["goal"]), lesson["id"]
