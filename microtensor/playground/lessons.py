"""Five lessons of a few cards each: what to try, and what has to be so before one goes on.

A card may set something, and may have a goal: facts of a frame (`measures.facts`) that the page compares
with numbers.  Its solution is what reaches the goal within `steps` steps, for a learner who asks and for the
tests; training begins anew with it, unless the card says ``keep``, and at the card's speed, if it has one.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

__all__ = ["lessons"]


def lessons() -> list[dict[str, Any]]:
    """What the page teaches; goals are lists of a fact, a sign and a number.

    >>> lessons()[0]["title"], lessons()[0]["cards"][0]["goal"]
    ('One line is not enough', [['step', '>=', 300.0]])
    """
    text = files(__package__).joinpath("page", "lessons.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)
    for lesson in found:
        lesson["cards"] = [{**card, "goal": _terms(card.get("goal", ""))} for card in lesson["cards"]]
    return found


def _terms(goal: str) -> list[list[str | float]]:
    terms = [term.split() for term in goal.split(" and ")] if goal else []
    return [[fact, sign, float(value)] for fact, sign, value in terms]
