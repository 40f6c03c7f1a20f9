"""The functions of layers: activations, losses, normalisation, dropout, embedding.

Most are defined with the ops (`ops.activation`, `ops.class_losses`, `ops.product`) and gathered here under
PyTorch's names; those that need randomness or several ops are below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._lazy import publish
from ..engine.grad_mode import no_grad
from ..engine.op import op
from ..engine.op_definition import case
from ..engine.tensor import Tensor
from ..engine.writes import count_write
from ..errors import describe
from ..ops.activation import relu as _relu
from ..ops.indexing import put
from ..ops.reduce import averaged
from ..random.generator import default_generator

if TYPE_CHECKING:
    from ._public_functional import *


def relu(input: Tensor, inplace: bool = False) -> Any:
    """``max(x, 0)``, in place if asked; the derivative at 0 is 0.

    >>> mt.nn.functional.relu(mt.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return input.relu_() if inplace else _relu(input)


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """In training, zero each element with probability `p` and scale the others by ``1 / (1 - p)``.

    Draws what PyTorch draws: the same seed drops the same elements.  ``ValueError`` if `p` is not
    in [0, 1].  Srivastava et al., "Dropout" (2014), in its inverted form.

    >>> mt.nn.functional.dropout(mt.ones(3), 0.5, training=False)
    tensor([1., 1., 1.])
    """
    check_probability(p)
    if not training or p == 0 or input.numel() == 0:
        return input
    if p == 1:
        return input.mul_(0) if inplace else input * 0
    noise = kept_elements(input, p)
    noise /= 1 - p
    return input.mul_(Tensor._of(noise)) if inplace else input * Tensor._of(noise)


def check_probability(p: float) -> None:
    """``ValueError`` unless `p` is between 0 and 1."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def kept(count: int, p: float, dtype: Any) -> Any:
    """`count` draws of 1 for what stays and 0 for what is dropped; ``RuntimeError`` for integers."""
    if dtype.kind != "f":
        raise RuntimeError(
            f"dropout: result type Float can't be cast to the desired output type {dtype}: use x.float()"
        )
    return default_generator.stream.bernoulli(count, 1 - p).astype(dtype)


def kept_elements(input: Tensor, p: float) -> Any:
    """1 for what stays and 0 for what is dropped, drawn in the order in which memory holds the elements."""
    shape, strides = tuple(input.shape), input.stride()
    drawn = kept(input.numel(), p, input.dtype)
    if input.is_contiguous() or any(s == 0 and n > 1 for s, n in zip(strides, shape, strict=True)):
        return drawn.reshape(shape)
    order = sorted(range(len(shape)), key=lambda d: -strides[d])
    return drawn.reshape([shape[d] for d in order]).transpose(np.argsort(order))


def embedding(
    input: Tensor, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None,
    norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False,
) -> Any:  # fmt: skip
    """The rows of `weight` (n, d) that the integers `input` name: (...) to (..., d).

    The row `padding_idx` gets no gradient.  With `max_norm`, rows that are read are first scaled down, in
    place, where their norm exceeds it; with `scale_grad_by_freq` gradients are divided by how often a row is
    read.

    Raises ``IndexError`` for an index out of range, ``RuntimeError`` for indices that are not int64 or int32
    and for another `weight`, ``NotImplementedError`` for `sparse`.

    >>> mt.nn.functional.embedding(mt.tensor([1, 1]), mt.tensor([[1.0], [2.0]])).flatten()
    tensor([2., 2.])
    """
    if sparse:
        raise NotImplementedError("embedding: sparse=True is not offered: leave it out, gradients are dense")
    if weight.ndim != 2:
        raise RuntimeError(f"embedding: 'weight' must be 2-D, a row for each index, not {describe(weight)}")
    rows, n = row_numbers("embedding", input.array), weight.shape[0]
    if rows.size and not (rows.min() >= 0 and rows.max() < n):
        raise IndexError(
            f"index out of range in self: embedding got indices {rows.min()} to {rows.max()}, and "
            f"weight has {n} rows"
        )
    if padding_idx is not None and not -n <= padding_idx < n:
        raise AssertionError(f"Padding_idx must be within num_embeddings: {padding_idx} of {n}")
    if max_norm is not None:
        _limit_rows(weight, rows, max_norm, norm_type)
    share = None if padding_idx is None else (rows != padding_idx % n).astype(weight.dtype)
    if scale_grad_by_freq:
        share = (1.0 if share is None else share) / np.bincount(rows.reshape(-1), minlength=1)[rows]
    return _embedding(weight, rows, share)


def row_numbers(op: str, rows: Any) -> Any:
    """`rows` itself; ``RuntimeError`` if it is not int64 or int32."""
    if rows.dtype.kind != "i" or rows.dtype.itemsize < 4:
        raise RuntimeError(f"{op}: expected integer indices (Long or Int), got {describe(rows)}")
    return rows


def _limit_rows(weight: Tensor, rows: Any, max_norm: float, norm_type: float) -> None:
    """Scale down, in place and past autograd, the rows whose norm exceeds `max_norm`."""
    used = np.unique(rows)
    with no_grad():
        table = weight.detach().array
        norms = np.linalg.norm(table[used], norm_type, axis=1)
        long = norms > max_norm
        table[used[long]] *= (max_norm / (norms[long] + 1e-7))[:, None]
    count_write(weight, "embedding_renorm_")


@op(x=lambda g, x_shape, rows, share: _rows_back(g, x_shape, rows, share), name="embedding",
    samples=[case((4, 3), rows=np.array([[0, 2], [2, 1]]), share=None)],
    reference=lambda x, rows, share: np.take(x, rows, axis=0))  # fmt: skip
def _embedding(x: Any, /, rows: Any, share: Any) -> Any:
    """Rows of a table by number; `share` (None: 1) is what is passed on of each one's gradient.

    >>> mt.nn.functional.embedding(mt.tensor([0]), mt.tensor([[1.0], [2.0]]))
    tensor([[1.]])
    """
    return x[rows]


def _rows_back(g: Any, shape: Any, rows: Any, share: Any) -> Any:
    if share is not None:
        g = g * share.reshape((*rows.shape, 1)).astype(g.dtype)
    return put(g, shape, (rows,))


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Integers as rows of zeros with a single 1: (...) to (..., num_classes), int64.

    >>> mt.nn.functional.one_hot(mt.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    labels = tensor.array
    if labels.dtype != np.int64:
        raise RuntimeError(f"one_hot is only applicable to int64 labels, got {labels.dtype}: use x.long()")
    if num_classes == -1 and not labels.size:
        raise RuntimeError("Can not infer total number of classes from empty tensor: give num_classes")
    if labels.size and labels.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    n = int(labels.max()) + 1 if num_classes == -1 else num_classes
    if labels.size and labels.max() >= n:
        raise RuntimeError(f"Class values must be smaller than num_classes: {labels.max()} is not below {n}.")
    return Tensor._of((labels[..., None] == np.arange(n)).astype(np.int64))  # type: ignore[no-any-return]


# --------------------------------------------------------------- normalisation


def _moments(x: Any, axes: Any) -> tuple[Any, Any]:
    """The mean and the biased variance over `axes`, which stay as 1."""
    centre = averaged(x, axes)
    offset = x - centre
    return centre, averaged(offset * offset, axes)


@op(
    x=lambda g, x, axes, eps: _standardise_back(g, x, axes, eps),
    node="NativeLayerNormBackward0",
    samples=[
        case((3, 4), axes=(-1,), eps=1e-5),
        case((2, 3, 4), axes=(1, 2), eps=1e-3),
        case((4, 2, 3), axes=(0, 2), eps=1e-5),
    ],
    reference=lambda x, axes, eps: (
        (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)
    ),
)
def standardise(x: Any, /, axes: tuple[int, ...], eps: float) -> Any:
    """`x` with mean 0 and variance 1 over `axes`, `eps` added to the variance.

    >>> from microtensor.nn.functional import standardise
    >>> standardise(mt.tensor([1.0, 3.0]), (0,), 0.0)
    tensor([-1.,  1.])
    """
    centre = averaged(x, axes)
    out = x - centre
    out /= np.sqrt(averaged(out * out, axes) + eps)
    return out


def _standardise_back(g: Any, x: Any, axes: Any, eps: float) -> Any:
    """Ioffe and Szegedy, "Batch Normalization" (2015), section 3, in terms of the result."""
    centre, variance = _moments(x, axes)
    scale = 1 / np.sqrt(variance + eps)
    out = (x - centre) * scale
    return (g - averaged(g, axes) - out * averaged(g * out, axes)) * scale


def layer_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Any:  # fmt: skip
    """Standardise over the last dimensions, `normalized_shape`, then scale and shift.

    Ba, Kiros and Hinton, "Layer Normalization" (2016).  ``RuntimeError`` if the shapes don't match.

    >>> mt.nn.functional.layer_norm(mt.tensor([[1.0, 3.0]]), (2,), eps=0.0)
    tensor([[-1.,  1.]])
    """
    shape = _last_dims(input, normalized_shape, weight, bias)
    out = standardise(input, tuple(range(-len(shape), 0)), eps)
    out = out if weight is None else out * weight
    return out if bias is None else out + bias


def _last_dims(
    input: Tensor, normalized_shape: Any, weight: Tensor | None, bias: Tensor | None = None
) -> tuple[int, ...]:
    """The shape to normalise over, checked: ``RuntimeError`` unless it ends `input`'s and is the others'."""
    shape = tuple([normalized_shape] if isinstance(normalized_shape, int) else normalized_shape)
    if tuple(input.shape)[input.ndim - len(shape) :] != shape or not shape:
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape "
            f"[*, {', '.join(map(str, shape))}], but got input of size{list(input.shape)}"
        )
    for name, held in (("weight", weight), ("bias", bias)):
        if held is not None and held.shape != shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(held.shape)} and normalized_shape = {list(shape)}"
            )
    return shape


def rms_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None = None, eps: float | None = None
) -> Any:
    """Divide by the root of the mean square over the last dimensions; Zhang and Sennrich (2019).

    >>> mt.nn.functional.rms_norm(mt.tensor([3.0, 4.0]), (2,))
    tensor([0.8485, 1.1314])
    """
    shape = _last_dims(input, normalized_shape, weight)
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    square = (input * input).mean(dim=tuple(range(-len(shape), 0)), keepdim=True)
    out = input * (square + eps).rsqrt()
    return out if weight is None else out * weight


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    """Divide by the p-norm along `dim`, or by `eps` if that is larger.

    >>> mt.nn.functional.normalize(mt.tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]])
    """
    from ..ops.norm import norm

    return input / norm(input, p, dim, True).clamp(min=eps)


__getattr__, __dir__ = publish(__name__)  # the functions that stand elsewhere
