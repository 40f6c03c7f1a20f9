"""Layers that bring activations to mean 0 and variance 1, over a batch or within each example."""

# Functions follow their arguments, Tensor in and Tensor out, which mypy cannot see.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..creation import factories as creation
from ..engine import dtypes
from ..engine.tensor import Tensor
from . import functional as F
from . import init
from .module import Module
from .parameter import Parameter

__all__ = ["BatchNorm", "BatchNorm1d", "ChannelNorm", "LayerNorm", "RMSNorm", "affine_parameters", "reset"]


def _as_shape(normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    return (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)


def affine_parameters(module: Module, shape: tuple[int, ...], where: dict[str, Any], **wanted: bool) -> None:
    """Register scale and shift of this shape; None for what is not wanted."""
    for name, present in wanted.items():
        value = Parameter(creation.empty(*shape, **where)) if present else None
        module.register_parameter(name, value)


class LayerNorm(Module):
    """Normalises over the last dimensions, `normalized_shape`, then scales and shifts.

    Ba, Kiros, Hinton, arXiv:1607.06450: ``(x - mean) / sqrt(var + eps) * weight + bias`` with the
    biased variance.  `weight` and `bias` have the shape `normalized_shape`, and are None without
    `elementwise_affine`.

    >>> mt.nn.LayerNorm(2)(mt.tensor([[1.0, 3.0]])).detach()
    tensor([[-1.0000,  1.0000]])
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = shape = _as_shape(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        where = {"device": device, "dtype": dtype}
        affine_parameters(self, shape, where, weight=elementwise_affine, bias=elementwise_affine and bias)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Scale by ones and shift by zeros.

        >>> mt.nn.LayerNorm(2).reset_parameters()
        """
        reset(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """`input`, normalised within each example."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The arguments of the constructor."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """Divides by the root of the mean square over the last dimensions, then scales.

    Zhang, Sennrich, arXiv:1910.07467: ``x / sqrt(mean(x**2) + eps) * weight``.  Without `eps` it is
    the machine epsilon of the dtype.

    >>> mt.nn.RMSNorm(2)(mt.tensor([[1.0, 7.0]])).detach()
    tensor([[0.2000, 1.4000]])
    """

    weight: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = shape = _as_shape(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        where = {"device": device, "dtype": dtype}
        affine_parameters(self, shape, where, weight=elementwise_affine)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Scale by ones.

        >>> mt.nn.RMSNorm(2).reset_parameters()
        """
        reset(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        """`input`, normalised within each example."""
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """The arguments of the constructor."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class ChannelNorm(Module):
    """What norms by channel share: scale and shift, running statistics, and how these are kept."""

    _version = 2
    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        where = {"device": device, "dtype": dtype}
        affine_parameters(self, (num_features,), where, weight=affine, bias=affine and bias)
        for name, make in (("running_mean", creation.zeros), ("running_var", creation.ones)):
            self.register_buffer(name, make(num_features, **where) if track_running_stats else None)
        count = creation.tensor(0, dtype=dtypes.int64) if track_running_stats else None
        self.register_buffer("num_batches_tracked", count)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget all batches: mean 0, variance 1.

        >>> mt.nn.BatchNorm1d(2).reset_running_stats()
        """
        stats = (self.running_mean, 0), (self.running_var, 1), (self.num_batches_tracked, 0)
        for tensor, value in stats:
            if tensor is not None:
                tensor.fill_(value)

    def reset_parameters(self) -> None:
        """Forget all batches, scale by ones and shift by zeros.

        >>> mt.nn.BatchNorm1d(2).reset_parameters()
        """
        self.reset_running_stats()
        reset(self.weight, self.bias)

    def extra_repr(self) -> str:
        """The arguments of the constructor."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, local_metadata: dict[str, Any], *rest: Any
    ) -> None:
        # Version 1, and state from elsewhere, did not count batches: keep the count as it is.
        key, count = prefix + "num_batches_tracked", self.num_batches_tracked
        if (local_metadata.get("version") or 1) < 2 and count is not None:
            state_dict.setdefault(key, count)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


class BatchNorm(ChannelNorm):
    """Normalisation over the batch, whatever the dimensions behind the channels."""

    dims: tuple[int, ...] = ()
    shapes = ""

    def forward(self, input: Tensor) -> Tensor:
        """`input`, normalised over the batch in training, by the running statistics otherwise."""
        self._check_input_dim(input)
        learning = self.training or self.running_mean is None
        # Running statistics that are not tracked any more serve evaluation and are not updated.
        used = not self.training or self.track_running_stats
        mean, var = (self.running_mean, self.running_var) if used else (None, None)
        momentum = _batch_weight(self) if self.training else 0.0
        result = F.batch_norm(input, mean, var, self.weight, self.bias, learning, momentum, self.eps)
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            # A count is in no graph: past the engine it costs a tenth of add_.
            self.num_batches_tracked.array[...] += 1
        return result

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() not in self.dims:
            expected = " or ".join(f"{n}D" for n in self.dims)
            raise ValueError(
                f"expected {expected} input (got {input.dim()}D input): {type(self).__name__} takes "
                f"{self.shapes} with C={self.num_features}, not {tuple(input.shape)}"
            )
        if input.shape[1] != self.num_features:
            raise RuntimeError(
                f"{type(self).__name__} has num_features={self.num_features}, and the input of shape "
                f"{tuple(input.shape)} has {input.shape[1]} in dimension 1"
            )


class BatchNorm1d(BatchNorm):
    """Normalises each feature over the batch, then scales and shifts.

    Ioffe, Szegedy, arXiv:1502.03167.  Input of shape ``(N, C)`` or ``(N, C, L)``, for C features.
    In training it uses the batch's mean and biased variance, and keeps running ones (of the
    unbiased variance), ``running = (1 - momentum) * running + momentum * batch``, or the plain
    average of all batches if `momentum` is None.  In evaluation it uses the running ones; without
    `track_running_stats` always the batch's.

    Raises ``ValueError`` for input of another number of dimensions, and for a single value per
    feature in training, whose variance is not defined; ``RuntimeError`` for another number of
    features.

    >>> layer = mt.nn.BatchNorm1d(1)
    >>> layer(mt.tensor([[1.0], [3.0]])).detach()
    tensor([[-1.0000],
            [ 1.0000]])
    >>> layer.running_mean, layer.running_var
    (tensor([0.2000]), tensor([1.1000]))
    """

    dims, shapes = (2, 3), "(N, C) or (N, C, L)"


def _batch_weight(layer: BatchNorm) -> float:
    """How much this batch weighs in the running statistics."""
    if layer.momentum is not None:
        return layer.momentum
    counted = layer.num_batches_tracked if layer.track_running_stats else None
    return 0.0 if counted is None else 1.0 / (int(counted) + 1)


def reset(weight: Parameter | None, bias: Parameter | None = None) -> None:
    """Scale by ones and shift by zeros, where there is something."""
    if weight is not None:
        init.ones_(weight)
    if bias is not None:
        init.zeros_(bias)
