"""``with torch.device("meta"):`` and `set_default_device`: a mode in which factories make tensors there."""

from __future__ import annotations

from typing import Any

from ...engine.overriding import dispatch, overridable
from ...engine.tensor import Tensor

FACTORIES = (overridable.CREATION - {"from_numpy", "frombuffer"}) | {
    "empty_permuted", "normal", "bartlett_window", "blackman_window", "hamming_window", "hann_window",
    "kaiser_window", "fftfreq", "rfftfreq",
}  # fmt: skip


class DeviceContext:
    """Names the device to factories that were given none."""

    def __init__(self, where: Any) -> None:
        self.where = where

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """The call itself, with ``device=`` where it may be."""
        kwargs = dict(kwargs or {})
        if getattr(func, "__name__", "") in FACTORIES and kwargs.get("device") is None:
            kwargs["device"] = self.where
        return func(*args, **kwargs)


def enter(where: Any) -> Any:
    """Begin a context; what comes back is for `leave`."""
    overridable.arm(Tensor)
    return dispatch.push(DeviceContext(where))


def leave(token: Any) -> None:
    """End it."""
    dispatch.pop(token)
