"""`composite`: a marked function is itself, and is shown to whoever watches."""

from __future__ import annotations

import inspect
from typing import Any

import microtensor as mt
from microtensor.engine.composite import composite, is_watched, watching


def test_a_marked_function_is_itself() -> None:
    signature = inspect.signature(mt.nn.functional.layer_norm)
    assert list(signature.parameters) == ["input", "normalized_shape", "weight", "bias", "eps"]
    assert mt.nn.functional.layer_norm.__name__ == "layer_norm"
    assert not is_watched()


def test_a_watcher_sees_the_call_and_may_answer_it() -> None:
    seen: list[Any] = []

    def watch(name: str, function: Any, args: Any, kwargs: Any) -> Any:
        seen.append((name, args, kwargs))
        return "mine" if args == (1,) else NotImplemented

    @composite("half")
    def half(x: float, *, places: int = 1) -> float:
        return round(x / 2, places)

    with watching(watch):
        assert is_watched()
        assert half(1) == "mine"
        assert half(3, places=2) == 1.5
    assert half(1) == 0.5
    assert seen == [("half", (1,), {}), ("half", (3,), {"places": 2})]


def test_watchers_come_and_go_in_any_order() -> None:
    @composite("one")
    def one() -> int:
        return 1

    first, second = watching(lambda *call: "first"), watching(lambda *call: "second")
    first.__enter__()
    second.__enter__()
    assert one() == "first"
    first.__exit__(None, None, None)
    assert one() == "second"
    second.__exit__(None, None, None)
    assert (one(), is_watched()) == (1, False)
