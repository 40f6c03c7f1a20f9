"""Fourier transforms: values, dtypes, first and second derivatives, and refusals are PyTorch's."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import microtensor as mt

torch = pytest.importorskip("torch")

ONE = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
SEVERAL = [name + suffix for name in ONE for suffix in ("2", "n")]
OF_ONE = [
    {"n": n, "norm": norm, "dim": dim}
    for n, norm, dim in itertools.product((None, 1, 2, 7, 0), (None, "ortho", "forward", "x"), (-1, 0))
]
OF_SEVERAL: list[dict[str, Any]] = [
    {}, {"s": (3, 4)}, {"s": (3,)}, {"s": (2, -1), "norm": "ortho"}, {"dim": (0, 1)}, {"dim": 1},
    {"dim": (-1, 0), "norm": "forward"}, {"dim": (1, 1)}, {"s": (2,), "dim": (0, 1)}, {"s": (2, 3, 4, 5)},
    {"s": 3, "dim": 0}, {"dim": ()},
]  # fmt: skip


def numbers(shape: tuple[int, ...], is_complex: bool) -> Any:
    random = np.random.RandomState(sum(shape))
    x = random.standard_normal(shape)
    return x + 1j * random.standard_normal(shape) if is_complex else x


def real(x: Any) -> Any:
    return x.real if x.is_complex() else x


def derivatives(lib: Any, name: str, x: Any, kwargs: dict[str, Any]) -> list[Any]:
    """The transform, a gradient through it, and a second one."""
    x = lib.tensor(x, requires_grad=True)
    out = getattr(lib.fft, name)(x, **kwargs)
    loss = (real(out * lib.tensor(numbers(tuple(out.shape), out.is_complex())))).sum() ** 3
    (g,) = lib.autograd.grad(loss, x, create_graph=True)
    weights = lib.tensor(np.linspace(1, 2, g.numel()).reshape(tuple(g.shape)))
    (h,) = lib.autograd.grad(real(g * weights).sum(), x)
    return [part.detach().resolve_conj().numpy() for part in (out, g, h)]


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("name", [*ONE, *SEVERAL])
def test_transform(name: str, is_complex: bool) -> None:
    options, shapes = (OF_ONE, ((5,), (3, 4))) if name in ONE else (OF_SEVERAL, ((4, 3), (2, 3, 5)))
    for shape, kwargs in itertools.product(shapes, options):
        x = numbers(shape, is_complex)
        try:
            expected = derivatives(torch, name, x, kwargs)
        except Exception as error:
            with pytest.raises(type(error)):
                derivatives(mt, name, x, kwargs)
            continue
        for ours, theirs in zip(derivatives(mt, name, x, kwargs), expected, strict=True):
            assert ours.dtype == theirs.dtype
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9, err_msg=f"{name} {shape} {kwargs}")


@pytest.mark.parametrize("dtype", ["float32", "complex64", "int64", "uint8", "bool", "float16"])
def test_dtypes(dtype: str) -> None:
    x = (np.arange(6) % 3).astype(dtype)
    for name in ONE:
        try:
            expected = getattr(torch.fft, name)(torch.from_numpy(x)).resolve_conj().numpy()
        except RuntimeError:
            with pytest.raises(RuntimeError):
                getattr(mt.fft, name)(mt.from_numpy(x))
            continue
        found = getattr(mt.fft, name)(mt.from_numpy(x)).numpy()
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["fftfreq", "rfftfreq"])
@pytest.mark.parametrize("n", [0, 1, 2, 5, 8])
@pytest.mark.parametrize("d", [1.0, 0.1, 3])
def test_frequencies(name: str, n: int, d: float) -> None:
    for dtype in ("float32", "float64"):
        ours = getattr(mt.fft, name)(n, d, dtype=getattr(mt, dtype))
        theirs = getattr(torch.fft, name)(n, d, dtype=getattr(torch, dtype))
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


@pytest.mark.parametrize("name", ["fftshift", "ifftshift"])
def test_shifts(name: str) -> None:
    for dim in (None, 0, 1, -1, (0, 1)):
        ours = getattr(mt.fft, name)(mt.arange(15).reshape(3, 5), dim)
        theirs = getattr(torch.fft, name)(torch.arange(15).reshape(3, 5), dim)
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


SIGNALS: list[dict[str, Any]] = [
    {}, {"hop_length": 3}, {"win_length": 6}, {"center": False}, {"normalized": True}, {"onesided": False},
    {"center": False, "align_to_window": True, "win_length": 4}, {"pad_mode": "constant"},
    {"hop_length": 2, "win_length": 7, "onesided": False, "normalized": True},
]  # fmt: skip


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("kwargs", SIGNALS, ids=str)
def test_short_time(kwargs: dict[str, Any], is_complex: bool) -> None:
    window = np.hanning(kwargs.get("win_length", 8) + 2)[1:-1]
    for shape in ((40,), (2, 41)):
        found = []
        for lib in (mt, torch):
            x = lib.tensor(numbers(shape, is_complex), requires_grad=True)
            z = lib.stft(x, 8, window=lib.tensor(window), return_complex=True, **kwargs)
            z.abs().pow(2).sum().backward()
            found.append((z.detach().numpy(), x.grad.numpy()))
        for ours, theirs in zip(*found, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("length", [None, 30, 40, 60])
@pytest.mark.filterwarnings("ignore:The length of signal is shorter")
def test_and_back(length: int | None, is_complex: bool) -> None:
    window, found = np.hanning(10)[1:-1], []
    for lib in (mt, torch):
        signal = lib.tensor(numbers((2, 40), is_complex))
        z = lib.stft(signal, 8, window=lib.tensor(window), return_complex=True).detach() * 1.5
        z.requires_grad_()
        x = lib.istft(z, 8, window=lib.tensor(window), length=length, return_complex=is_complex)
        x.abs().pow(2).sum().backward()
        found.append((x.detach().numpy(), z.grad.numpy()))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def refused(call: Any) -> str:
    with pytest.raises(RuntimeError) as info:
        call()
    return str(info.value)


WINDOW = np.ones(8, np.float32)
REFUSALS: dict[str, Any] = {
    "expected 0 < win_length": lambda lib, y, z, w: lib.stft(
        y, 8, win_length=9, window=w, return_complex=True
    ),
    "expected hop_length > 0": lambda lib, y, z, w: lib.stft(y, 8, 0, window=w, return_complex=True),
    "expected a 1D window": lambda lib, y, z, w: lib.stft(y, 8, window=w[:3], return_complex=True),
    "return_complex parameter": lambda lib, y, z, w: lib.stft(y, 8, window=w),
    "align_to_window": lambda lib, y, z, w: lib.stft(
        y, 8, window=w, return_complex=True, align_to_window=True
    ),
    "Cannot have onesided": lambda lib, y, z, w: lib.stft(y + 0j, 8, window=w, onesided=True),
    "complex-valued input": lambda lib, y, z, w: lib.istft(y, 8, window=w),
    "frequency dimension": lambda lib, y, z, w: lib.istft(z[:4], 8, window=w),
    "overlap add min": lambda lib, y, z, w: lib.istft(z, 8, window=w * 0),
    "cannot be empty": lambda lib, y, z, w: lib.istft(z[:, :0], 8, window=w),
    "0 < hop_length": lambda lib, y, z, w: lib.istft(z, 8, hop_length=9, window=w),
}


@pytest.mark.parametrize("text", REFUSALS)
def test_refusals(text: str) -> None:
    for lib in (mt, torch):
        y, z, w = lib.ones(30), lib.ones(5, 3) + 0j, lib.tensor(WINDOW)
        assert text in refused(lambda: REFUSALS[text](lib, y, z, w)), lib  # noqa: B023
