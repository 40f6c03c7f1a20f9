"""Batch normalization: statistics of each channel over the batch."""

from __future__ import annotations

from typing import Any

from ... import _lazy
from ...creation import factories as creation
from ...engine import dtypes
from ...engine.attributes.dtype_objects import DtypeLike
from ...engine.size_device import DeviceLike
from ...engine.tensor import Tensor
from .. import functional as F
from ..parameter import Parameter
from .affine_parameters import affine_parameters, reset
from .module import Module


class _NormBase(Module):
    """What norms by channel share: scale and shift, running statistics, and how these are kept."""

    _version = 2
    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, device: DeviceLike = None, dtype: DtypeLike = None, *,
        bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        affine_parameters(self, (num_features,), where, weight=affine, bias=affine and bias)
        for name, make in (("running_mean", creation.zeros), ("running_var", creation.ones)):
            self.register_buffer(name, make(num_features, **where) if track_running_stats else None)
        count = creation.zeros((), dtype=dtypes.int64, device=device) if track_running_stats else None
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


class _BatchNorm(_NormBase):
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
        count = self.num_batches_tracked
        if self.training and self.track_running_stats and count is not None and not count.is_meta:
            # A count is in no graph: past the engine it costs a tenth of add_.
            count.array[...] += 1
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


class BatchNorm1d(_BatchNorm):
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


def _batch_weight(layer: _BatchNorm) -> float:
    """How much this batch weighs in the running statistics."""
    if layer.momentum is not None:
        return layer.momentum
    counted = layer.num_batches_tracked if layer.track_running_stats else None
    return 0.0 if counted is None else 1.0 / (int(counted) + 1)


class BatchNorm2d(_BatchNorm):
    """`BatchNorm1d` for inputs of shape (N, C, H, W), over all but the channels.

    >>> mt.nn.BatchNorm2d(1)(mt.tensor([[[[1.0, 3.0]]]])).detach().flatten()
    tensor([-1.0000,  1.0000])
    """

    dims, shapes = (4,), "(N, C, H, W)"


class BatchNorm3d(_BatchNorm):
    """`BatchNorm1d` for inputs of shape (N, C, D, H, W), over all but the channels.

    >>> mt.nn.BatchNorm3d(1)(mt.tensor([[[[[1.0, 3.0]]]]])).detach().flatten()
    tensor([-1.0000,  1.0000])
    """

    dims, shapes = (5,), "(N, C, D, H, W)"


class SyncBatchNorm(_BatchNorm):
    """Batch normalisation over the batches of all processes, of which there is one here.

    Inputs have at least two dimensions, (N, C, ...); `process_group` changes nothing.

    >>> mt.nn.SyncBatchNorm(1)(mt.tensor([[1.0], [3.0]])).detach().flatten()
    tensor([-1.0000,  1.0000])
    """

    dims, shapes = (2, 3, 4, 5), "(N, C, ...)"

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, process_group: Any = None, device: DeviceLike = None,
        dtype: DtypeLike = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Any:
        """The module with every batch norm in it made a SyncBatchNorm that shares its tensors.

        >>> mt.nn.SyncBatchNorm.convert_sync_batchnorm(mt.nn.BatchNorm1d(2))
        SyncBatchNorm(2, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
        """
        result = cls._of(module, process_group) if isinstance(module, _BatchNorm) else module
        for name, child in module.named_children():
            result.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return result

    @classmethod
    def _of(cls, norm: _BatchNorm, process_group: Any) -> _BatchNorm:
        made = cls(
            norm.num_features, norm.eps, norm.momentum, norm.affine, norm.track_running_stats, process_group,
            bias=norm.bias is not None,
        )  # fmt: skip
        if norm.affine:
            made.weight, made.bias = norm.weight, norm.bias
        for name in ("running_mean", "running_var", "num_batches_tracked"):
            setattr(made, name, getattr(norm, name))
        return made.train(norm.training)


__getattr__, __dir__ = _lazy.beside(__name__, "lazy.mixin", "lazy.norm")
