"""``torch.export.export``: refused in a sentence that says what is here instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import microtensor as mt


@pytest.mark.parametrize(
    "call",
    [
        lambda: mt.export.export(mt.nn.ReLU(), (mt.ones(1),)),
        lambda: mt.export.save(None, "m.pt2"),
        lambda: mt.export.load("m.pt2"),
        lambda: mt.export.ExportedProgram(),
    ],
)
def test_it_says_what_is_here_instead(call: Callable[[], Any]) -> None:
    with pytest.raises(RuntimeError, match="torch.export.*fx.symbolic_trace gives a graph that Python runs"):
        call()
