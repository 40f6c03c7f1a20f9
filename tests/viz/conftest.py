"""The programs of this folder can be imported by its tests, however pytest imports those."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _figures_are_closed() -> Iterator[None]:
    """Plots are pyplot's figures, of which it warns when twenty are open."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
