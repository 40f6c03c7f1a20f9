"""What ``torch.utils.hooks`` names: the handle of a hook, and the hooks of a module's backward pass."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from ..engine.hook_handle import RemovableHandle

__all__ = ["RemovableHandle", "unserializable_hook", "warn_if_has_hooks"]


def unserializable_hook(f: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a tensor's hook as one that is lost, with a warning, when the tensor is saved.

    >>> from microtensor.utils import hooks
    >>> hooks.unserializable_hook(print) is print
    True
    """
    vars(f).update(__torch_unserializable__=True) if hasattr(f, "__dict__") else None
    return f


def warn_if_has_hooks(tensor: Any) -> None:
    """Warn about every hook of a tensor that is not saved with it, but for those marked as such."""
    for hook in ((tensor._extras or {}).get("hooks") or {}).values():
        if not hasattr(hook, "__torch_unserializable__"):
            warnings.warn(
                f"backward hook {hook!r} on tensor will not be serialized.  If this is expected, you can "
                "decorate the function with @torch.utils.hooks.unserializable_hook to suppress this warning",
                stacklevel=2,
            )
