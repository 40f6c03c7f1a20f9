"""Programs that run twice, with PyTorch and with microtensor, and must make the same things.

A test module with a text called ``PROGRAMS`` and a test that takes `program` and `agree` gets one test
for each program.  Programs are separated by empty lines; the comment on the first line is the name.
A second comment may say how we differ:

``# bug: ...``      we do not agree yet, and should: the test is expected to fail, strictly;
``# allowed: ...``  PyTorch refuses and we do not, because our gradient is right.  What follows
                    ``# as:`` is a program that PyTorch accepts, and gives the numbers we must give.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt

CLOSE = {"float64": (1e-10, 1e-12), "float32": (1e-5, 1e-6), "float16": (1e-3, 1e-3)}
"""Relative and absolute rounding, by dtype."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "program" in metafunc.fixturenames:
        blocks = metafunc.module.PROGRAMS.strip().split("\n\n")
        metafunc.parametrize("program", [_param(block.strip()) for block in blocks])


def _param(block: str) -> Any:
    name, second = block.splitlines()[0].removeprefix("# "), block.splitlines()[1]
    bug = second.removeprefix("# bug: ") if second.startswith("# bug: ") else ""
    marks = [pytest.mark.xfail(strict=True, reason=bug)] if bug else []
    return pytest.param(block, id=name, marks=marks)


def raises(call: Callable[[], Any], words: str = "", error: type[Exception] = Exception) -> str:
    """The built-in class of the error that a call raises, and that its text has what programs look for."""
    try:
        call()
    except error as found:
        kind = next(base.__name__ for base in type(found).__mro__ if base.__module__ == "builtins")
        return f"{kind}, {bool(re.search(words, str(found)))}"
    return "no error"


def run(library: Any, text: str) -> tuple[dict[str, Any], Exception | None]:
    """What a program made, by name, and the error that ended it."""
    made = {"torch": library, "np": np, "raises": raises}
    library.manual_seed(0)
    try:
        exec(text, made)
    except Exception as error:
        return made, error
    return made, None


def look(library: Any, value: Any) -> Any:
    """Everything that must agree about a value."""
    if isinstance(value, (list, tuple)):
        return [look(library, item) for item in value]
    if not isinstance(value, library.Tensor):
        return value if isinstance(value, (bool, int, float, str)) else None
    facts = {"values": value.detach().numpy(), "dtype": str(value.dtype).removeprefix("torch.")}
    try:
        facts |= {"requires_grad": value.requires_grad, "leaf": value.is_leaf}
    except RuntimeError:  # of several views, one was written to
        return facts | {"lost": True}
    if value.is_leaf or value.retains_grad:
        facts["grad"] = None if value.grad is None else value.grad.detach().numpy()
    return facts


def same(ours: Any, theirs: Any) -> bool:
    """Equal, arrays up to rounding."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return all(same(ours[key], theirs[key]) for key in theirs.keys() & ours.keys())
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(theirs, np.ndarray):
        close = np.allclose(ours, theirs, *CLOSE.get(theirs.dtype.name, (0, 0)), equal_nan=True)
        return bool(ours.shape == theirs.shape and close)
    return bool(ours == theirs)


def compare(program: str, versions: bool = False) -> None:
    """Run a program with both libraries, and compare every variable and the error."""
    theirs = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")
    text, allowed, instead = program.partition("# as:")
    expected, refused = run(theirs, text)
    made, error = run(mt, text)
    if allowed or "# allowed: " in text:
        assert refused is not None, "PyTorch accepts this now"
        assert error is None, f"we say that we allow this: {error!r}"
        expected = run(theirs, instead)[0]
    elif refused is not None:
        assert isinstance(error, type(refused)), f"PyTorch raises {refused!r}, and we {error!r}"
    else:
        assert error is None, f"PyTorch accepts this: {error!r}"
    for name in sorted(expected.keys() & made.keys() - {"torch", "np", "__builtins__"}):
        a, b = look(mt, made[name]), look(theirs, expected[name])
        if allowed:
            a, b = [x.get("grad") if isinstance(x, dict) else x for x in (a, b)]
        assert same(a, b), f"{name}: PyTorch has {b}, and we {a}"
        if versions and not allowed and hasattr(made[name], "_version"):
            a, b = made[name]._version, expected[name]._version
            assert a == b, f"{name} is at version {a}, and in PyTorch at {b}"


@pytest.fixture(autouse=True)
def arguments_are_checked() -> None:
    """PyTorch's distributions check their arguments again: importing its compiler switches that off."""
    theirs = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")
    theirs.distributions.Distribution.set_default_validate_args(True)


@pytest.fixture
def agree() -> Callable[..., None]:
    """Hold a program to giving the same with PyTorch and with microtensor."""
    return compare
