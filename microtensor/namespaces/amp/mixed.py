"""Mixed precision: `autocast`, and what lets custom functions go along with it."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from microtensor import Tensor
from microtensor.engine.attributes.dtype_objects import bfloat16, float16, float64

from . import state
from .grad_scaler import GradScaler

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]


class autocast:  # noqa: N801 - PyTorch's name
    """A context, or a decorator, in which functions choose their dtype: products bfloat16 or float16.

    On the CPU the lower precision is bfloat16 (which needs ml_dtypes: the extra ``lowp``) unless `dtype` says
    float16; losses and decompositions compute in float32, and all other functions in what they get.
    Parameters stay float32, and so do their gradients.  float64 is never cast, nor are calls with ``out=``
    and in-place methods.  It holds in this thread; contexts can be nested, and ``enabled=False`` switches it
    off inside.  With `cache_enabled` (the default) a parameter is cast once for all its uses.

    Warns and does nothing for another `dtype`, and for a device that is not here.  Raises ``RuntimeError``
    for an unknown device, and, on entering, ``ImportError`` for bfloat16 without ml_dtypes.

    >>> with mt.autocast("cpu", dtype=mt.float16):
    ...     y = mt.ones(2, 2) @ mt.ones(2, 2)
    >>> y.dtype, (y + mt.ones(2, 2)).dtype
    (torch.float16, torch.float32)
    """

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        self.device = state.known(device_type)
        self.fast_dtype = state.get_autocast_dtype(device_type) if dtype is None else dtype
        self._cache_enabled = state.is_autocast_cache_enabled() if cache_enabled is None else cache_enabled
        refused = _refusal(device_type, self.fast_dtype) if enabled else ""
        if refused:
            warnings.warn(refused, stacklevel=2)
        self._enabled = bool(enabled) and not refused
        self._before: list[tuple[bool, Any, bool]] = []

    def __enter__(self) -> autocast:
        before = (
            state.is_autocast_enabled(self.device),
            state.get_autocast_dtype(self.device),
            state.is_autocast_cache_enabled(),
        )
        state.enter(self.device, self._enabled, self.fast_dtype, self._cache_enabled)
        self._before.append(before)
        return self

    def __exit__(self, *error: object) -> None:
        state.leave(self.device, *self._before.pop())

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """`func`, which runs in this context whenever it is called."""
        if not callable(func):
            raise TypeError(
                f"autocast()(func) requires a callable, but got {type(func).__name__}; "
                "as a context it is written `with autocast(device_type):`"
            )

        @functools.wraps(func)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with self:
                return func(*args, **kwargs)

        return decorated


def _refusal(device: str, dtype: Any) -> str:
    """Why nothing is cast; empty if something is."""
    if device != "cpu":
        return f"{device.upper()} is not available. Disabling autocast."
    if dtype not in (bfloat16, float16):
        return (
            f"In CPU autocast, but the target dtype {dtype} is not supported. Disabling autocast.\n"
            "CPU Autocast only supports dtypes of torch.bfloat16, torch.float16 currently."
        )
    return ""


def is_autocast_available(device_type: str) -> bool:
    """Whether PyTorch has autocast for this type of device, be one here or not.

    Raises ``RuntimeError`` for an unknown one.

    >>> mt.amp.is_autocast_available("cpu")
    True
    """
    return bool(state.known(device_type))


def _cast(value: Any, dtype: Any) -> Any:
    """`value` with its floating tensors but float64 in `dtype`, also those in lists, tuples and mappings."""
    if isinstance(value, Tensor):
        return value.to(dtype) if value.is_floating_point() and value.dtype is not float64 else value
    if isinstance(value, Mapping):
        return {_cast(key, dtype): _cast(item, dtype) for key, item in value.items()}
    return type(value)([_cast(v, dtype) for v in value]) if type(value) in (list, tuple) else value


def custom_fwd(
    fwd: Callable[..., Any] | None = None, *, device_type: str, cast_inputs: Any = None
) -> Callable[..., Any]:
    """Decorate the ``forward`` of an ``autograd.Function`` that is to run under autocast.

    With `cast_inputs`, tensors come in that dtype and autocast is off inside; without, it is as outside.
    Its ``backward`` has `custom_bwd`.  Raises ``ValueError`` if `device_type` is no string.

    >>> class Product(mt.autograd.Function):
    ...     @staticmethod
    ...     @mt.amp.custom_fwd(device_type="cpu", cast_inputs=mt.float32)
    ...     def forward(ctx, x):
    ...         return x @ x
    ...     @staticmethod
    ...     @mt.amp.custom_bwd(device_type="cpu")
    ...     def backward(ctx, g):
    ...         return g
    >>> with mt.autocast("cpu", mt.float16):
    ...     Product.apply(mt.ones(2, 2)).dtype
    torch.float32
    """
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorated(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        on = state.is_autocast_enabled(device_type)
        ctx._dtype = state.get_autocast_dtype(device_type)
        ctx._fwd_used_autocast = on and cast_inputs is None
        if cast_inputs is None or not on:
            return fwd(ctx, *args, **kwargs)
        with autocast(device_type, enabled=False):
            return fwd(ctx, *_cast(args, cast_inputs), **_cast(kwargs, cast_inputs))

    return decorated


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str) -> Callable[..., Any]:
    """Decorate the ``backward`` of such a function: autocast is in it as it was in its ``forward``.

    Raises ``ValueError`` if `device_type` is no string.
    """
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorated(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        with autocast(device_type, enabled=ctx._fwd_used_autocast, dtype=ctx._dtype):
            return bwd(ctx, *args, **kwargs)

    return decorated
