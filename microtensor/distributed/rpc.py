"""PyTorch's ``torch.distributed.rpc``: calls of functions on other ranks, which are not here."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["RRef", "init_rpc", "is_available", "remote", "rpc_async", "rpc_sync", "shutdown"]


def is_available() -> bool:
    """Always False."""
    return False


def init_rpc(*args: Any, **kwargs: Any) -> NoReturn:
    """Raises ``RuntimeError``: ranks exchange tensors, and call no functions of each other."""
    raise RuntimeError(
        "rpc is not in microtensor: ranks exchange tensors with all_reduce, all_gather, send and recv, and "
        "objects with broadcast_object_list"
    )


remote = rpc_async = rpc_sync = shutdown = init_rpc


class RRef:
    """A reference to an object of another rank: making one raises ``RuntimeError``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        init_rpc()
