"""Settings of the whole library that programs make at their start.

Those that decide what is computed are checked; those that only choose how fast are remembered and have no
effect, because NumPy decides that (threads of its BLAS are set by ``OMP_NUM_THREADS`` before it starts).
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from .engine.size_device import CPU, as_device, default_device, names_meta
from .engine.size_device import device as _device
from .engine.tensor import Tensor

__all__ = [
    "are_deterministic_algorithms_enabled",
    "get_default_device",
    "get_device_module",
    "get_float32_matmul_precision",
    "get_num_interop_threads",
    "get_num_threads",
    "set_default_device",
    "set_float32_matmul_precision",
    "set_num_interop_threads",
    "set_num_threads",
    "use_deterministic_algorithms",
]

_kept: dict[str, Any] = {"threads": None, "interop": None, "precision": "highest", "deterministic": False}


def set_num_threads(num: int) -> None:
    """Remember a number of threads; raises ``RuntimeError`` unless it is positive.

    >>> mt.set_num_threads(1)
    >>> mt.get_num_threads()
    1
    """
    _kept["threads"] = _positive(num)


def set_num_interop_threads(num: int) -> None:
    """Remember a number of threads; raises ``RuntimeError`` unless it is positive.

    >>> mt.set_num_interop_threads(1)
    """
    _kept["interop"] = _positive(num)


def _positive(num: Any) -> int:
    if not isinstance(num, int) or num <= 0:
        raise RuntimeError(f"Expected positive number of threads, got {num!r}")
    return num


def get_num_threads() -> int:
    """The number that was set, else the number of processors."""
    return _kept["threads"] or os.cpu_count() or 1


def get_num_interop_threads() -> int:
    """The number that was set, else the number of processors."""
    return _kept["interop"] or os.cpu_count() or 1


def set_float32_matmul_precision(precision: str) -> None:
    """Remember ``"highest"``, ``"high"`` or ``"medium"``; float32 is always computed as float32.

    Raises ``ValueError`` for any other word.

    >>> mt.set_float32_matmul_precision("high")
    >>> mt.set_float32_matmul_precision("highest")
    """
    if precision not in ("highest", "high", "medium"):
        raise ValueError(f"float32 matmul precision is highest, high or medium, not {precision!r}")
    _kept["precision"] = precision


def get_float32_matmul_precision() -> str:
    """The word that was set, ``"highest"`` at first."""
    return str(_kept["precision"])


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Remember it: everything here is deterministic anyway.

    >>> mt.use_deterministic_algorithms(True)
    >>> mt.use_deterministic_algorithms(False)
    """
    _kept["deterministic"], _kept["warn_only"] = bool(mode), bool(mode and warn_only)


def are_deterministic_algorithms_enabled() -> bool:
    """What was set, False at first."""
    return bool(_kept["deterministic"])


def set_default_device(device: Any) -> None:
    """Where tensors are made: the CPU, or "meta"; ``RuntimeError`` for others.

    >>> mt.set_default_device("meta")
    >>> mt.zeros(2)
    tensor(..., device='meta', size=(2,))
    >>> mt.set_default_device("cpu")
    """
    context = _device("meta") if names_meta(device) else as_device(device)
    held, _kept["device"] = _kept.get("device"), None
    if held is not None:
        held.__exit__()
    if context is not CPU:
        _kept["device"] = context.__enter__()


def get_default_device() -> _device:
    """The CPU, or "meta" if that was set, or in its context.

    >>> mt.get_default_device()
    device(type='cpu')
    """
    return default_device()


def get_device_module(device: Any = None) -> Any:
    """The module of a kind of device, `cpu` if none is named.

    Raises ``RuntimeError`` for a device that has none.

    >>> mt.get_device_module().current_device()
    'cpu'
    """
    name = "cpu" if device is None else str(device).partition(":")[0]
    try:
        return import_module(f"{__package__}.{name}")
    except ImportError:
        raise RuntimeError(
            f"Device '{name}' does not have a corresponding module registered as 'torch.{name}'."
        ) from None


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """What `use_deterministic_algorithms` was told last of `warn_only`.

    >>> mt.use_deterministic_algorithms(True, warn_only=True)
    >>> mt.is_deterministic_algorithms_warn_only_enabled()
    True
    >>> mt.set_deterministic_debug_mode("default")
    """
    return bool(_kept.get("warn_only"))


_MODES = {"default": 0, "warn": 1, "error": 2}


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """`use_deterministic_algorithms` by a word (default, warn, error) or its number.

    >>> mt.set_deterministic_debug_mode("default")
    """
    number = _MODES.get(debug_mode, debug_mode) if isinstance(debug_mode, str) else debug_mode
    if number not in (0, 1, 2):
        raise RuntimeError(f"expected debug_mode to be one of default, warn, error, but got {debug_mode!r}")
    use_deterministic_algorithms(number > 0, warn_only=number == 1)


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2: see `set_deterministic_debug_mode`.

    >>> mt.set_deterministic_debug_mode("error")
    >>> mt.get_deterministic_debug_mode()
    2
    >>> mt.set_deterministic_debug_mode("default")
    """
    on = are_deterministic_algorithms_enabled()
    return (1 if is_deterministic_algorithms_warn_only_enabled() else 2) if on else 0


def compile(
    model: Any = None, *, fullgraph: bool = False, dynamic: bool | None = None, backend: Any = "auto",
    mode: str | None = None, options: dict[str, Any] | None = None, disable: bool = False,
) -> Any:  # fmt: skip
    """A function, or a module, that is captured in its first calls and replayed as straight-line code after.

    For a whole training step, for a module (whose backward pass is then one node), or for any function of
    tensors; without an argument, a decorator. The first call runs as ever, the second and the third are
    watched, and only if both did the same is it replayed: equal to the last bit with the backend "numpy", up
    to units in the last place with "c". What it read of Python's state (numbers, flags, which parameters) is
    tested at each call; where something changed, it runs as ever and is captured anew, up to 8 times. What
    can't be replayed (`.item()`, a branch that depends on data and changes, printing, hooks, `vmap`) runs as
    ever: `explain()` of the result says why. See `microtensor.compiled.function.Compiled`.

    Args:
        model: a function, or a module, which gives a module with the original in ``_orig_mod``.
        fullgraph: raise ``CompileError`` where it would run as ever.
        dynamic: accepted; each shape has a program of its own.
        backend: "numpy", "c", "auto" (C where a compiler is), "eager"; PyTorch's names mean "auto".
        mode: accepted.
        options: accepted, without a mode.
        disable: return `model` itself.

    >>> @mt.compile(backend="numpy")
    ... def double(x):
    ...     return 2 * x
    >>> [double(mt.tensor([float(k)])).item() for k in range(5)]
    [0.0, 2.0, 4.0, 6.0, 8.0]
    >>> print(double.explain())
    double has 1 program, replayed with NumPy
    1. (torch.float32 (1,)): 1 instruction
    """
    from .compiled.front import compiled

    return compiled(model, fullgraph, backend, mode, options, disable)


def typename(obj: Any) -> str:
    """The name of a tensor's old type, or of any other object's class.

    >>> mt.typename(mt.zeros(1))
    'torch.FloatTensor'
    """
    if isinstance(obj, Tensor):
        return str(obj.type())
    kind = obj if hasattr(obj, "__qualname__") else type(obj)
    module = getattr(kind, "__module__", None)
    return kind.__qualname__ if module in (None, "builtins") else f"{module}.{kind.__qualname__}"
