"""Runs a program twice from one seed, as it is and compiled, and compares all that it leaves to the bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import microtensor as mt

Feed = Callable[[np.random.Generator, int], tuple[Any, ...]]
Build = Callable[[], tuple[Callable[..., Any], Feed, list[Any]]]


def run(build: Build, compiled: bool, steps: int, backend: str = "numpy") -> tuple[list[bytes], Any]:
    """The bytes of every result and, at the end, of every tensor of the state."""
    mt.manual_seed(7)
    function, feed, state = build()
    function = mt.compile(function, backend=backend) if compiled else function
    random, seen = np.random.default_rng(3), []
    for k in range(steps):
        seen += values(function(*feed(random, k)))
        seen += [b"" if t.grad is None else t.grad.numpy().tobytes() for t in state]
    seen += [t.detach().numpy().tobytes() for t in state]
    return seen, function


def values(result: Any) -> list[bytes]:
    """The bytes of the tensors in a result."""
    items = result if isinstance(result, (tuple, list)) else [result]
    return [x.detach().numpy().tobytes() if isinstance(x, mt.Tensor) else repr(x).encode() for x in items]


def compare(build: Build, steps: int = 12) -> Any:
    """The compiled function, after its results and state have been found equal to the bit."""
    want, _ = run(build, False, steps)
    got, function = run(build, True, steps)
    assert want == got
    return function


def floats(random: np.random.Generator, *shape: int) -> mt.Tensor:
    """Standard normal numbers."""
    return mt.tensor(random.standard_normal(shape).astype(np.float32))
