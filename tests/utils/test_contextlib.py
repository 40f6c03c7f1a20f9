"""Context managers that decorate functions, generators and their steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from microtensor.utils._contextlib import (
    _DecoratorContextManager,
    _NoParamDecoratorContextManager,
    context_decorator,
)

seen: list[str] = []


class Inside(_DecoratorContextManager):
    """Writes down when it is entered and left."""

    def __enter__(self) -> None:
        seen.append("in")

    def __exit__(self, *error: Any) -> None:
        seen.append("out")


class Bare(_NoParamDecoratorContextManager, Inside):
    """The same, without brackets."""


@Inside()
def steps() -> Iterator[Any]:
    """Answers what it is sent, and three when a ValueError is thrown in."""
    try:
        seen.append(str((yield 1)))
        yield 2
    except ValueError:
        yield 3


def test_every_call_runs_inside() -> None:
    seen.clear()
    assert Bare(len)("ab") == 2
    with Bare():
        seen.append("with")
    assert seen == ["in", "out", "in", "with", "out"]


def test_of_a_generator_every_step_runs_inside() -> None:
    seen.clear()
    it: Any = steps()
    assert [next(it), it.send("sent"), it.throw(ValueError())] == [1, 2, 3]
    assert list(it) == []
    assert seen == ["in", "out", "in", "sent", "out", "in", "out", "in", "out"]
    seen.clear()
    it = steps()
    next(it)
    it.close()
    assert seen == ["in", "out", "in", "out"]


def test_what_cannot_decorate_says_so() -> None:
    both: Any = Inside()
    with pytest.raises(RuntimeError, match="give a function that makes one"):
        context_decorator(both, len)
    with pytest.raises(RuntimeError, match="decorate its methods"):
        context_decorator(lambda: Inside(), dict)
    with pytest.raises(NotImplementedError, match="does not say what __enter__ does"):
        _DecoratorContextManager().__enter__()
    with pytest.raises(NotImplementedError, match="does not say what __exit__ does"):
        _DecoratorContextManager().__exit__()


def test_a_plain_context_manager_is_entered_at_each_call() -> None:
    class Plain:
        """Has no calls of its own."""

        def __enter__(self) -> None:
            seen.append("in")

        def __exit__(self, *error: object) -> None:
            seen.append("out")

    seen.clear()
    assert context_decorator(Plain(), len)("ab") == 2
    assert seen == ["in", "out"]
