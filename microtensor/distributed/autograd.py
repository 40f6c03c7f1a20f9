"""PyTorch's ``torch.distributed.autograd``: backward passes over several ranks by RPC, which are not here."""

from __future__ import annotations

from .rpc import init_rpc, is_available

__all__ = ["backward", "context", "get_gradients", "is_available"]

backward = context = get_gradients = init_rpc
