"""``torch.ops.aten``: this package's functions under the names by which PyTorch's dispatcher knows them.

Most have the arguments of the public function of the name; what has others is written out here, and what is
not is refused.  An operator is made when it is first asked for, and then stays the same object.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import microtensor
from microtensor.nn import functional as F

from .aten_overloads import DIFFERENT, OVERLOADS
from .operators import DEFAULT, OpOverload, OpOverloadPacket
from .schema import Schema

__all__ = ["packet"]


class AtenOverload(OpOverload):
    """An operator that is a function of this package."""

    def __init__(self, name: str, overload: str, function: Callable[..., Any]) -> None:
        super().__init__(Schema(f"aten::{name}", "" if overload == DEFAULT else overload, (), ()))
        self.kernels["CompositeImplicitAutograd"] = self._function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)


class _AtenPacket(OpOverloadPacket):
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return next(iter(self.members.values()))(*args, **kwargs)


def packet(name: str) -> dict[str, OpOverloadPacket]:
    """The operator ``aten::name`` by its name; nothing if there is none here."""
    function = _ADAPTED.get(name) or (None if name in DIFFERENT else _public(name))
    if function is None:
        return {}
    made = _AtenPacket("aten", name)
    for overload in OVERLOADS.get(name, [DEFAULT]):
        made.members[overload] = AtenOverload(name, overload, function)
    return {name: made}


def _public(name: str) -> Callable[..., Any] | None:
    """The public function of a name, or the method of Tensor."""
    parts = {"linalg": microtensor.linalg, "fft": microtensor.fft, "special": microtensor.special}
    family, _, rest = name.partition("_")
    places = [(microtensor, name), (F, name), (microtensor.Tensor, name)]
    places += [(parts[family], rest)] if family in parts else []
    found = (getattr(owner, own, None) for owner, own in places)
    return next((f for f in found if callable(f) and not isinstance(f, type)), None)


# ---------------------------------------------------------------- those with arguments of their own

_REDUCTIONS = ("none", "mean", "sum")


def _loss(function: Callable[..., Any]) -> Callable[..., Any]:
    """A loss whose reduction is a number: 0 none, 1 the mean, 2 the sum."""

    def call(self: Any, target: Any, reduction: int = 1, **options: Any) -> Any:
        return function(self, target, reduction=_REDUCTIONS[reduction], **options)

    return call


def _weighted_loss(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, target: Any, weight: Any = None, reduction: int = 1, **options: Any) -> Any:
        return function(self, target, weight=weight, reduction=_REDUCTIONS[reduction], **options)

    return call


def _nll_loss(
    self: Any, target: Any, weight: Any = None, reduction: int = 1, ignore_index: int = -100
) -> Any:  # fmt: skip
    return F.nll_loss(self, target, weight, reduction=_REDUCTIONS[reduction], ignore_index=ignore_index)


def _embedding(
    weight: Any, indices: Any, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Any:  # fmt: skip
    padding = None if padding_idx < 0 else padding_idx
    return F.embedding(indices, weight, padding, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)


def _convolution(
    input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, transposed: bool,
    output_padding: Any, groups: int,
) -> Any:  # fmt: skip
    name = f"conv{'_transpose' * transposed}{input.ndim - 2}d"
    rest = (output_padding, groups, dilation) if transposed else (dilation, groups)
    return getattr(microtensor, name)(input, weight, bias, stride, padding, *rest)


def _convolution_with_flags(*args: Any) -> Any:
    """``aten::_convolution``: after the arguments of ``convolution`` come three or four flags for CUDA."""
    return _convolution(*args[:9])


def _native_layer_norm(input: Any, normalized_shape: Any, weight: Any, bias: Any, eps: float) -> Any:
    dims = tuple(range(-len(normalized_shape), 0))
    mean = input.mean(dims, keepdim=True)
    rstd = (input.var(dims, correction=0, keepdim=True) + eps).rsqrt()
    return F.layer_norm(input, normalized_shape, weight, bias, eps), mean, rstd


def _batch_norm(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool, momentum: float,
    eps: float, cudnn_enabled: bool = True,
) -> Any:  # fmt: skip
    return F.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def _layer_norm(
    input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Any:  # fmt: skip
    return F.layer_norm(input, normalized_shape, weight, bias, eps)


def _group_norm(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Any:  # fmt: skip
    return F.group_norm(input, num_groups, weight, bias, eps)


def _max_pool2d(
    self: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False,
) -> Any:  # fmt: skip
    return F.max_pool2d(self, kernel_size, stride, padding, dilation, ceil_mode, return_indices=True)


def _slice(self: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    return self[(slice(None),) * (dim % self.ndim) + (slice(start, end, step),)]


def _index(self: Any, indices: Any) -> Any:
    return self[tuple(slice(None) if i is None else i for i in indices)]


def _sparse(*args: Any, **options: Any) -> Any:
    raise RuntimeError(
        "operators of sparse tensors have no names here: call torch.sparse.addmm, or torch.sparse.mm"
    )


_ADAPTED: dict[str, Callable[..., Any]] = {
    "_adaptive_avg_pool2d": F.adaptive_avg_pool2d,
    "_convolution": _convolution_with_flags,
    "_log_softmax": lambda self, dim, half_to_float: self.log_softmax(dim),
    "_pin_memory": lambda self, device=None: self.pin_memory(),
    "_softmax": lambda self, dim, half_to_float: self.softmax(dim),
    "_sparse_addmm": _sparse,
    "_sparse_mm_reduce_impl": _sparse,
    "_to_copy": lambda self, *, dtype=None, **options: self.to(dtype or self.dtype, copy=True),
    "_unsafe_view": lambda self, size: self.reshape(size),
    "alias": lambda self: self.view(self.shape),
    "batch_norm": _batch_norm,
    "binary_cross_entropy": _weighted_loss(F.binary_cross_entropy),
    "constant_pad_nd": lambda self, pad, value=0: F.pad(self, pad, value=value),
    "convolution": _convolution,
    "dropout": lambda input, p, train: F.dropout(input, p, train),
    "embedding": _embedding,
    "group_norm": _group_norm,
    "index": _index,
    "l1_loss": _loss(F.l1_loss),
    "layer_norm": _layer_norm,
    "lift_fresh": lambda self: self,
    "max_pool2d_with_indices": _max_pool2d,
    "mse_loss": _loss(F.mse_loss),
    "native_layer_norm": _native_layer_norm,
    "nll_loss": _nll_loss,
    "slice": _slice,
    "smooth_l1_loss": lambda self, target, reduction=1, beta=1.0: F.smooth_l1_loss(
        self, target, reduction=_REDUCTIONS[reduction], beta=beta
    ),
    "soft_margin_loss": _loss(F.soft_margin_loss),
    "split": lambda self, split_size, dim=0: self.split(split_size, dim),
    "split_with_sizes": lambda self, split_sizes, dim=0: self.split(split_sizes, dim),
    "unfold": lambda self, dimension, size, step: self.unfold(dimension, size, step),
}
