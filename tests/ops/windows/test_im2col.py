"""Convolution and pooling where the table of laws does not look: many blocks, layouts, threads, sentences."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.nn import functional as F
from microtensor.ops.convolution.kernels import convolve, correlate, deconvolve
from microtensor.ops.windows import im2col as windows
from microtensor.ops.windows.separable_resampling import Taps

RNG = np.random.default_rng(0)


def by_definition(x: Any, w: Any, stride: int, padding: int, groups: int = 1) -> Any:
    """A two-dimensional convolution, window by window."""
    x = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    view = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], (2, 3))[:, :, ::stride, ::stride]
    parts = zip(np.split(view, groups, 1), np.split(w, groups, 0), strict=True)
    return np.concatenate([np.einsum("nchwij,ocij->nohw", a, b) for a, b in parts], 1)


SHAPES = [
    ((70, 3, 20, 20), (4, 3, 3, 3), 1, 1, 1),  # several blocks, the last one smaller
    ((64, 4, 16, 16), (8, 2, 3, 3), 2, 1, 2),
    ((3, 40, 9, 9), (40, 40, 3, 3), 1, 0, 1),  # products too large to be added up one by one
    ((4, 3, 17, 17), (2, 3, 1, 1), 2, 0, 1),
    ((2, 3, 9, 8), (4, 3, 1, 1), 1, 0, 1),
]


@pytest.mark.parametrize(("x_shape", "w_shape", "stride", "padding", "groups"), SHAPES)
def test_a_convolution_and_its_adjoints(
    x_shape: Any, w_shape: Any, stride: int, padding: int, groups: int
) -> None:
    x, w = RNG.normal(size=x_shape), RNG.normal(size=w_shape)
    how = ((stride, stride), ((padding, padding),) * 2, (1, 1), groups)
    y = convolve(x, w, *how)
    np.testing.assert_allclose(y, by_definition(x, w, stride, padding, groups), rtol=1e-10, atol=1e-10)
    g = RNG.normal(size=y.shape)
    inner = np.vdot(g, y)
    np.testing.assert_allclose(np.vdot(x, deconvolve(g, w, x.shape[2:], *how)), inner, rtol=1e-9)
    np.testing.assert_allclose(np.vdot(w, correlate(x, g, w.shape[2:], *how)), inner, rtol=1e-9)


def test_a_border_wider_on_one_side() -> None:
    x, w = RNG.normal(size=(2, 1, 6)), RNG.normal(size=(1, 1, 4))
    how = ((1,), ((1, 2),), (1,), 1)
    y = convolve(x, w, *how)
    assert np.array_equal(y, mt.conv1d(mt.tensor(x), mt.tensor(w), padding="same").numpy())
    wide = np.pad(x[:, 0], [(0, 0), (1, 2)])
    np.testing.assert_allclose(y[:, 0], [np.correlate(row, w[0, 0], "valid") for row in wide], rtol=1e-12)
    g = RNG.normal(size=y.shape)
    np.testing.assert_allclose(np.vdot(x, deconvolve(g, w, (6,), *how)), np.vdot(g, y), rtol=1e-12)


def test_memory_that_does_not_suffice_and_memory_that_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    x, w = RNG.normal(size=(6, 3, 20, 20)), RNG.normal(size=(4, 3, 3, 3))
    first = mt.conv2d(mt.tensor(x), mt.tensor(w))
    before = first.numpy().copy()
    mt.conv2d(mt.tensor(-x), mt.tensor(w))
    assert np.array_equal(first.numpy(), before), "a result lies in memory that is used again"
    monkeypatch.setattr(windows, "MEMORY", 1000)
    assert np.array_equal(mt.conv2d(mt.tensor(x), mt.tensor(w)).numpy(), before)


def test_threads_have_their_own_memory() -> None:
    w = mt.tensor(RNG.normal(size=(8, 8, 3, 3)))
    xs = [mt.tensor(RNG.normal(size=(16, 8, 24, 24))) for _ in range(8)]
    alone = [mt.conv2d(x, w, padding=1).numpy() for x in xs]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda x: mt.conv2d(x, w, padding=1).numpy(), xs * 3))
    assert all(np.array_equal(a, b) for a, b in zip(alone * 3, together, strict=True))


def test_infinities_stay_in_their_windows() -> None:
    """What lies between the rows of the laid out image never reaches a result."""
    x = np.zeros((1, 1, 4, 4))
    x[0, 0, 0, 3] = np.inf
    with np.errstate(invalid="ignore"):
        y = mt.conv2d(mt.tensor(x), mt.ones(1, 1, 2, 2, dtype=mt.float64)).numpy()
    assert np.isfinite(y[0, 0, :, :2]).all()
    assert y[0, 0, 0, 2] == np.inf
    assert np.isfinite(y[0, 0, 1:]).all()


def test_a_gradient_of_pooling_goes_to_one_element() -> None:
    x = mt.zeros(1, 4, 4, requires_grad=True)
    F.max_pool2d(x, 2).sum().backward()
    assert x.grad.tolist() == [[[1.0, 0.0, 1.0, 0.0], [0.0] * 4, [1.0, 0.0, 1.0, 0.0], [0.0] * 4]]
    x.grad = None
    g = mt.tensor([[[np.inf, 1.0], [1.0, 1.0]]])
    F.max_pool2d(x, 2).backward(g)
    assert x.grad[0, 0].tolist() == [np.inf, 0.0, 1.0, 0.0]


def test_a_border_is_never_the_largest() -> None:
    x = mt.full((1, 2, 2), -np.inf, requires_grad=True)
    out, indices = F.max_pool2d(x, 2, padding=1, return_indices=True)
    out.backward(mt.ones(1, 2, 2))
    assert indices.tolist() == [[[0, 1], [2, 3]]]
    assert x.grad.tolist() == [[[1.0, 1.0], [1.0, 1.0]]]


def test_the_last_window_begins_inside() -> None:
    """A window that would begin in the border at the end is left out, also in the ceil mode."""
    x = mt.tensor([[1.0, 2.0, 3.0]])
    assert mt.max_pool1d(x, 2, 2, ceil_mode=True).tolist() == [[2.0, 3.0]]
    assert mt.max_pool1d(x, 2, 4, padding=1, ceil_mode=True).tolist() == [[1.0]]


def test_an_empty_stride_is_the_kernels_size() -> None:
    x = mt.arange(16.0).view(1, 4, 4)
    assert mt.equal(F.max_pool2d(x, 2, []), F.max_pool2d(x, 2))
    assert mt.equal(F.avg_pool1d(x[0], 2, []), F.avg_pool1d(x[0], 2))


def test_what_is_taken_away_is_gone_before_the_rest_wraps() -> None:
    x = mt.tensor([[1.0, 2.0, 3.0, 4.0]])
    assert F.pad(x, (-1, 2), "circular").tolist() == [[2.0, 3.0, 4.0, 2.0, 3.0]]


def test_a_response_of_no_images() -> None:
    assert tuple(F.local_response_norm(mt.zeros(0, 2, 3), 2).shape) == (0, 2, 3)


def test_windows_as_a_view_are_written_through() -> None:
    x = mt.arange(6.0)
    windows_of_two = x.unfold(0, 2, 2)
    windows_of_two[1, 0] = 9.0
    assert x.tolist() == [0.0, 1.0, 9.0, 3.0, 4.0, 5.0]


def test_taps_are_a_matrix() -> None:
    taps = Taps(3, 2, [2, 0, 2], [0, 1, 1], [1.0, 2.0, 3.0])
    assert taps.dense().tolist() == [[0.0, 2.0], [0.0, 0.0], [1.0, 3.0]]
    assert taps.transposed.dense().tolist() == taps.dense().T.tolist()


X, W = mt.zeros(1, 2, 4, 4), mt.zeros(3, 2, 2, 2)
SENTENCES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: mt.conv2d(X, mt.zeros(3, 2, 2)), RuntimeError, r"expected a weight of 4 dimensions"),
    (lambda: mt.conv2d(X[0, 0], W), RuntimeError, r"Expected 3D \(unbatched\) or 4D \(batched\) input"),
    (
        lambda: mt.conv2d(X, W.double()),
        RuntimeError,
        r"\(torch.float32\) and weight type \(torch.float64\)",
    ),
    (lambda: mt.conv2d(X, W, groups=2), RuntimeError, r"weight to be divisible by 2 at dimension 0"),
    (lambda: mt.conv2d(X[:, :1], W), RuntimeError, r"to have 2 channels, but got 1 channels instead"),
    (lambda: mt.conv2d(X, W, mt.zeros(2)), RuntimeError, r"1-dimensional with 3 elements, but got bias"),
    (lambda: mt.conv2d(X, W, stride=0), RuntimeError, r"non-positive stride is not supported"),
    (lambda: mt.conv2d(X, W, padding=-1), RuntimeError, r"negative padding is not supported"),
    (lambda: mt.conv2d(X, W, stride=(1, 1, 1)), RuntimeError, r"a list of 2 values"),
    (lambda: mt.conv2d(X, W, stride=1.5), TypeError, r"stride must be an integer or a tuple of integers"),
    (lambda: mt.conv2d(X, W, padding="other"), RuntimeError, r"expected 'valid' or 'same'"),
    (lambda: mt.conv2d(X, W, padding="same", stride=2), RuntimeError, r"not supported for strided"),
    (lambda: mt.conv2d(X, W, dilation=5), RuntimeError, r"\(4 x 4\). Kernel size: \(2 x 2\), dilation"),
    (lambda: mt.conv_transpose2d(X, mt.zeros(2, 3, 2, 2), output_padding=1), RuntimeError, r"smaller than"),
    (lambda: mt.conv_transpose2d(X, mt.zeros(2, 3, 2, 2), padding=5), RuntimeError, r"size is too small"),
    (lambda: F.max_pool2d(X, 2, padding=2), RuntimeError, r"at most half of effective kernel size"),
    (lambda: F.max_pool2d(X, 0), RuntimeError, r"should be greater than zero"),
    (lambda: F.max_pool2d(X, 5), RuntimeError, r"Calculated output size: \(0, 0\)"),
    (lambda: F.max_pool2d(X, (1, 2, 3)), RuntimeError, r"a single integer value or a list of 2 values"),
    (lambda: F.max_pool2d(X, 2.5), TypeError, r"max_pool2d\(\): kernel_size must be an integer or a tuple"),
    (lambda: F.adaptive_max_pool2d(X, 2.5), TypeError, r"output_size must be an integer or a tuple of"),
    (lambda: F.max_pool2d(X[0, 0], 2), RuntimeError, r"Expected 3D or 4D \(batch mode\) tensor"),
    (lambda: F.avg_pool2d(X, 2, divisor_override=0), RuntimeError, r"divisor must be not zero"),
    (lambda: F.adaptive_avg_pool2d(X, (2, 2, 2)), RuntimeError, r"output_size must be 2 numbers"),
    (lambda: F.max_unpool2d(X, X.long() + 99, 2), RuntimeError, r"Found an invalid max index: 99"),
    (lambda: F.max_unpool2d(X, X.long(), 2, output_size=(1, 1)), ValueError, r"must be between 6 and 10"),
    (
        lambda: F.pad(X, (1.5, 1)),
        TypeError,
        r"pad\(\): pad must be an integer or a tuple of integers, not \(",
    ),
    (lambda: F.pad(X, (1,)), RuntimeError, r"must be divisible by 2: \(1,\) has 1 widths"),
    (lambda: F.pad(X[0], (9, 9), "reflect"), RuntimeError, r"less than the corresponding input dimension"),
    (lambda: F.pad(X, (1, 1), "other"), NotImplementedError, r"Unrecognised padding mode other"),
    (lambda: F.pad(X, (-3, -3)), RuntimeError, r"on a dimension of length 4: narrow\(\): length"),
    (lambda: F.interpolate(X, 3, mode="linear"), NotImplementedError, r"4D input, but linear mode needs 3D"),
    (lambda: F.interpolate(X), ValueError, r"either size or scale_factor should be defined"),
    (lambda: F.interpolate(X, (1, 2, 3)), ValueError, r"the same number of spatial dimensions"),
    (lambda: F.interpolate(X, 2.5), TypeError, r"interpolate\(\): size must be an integer or a tuple of"),
    (lambda: F.unfold(X, 2.5), TypeError, r"unfold\(\): kernel_size must be an integer or a tuple of"),
    (lambda: F.unfold(X, (2, 2, 2)), RuntimeError, r"expected kernel_size to be one or two numbers, but"),
    (lambda: F.unfold(X, 9), RuntimeError, r"calculated shape of the array of sliding blocks as \(-4, -4\)"),
    (lambda: F.fold(mt.zeros(1, 4, 5), (3, 3), 2), RuntimeError, r"sliding blocks 2 \* 2 = 4, but got"),
    (lambda: F.pixel_shuffle(X, 2), RuntimeError, r"input.size\(-3\)=2 is not divisible by 4"),
    (lambda: F.pixel_unshuffle(X, 3), RuntimeError, r"expects height to be divisible by downscale_factor"),
    (lambda: F.channel_shuffle(X, 3), RuntimeError, r"Got 2 channels and 3 groups"),
    (lambda: mt.zeros(3).unfold(0, 4, 1), RuntimeError, r"at dimension 0 is 3 but size is 4"),
]


@pytest.mark.parametrize(("call", "kind", "words"), SENTENCES, ids=[words for _, _, words in SENTENCES])
def test_sentences(call: Callable[[], Any], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        call()
