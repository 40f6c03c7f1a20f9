"""Noise while training, nothing afterwards (Srivastava et al., JMLR 15, 2014)."""

from __future__ import annotations

from ... import _lazy
from ...engine.tensor import Tensor
from .. import functional as F
from ..functional.element_dropout import check_probability
from .module import Module


class _DropoutNd(Module):
    """What all kinds of dropout share: the probability `p`, and whether they write into their input."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        check_probability(p)
        self.p, self.inplace = p, inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """Zeroes each element with probability `p` and divides the others by ``1 - p``, in training.

    In evaluation it returns its input.  Raises ``ValueError`` for a `p` outside of [0, 1].

    >>> mt.nn.Dropout(0.5).eval()(mt.ones(3))
    tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """`input` with noise, or `input`."""
        return F.dropout(input, self.p, self.training, self.inplace)


__getattr__, __dir__ = _lazy.beside(__name__, "dropout_channels")
