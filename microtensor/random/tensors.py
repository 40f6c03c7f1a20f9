"""New tensors of random numbers, and samples from probabilities that a tensor holds."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from ..creation.factories import _finish, _shape, _sizes, blank_like
from ..engine import dtypes
from ..engine.arrays.kernels import COMPLEX, unsupported
from ..engine.grad_mode import no_grad
from ..engine.op import op
from ..engine.op_definition import case
from ..engine.out_argument import created, with_out
from ..engine.tensor import Tensor
from ..errors import describe
from .drawn_into import drawn_by, normal_out
from .generator import Generator, _stream
from .pairs import in_pairs, memory_order, normal_numbers

_INTEGERS = unsupported(
    "check_random_bounds handles only integral, floating-point and boolean types, not {}", COMPLEX
)
_DEVIATION = unsupported("normal expects standard deviation to be non-complex: {}", COMPLEX)


def _new(flat: Any, shape: tuple[int, ...], requires_grad: bool = False, *memory: Any) -> Tensor:
    return _finish(flat.reshape(shape), requires_grad, *memory)


def _float(dtype: Any) -> dtypes.DType:
    return dtypes.default_dtype() if dtype is None else np.dtype(dtype)


@drawn_by("uniform_")
def rand(
    *sizes: Any, size: Any = None, generator: Generator | None = None, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Uniform numbers in [0, 1).

    >>> _ = mt.manual_seed(0)
    >>> mt.rand(2)
    tensor([0.4963, 0.7682])
    """
    shape, dtype = _shape(sizes, size), _float(dtype)
    flat = in_pairs(_stream(generator).uniform, math.prod(shape), dtype)
    return _new(flat, shape, requires_grad, device, layout, pin_memory)


@drawn_by("normal_")
def randn(
    *sizes: Any, size: Any = None, generator: Generator | None = None, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Standard normal numbers; the parts of complex ones have variance 1/2 each.

    >>> _ = mt.manual_seed(0)
    >>> mt.randn(2)
    tensor([ 1.5410, -0.2934])
    """
    shape, dtype = _shape(sizes, size), _float(dtype)
    n = math.prod(shape)
    flat = normal_numbers(_stream(generator).normal, n, dtype) if n else np.empty(0, dtype)
    return _new(flat, shape, requires_grad, device, layout, pin_memory)


@created
def randint(
    low: Any = None, high: Any = None, size: Any = None, *, generator: Generator | None = None,
    dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Integers in [low, high), from 0 if only one bound is given.

    Raises ``RuntimeError`` if the range is empty.

    >>> _ = mt.manual_seed(0)
    >>> mt.randint(10, (3,))
    tensor([4, 9, 3])
    """
    low, high, size = _bounds(low, high, size)
    shape = _sizes((size,))
    dtype = dtypes.int64 if dtype is None else dtypes.held(dtype)
    _INTEGERS.check(dtype)
    flat = _stream(generator).integers(math.prod(shape), low, high, dtype)
    return _new(flat, shape, requires_grad, device, layout, pin_memory)


def _bounds(low: Any, high: Any, size: Any) -> tuple[int, int, Any]:
    """The arguments of ``randint(high, size)`` and ``randint(low, high, size)``, by position or by name."""
    if size is None:
        low, high, size = None, low, high
    elif high is None:
        low, high = None, low
    if high is None or size is None:
        raise TypeError("randint(): missing required arguments: randint(high, size) or (low, high, size)")
    low = 0 if low is None else int(low)
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    return low, int(high), size


@created
def randperm(
    n: int, *, generator: Generator | None = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """A random order of 0 to n - 1.

    >>> _ = mt.manual_seed(0)
    >>> mt.randperm(4)
    tensor([0, 1, 3, 2])
    """
    dtype = dtypes.int64 if dtype is None else dtypes.held(dtype)
    flat = _stream(generator).permutation(n, dtype)
    return _new(flat, (n,), requires_grad, device, layout, pin_memory)


def rand_like(
    input: Tensor, *, generator: Generator | None = None, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """`rand` of `input`'s shape, dtype and order in memory."""
    array = blank_like(input, dtype, memory_format)
    _fill(array, in_pairs(_stream(generator).uniform, array.size, array.dtype))
    return _finish(array, requires_grad, device, layout, pin_memory)


def randn_like(
    input: Tensor, *, generator: Generator | None = None, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """`randn` of `input`'s shape, dtype and order in memory."""
    array = blank_like(input, dtype, memory_format)
    draw = partial(_stream(generator).normal, blocks=array.flags.c_contiguous)
    if array.size:  # no numbers can be drawn in any dtype
        _fill(array, normal_numbers(draw, array.size, array.dtype))
    return _finish(array, requires_grad, device, layout, pin_memory)


def randint_like(
    input: Tensor, low: Any = None, high: Any = None, *, generator: Generator | None = None,
    dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
    requires_grad: bool = False, memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """`randint` of `input`'s shape, dtype and order in memory."""
    low, high, _ = _bounds(low, high, ()) if high is not None else _bounds(None, low, ())
    array = blank_like(input, dtype, memory_format)
    _INTEGERS.check(array.dtype)
    _fill(array, _stream(generator).integers(array.size, low, high, array.dtype))
    return _finish(array, requires_grad, device, layout, pin_memory)


@op(mean=lambda g: g * 0, std=lambda g: g * 0, complex=True, elementwise=True, name="sampled",
    node="NormalBackward0",
    samples=[case((2, 3), (2, 3), (3,))], exempt={"complete": "the numbers are drawn, not given"},
    reference=lambda drawn, mean, std: drawn)  # fmt: skip
def _sampled(drawn: Any, mean: Any, std: Any, /) -> Any:
    """Random numbers that were drawn with a mean and a deviation, whose gradients are zero as PyTorch's.

    >>> mt.normal(mt.ones(1, requires_grad=True), 0.0)
    tensor([1.], grad_fn=<NormalBackward0>)
    """
    return np.broadcast_arrays(drawn, mean, std)[0].copy()


def _fill(array: Any, flat: Any) -> None:
    """Write what was drawn in the order of the memory, as PyTorch does."""
    order = memory_order(array)
    array.transpose(order)[...] = flat.reshape([array.shape[d] for d in order])


@normal_out
def normal(
    mean: Any, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Normal numbers of a mean and a deviation, numbers or tensors.

    >>> _ = mt.manual_seed(0)
    >>> mt.normal(10.0, 0.1, (2,))
    tensor([10.1541,  9.9707])
    """
    if size is not None:
        mean, std = _one_number("mean", mean), _one_number("std", std)
    if isinstance(mean, Tensor) or isinstance(std, Tensor):
        shape = np.broadcast_shapes(*[tuple(v.shape) for v in (mean, std) if isinstance(v, Tensor)])
        if isinstance(std, Tensor):
            _DEVIATION(std)
        like = mean if isinstance(mean, Tensor) else std
        noise = randn(shape, generator=generator, dtype=like.dtype)
        with no_grad():
            drawn = noise * std + mean
        return _sampled(drawn, mean, std)
    shape, dtype = _sizes((size,)), _float(dtype)
    flat = normal_numbers(_stream(generator).normal, math.prod(shape), dtype, mean, float(std))
    return _new(flat, shape, requires_grad, device, layout, pin_memory)


def _one_number(name: str, value: Any) -> Any:
    """The number that a tensor without dimensions holds, beside a size."""
    if not isinstance(value, Tensor):
        return value
    if value.ndim or value.requires_grad:
        raise TypeError(
            f"normal(): argument '{name}' must be float, not Tensor: with a size it is one number, and this "
            f"is {describe(value)}{', which requires a gradient' * value.requires_grad}"
        )
    return value.item()


@with_out
def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """1 with the probability that `input` says, element by element, else 0.

    >>> mt.bernoulli(mt.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    stream, shape = _stream(generator), tuple(input.shape)
    if p is not None:
        flat = stream.bernoulli(input.numel(), p)
    else:
        flat = stream.bernoulli_each(input.array.reshape(-1)) if input.numel() else np.empty(0, bool)
    drawn = _new(flat.astype(input.dtype), shape)
    return _tossed(drawn, input) if input.requires_grad else drawn


@op(x=lambda g: g * 0, elementwise=True, name="tossed", node="BernoulliBackward0",
    samples=[case((2, 3), (2, 3))], exempt={"complete": "the numbers are drawn, not given"},
    reference=lambda drawn, x: drawn)  # fmt: skip
def _tossed(drawn: Any, x: Any, /) -> Any:
    """Random numbers that were drawn with probabilities, whose gradients are zero as PyTorch's.

    >>> mt.bernoulli(mt.ones(1, requires_grad=True))
    tensor([1.], grad_fn=<BernoulliBackward0>)
    """
    return np.broadcast_arrays(drawn, x)[0].copy()


@with_out
def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Indices drawn with probabilities proportional to each row of `input`.

    >>> mt.multinomial(mt.tensor([0.0, 1.0]), 2, replacement=True)
    tensor([1, 1])
    """
    return Tensor._of(_stream(generator).multinomial(input.array, num_samples, replacement))  # type: ignore[no-any-return]
