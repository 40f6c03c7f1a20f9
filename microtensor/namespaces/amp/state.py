"""Whether autocast is on in this thread, and to which dtype: what `autocast` sets and programs ask.

The state is one immutable tuple in a context variable.  Each change of it that concerns the CPU exchanges the
thread's caster, which calls see only while it is there: autocast that is off costs nothing.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, NamedTuple

from microtensor import Tensor
from microtensor.engine.attributes.dtype_objects import bfloat16, float16
from microtensor.engine.overriding import overridable
from microtensor.engine.overriding.dispatch import set_caster

from .casting import Casting

__all__ = [
    "autocast_decrement_nesting", "autocast_increment_nesting", "clear_autocast_cache",
    "get_autocast_cpu_dtype", "get_autocast_dtype", "get_autocast_gpu_dtype", "is_autocast_cache_enabled",
    "is_autocast_cpu_enabled", "is_autocast_enabled", "set_autocast_cache_enabled", "set_autocast_cpu_dtype",
    "set_autocast_cpu_enabled", "set_autocast_dtype", "set_autocast_enabled", "set_autocast_gpu_dtype",
]  # fmt: skip

DEFAULTS = {
    "cpu": bfloat16, "cuda": float16, "hpu": bfloat16, "ipu": float16, "mps": float16, "mtia": float16,
    "xla": bfloat16, "xpu": float16,
}  # fmt: skip
"""The devices that have autocast in PyTorch, and the dtype of each."""


class State(NamedTuple):
    """What holds in a thread; `dtypes` are those that were set."""

    enabled: frozenset[str] = frozenset()
    dtypes: tuple[tuple[str, Any], ...] = ()
    cached: bool = True
    nesting: int = 0
    cache: Any = None


_state: ContextVar[State] = ContextVar("microtensor.autocast", default=State())  # noqa: B039 - a tuple


def _set(**what: Any) -> None:
    """Change this thread's state, and its caster with it."""
    new = _state.get()._replace(**what)
    new = new if new.cache is not None else new._replace(cache={})
    caster = None
    if "cpu" in new.enabled:
        overridable.arm(Tensor)
        caster = Casting(_present(dict(new.dtypes).get("cpu", bfloat16)), new.cached, new.cache)
    set_caster(caster)
    _state.set(new)


def _present(dtype: Any) -> Any:
    """`dtype`, once NumPy has it: ``ImportError`` for bfloat16 without ml_dtypes."""
    dtype.dtype  # noqa: B018 - looked up when first asked for
    return dtype


def known(device_type: Any) -> str:
    """The name of a device that has autocast in PyTorch, or ``RuntimeError``."""
    if not isinstance(device_type, str):
        raise TypeError(f"device_type must be str, not {type(device_type).__name__}")
    if device_type not in DEFAULTS:
        raise RuntimeError(f"autocast: expected one of {', '.join(DEFAULTS)}, got device {device_type!r}")
    return device_type


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether calls of this thread are cast on that device.  Raises ``RuntimeError`` for an unknown one.

    >>> with mt.autocast("cpu", mt.float16):
    ...     mt.is_autocast_enabled("cpu"), mt.is_autocast_enabled()
    (True, False)
    """
    return known(device_type) in _state.get().enabled


def set_autocast_enabled(device_type: str, enabled: bool) -> None:
    """Turn autocast on or off in this thread; `autocast` does it for the length of a ``with``.

    Raises ``RuntimeError`` for an unknown device, and ``ImportError`` for bfloat16 without ml_dtypes.
    """
    one = {known(device_type)}
    before = _state.get().enabled
    _set(enabled=before | one if enabled else before - one)


def get_autocast_dtype(device_type: str) -> Any:
    """The dtype of the lower precision: on the CPU bfloat16, if none was set.

    Raises ``RuntimeError`` for an unknown device.

    >>> mt.get_autocast_dtype("cpu")
    torch.bfloat16
    """
    return dict(_state.get().dtypes).get(known(device_type), DEFAULTS[device_type])


def set_autocast_dtype(device_type: str, dtype: Any) -> None:
    """Set the dtype of the lower precision in this thread.

    Raises ``RuntimeError`` for an unknown device.
    """
    _set(dtypes=tuple((dict(_state.get().dtypes) | {known(device_type): dtype}).items()))


def is_autocast_cache_enabled() -> bool:
    """Whether a weight is cast once for all its uses; True at first.

    >>> mt.is_autocast_cache_enabled()
    True
    """
    return _state.get().cached


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Let a weight be cast once for all its uses, or each time."""
    _set(cached=bool(enabled))


def clear_autocast_cache() -> None:
    """Forget this thread's casts of weights; the outermost `autocast` does it at its end."""
    if _state.get().cache:
        _state.get().cache.clear()


def autocast_increment_nesting() -> int:
    """Enter one more context of autocast, and tell how many there are."""
    _set(nesting=_state.get().nesting + 1)
    return _state.get().nesting


def autocast_decrement_nesting() -> int:
    """Leave a context of autocast, and tell how many are left."""
    _set(nesting=_state.get().nesting - 1)
    return _state.get().nesting


def enter(device_type: str, enabled: bool, dtype: Any, cached: bool) -> None:
    """One context more, in which this holds: all of it at once, or nothing if the dtype is not there."""
    now = _state.get()
    others = now.enabled - {device_type}
    _set(
        enabled=others | {device_type} if enabled else others,
        dtypes=tuple((dict(now.dtypes) | {device_type: dtype}).items()),
        cached=bool(cached),
        nesting=now.nesting + 1,
    )


def leave(device_type: str, enabled: bool, dtype: Any, cached: bool) -> None:
    """One context less, and what held outside of it; the last forgets the casts of weights."""
    enter(device_type, enabled, dtype, cached)
    _set(nesting=_state.get().nesting - 2)
    if _state.get().nesting == 0:
        clear_autocast_cache()


def is_autocast_cpu_enabled() -> bool:
    """``is_autocast_enabled("cpu")``, by its older name."""
    return is_autocast_enabled("cpu")


def set_autocast_cpu_enabled(enabled: bool) -> None:
    """``set_autocast_enabled("cpu", enabled)``, by its older name."""
    set_autocast_enabled("cpu", enabled)


def get_autocast_cpu_dtype() -> Any:
    """``get_autocast_dtype("cpu")``, by its older name."""
    return get_autocast_dtype("cpu")


def set_autocast_cpu_dtype(dtype: Any) -> None:
    """``set_autocast_dtype("cpu", dtype)``, by its older name."""
    set_autocast_dtype("cpu", dtype)


def get_autocast_gpu_dtype() -> Any:
    """``get_autocast_dtype("cuda")``, by its older name."""
    return get_autocast_dtype("cuda")


def set_autocast_gpu_dtype(dtype: Any) -> None:
    """``set_autocast_dtype("cuda", dtype)``, by its older name."""
    set_autocast_dtype("cuda", dtype)
