"""Types that TorchScript knows, as programs import them for their annotations."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple, Union  # noqa: UP035 - the names that programs import

from ..futures import Future

__all__ = [
    "Any", "BroadcastingList1", "BroadcastingList2", "BroadcastingList3", "Dict", "Future", "List",
    "Optional", "Tuple", "Union",
]  # fmt: skip


class _BroadcastingList:
    """``BroadcastingList2[int]``: one value that stands for all, or as many as the name says."""

    def __getitem__(self, kind: Any) -> Any:
        return kind


BroadcastingList1 = BroadcastingList2 = BroadcastingList3 = _BroadcastingList()
