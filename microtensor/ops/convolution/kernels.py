"""Convolution and its two adjoints, in the image and in the kernel: each is the derivative of the others.

All three are one trilinear form, summed over two of its three arguments, so that derivatives of every order
come from three short formulas.  Each is a product of matrices over the windows of `windows`.
`convolve` and `deconvolve` also come with a bias, added as the product is copied to its place.

Paddings are pairs, low and high, for each dimension; `deconvolve` and `correlate` are told the size of what
they make, which a stride leaves open.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.arrays.summation import total
from ...engine.op import op
from ...engine.op_definition import case
from ..reductions.sum_mean import sum
from ..windows.im2col import Frame, Results, Scratch, Windows, windows_of
from ..windows.sizes import Ints, Pairs, length

_LEAST_RUN = 64
"""From so many pixels on, a product for each image beats copying the images side by side."""

_SMALL = 1 << 16
"""Elements of the products of all images of a block that are worth adding up."""


def forward(x: Any, weight: Any, bias: Any, windows: Windows, groups: int) -> Any:
    """The windows of `x` times the kernel, plus the bias of each channel if there is one."""
    images, outs = len(x), len(weight)
    kernel = weight.reshape(groups, outs // groups, weight[0].size if outs else 0)
    out = np.empty((images, outs, *windows.out), x.dtype)
    bias = None if bias is None else bias.reshape((-1, *[1] * len(windows.out)))
    if windows.plain and windows.run >= _LEAST_RUN:
        _image_by_image(kernel, x, out)
        return out if bias is None else np.add(out, bias, out=out)
    for part, frame, results in _blocks(windows, images, x.shape[1], outs, x.dtype):
        frame.fill(x[part])
        _multiply(kernel, frame.matrix(groups), results.matrix(groups))
        if bias is None:
            out[part] = results.inside
        else:
            np.add(results.inside, bias, out=out[part])
    return out


def _blocks(windows: Windows, images: int, channels: int, outs: int, dtype: Any) -> Any:
    """The images block by block, with the memory to lay them out in."""
    frame = results = None
    for part in windows.blocks(images, channels * windows.count + outs):
        size = part.stop - part.start
        if frame is None or frame.images != size:
            scratch = Scratch()
            frame = Frame(windows, channels, size, dtype, scratch)
            results = Results(windows, outs, size, dtype, scratch)
        yield part, frame, results


def _multiply(a: Any, b: Any, out: Any) -> None:
    """Products of stacks of matrices; `dot` has less to find out about a single one."""
    if len(a) == 1:
        np.dot(a[0], b[0], out=out[0])
    else:
        np.matmul(a, b, out=out)


def _image_by_image(kernel: Any, x: Any, out: Any) -> None:
    """A kernel of one pixel needs no windows."""
    groups, rows, columns = kernel.shape
    pixels = math.prod(x.shape[2:])
    images = x.reshape(len(x), groups, columns, pixels)
    np.matmul(kernel, images, out=out.reshape(len(x), groups, rows, pixels))


def backward(y: Any, weight: Any, bias: Any, windows: Windows, groups: int) -> Any:
    """What `forward` multiplies by the kernel, summed into the pixels instead."""
    if windows.opposite is not None:
        return forward(y, _reversed(weight, groups), bias, windows.opposite, groups)
    images, channels = len(y), weight.shape[1] * groups
    factor = weight.reshape(groups, len(weight) // groups, -1).swapaxes(1, 2)
    out = np.zeros((images, channels, *windows.size), y.dtype)
    for part, frame, results in _blocks(windows, images, channels, len(weight), y.dtype):
        results.fill(y[part])
        _multiply(factor, results.matrix(groups), frame.matrix(groups))
        frame.collect(out[part])
    return out if bias is None else np.add(out, bias.reshape((-1, *[1] * len(windows.size))), out=out)


def _reversed(weight: Any, groups: int) -> Any:
    """The kernel that convolves back: turned round, inputs and outputs of each group exchanged."""
    split = weight.reshape(groups, len(weight) // groups, *weight.shape[1:]).swapaxes(1, 2)
    turned = split[(..., *[slice(None, None, -1)] * (weight.ndim - 2))]
    return turned.reshape(weight.shape[1] * groups, len(weight) // groups, *weight.shape[2:])


def _of_kernel(x: Any, y: Any, windows: Windows, kernel: Ints, groups: int) -> Any:
    """What `forward` multiplies pixel by pixel, summed into the kernel instead."""
    channels, outs = x.shape[1], y.shape[1]
    total = np.zeros((groups, outs // groups, channels // groups * windows.count), x.dtype)
    for part, frame, results in _blocks(windows, len(x), channels, outs, x.dtype):
        frame.fill(x[part])
        results.fill(y[part])
        total += _products(results.matrix(groups), frame.matrix(groups), frame.images)
    return total.reshape(outs, channels // groups, *kernel)


def _products(y: Any, columns: Any, images: int) -> Any:
    """``y @ columns.T``; one image at a time where the result is small, which takes BLAS half as long."""
    (groups, outs, width), rows = y.shape, columns.shape[1]
    if images * groups * outs * rows > _SMALL:
        return np.matmul(y, columns.swapaxes(1, 2))
    y = y.reshape(groups, outs, images, width // images).transpose(2, 0, 1, 3)
    columns = columns.reshape(groups, rows, images, width // images).transpose(2, 0, 3, 1)
    return total(np.matmul(y, columns), 0)


def channel_sums(g: Any) -> Any:
    """The sums over all images and pixels, which is a bias's cotangent."""
    if 0 in g.shape:
        return sum(g, (0, *range(2, len(g.shape))))
    return sum(sum(g.reshape((*g.shape[:2], -1)), 2), 0)


# ------------------------------------------------------------------------ the ops

_HOW = {"stride": (2, 1), "padding": ((1, 0), (0, 1)), "dilation": (1, 2), "groups": 1}
_PLAIN = {"stride": (1,), "padding": ((0, 0),), "dilation": (1,), "groups": 1}
_GROUPS = {"stride": (2,), "padding": ((1, 1),), "dilation": (1,), "groups": 2}
_FORWARD = [
    case((2, 2, 5, 4), (3, 2, 2, 2), **_HOW),
    case((2, 4, 5), (4, 2, 3), **_GROUPS),
    case((1, 2, 4), (3, 2, 1), **_PLAIN),
]
_BACKWARD = [
    case((2, 3, 3, 3), (3, 2, 2, 2), size=(5, 4), **_HOW),
    case((2, 4, 3), (4, 2, 3), size=(5,), **_GROUPS),
    case((1, 3, 4), (3, 2, 1), size=(4,), **_PLAIN),
]


def _biased(cases: list[Any], channels: list[int]) -> list[Any]:
    return [((*arrays, (n,)), params) for (arrays, params), n in zip(cases, channels, strict=True)]


def _terms(size: Ints, kernel: Ints, stride: Ints, padding: Pairs, dilation: Ints) -> Any:
    """Pixel, kernel element and window of every product in a convolution: the definition, as a 0-1 array."""
    tables = []
    for n, k, s, (low, high), d in zip(size, kernel, stride, padding, dilation, strict=True):
        out = length(n, k, s, (low, high), d)
        pixel = np.arange(out) * s + np.arange(k)[:, None] * d - low
        tables.append(np.arange(n)[:, None, None] == pixel)
    return tables if len(tables) > 1 else [*tables, np.ones((1, 1, 1))]


def _by_definition(indices: str, x: Any, y: Any, size: Ints, kernel: Ints, groups: int, *how: Any) -> Any:
    """Two of image (nihw), kernel (oikl) and result (noyx), multiplied and summed to the third."""
    tables = _terms(size, kernel, *how)
    words = indices.split(">")
    shapes = {"nihw": size, "oikl": kernel, "noyx": tuple(t.shape[2] for t in tables)[: len(size)]}
    parts = []
    for g in range(groups):
        pair = [_group(a, g, groups, word) for a, word in zip((x, y), words[0].split(","), strict=True)]
        part = np.einsum(f"{words[0]},hky,wlx->{words[1]}", *pair, *tables)
        parts.append(part.reshape(*part.shape[:2], *shapes[words[1]]))
    return np.concatenate(parts, 0 if words[1] == "oikl" else 1)


def _group(a: Any, g: int, groups: int, word: str) -> Any:
    axis = 0 if word == "oikl" else 1
    part = np.split(a, groups, axis)[g]
    return part if part.ndim == 4 else part[..., None]


def _definition(x: Any, weight: Any, *, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    how = (stride, padding, dilation)
    return _by_definition("nihw,oikl>noyx", x, weight, x.shape[2:], weight.shape[2:], groups, *how)


def _definition_back(
    x: Any, weight: Any, *, size: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    how = (stride, padding, dilation)
    return _by_definition("noyx,oikl>nihw", x, weight, size, weight.shape[2:], groups, *how)


def _plus(out: Any, bias: Any) -> Any:
    return out + bias.reshape((-1, *[1] * (out.ndim - 2)))


@op(
    x=lambda g, x_shape, weight, stride, padding, dilation, groups: deconvolve(
        g, weight, x_shape[2:], stride, padding, dilation, groups
    ),
    weight=lambda g, x, weight_shape, stride, padding, dilation, groups: correlate(
        x, g, weight_shape[2:], stride, padding, dilation, groups
    ),
    complex=True,
    promote=False,
    node="ConvolutionBackward0",
    samples=_FORWARD,
    reference=_definition,
)
def convolve(x: Any, weight: Any, /, stride: Ints, padding: Pairs, dilation: Ints, groups: int) -> Any:
    """Images (N, C, ...) and a kernel (O, C / groups, ...), windows times kernel: (N, O, ...).

    >>> mt.conv1d(mt.tensor([[[1.0, 2.0, 4.0]]]), mt.tensor([[[-1.0, 1.0]]]))
    tensor([[[1., 2.]]])
    """
    windows = windows_of(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    return forward(x, weight, None, windows, groups)


@op(
    x=lambda g, x_shape, weight, stride, padding, dilation, groups: deconvolve(
        g, weight, x_shape[2:], stride, padding, dilation, groups
    ),
    weight=lambda g, x, weight_shape, stride, padding, dilation, groups: correlate(
        x, g, weight_shape[2:], stride, padding, dilation, groups
    ),
    bias=lambda g: channel_sums(g),
    piecewise=("x", "weight"),
    complex=True,
    promote=False,
    node="ConvolutionBackward0",
    samples=_biased(_FORWARD, [3, 4, 3]),
    reference=lambda x, weight, bias, **how: _plus(_definition(x, weight, **how), bias),
)
def convolve_biased(
    x: Any, weight: Any, bias: Any, /, stride: Ints, padding: Pairs, dilation: Ints, groups: int
) -> Any:
    """`convolve`, and a number added to each channel of the result.

    >>> mt.conv1d(mt.tensor([[[1.0, 2.0]]]), mt.tensor([[[2.0]]]), mt.tensor([1.0]))
    tensor([[[3., 5.]]])
    """
    windows = windows_of(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    return forward(x, weight, bias, windows, groups)


@op(
    x=lambda g, weight, stride, padding, dilation, groups: convolve(
        g, weight, stride, padding, dilation, groups
    ),
    weight=lambda g, x, weight_shape, stride, padding, dilation, groups: correlate(
        g, x, weight_shape[2:], stride, padding, dilation, groups
    ),
    complex=True,
    promote=False,
    node="ConvolutionBackward0",
    samples=_BACKWARD,
    reference=_definition_back,
)
def deconvolve(
    x: Any, weight: Any, /, size: Ints, stride: Ints, padding: Pairs, dilation: Ints, groups: int
) -> Any:
    """The adjoint of `convolve` in the images, which are of this size: (N, O, ...) to (N, C, ...).

    >>> mt.conv_transpose1d(mt.tensor([[[1.0, 2.0]]]), mt.tensor([[[1.0, 10.0]]]))
    tensor([[[ 1., 12., 20.]]])
    """
    return backward(x, weight, None, windows_of(size, weight.shape[2:], stride, padding, dilation), groups)


@op(
    x=lambda g, weight, stride, padding, dilation, groups: convolve(
        g, weight, stride, padding, dilation, groups
    ),
    weight=lambda g, x, weight_shape, stride, padding, dilation, groups: correlate(
        g, x, weight_shape[2:], stride, padding, dilation, groups
    ),
    bias=lambda g: channel_sums(g),
    piecewise=("x", "weight"),
    complex=True,
    promote=False,
    node="ConvolutionBackward0",
    samples=_biased(_BACKWARD, [2, 4, 2]),
    reference=lambda x, weight, bias, **how: _plus(_definition_back(x, weight, **how), bias),
)
def deconvolve_biased(
    x: Any, weight: Any, bias: Any, /, size: Ints, stride: Ints, padding: Pairs, dilation: Ints, groups: int
) -> Any:
    """`deconvolve`, and a number added to each channel of the result.

    >>> mt.conv_transpose1d(mt.tensor([[[1.0]]]), mt.tensor([[[1.0, 10.0]]]), mt.tensor([5.0]))
    tensor([[[ 6., 15.]]])
    """
    return backward(x, weight, bias, windows_of(size, weight.shape[2:], stride, padding, dilation), groups)


@op(
    x=lambda g, y, x_shape, stride, padding, dilation, groups: deconvolve(
        y, g, x_shape[2:], stride, padding, dilation, groups
    ),
    y=lambda g, x, stride, padding, dilation, groups: convolve(x, g, stride, padding, dilation, groups),
    complex=True,
    promote=False,
    node="ConvolutionBackward0",
    samples=[
        case((2, 2, 5, 4), (2, 3, 3, 3), kernel=(2, 2), **_HOW),
        case((2, 4, 5), (2, 4, 3), kernel=(3,), **_GROUPS),
        case((1, 2, 4), (1, 3, 4), kernel=(1,), **_PLAIN),
    ],
    reference=lambda x, y, kernel, stride, padding, dilation, groups: _by_definition(
        "nihw,noyx>oikl", x, y, x.shape[2:], kernel, groups, stride, padding, dilation
    ),
)
def correlate(
    x: Any, y: Any, /, kernel: Ints, stride: Ints, padding: Pairs, dilation: Ints, groups: int
) -> Any:
    """The adjoint of `convolve` in the kernel, of this size: (N, C, ...), (N, O, ...) to (O, C, ...).

    >>> from microtensor.ops.convolution.kernels import correlate
    >>> x, y = mt.tensor([[[1.0, 2.0, 4.0]]]), mt.tensor([[[1.0, 1.0]]])
    >>> correlate(x, y, (2,), (1,), ((0, 0),), (1,), 1)
    tensor([[[3., 6.]]])
    """
    return _of_kernel(x, y, windows_of(x.shape[2:], kernel, stride, padding, dilation), kernel, groups)
