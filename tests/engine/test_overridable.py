"""The code that is put in front of functions, as a debugger sees it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import microtensor as mt

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
