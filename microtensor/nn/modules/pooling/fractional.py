"""Layers that pool windows at random distances: see `nn.functions.fractional`."""

from __future__ import annotations

from typing import Any, ClassVar

from ....engine.tensor import Tensor
from ... import functional as F
from ..conv import several
from ..module import Module


class _FractionalMaxPool(Module):
    """The largest element of each of the windows, drawn anew in each call."""

    dims: ClassVar[int]
    _random_samples: Tensor | None

    def __init__(
        self, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
        return_indices: bool = False, _random_samples: Tensor | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self._check(output_size, output_ratio)
        self.kernel_size, self.return_indices = several(kernel_size, self.dims), return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else several(output_size, self.dims)
        self.output_ratio = None if output_ratio is None else several(output_ratio, self.dims)

    def _check(self, size: Any, ratio: Any) -> None:
        if size is None and ratio is None:
            name = type(self).__name__
            raise ValueError(f"{name} requires specifying either an output size, or a pooling ratio")
        if size is not None and ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if ratio is not None and not all(0 < r < 1 for r in several(ratio, self.dims)):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {ratio})")

    def forward(self, input: Tensor) -> Any:
        """The largest elements; with `return_indices`, also where they are."""
        pool = getattr(F, f"fractional_max_pool{self.dims}d")
        how = (self.kernel_size, self.output_size, self.output_ratio, self.return_indices)
        return pool(input, *how, _random_samples=self._random_samples)


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest element of each window of (N, C, H, W) or (C, H, W), the windows at random distances.

    Either `output_size` or `output_ratio`, between 0 and 1, says how large the result is; ``ValueError``
    otherwise.  Graham, "Fractional max-pooling" (2014).

    >>> mt.nn.FractionalMaxPool2d(2, output_ratio=0.7)(mt.zeros(1, 10, 10)).shape
    torch.Size([1, 7, 7])
    """

    dims = 2


class FractionalMaxPool3d(_FractionalMaxPool):
    """The largest element of each window of (N, C, T, H, W) or (C, T, H, W); as `FractionalMaxPool2d`.

    >>> mt.nn.FractionalMaxPool3d(2, output_size=(3, 4, 5))(mt.zeros(1, 9, 9, 9)).shape
    torch.Size([1, 3, 4, 5])
    """

    dims = 3
