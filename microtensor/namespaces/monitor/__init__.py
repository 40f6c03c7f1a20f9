"""``torch.monitor``, named only: PyTorch's compiled part counts nothing here."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["Aggregation", "Event", "Stat", "TensorboardEventHandler", "log_event", "register_event_handler"]


def log_event(*args: Any, **options: Any) -> NoReturn:
    """Raises ``NotImplementedError``: log with Python's logging, or a SummaryWriter."""
    raise NotImplementedError(
        "torch.monitor is not in microtensor: log with logging, or torch.utils.tensorboard.SummaryWriter"
    )


Aggregation = Event = Stat = TensorboardEventHandler = register_event_handler = log_event
