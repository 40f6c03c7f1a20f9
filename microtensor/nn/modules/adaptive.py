"""A softmax over very many classes, cheap because most of them are rare."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from ...creation import from_data
from ...engine.attributes.dtype_objects import DtypeLike
from ...engine.size_device import DeviceLike
from ...engine.tensor import Tensor
from ...ops.indexing.gather_scatter import gather, scatter_add
from ...ops.joining.cat_split import cat
from .. import functional as F
from .container.sequences import ModuleList, Sequential
from .linear import Linear
from .module import Module


class _ASMoutput(NamedTuple):
    output: Any
    loss: Any


class AdaptiveLogSoftmaxWithLoss(Module):
    """The log-probability of the target, by way of the cluster of rare classes that it belongs to.

    Grave et al., "Efficient softmax approximation for GPUs" (ICML 2017), section 4.  Classes are numbered
    from the most frequent one.  `cutoffs` are the first classes of the clusters; the head scores the classes
    before them and each cluster, and cluster i is projected to ``in_features / div_value**(i + 1)`` features
    first.

    Raises ``ValueError`` for cutoffs that do not grow from 1 to ``n_classes - 1``.

    >>> layer = mt.nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2, 4], div_value=2.0)
    >>> output, loss = layer(mt.zeros(3, 4), mt.tensor([0, 3, 5]))
    >>> loss.detach()
    tensor(1.8484)
    """

    def __init__(
        self, in_features: int, n_classes: int, cutoffs: Sequence[int], div_value: float = 4.0,
        head_bias: bool = False, device: DeviceLike = None, dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        super().__init__()
        _check_cutoffs(list(cutoffs), n_classes)
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        self.in_features, self.n_classes = in_features, n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value, self.head_bias = div_value, head_bias
        self.shortlist_size, self.n_clusters = self.cutoffs[0], len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, head_bias, **where)
        self.tail = ModuleList()
        for i, (first, last) in enumerate(pairwise(self.cutoffs)):
            width = int(in_features // div_value ** (i + 1))
            down = Linear(in_features, width, bias=False, **where)
            self.tail.append(Sequential(down, Linear(width, last - first, bias=False, **where)))

    def reset_parameters(self) -> None:
        """Draw new weights.

        >>> mt.nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2]).reset_parameters()
        """
        self.head.reset_parameters()
        for down, up in self.tail:
            down.reset_parameters()
            up.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> _ASMoutput:
        """The log-probability of each target, and minus their mean; (N, in_features) and (N), or one."""
        _check_sizes(input_, target_)
        single = target_.dim() == 0
        input, target = (input_.unsqueeze(0), target_.unsqueeze(0)) if single else (input_, target_)
        labels = target.array
        if labels.size and not (labels.min() >= 0 and labels.max() < self.n_classes):
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                f"[{labels.min()}, {labels.max()}] were found. "
            )
        output = self._log_probability(input, labels)
        loss = (-output).mean()
        return _ASMoutput(output.squeeze(0) if single else output, loss)

    def _log_probability(self, input: Any, labels: Any) -> Any:
        """That of the head's entry, plus that of the class in its cluster."""
        clusters = np.searchsorted(self.cutoffs, labels, "right")
        entries = np.where(clusters == 0, labels, self.shortlist_size + clusters - 1)
        head = F.log_softmax(self.head(input), 1)
        output = gather(head, 1, Tensor._of(entries[:, None])).squeeze(1)
        for i in range(self.n_clusters):
            rows = Tensor._of(np.flatnonzero(clusters == i + 1))
            if rows.numel():
                inside = Tensor._of(labels[rows.array] - self.cutoffs[i]).unsqueeze(1)
                logs = F.log_softmax(self.tail[i](input[rows]), 1)
                output = scatter_add(output, 0, rows, gather(logs, 1, inside).squeeze(1))
        return output

    def log_prob(self, input: Tensor) -> Tensor:
        """The log-probabilities of all classes, (N, n_classes).

        >>> mt.nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2]).log_prob(mt.zeros(3, 4)).shape
        torch.Size([3, 6])
        """
        head = F.log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for i, tail in enumerate(self.tail):
            place = self.shortlist_size + i
            parts.append(F.log_softmax(tail(input), 1) + head[:, place : place + 1])
        return cat(parts, 1)

    def predict(self, input: Tensor) -> Tensor:
        """The most likely class of each row; a cluster is looked into where it is the likeliest entry.

        >>> mt.nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2]).predict(mt.zeros(3, 4)).shape
        torch.Size([3])
        """
        found = self.head(input).argmax(dim=1).array.copy()
        rare = np.flatnonzero(found >= self.shortlist_size)
        if len(rare):
            found[rare] = self.log_prob(input[Tensor._of(rare)]).argmax(dim=1).array
        return from_data.as_tensor(found)


def _check_cutoffs(cutoffs: list[int], n_classes: int) -> None:
    if not cutoffs:
        raise ValueError("cutoffs should be a sequence of length larger than 0")
    ends = [0, *cutoffs, n_classes]
    if any(a >= b for a, b in pairwise(ends)) or any(int(c) != c for c in cutoffs):
        raise ValueError(
            "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where "
            f"each value is between 1 and n_classes-1: {cutoffs} for n_classes={n_classes}"
        )


def _check_sizes(input: Tensor, target: Tensor) -> None:
    if target.dim() > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if target.dim() == 1 and input.shape[0] != target.shape[0]:
        raise RuntimeError(
            "Input and target should have the same size in the batch dimension: "
            f"{input.shape[0]} and {target.shape[0]}"
        )
    if input.dim() != target.dim() + 1:
        raise RuntimeError(
            f"{target.dim()}D target tensor expects {target.dim() + 1}D input tensors, but found inputs "
            f"with size {list(input.shape)}"
        )
