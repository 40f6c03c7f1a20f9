"""The code that is put in front of functions, as a debugger sees it."""

from __future__ import annotations

import subprocess
import sys
from types import FunctionType
from typing import Any

import pytest

import microtensor as mt
from microtensor.engine.overriding.overridable import overridable

PROGRAM = """
import microtensor as mt
for _ in range(2):  # the first call writes the code that the second one runs
    try:
        mt.searchsorted(mt.zeros(2, 2), mt.zeros(3, 3))
    except RuntimeError as error:
        trace = error.__traceback__
        while trace is not None:
            assert trace.tb_frame.f_locals is not None
            trace = trace.tb_next
"""


def test_its_variables_can_be_looked_at() -> None:
    """In a process of its own: a frame without its variables would end it."""
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)


def test_a_tensor_after_arguments_left_off_comes_by_name() -> None:
    seen = []

    class Watch(mt.overrides.TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            seen.append((func.__name__, len(args), sorted(kwargs or {})))
            return func(*args, **(kwargs or {}))

    x, window = mt.ones(16), mt.ones(4)
    with Watch():
        mt.stft(x, 4, window=window, return_complex=True)
    assert seen[0] == ("stft", 2, ["return_complex", "window"])


def test_a_call_that_began_before_the_code_was_written_leaves_it() -> None:
    """As if two threads made the first call at once: the second finds the code of the first."""

    def double(x: Any) -> Any:
        return x * 2

    overridable(double)
    first = FunctionType(double.__code__, {})
    assert double(mt.ones(2)).tolist() == [2.0, 2.0]
    written = double.__code__
    assert first(mt.ones(2)).tolist() == [2.0, 2.0]
    assert double.__code__ is written


def test_a_class_answers_for_its_properties() -> None:
    seen: list[str] = []

    class Keeping(mt.Tensor):
        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            seen.append(func.__name__)
            return None

    class Watching(mt.Tensor):
        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            seen.append(func.__name__)
            return super().__torch_function__(func, types, args, kwargs)

    kept, watched = mt.ones(2).as_subclass(Keeping), mt.ones(2).as_subclass(Watching)
    for x in (kept, watched):
        seen.clear()
        x.grad = mt.full((2,), 3.0)
        assert seen == ["__set__"]
    assert mt.Tensor.grad.fget(kept) is None  # type: ignore[attr-defined]
    with mt._C.DisableTorchFunctionSubclass():
        assert kept.grad is None  # it has answered, and set nothing
        assert watched.grad is not None
        assert watched.grad.tolist() == [3.0, 3.0]
        kept.grad = mt.ones(2)
    for x in (kept, watched):
        seen.clear()
        del x.grad
        assert seen == ["__delete__"]
    with mt._C.DisableTorchFunctionSubclass():
        assert kept.grad is not None
        assert watched.grad is None
        del kept.grad
        assert kept.grad is None


def test_a_class_is_asked_after_a_mode_that_does_not_know() -> None:
    class Ignorant(mt.overrides.TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return NotImplemented

    class Answering(mt.Tensor):
        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return func.__name__

    x = mt.ones(2).as_subclass(Answering)
    plain = mt.ones(2)
    with Ignorant():
        assert mt.add(plain, x) == "add"
        with pytest.raises(TypeError, match="mode Ignorant answered NotImplemented"):
            mt.add(plain, plain)


def test_the_answer_of_a_class_that_overrides_nothing() -> None:
    class Loud(mt.Tensor):
        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return "loud"

    x = mt.ones(2).as_subclass(Loud)
    assert mt.add(x, 1) == "loud"
    found = mt._C._disabled_torch_function_impl(mt.add, (Loud,), (x, 1), {"alpha": 2})
    assert type(found) is mt.Tensor
    assert found.tolist() == [3.0, 3.0]
    assert mt._C._disabled_torch_function_impl(mt.neg, (), (x,)).tolist() == [-1.0, -1.0]


class Named:
    """Answers every call with the function that was called."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func


@pytest.mark.parametrize("name", ["all", "amax", "argmin", "logsumexp", "mean", "select", "sum", "unsqueeze"])
def test_a_class_sees_the_function_that_was_called(name: str) -> None:
    """Also where the function hands its arguments on to an op of the same name."""
    function = getattr(mt, name)
    rest = {"select": (0, 0), "unsqueeze": (0,), "logsumexp": (0,)}.get(name, ())
    assert function(Named(), *rest) is function
