"""Shuffling channels among groups."""

from __future__ import annotations

from ...engine.tensor import Tensor
from .. import functional as F
from .module import Module


class ChannelShuffle(Module):
    """The channels (N, C, ...) dealt out like cards, one of each group in turn.

    >>> mt.nn.ChannelShuffle(2)(mt.arange(4.0).view(1, 4, 1)).flatten()
    tensor([0., 2., 1., 3.])
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        """The same channels in another order."""
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
