"""The types of what is trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..utils.data import DataLoader, Dataset

Batch = Sequence[Any]
Batches = Callable[[], Iterable[Batch]]
Measure = Callable[[Any, Any], Any]
Measures = Mapping[str, Measure]
Row = dict[str, float]
Data = Dataset[Any] | DataLoader[Any] | Iterable[Any]
