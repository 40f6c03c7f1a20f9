"""Mixed precision, as programs ask for it: accepted, and without effect.

On the CPU without bfloat16 there is nothing to mix; a program that trains under `autocast` with a
`GradScaler` computes here what it computes with both disabled.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ContextDecorator
from typing import Any

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]


class autocast(ContextDecorator):  # noqa: N801 - PyTorch's name
    """A context, or a decorator, in which everything is computed as outside of it.

    >>> with mt.autocast("cuda", dtype=mt.float16):
    ...     (mt.ones(2, 2) @ mt.ones(2, 2)).dtype
    torch.float32
    """

    def __init__(
        self,
        device_type: str = "cuda",
        dtype: Any = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        self.device = device_type

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing was changed."""


class GradScaler:
    """A scaler whose scale is 1: `scale` gives the loss itself, `step` steps.

    >>> scaler = mt.amp.GradScaler()
    >>> scaler.scale(mt.tensor(2.0))
    tensor(2.)
    """

    def __init__(self, device: str = "cuda", *args: Any, enabled: bool = True, **kwargs: Any) -> None:
        """Take what PyTorch takes."""

    def scale(self, outputs: Any) -> Any:
        """The loss, as it is."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Nothing: gradients are not scaled."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """``optimizer.step()``."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Nothing: the scale stays 1."""

    def get_scale(self) -> float:
        """Always 1."""
        return 1.0

    def is_enabled(self) -> bool:
        """Always False."""
        return False

    def state_dict(self) -> dict[str, Any]:
        """Nothing, as of a disabled scaler."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Nothing."""


def is_autocast_available(device_type: str) -> bool:
    """Always False.

    >>> mt.amp.is_autocast_available("cpu")
    False
    """
    return False


def custom_fwd(fwd: Callable[..., Any] | None = None, **ignored: Any) -> Any:
    """`fwd` itself, which needs no casting.

    >>> mt.amp.custom_fwd(len) is len
    True
    """
    return fwd if fwd is not None else lambda function: function


custom_bwd = custom_fwd
