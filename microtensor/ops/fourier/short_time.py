"""The short-time Fourier transform: the frequencies of a signal as they change, and the way back.

Frames of `n_fft` samples, one every `hop_length`, are weighted by a window and transformed.  Back, the frames
are transformed, weighted once more, and added where they overlap; the sum of squared weights that each sample
has then received is divided out (Griffin and Lim, "Signal estimation from modified short-time Fourier
transform", 1984, section III).
"""

from __future__ import annotations

import warnings

import numpy as np

from ...engine.calls.users_line import users_level
from ...engine.dtypes import DType, float16
from ...engine.tensor import Tensor, install
from ..complex.parts import view_as_real
from ..windows.padding import constant_pad, pad
from ..windows.unfold_fold import unfold_backward
from .transforms import fft_c2c, fft_c2r, fft_r2c

_RECTANGULAR = (
    "A window was not provided. A rectangular window will be applied: {}. Pass window=torch.ones(win_length) "
    "to say that it is meant."
)
SMALLEST = 1e-11
"""Less weight than this on a sample, and it can't be recovered."""


def _window(name: str, window: Tensor | None, n_fft: int, length: int, like: Tensor, why: str) -> Tensor:
    """The window in the middle of `n_fft` zeros; ones if there is none."""
    if window is None:
        warnings.warn(_RECTANGULAR.format(why), UserWarning, stacklevel=users_level())
        real = like.array.real.dtype
        window = Tensor._of(np.ones(length, real))
    elif tuple(window.shape) != (length,):
        raise RuntimeError(
            f"{name}: expected a 1D window tensor of size equal to win_length={length}, but got window with "
            f"size {list(window.shape)}"
        )
    left = (n_fft - length) // 2
    found: Tensor = constant_pad(window, ((left, n_fft - length - left),), 0.0)
    return found


def _check_lengths(name: str, n_fft: int, hop: int, length: int) -> None:
    if not 0 < length <= n_fft:
        raise RuntimeError(f"{name}: expected 0 < win_length <= n_fft, but got win_length={length}")
    if hop <= 0:
        raise RuntimeError(f"{name}: expected hop_length > 0, but got hop_length={hop}")


def stft(
    input: Tensor, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
    window: Tensor | None = None, center: bool = True, pad_mode: str = "reflect", normalized: bool = False,
    onesided: bool | None = None, return_complex: bool | None = None, align_to_window: bool | None = None,
) -> Tensor:  # fmt: skip
    """The short-time Fourier transform of a signal, (L) or (B, L): frequencies and frames, (..., N, T).

    Args:
        input: real or complex; integers are refused.
        n_fft: samples of a frame.
        hop_length: samples from one frame to the next; a quarter of a frame unless given.
        win_length: length of `window`, which lies in the middle of the frame; `n_fft` unless given.
        window: weights of a frame's samples; ones, with a warning, unless given.
        center: pad the signal by half a frame at both ends, as `pad_mode` says, so that frame t is around
            sample ``t * hop_length``; else frame t begins there.
        pad_mode: one of `nn.functional.pad`'s.
        normalized: scale by ``1 / sqrt(n_fft)``.
        onesided: only the frequencies from 0 up, of which a real signal (the default for it) needs no more.
        return_complex: required for real signals; False gives pairs of numbers, with a warning.
        align_to_window: without `center`, let the first window begin with the signal, not the first frame.

    Raises ``RuntimeError`` for lengths that do not fit, and for one-sided results of complex numbers.

    >>> x = mt.sin(mt.arange(16.0) * mt.pi / 2)
    >>> z = mt.stft(x, 4, window=mt.ones(4), return_complex=True)
    >>> z.shape, z[:, 8].abs().round()
    (torch.Size([3, 17]), tensor([0., 2., 0.]))
    """
    dtype, is_batch = input.dtype, input.ndim == 2
    hop = n_fft // 4 if hop_length is None else hop_length
    length = n_fft if win_length is None else win_length
    is_complex = dtype.kind == "c" or (window is not None and window.is_complex())
    _check_kind(is_complex, return_complex)
    if align_to_window is not None and center:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    if input.ndim not in (1, 2):
        raise RuntimeError(f"stft: expected a 1D or 2D tensor, (L) or (B, L), not {tuple(input.shape)}")
    _check_lengths("stft", n_fft, hop, length)
    x = _bordered(input if is_batch else input[None], n_fft, length, center, pad_mode, align_to_window)
    _check_dtype(dtype)
    if not 0 < n_fft <= x.shape[1]:
        raise RuntimeError(f"stft: expected 0 < n_fft <= {x.shape[1]}, but got n_fft={n_fft}")
    why = "it leaks each frequency into others; torch.hann_window leaks less"
    weights = _window("stft", window, n_fft, length, input, why)
    frames = x.unfold(1, n_fft, hop) * weights
    found = _transformed(frames, onesided, "ortho" if normalized else "backward").transpose(1, 2)
    found = found if is_batch else found[0]
    return found if return_complex or (is_complex and return_complex is None) else view_as_real(found)


def _check_dtype(dtype: DType) -> None:
    if dtype.kind not in "fc":
        raise RuntimeError(
            f"stft: expected a tensor of floating point or complex values, and this one is {dtype}"
        )
    if dtype == float16:
        raise RuntimeError("MKL FFT doesn't support tensors of type: Half: stft needs x.float()")


def _check_kind(is_complex: bool, return_complex: bool | None) -> None:
    if return_complex is None and not is_complex:
        raise RuntimeError(
            "stft requires the return_complex parameter be given for real inputs, and will further require "
            "that return_complex=True in a future PyTorch release."
        )
    if return_complex is False:
        warnings.warn(
            "stft with return_complex=False is deprecated: torch.view_as_real of the complex result gives "
            "the same pairs.", UserWarning, stacklevel=users_level(),
        )  # fmt: skip


def _bordered(
    x: Tensor, n_fft: int, length: int, center: bool, mode: str, align_to_window: bool | None
) -> Tensor:
    """The signals with what lies before their first sample and after their last one."""
    if center:
        half = n_fft // 2
        return pad(x[None], (half, half), mode)[0]
    if align_to_window:
        left = (n_fft - length) // 2
        return pad(x, (left, n_fft - length - left))
    return x


def _transformed(frames: Tensor, onesided: bool | None, norm: str) -> Tensor:
    """Frames (B, T, n) as frequencies (B, T, N)."""
    real = frames.dtype.kind == "f"
    if onesided and not real:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    if real and onesided is not False:
        found: Tensor = fft_r2c(frames, 2, norm)
        return found
    return fft_c2c(frames + 0j if real else frames, (2,), norm)


def istft(
    input: Tensor, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
    window: Tensor | None = None, center: bool = True, normalized: bool = False,
    onesided: bool | None = None, length: int | None = None, return_complex: bool = False,
) -> Tensor:  # fmt: skip
    """The signal of which `input`, (N, T) or (B, N, T), is the `stft` with the same arguments.

    `length` is that of the result, cut or filled up with zeros. With `return_complex` the signal is complex,
    and `input` has all frequencies. Frames that were changed give the signal whose transform is nearest.

    Raises ``RuntimeError`` for a real `input`, lengths that do not fit, and windows that leave a sample
    without weight.

    >>> x, window = mt.arange(16.0), mt.ones(4)
    >>> z = mt.stft(x, 4, window=window, return_complex=True)
    >>> (mt.istft(z, 4, window=window) - x).abs().max() < 1e-5
    tensor(True)
    """
    if input.dtype.kind != "c":
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with "
            "return_complex=True."
        )
    hop, size = n_fft // 4 if hop_length is None else hop_length, n_fft if win_length is None else win_length
    if input.ndim not in (2, 3):
        raise RuntimeError(f"istft: expected a tensor (N, T) or (B, N, T), but got {tuple(input.shape)}")
    if not input.numel():
        raise RuntimeError("istft: input tensor cannot be empty.")
    _check_lengths("istft", n_fft, hop, size)
    if hop > size:
        raise RuntimeError(f"istft: expected 0 < hop_length <= win_length, not {hop} and {size}")
    one = _one_sided(input, n_fft, onesided, return_complex, window)
    weights = _window("istft", window, n_fft, size, input, "use that of stft, or the signal is another")
    z = (input if input.ndim == 3 else input[None]).transpose(1, 2)
    frames = _back(z, n_fft, one, return_complex, "ortho" if normalized else "backward") * weights
    found = _overlapped(frames, weights, hop, center, length)
    return found if input.ndim == 3 else found[0]


def _one_sided(
    x: Tensor, n_fft: int, onesided: bool | None, return_complex: bool, window: Tensor | None
) -> bool:
    """Whether only the frequencies from 0 up are given; ``RuntimeError`` for another number of them."""
    one = onesided if onesided is not None else x.shape[-2] != n_fft
    expected = n_fft // 2 + 1 if one else n_fft
    if x.shape[-2] != expected:
        name = "n_fft / 2 + 1" if one else "n_fft"
        raise RuntimeError(
            "istft: expected the frequency dimension (3rd to the last) of the input tensor to match "
            f"{name} when onesided={one}, but got {x.shape[-2]}"
        )
    if return_complex and one:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    if not return_complex and window is not None and window.dtype.kind == "c":
        raise RuntimeError("Complex windows are incompatible with return_complex=False")
    return one


def _back(z: Tensor, n_fft: int, one: bool, return_complex: bool, norm: str) -> Tensor:
    """Frequencies (B, T, N) as frames (B, T, n)."""
    if return_complex:
        found: Tensor = fft_c2c(z, (2,), norm, True)
        return found
    return fft_c2r(z if one else z[..., : n_fft // 2 + 1], 2, n_fft, norm)


def _overlapped(frames: Tensor, weights: Tensor, hop: int, center: bool, length: int | None) -> Tensor:
    """Weighted frames (B, T, n) added where they overlap, and divided by the weights that came together."""
    batch, count, n = frames.shape
    total = n + hop * (count - 1)
    squares = (weights * weights).expand(1, count, n)
    signal = unfold_backward(frames, (batch, total), 1, n, hop)
    envelope = unfold_backward(squares, (1, total), 1, n, hop)
    start = n // 2 if center else 0
    end = start + length if length is not None else total - n // 2 if center else total
    signal, envelope = signal[:, start:end], envelope[:, start:end]
    if not np.all(np.abs(envelope.array) > SMALLEST):
        raise RuntimeError(
            f"istft: window overlap add min: {np.abs(envelope.array).min():.3g}: these windows leave samples "
            "without weight"
        )
    found: Tensor = signal / envelope
    if end > total:
        warnings.warn(
            "The length of signal is shorter than the length parameter. Result is being padded with zeros "
            "in the tail. Please check your center and hop_length settings.",
            UserWarning, stacklevel=users_level(),
        )  # fmt: skip
        found = pad(found, (0, end - total))
    return found


install(stft=stft, istft=istft)
