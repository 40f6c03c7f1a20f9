"""Convolutions as users call them: what is checked, and what paddings and strides may look like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...engine.arrays.kernels import BOOL, WHOLE, without
from ...engine.dtypes import int64
from ...engine.tensor import Tensor
from ...errors import describe
from ..views.squeeze import squeeze_dim, unsqueeze
from ..windows.keeping_format import keeping_format
from ..windows.sizes import Ints, length, per_dimension
from .kernels import convolve, convolve_biased, deconvolve, deconvolve_biased

Size = int | tuple[int, ...]


def _positive(values: Any, name: str, what: str, least: int = 1) -> None:
    if what == "dilation" and min(values) < least:
        raise RuntimeError(f"{name}: dilation should be greater than zero, and is {list(values)}")
    if min(values) < least:
        kind = "non-positive" if least else "negative"
        raise RuntimeError(f"{name}: {kind} {what} is not supported: {what}={list(values)}")


_CONV_KERNEL = without("slow_conv2d_cpu", BOOL)
_DILATED_KERNEL = without("slow_conv_dilated<>", WHOLE - {int64})
_TRANSPOSED_KERNEL = without("slow_conv_transpose2d_out_cpu", WHOLE - {int64})


def _check_image(name: str, input: Tensor, weight: Tensor, dims: int) -> None:
    if weight.ndim != dims + 2:
        raise RuntimeError(
            f"{name}: expected a weight of {dims + 2} dimensions, but got weight of size {list(weight.shape)}"
        )
    if input.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {name}, but got input of "
            f"size: {list(input.shape)}"
        )


def _check_dtypes(input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    for what, other in (("weight", weight), ("bias", bias)):
        if other is not None and other.dtype != input.dtype:
            raise RuntimeError(
                f"Input type ({input.dtype}) and {what} type ({other.dtype}) should be the same: convert one "
                "of them, for example with x.float()"
            )


def _check_channels(
    input: Tensor, weight: Tensor, bias: Tensor | None, groups: int, transposed: bool
) -> None:
    shape, channels = list(weight.shape), input.shape[1 - weight.ndim]
    given = f"Given groups={groups}, {'transposed=1, ' * transposed}weight of size {shape}"
    if shape[0] % groups or shape[0] < groups:
        raise RuntimeError(f"{given}, expected weight to be divisible by {groups} at dimension 0")
    wanted, outs = (shape[0], shape[1] * groups) if transposed else (shape[1] * groups, shape[0])
    if channels != wanted:
        raise RuntimeError(
            f"{given}, expected input{list(input.shape)} to have {wanted} channels, but got {channels} "
            "channels instead"
        )
    if bias is not None and tuple(bias.shape) != (outs,):
        raise RuntimeError(
            f"{given}, expected bias to be 1-dimensional with {outs} elements, but got bias of size "
            f"{list(bias.shape)} instead"
        )


def _check(
    name: str, input: Tensor, weight: Tensor, bias: Any, groups: int, transposed: bool, how: dict[str, Ints]
) -> None:
    """What a convolution expects of numbers and shapes, checked before anything is computed."""
    for what, values in how.items():
        _positive(values, name, what, 0 if "padding" in what else 1)
    _positive((groups,), name, "groups")
    _check_channels(input, weight, bias, groups, transposed)
    _check_dtypes(input, weight, bias)


def _batched(input: Tensor, weight: Tensor, run: Callable[[Tensor], Any]) -> Any:
    """`run` on images; on a single one as a batch of one."""
    return run(input) if input.ndim == weight.ndim else squeeze_dim(run(unsqueeze(input, 0)), 0)


def paddings(padding: Any, kernel: Ints, stride: Ints, dilation: Ints, name: str) -> Any:
    """Padding as numbers or as a word, as what is added before and after each dimension."""
    if padding == "same" and set(stride) != {1}:
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    if padding == "same":
        totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return tuple((total // 2, total - total // 2) for total in totals)
    if isinstance(padding, str) and padding != "valid":
        raise RuntimeError(f"Invalid padding string: {padding!r}: expected 'valid' or 'same'")
    numbers = per_dimension(0 if padding == "valid" else padding, len(kernel), name, "padding")
    _positive(numbers, name, "padding", 0)
    return tuple((n, n) for n in numbers)


def _conv(
    name: str, dims: int, input: Tensor, weight: Tensor, bias: Any, stride: Any, padding: Any, dilation: Any,
    groups: int,
) -> Any:  # fmt: skip
    stride = per_dimension(stride, dims, name, "stride")
    dilation = per_dimension(dilation, dims, name, "dilation")
    _check_image(name, input, weight, dims)
    _check(name, input, weight, bias, groups, False, {"stride": stride, "dilation": dilation})
    if max(dilation) > 1:
        _DILATED_KERNEL(input)
    kernel, size = tuple(weight.shape[2:]), tuple(input.shape[-dims:])
    pads = paddings(padding, kernel, stride, dilation, name)
    if any(length(*numbers) < 1 for numbers in zip(size, kernel, [1] * dims, pads, dilation, strict=True)):
        padded = " x ".join(str(n + low + high) for n, (low, high) in zip(size, pads, strict=True))
        raise RuntimeError(
            f"{name}: Calculated padded input size per channel: ({padded}). Kernel size: "
            f"({' x '.join(map(str, kernel))}), dilation {dilation}. Kernel size can't be greater than "
            "actual input size"
        )
    _CONV_KERNEL(input)
    how = (stride, pads, dilation, groups)
    if bias is None:
        return _batched(input, weight, lambda x: convolve(x, weight, *how))
    return _batched(input, weight, lambda x: convolve_biased(x, weight, bias, *how))


def conv1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Size = 1, padding: Size | str = 0,
    dilation: Size = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """Cross-correlation of (N, C, L) or (C, L) with a kernel (O, C / groups, K): (N, O, L').

    `padding` may be "valid" (none) or "same" (the output has the input's length; only for stride 1).
    Raises ``RuntimeError`` for shapes, dtypes and numbers that do not fit.

    >>> mt.conv1d(mt.tensor([[[1.0, 2.0, 4.0]]]), mt.tensor([[[1.0, 1.0]]]), stride=2)
    tensor([[[3.]]])
    """
    return _conv("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


@keeping_format
def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Size = 1, padding: Size | str = 0,
    dilation: Size = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """Cross-correlation of (N, C, H, W) or (C, H, W) with a kernel (O, C / groups, K, L): (N, O, H', W').

    As `conv1d`.

    >>> mt.conv2d(mt.ones(1, 1, 3, 3), mt.ones(1, 1, 3, 3), padding=1)
    tensor([[[[4., 6., 4.],
              [6., 9., 6.],
              [4., 6., 4.]]]])
    """
    return _conv("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Any:
    """`conv1d` of sequences (time, batch, channels), with a weight (width, in, out).

    >>> conv_tbc(mt.ones(3, 1, 1), mt.ones(2, 1, 1), mt.zeros(1)).flatten()
    tensor([2., 2.])
    """
    if input.ndim != 3 or weight.ndim != 3 or bias.ndim != 1:
        raise RuntimeError(
            "conv_tbc: Input must have 3 dims: time, batch, in_channel; weight 3 dims: kernel_width, "
            f"in_channels, out_channels; bias 1: got {describe(input)}, {describe(weight)} and "
            f"{describe(bias)}"
        )
    out = conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=pad)
    return out.permute(2, 0, 1)


@keeping_format
def conv3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Size = 1, padding: Size | str = 0,
    dilation: Size = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """Cross-correlation of (N, C, D, H, W) or (C, D, H, W) with (O, C / groups, J, K, L).

    As `conv1d`.

    >>> mt.conv3d(mt.ones(1, 1, 2, 2, 2), mt.ones(1, 1, 2, 2, 2)).item()
    8.0
    """
    return _conv("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


def _conv_transpose(
    name: str, dims: int, input: Tensor, weight: Tensor, bias: Any, stride: Any, padding: Any,
    output_padding: Any, groups: int, dilation: Any,
) -> Any:  # fmt: skip
    given = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    how = {what: per_dimension(value, dims, name, what) for what, value in given.items()}
    _check_image(name, input, weight, dims)
    _check(name, input, weight, bias, groups, True, how)
    size, pads = _grown(name, tuple(input.shape[-dims:]), tuple(weight.shape[2:]), **how)
    _TRANSPOSED_KERNEL(input)
    rest = (size, how["stride"], pads, how["dilation"], groups)
    if bias is None:
        return _batched(input, weight, lambda x: deconvolve(x, weight, *rest))
    return _batched(input, weight, lambda x: deconvolve_biased(x, weight, bias, *rest))


def _grown(
    name: str, size: Ints, kernel: Ints, stride: Ints, padding: Ints, output_padding: Ints, dilation: Ints
) -> Any:
    """The size of the result of a transposed convolution, and the paddings that lead back."""
    if any(o >= max(s, d) for o, s, d in zip(output_padding, stride, dilation, strict=True)):
        raise RuntimeError(
            f"{name}: output padding must be smaller than either stride or dilation, but got output_padding="
            f"{output_padding}, stride={stride}, dilation={dilation}"
        )
    numbers = zip(size, kernel, stride, padding, output_padding, dilation, strict=True)
    grown = tuple((n - 1) * s - 2 * p + d * (k - 1) + o + 1 for n, k, s, p, o, d in numbers)
    if min(grown) < 1:
        raise RuntimeError(
            f"{name}: Given input size per channel: {size}. Calculated output size per channel: {grown}. "
            "Output size is too small"
        )
    return grown, tuple((p, p - o) for p, o in zip(padding, output_padding, strict=True))


def conv_transpose1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Size = 1, padding: Size = 0,
    output_padding: Size = 0, groups: int = 1, dilation: Size = 1,
) -> Tensor:  # fmt: skip
    """The adjoint of `conv1d`: (N, C, L) or (C, L) with a kernel (C, O / groups, K) to (N, O, L').

    L' is ``(L - 1) * stride - 2 * padding + dilation * (K - 1) + output_padding + 1``.

    >>> mt.conv_transpose1d(mt.tensor([[[1.0, 2.0]]]), mt.tensor([[[1.0, 1.0]]]), stride=2)
    tensor([[[1., 1., 2., 2.]]])
    """
    return _conv_transpose(
        "conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


@keeping_format
def conv_transpose2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Size = 1, padding: Size = 0,
    output_padding: Size = 0, groups: int = 1, dilation: Size = 1,
) -> Tensor:  # fmt: skip
    """The adjoint of `conv2d`: (N, C, H, W) with a kernel (C, O / groups, K, L); as `conv_transpose1d`.

    >>> mt.conv_transpose2d(mt.ones(1, 1, 2, 2), mt.ones(1, 1, 2, 2))
    tensor([[[[1., 2., 1.],
              [2., 4., 2.],
              [1., 2., 1.]]]])
    """
    return _conv_transpose(
        "conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


@keeping_format
def conv_transpose3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Size = 1, padding: Size = 0,
    output_padding: Size = 0, groups: int = 1, dilation: Size = 1,
) -> Tensor:  # fmt: skip
    """The adjoint of `conv3d`: (N, C, D, H, W) with a kernel (C, O / groups, J, K, L).

    >>> mt.conv_transpose3d(mt.ones(1, 1, 1, 1, 1), mt.ones(1, 1, 1, 1, 2)).flatten()
    tensor([1., 1.])
    """
    return _conv_transpose(
        "conv_transpose3d", 3, input, weight, bias, stride, padding, output_padding, groups, dilation
    )
