"""Batch normalisation of pictures and volumes, as layers."""

# Functions follow their arguments, Tensor in and Tensor out, which mypy cannot see.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

from .module import Module
from .normalization import BatchNorm

__all__ = ["BatchNorm2d", "BatchNorm3d", "SyncBatchNorm"]


class BatchNorm2d(BatchNorm):
    """`BatchNorm1d` for inputs of shape (N, C, H, W), over all but the channels.

    >>> mt.nn.BatchNorm2d(1)(mt.tensor([[[[1.0, 3.0]]]])).detach().flatten()
    tensor([-1.0000,  1.0000])
    """

    dims, shapes = (4,), "(N, C, H, W)"


class BatchNorm3d(BatchNorm):
    """`BatchNorm1d` for inputs of shape (N, C, D, H, W), over all but the channels.

    >>> mt.nn.BatchNorm3d(1)(mt.tensor([[[[[1.0, 3.0]]]]])).detach().flatten()
    tensor([-1.0000,  1.0000])
    """

    dims, shapes = (5,), "(N, C, D, H, W)"


class SyncBatchNorm(BatchNorm):
    """Batch normalisation over the batches of all processes, of which there is one here.

    Inputs have at least two dimensions, (N, C, ...); `process_group` changes nothing.

    >>> mt.nn.SyncBatchNorm(1)(mt.tensor([[1.0], [3.0]])).detach().flatten()
    tensor([-1.0000,  1.0000])
    """

    dims, shapes = (2, 3, 4, 5), "(N, C, ...)"

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: Any = None,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Any:
        """The module with every batch norm in it made a SyncBatchNorm that shares its tensors.

        >>> mt.nn.SyncBatchNorm.convert_sync_batchnorm(mt.nn.BatchNorm1d(2))
        SyncBatchNorm(2, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
        """
        result = cls._of(module, process_group) if isinstance(module, BatchNorm) else module
        for name, child in module.named_children():
            result.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return result

    @classmethod
    def _of(cls, norm: BatchNorm, process_group: Any) -> BatchNorm:
        made = cls(
            norm.num_features, norm.eps, norm.momentum, norm.affine, norm.track_running_stats, process_group,
            bias=norm.bias is not None,
        )  # fmt: skip
        if norm.affine:
            made.weight, made.bias = norm.weight, norm.bias
        for name in ("running_mean", "running_var", "num_batches_tracked"):
            setattr(made, name, getattr(norm, name))
        return made.train(norm.training)
