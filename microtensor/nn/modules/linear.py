"""Layers that are one product with a learned matrix, and the layer that is nothing.

The initial weights are PyTorch's, and from the same seed the same numbers: uniform within
``1 / sqrt(in_features)``, which is what Kaiming's rule gives with a = sqrt(5).
"""

from __future__ import annotations

import math
from typing import Any

from ... import _lazy
from ...creation import factories as creation
from ...engine.attributes.dtype_objects import DtypeLike
from ...engine.size_device import DeviceLike
from ...engine.tensor import Tensor
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .module import Module


class Identity(Module):
    """Returns what it is given; takes and ignores any arguments, to stand in for another layer.

    >>> mt.nn.Identity(54, anything=0.1)(mt.ones(2))
    tensor([1., 1.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        """`input` itself."""
        return input


class Linear(Module):
    """``x @ weight.T + bias``, over the last dimension of x.

    `weight` has the shape ``(out_features, in_features)``, `bias` ``(out_features,)``; input of
    shape ``(*, in_features)`` gives ``(*, out_features)``.

    >>> layer = mt.nn.Linear(3, 2)
    >>> layer(mt.zeros(5, 3)).shape
    torch.Size([5, 2])
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: DeviceLike = None,
        dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        super().__init__()
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(creation.empty(out_features, in_features, **where))
        self.register_parameter("bias", Parameter(creation.empty(out_features, **where)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights.

        >>> mt.nn.Linear(4, 1).reset_parameters()
        """
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0.0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        """``input @ weight.T + bias``."""
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
        )


class Bilinear(Module):
    """``x1 @ weight[k] @ x2 + bias[k]`` for each output feature k.

    `weight` has the shape ``(out_features, in1_features, in2_features)``; inputs of shapes
    ``(*, in1_features)`` and ``(*, in2_features)`` give ``(*, out_features)``.

    Raises ``ValueError`` if `in1_features` is not positive.

    >>> layer = mt.nn.Bilinear(3, 4, 2)
    >>> layer(mt.zeros(5, 3), mt.zeros(5, 4)).shape
    torch.Size([5, 2])
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self, in1_features: int, in2_features: int, out_features: int, bias: bool = True,
        device: DeviceLike = None, dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if in1_features <= 0:
            raise ValueError(f"in1_features must be > 0, but got (in1_features={in1_features})")
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        self.in1_features, self.in2_features = in1_features, in2_features
        self.out_features = out_features
        self.weight = Parameter(creation.empty(out_features, in1_features, in2_features, **where))
        self.register_parameter("bias", Parameter(creation.empty(out_features, **where)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights, uniform within ``1 / sqrt(in1_features)``.

        >>> mt.nn.Bilinear(1, 1, 1).reset_parameters()
        """
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        """The bilinear form of the two inputs."""
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )


__getattr__, __dir__ = _lazy.beside(__name__, "lazy.mixin", "activation.multihead_attention")
