"""PyTorch's ``torch.utils.benchmark``: how long a statement takes, measured so that it can be compared.

| module | what is in it |
|---|---|
| `measurement` | what was measured, and what can be said of it |
| `timer` | `Timer`, which measures |
| `compare` | `Compare`, a table of measurements |
"""

from __future__ import annotations

from typing import Any

from .compare import Colorize, Compare
from .measurement import (
    Measurement,
    TaskSpec,
    ordered_unique,
    select_unit,
    set_torch_threads,
    trim_sigfig,
    unit_to_english,
)
from .timer import Language, Timer

__all__ = [
    "Colorize", "Compare", "Language", "Measurement", "TaskSpec", "Timer", "ordered_unique", "select_unit",
    "set_torch_threads", "trim_sigfig", "unit_to_english",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in ("Fuzzer", "FuzzedParameter", "FuzzedTensor", "FuzzedSparseTensor", "ParameterAlias"):
        raise AttributeError(
            f"torch.utils.benchmark.{name} is not in microtensor: draw sizes with random, tensors with rand"
        )
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
