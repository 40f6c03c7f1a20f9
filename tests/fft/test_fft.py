"""Fourier transforms without PyTorch: known values, either library, and what is refused."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

import microtensor as mt
from microtensor.ops.fourier import backends


@pytest.fixture(params=["numpy.fft", "scipy.fft"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    module = pytest.importorskip(request.param)
    monkeypatch.setattr(backends, "_library", lambda: module)
    return str(request.param)


def test_a_wave_is_one_frequency(library: str) -> None:
    x = mt.cos(mt.arange(8.0) * (2 * mt.pi * 2 / 8))
    expected = np.zeros(5)
    expected[2] = 4
    np.testing.assert_allclose(mt.fft.rfft(x).numpy(), expected, atol=1e-5)


def test_precision_is_that_of_the_numbers(library: str) -> None:
    for dtype, wanted in ((mt.float32, mt.complex64), (mt.float64, mt.complex128)):
        x = mt.ones(4, dtype=dtype)
        assert mt.fft.fft(x).dtype == mt.fft.rfft(x).dtype == wanted
        assert mt.fft.irfft(mt.fft.rfft(x)).dtype == dtype


def test_there_and_back(library: str) -> None:
    x = mt.randn(3, 5, dtype=mt.float64)
    np.testing.assert_allclose(mt.fft.ifft2(mt.fft.fft2(x)).real.numpy(), x.numpy(), atol=1e-12)
    np.testing.assert_allclose(mt.fft.irfftn(mt.fft.rfftn(x), s=(3, 5)).numpy(), x.numpy(), atol=1e-12)
    np.testing.assert_allclose(mt.fft.hfft(mt.fft.ihfft(x), 5).numpy(), x.numpy(), atol=1e-12)


def test_a_library_is_looked_for_once() -> None:
    assert backends._library() is backends._library()
    assert backends._library() is importlib.import_module(backends._library().__name__)


def test_a_result_goes_into_out() -> None:
    out = mt.empty(4, dtype=mt.complex64)
    assert mt.fft.fft(mt.ones(4), out=out) is out
    assert out.tolist() == [4, 0, 0, 0]
    with pytest.raises(RuntimeError, match="can't be cast"):
        mt.fft.fft(mt.ones(4), out=mt.empty(4))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda x: mt.fft.fft(x, norm="x"), 'Invalid normalization mode: "x"'),
        (lambda x: mt.fft.fft(x, 0), r"Invalid number of data points \(0\) specified"),
        (lambda x: mt.fft.rfft(x + 0j), "rfft expects a real input tensor, but got ComplexFloat"),
        (lambda x: mt.fft.rfftn(x, dim=()), "rfftn must transform at least one axis"),
        (lambda x: mt.fft.fftn(x, dim=(0, 0)), r"FFT dims must be unique: \[0, 0\]"),
        (lambda x: mt.fft.fftn(x, (2, 2), (0,)), "dim and shape arguments must have the same length"),
        (lambda x: mt.fft.fft(x.half()), "Unsupported dtype Half"),
        (lambda x: mt.fft.fftfreq(3, dtype=mt.int64), "requires a floating point or complex dtype"),
        (lambda x: mt.fft.fftfreq(-1), "negative dimension -1"),
        (lambda x: mt.fft.rfftfreq(-4), "negative dimension -1"),
        (
            lambda x: mt.fft.irfft(x, out=x + 0j),
            "irfft expects a floating point output tensor, but got Complex",
        ),
    ],
)
def test_what_is_refused(call: object, text: str) -> None:
    with pytest.raises(RuntimeError, match=text):
        call(mt.ones(2, 3))  # type: ignore[operator]


def test_what_is_no_tensor_and_no_dimension() -> None:
    with pytest.raises(TypeError, match="argument 'input' .* must be Tensor, not list"):
        mt.fft.fft([1.0])  # type: ignore[arg-type]
    with pytest.raises(IndexError, match="tensor has no dimensions"):
        mt.fft.fft(mt.tensor(1.0))
    with pytest.raises(IndexError, match="Dimension out of range"):
        mt.fft.fft(mt.ones(3), dim=1)


def test_a_signal_without_a_window_warns() -> None:
    with pytest.warns(UserWarning, match="A window was not provided"):
        mt.stft(mt.ones(20), 8, return_complex=True)
    with pytest.warns(UserWarning, match="return_complex=False is deprecated"):
        mt.stft(mt.ones(20), 8, window=mt.ones(8), return_complex=False)


def test_a_complex_window_needs_no_return_complex() -> None:
    assert mt.stft(mt.ones(20), 8, window=mt.ones(8) + 0j).shape == (8, 11)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda w: mt.stft(mt.arange(20), 8, window=w, return_complex=True), "floating point or complex"),
        (lambda w: mt.stft(mt.ones(20), 8, win_length=0, window=w, return_complex=True), "0 < win_length"),
        (lambda w: mt.stft(mt.ones(1, 1, 20), 8, window=w, return_complex=True), "a 1D or 2D tensor"),
        (
            lambda w: mt.stft(mt.ones(5), 8, window=w, center=False, return_complex=True),
            "expected 0 < n_fft <= 5, but got n_fft=8",
        ),
        (lambda w: mt.istft(mt.ones(5) + 0j, 8, window=w), "expected a tensor"),
        (lambda w: mt.istft(mt.ones(5, 3) + 0j, 8, window=w, return_complex=True), "onesided output"),
        (lambda w: mt.istft(mt.ones(5, 3) + 0j, 8, window=w + 0j), "Complex windows are incompatible"),
    ],
)
def test_signals_that_do_not_fit(call: object, text: str) -> None:
    with pytest.raises(RuntimeError, match=text):
        call(mt.ones(8))  # type: ignore[operator]
