"""Windows of ``torch.signal``: curves that fade a stretch of a signal in and out.

All are functions of evenly spaced places, as F. J. Harris, "On the use of windows for harmonic analysis with
the discrete Fourier transform" (1978), lists them.  A window that is not symmetric (``sym=False``) is the
longer symmetric one without its last value: one period.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..engine import dtypes
from ..engine.tensor import Tensor
from ..errors import dtype_name
from ..ops.special.bessel import i0
from .factories import _dtype, _finish
from .ranges import linspace


def _window(
    name: str, M: int, sym: bool, options: dict[str, Any], curve: Callable[[int, Any], Any]
) -> Tensor:
    """``curve(steps, dtype)``, after the checks that all windows share."""
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    if options["layout"] is not None and str(options["layout"]) != "torch.strided":
        raise ValueError(f"{name} is implemented for strided tensors only, got: {options['layout']}")
    dtype = _dtype(options.get("dtype"))
    if dtype not in (dtypes.float32, dtypes.float64):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {dtype_name(dtype)}")
    array = np.ones(M, dtype) if M < 2 else curve(M - 1 if sym else M, dtype).array
    return _finish(array, options["requires_grad"], options["device"], options["layout"])


def _places(start: float, step: float, M: int, dtype: Any) -> Tensor:
    return linspace(start * step, (start + M - 1) * step, M, dtype=dtype)


def general_cosine(
    M: int, *, a: Iterable[float], sym: bool = True, dtype: Any = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """``a[0] - a[1] cos(t) + a[2] cos(2 t) - ...`` over one period.

    >>> mt.signal.windows.general_cosine(3, a=[0.5, 0.5])
    tensor([0., 1., 0.])
    """
    a = list(a)
    if not a:
        raise ValueError("Coefficients cannot be empty")
    options = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}

    def curve(steps: int, dtype: Any) -> Any:
        t = _places(0, 2 * math.pi / steps, M, dtype)
        signed = [-c if i % 2 else c for i, c in enumerate(a)]
        waves = np.cos(np.arange(len(a), dtype=dtype)[:, None] * t.array)
        return Tensor._of((np.asarray(signed, dtype)[:, None] * waves).sum(0, dtype=dtype))

    return _window("general_cosine", M, sym, options, curve)


def general_hamming(
    M: int, *, alpha: float = 0.54, sym: bool = True, dtype: Any = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """``alpha - (1 - alpha) cos(t)``.

    >>> mt.signal.windows.general_hamming(3, alpha=0.75)
    tensor([0.5000, 1.0000, 0.5000])
    """
    return general_cosine(
        M, a=[alpha, 1 - alpha], sym=sym, dtype=dtype, layout=layout, device=device,
        requires_grad=requires_grad,
    )  # fmt: skip


def _cosines(name: str, title: str, a: list[float], example: str) -> Any:
    def function(
        M: int, *, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None,
        requires_grad: bool = False,
    ) -> Tensor:  # fmt: skip
        return general_cosine(
            M, a=a, sym=sym, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad
        )

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{title} window: `general_cosine` with {a}.

    >>> mt.signal.windows.{name}(3)
    {example}
    """
    return function


hann = _cosines("hann", "Hann's", [0.5, 0.5], "tensor([0., 1., 0.])")
hamming = _cosines("hamming", "Hamming's", [0.54, 0.46], "tensor([0.0800, 1.0000, 0.0800])")
blackman = _cosines(
    "blackman", "Blackman's", [0.42, 0.5, 0.08], "tensor([-1.4901e-08,  1.0000e+00, -1.4901e-08])"
)
nuttall = _cosines(
    "nuttall", "Nuttall's", [0.3635819, 0.4891775, 0.1365995, 0.0106411],
    "tensor([3.6280e-04, 1.0000e+00, 3.6280e-04])",
)  # fmt: skip


def bartlett(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """A triangle from 0 to 1 and back.

    >>> mt.signal.windows.bartlett(5)
    tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    options = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}

    def curve(steps: int, dtype: Any) -> Any:
        return 1 - linspace(-1, -1 + (M - 1) * 2 / steps, M, dtype=dtype).abs()

    return _window("bartlett", M, sym, options, curve)


def cosine(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Half a wave of the sine.

    >>> mt.signal.windows.cosine(2)
    tensor([0.7071, 0.7071])
    """
    options = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    return _window(
        "cosine", M, sym, options,
        lambda steps, dtype: _places(0.5, math.pi / (steps + 1), M, dtype).sin(),
    )  # fmt: skip


def exponential(
    M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True, dtype: Any = None,
    layout: Any = None, device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """``exp(-|n - center| / tau)``; a `center` other than the middle takes ``sym=False``.

    >>> mt.signal.windows.exponential(3)
    tensor([0.3679, 1.0000, 0.3679])
    """
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    options = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}

    def curve(steps: int, dtype: Any) -> Any:
        middle = steps / 2 if center is None else center
        return (-_places(-middle, 1 / tau, M, dtype).abs()).exp()

    return _window("exponential", M, sym, options, curve)


def gaussian(
    M: int, *, std: float = 1.0, sym: bool = True, dtype: Any = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """``exp(-(n - middle)**2 / (2 std**2))``.

    >>> mt.signal.windows.gaussian(3)
    tensor([0.6065, 1.0000, 0.6065])
    """
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    options = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}

    def curve(steps: int, dtype: Any) -> Any:
        return (-(_places(-steps / 2, 1 / (std * math.sqrt(2)), M, dtype) ** 2)).exp()

    return _window("gaussian", M, sym, options, curve)


def kaiser(
    M: int, *, beta: float = 12.0, sym: bool = True, dtype: Any = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """``I0(beta sqrt(1 - t**2)) / I0(beta)`` for t from -1 to 1.

    >>> mt.signal.windows.kaiser(3, beta=2.0)
    tensor([0.4387, 1.0000, 0.4387])
    """
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    options = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}

    def curve(steps: int, dtype: Any) -> Any:
        if beta == 0:
            return Tensor._of(np.ones(M, dtype))
        end = min(beta, -beta + (M - 1) * 2 * beta / steps)
        k = linspace(-beta, end, M, dtype=dtype)
        top = Tensor._of(np.asarray(beta, dtype))
        return i0((top * top - k**2).sqrt()) / i0(top)

    return _window("kaiser", M, sym, options, curve)


__all__ = [
    "bartlett", "blackman", "cosine", "exponential", "gaussian", "general_cosine", "general_hamming",
    "hamming", "hann", "kaiser", "nuttall",
]  # fmt: skip
