"""Sums, means or maxima of learned vectors, as a layer."""

from __future__ import annotations

from typing import Self

from ...engine.attributes.dtype_objects import DtypeLike
from ...engine.size_device import DeviceLike
from ...engine.tensor import Tensor
from .. import functional as F
from .sparse import Table, check_pretrained


class EmbeddingBag(Table):
    """Sum, mean or maximum (`mode`) of the rows of `weight` that a bag names: `functional.embedding_bag`.

    `weight` has the shape ``(num_embeddings, embedding_dim)``, drawn from N(0, 1).  Raises ``AssertionError``
    for a `padding_idx` that is no row.  With `sparse` the gradient is one of rows, for `SparseAdam`.

    >>> bags = mt.nn.EmbeddingBag(10, 3, mode="sum")
    >>> bags(mt.tensor([1, 2, 4]), mt.tensor([0, 1])).shape
    torch.Size([2, 3])
    """

    def __init__(
        self, num_embeddings: int, embedding_dim: int, max_norm: float | None = None, norm_type: float = 2.0,
        scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False,
        _weight: Tensor | None = None, include_last_offset: bool = False, padding_idx: int | None = None,
        device: DeviceLike = None, dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        super().__init__(
            num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse,
            _weight, True, {"device": device, "dtype": dtype},
        )  # fmt: skip
        self.mode, self.include_last_offset = mode, include_last_offset

    @classmethod
    def from_pretrained(
        cls, embeddings: Tensor, freeze: bool = True, max_norm: float | None = None, norm_type: float = 2.0,
        scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False,
        include_last_offset: bool = False, padding_idx: int | None = None,
    ) -> Self:  # fmt: skip
        """An EmbeddingBag around a given table, not learned unless ``freeze=False``.

        It shares the table's memory.  Raises ``AssertionError`` if that is not two-dimensional.

        >>> mt.nn.EmbeddingBag.from_pretrained(mt.eye(2))(mt.tensor([[0, 1]]))
        tensor([[0.5000, 0.5000]])
        """
        check_pretrained(embeddings)
        rows, columns = embeddings.shape
        bag = cls(
            rows, columns, max_norm, norm_type, scale_grad_by_freq, mode, sparse, embeddings,
            include_last_offset, padding_idx,
        )  # fmt: skip
        bag.weight.requires_grad = not freeze
        return bag

    def forward(
        self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None
    ) -> Tensor:
        """One vector for each bag: each row of `input`, or what lies between two `offsets`."""
        return F.embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.mode,
            self.sparse, per_sample_weights, self.include_last_offset, self.padding_idx,
        )  # fmt: skip

    def extra_repr(self) -> str:
        """The arguments of the constructor that are not their defaults, and the mode."""
        words = [f"{self.num_embeddings}, {self.embedding_dim}"]
        options = {"max_norm": None, "norm_type": 2, "scale_grad_by_freq": False}
        words += [
            f"{k}={getattr(self, k)!r}" for k, default in options.items() if getattr(self, k) != default
        ]
        words.append(f"mode={self.mode!r}")
        words += [] if self.padding_idx is None else [f"padding_idx={self.padding_idx}"]
        return ", ".join(words)
