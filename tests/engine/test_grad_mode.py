"""Grad modes: as contexts, as decorators, nested, in generators, after exceptions, and per thread."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import microtensor as mt
from microtensor.engine.grad_mode import observing

pytestmark = pytest.mark.fast

SWITCHES = [
    (mt.no_grad, False),
    (mt.enable_grad, True),
    (lambda: mt.set_grad_enabled(False), False),
    (lambda: mt.set_grad_enabled(True), True),
    (mt.inference_mode, False),
]
each = pytest.mark.parametrize(("make", "inside"), SWITCHES)


@each
@pytest.mark.parametrize("outside", [True, False])
def test_a_context_switches_and_switches_back(make: Callable[[], Any], inside: bool, outside: bool) -> None:
    with mt.set_grad_enabled(outside):
        with make():
            assert mt.is_grad_enabled() is inside
        assert mt.is_grad_enabled() is outside


@each
def test_an_exception_switches_back(make: Callable[[], Any], inside: bool) -> None:
    with pytest.raises(KeyboardInterrupt), make():
        raise KeyboardInterrupt
    assert mt.is_grad_enabled()
    assert not mt.is_inference_mode_enabled()


@each
def test_a_decorator_keeps_the_function_and_switches_at_each_call(
    make: Callable[[], Any], inside: bool
) -> None:
    def add(a: int, *, b: int = 2) -> tuple[int, bool]:
        """Adds."""
        return a + b, mt.is_grad_enabled()

    decorated = make()(add)
    assert mt.is_grad_enabled(), "decorating must not switch"
    for outside in (True, False):
        with mt.set_grad_enabled(outside):
            assert decorated(1, b=5) == (6, inside)
            assert mt.is_grad_enabled() is outside
    assert (decorated.__name__, decorated.__doc__) == ("add", "Adds.")


def test_decorators_without_parentheses() -> None:
    for mode, inside in ((mt.no_grad, False), (mt.inference_mode, False), (mt.enable_grad, True)):
        with mt.set_grad_enabled(not inside):
            assert mode(mt.is_grad_enabled)() is inside


def test_a_decorated_function_may_call_itself() -> None:
    @mt.no_grad()
    def down(n: int) -> list[bool]:
        here = mt.is_grad_enabled()
        return [here, *down(n - 1)] if n else [here]

    assert down(5) == [False] * 6
    assert mt.is_grad_enabled()


def test_one_context_object_may_be_entered_again() -> None:
    quiet = mt.no_grad()
    with quiet:
        with quiet:
            assert not mt.is_grad_enabled()
        assert not mt.is_grad_enabled()
    assert mt.is_grad_enabled()


def test_modes_nest() -> None:
    seen = []
    with mt.no_grad():
        with mt.enable_grad():
            with mt.no_grad():
                seen.append(mt.is_grad_enabled())
            seen.append(mt.is_grad_enabled())
        seen.append(mt.is_grad_enabled())
    assert [*seen, mt.is_grad_enabled()] == [False, True, False, True]


def test_set_grad_enabled_switches_at_once_and_back_in_a_with() -> None:
    switch = mt.set_grad_enabled(False)
    assert not mt.is_grad_enabled()
    with switch:
        assert not mt.is_grad_enabled()
    assert mt.is_grad_enabled()
    mt.set_grad_enabled(mode=False)
    mt.set_grad_enabled(True)
    assert mt.is_grad_enabled()


def test_a_generator_runs_in_the_mode_and_its_caller_does_not() -> None:
    @mt.no_grad()
    def steps() -> Iterator[bool]:
        for _ in range(3):
            yield mt.is_grad_enabled()

    assert inspect.isgeneratorfunction(steps)
    assert [(inside, mt.is_grad_enabled()) for inside in steps()] == [(False, True)] * 3


def test_a_generator_may_switch_for_itself() -> None:
    @mt.no_grad()
    def steps() -> Iterator[bool]:
        with mt.enable_grad():
            yield mt.is_grad_enabled()
        yield mt.is_grad_enabled()

    assert next(steps()) is True
    assert mt.is_grad_enabled()
    assert list(steps()) == [True, False]


def test_a_generator_gets_what_is_sent_and_thrown() -> None:
    @mt.no_grad()
    def steps() -> Any:
        got = yield mt.is_grad_enabled()
        try:
            yield got, mt.is_grad_enabled()
        except ValueError as error:
            yield str(error), mt.is_grad_enabled()
        return "end"

    generator = steps()
    assert next(generator) is False
    assert generator.send("sent") == ("sent", False)
    assert generator.throw(ValueError("thrown")) == ("thrown", False)
    with pytest.raises(StopIteration) as end:
        next(generator)
    assert end.value.value == "end"
    assert mt.is_grad_enabled()


def test_a_generator_that_returns_at_once() -> None:
    @mt.no_grad()
    def steps() -> Iterator[int]:
        return
        yield 1

    assert list(steps()) == []


def test_a_closed_generator_cleans_up_in_the_mode() -> None:
    seen = []

    @mt.no_grad()
    def steps() -> Iterator[int]:
        try:
            yield 1
        finally:
            seen.append(mt.is_grad_enabled())

    generator = steps()
    next(generator)
    generator.close()
    assert seen == [False]
    assert mt.is_grad_enabled()


def test_an_error_in_a_generator_arrives_and_leaves_the_mode() -> None:
    @mt.no_grad()
    def steps() -> Iterator[int]:
        yield 1
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        list(steps())
    assert mt.is_grad_enabled()


def test_inference_mode_is_known_and_can_be_off() -> None:
    with mt.inference_mode():
        assert mt.is_inference_mode_enabled()
        with mt.inference_mode(False):
            assert not mt.is_inference_mode_enabled()
        assert mt.is_inference_mode_enabled()
    assert not mt.is_inference_mode_enabled()


def test_each_thread_has_its_own_mode() -> None:
    seen: dict[str, bool] = {}

    def other() -> None:
        seen["new thread"] = mt.is_grad_enabled()
        mt.set_grad_enabled(False)

    with mt.no_grad():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert seen == {"new thread": True}, "a new thread records, whatever its parent does"
    assert mt.is_grad_enabled(), "and what it switches stays with it"


def test_tasks_do_not_leak_their_mode_into_each_other() -> None:
    async def quiet() -> bool:
        with mt.no_grad():
            await asyncio.sleep(0)
            return mt.is_grad_enabled()

    async def loud() -> bool:
        await asyncio.sleep(0)
        return mt.is_grad_enabled()

    async def both() -> list[bool]:
        return await asyncio.gather(quiet(), loud(), quiet())

    assert asyncio.run(both()) == [False, True, False]


class Listener:
    """Remembers the names of the nodes it is told of."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def recorded(self, node: Any) -> None:
        self.names.append(node.name())


def test_an_observer_is_told_of_every_recorded_node_and_of_nothing_else() -> None:
    listener, x = Listener(), mt.ones(2, requires_grad=True)
    with observing(listener):
        y = (x * 2).exp()
        with mt.no_grad():
            _ = x * 3
            with mt.enable_grad():
                _ = x + 1
        _ = mt.ones(2) * 2
        _ = mt.cat([y, y])
    _ = x.sin()
    assert listener.names == ["MulBackward0", "ExpBackward0", "AddBackward0", "CatBackward0"]


def test_an_observer_inside_no_grad_waits_for_enable_grad() -> None:
    listener, x = Listener(), mt.ones(2, requires_grad=True)
    with mt.no_grad(), observing(listener):
        _ = x * 2
        assert not mt.is_grad_enabled()
    assert listener.names == []
    assert mt.is_grad_enabled()


def test_a_subclass_decorates_with_itself() -> None:
    seen: list[str] = []

    class Told(mt.no_grad):
        def __enter__(self) -> None:
            seen.append("in")
            super().__enter__()

    @Told()
    def f() -> bool:
        return mt.is_grad_enabled()

    assert f() is False
    assert seen == ["in"]


def test_decorating_a_class_warns_and_covers_its_construction() -> None:
    with pytest.warns(FutureWarning, match="Decorating classes is deprecated"):

        @mt.no_grad()
        class Seen:
            def __init__(self) -> None:
                self.recording = mt.is_grad_enabled()

    assert not Seen().recording
