"""``torch.utils.model_zoo``: the older name of `microtensor.hub`'s weights from an address."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .progress import tqdm

__all__ = ["load_url", "tqdm"]


def load_url(url: str, *args: Any, **options: Any) -> Any:
    """See `microtensor.hub.load_state_dict_from_url`."""
    return import_module("microtensor.hub").load_state_dict_from_url(url, *args, **options)
