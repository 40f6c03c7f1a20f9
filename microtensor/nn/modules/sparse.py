"""A table of learned vectors, looked up by integers."""

from __future__ import annotations

from typing import Any, Self

from ... import _lazy
from ...creation import factories as creation
from ...engine.attributes.dtype_objects import DtypeLike
from ...engine.grad_mode import no_grad
from ...engine.size_device import DeviceLike
from ...engine.tensor import Tensor
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .module import Module


class Table(Module):
    """What `Embedding` and `EmbeddingBag` share: `weight`, drawn or given, and its padding row."""

    weight: Parameter

    def __init__(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None, max_norm: float | None,
        norm_type: float, scale_grad_by_freq: bool, sparse: bool, given: Tensor | None, learned: bool,
        where: dict[str, Any],
    ) -> None:  # fmt: skip
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = padding_row(padding_idx, num_embeddings)
        self.max_norm, self.norm_type, self.scale_grad_by_freq = max_norm, norm_type, scale_grad_by_freq
        self.sparse, shape = sparse, (num_embeddings, embedding_dim)
        if given is not None and tuple(given.shape) != shape:
            raise AssertionError(
                "Shape of weight does not match num_embeddings and embedding_dim: "
                f"{tuple(given.shape)} is not {shape}"
            )
        self.weight = Parameter(creation.empty(*shape, **where) if given is None else given, learned)
        if given is None:
            self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new vectors.

        >>> mt.nn.Embedding(2, 2).reset_parameters()
        """
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx].fill_(0)


def check_pretrained(embeddings: Tensor) -> None:
    """``AssertionError`` unless the table has two dimensions."""
    if embeddings.dim() != 2:
        raise AssertionError(
            "Embeddings parameter is expected to be 2-dimensional, "
            f"and its shape is {tuple(embeddings.shape)}"
        )


class Embedding(Table):
    """``weight[input]``: for each integer in `input` the row of that number.

    `weight` has the shape ``(num_embeddings, embedding_dim)``, drawn from N(0, 1); integers of shape ``(*)``
    give ``(*, embedding_dim)``.  The row `padding_idx` starts as zeros and gets no gradient.  With
    `max_norm`, rows whose `norm_type` norm exceeds it are scaled down, in place, when they are read; with
    `scale_grad_by_freq` gradients are divided by how often a row is read.

    With `sparse` the gradient is one of rows, for `SparseAdam`.  Raises ``AssertionError`` for a
    `padding_idx` that is not a row.

    >>> table = mt.nn.Embedding(10, 3, padding_idx=0)
    >>> table(mt.tensor([[0, 2]])).shape
    torch.Size([1, 2, 3])
    >>> table(mt.tensor(0)).tolist()
    [0.0, 0.0, 0.0]
    """

    def __init__(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None,
        max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False,
        sparse: bool = False, _weight: Tensor | None = None, _freeze: bool = False, device: DeviceLike = None,
        dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        super().__init__(
            num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse,
            _weight, not _freeze, {"device": device, "dtype": dtype},
        )  # fmt: skip

    @classmethod
    def from_pretrained(
        cls, embeddings: Tensor, freeze: bool = True, padding_idx: int | None = None,
        max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Self:  # fmt: skip
        """An Embedding around a given table, not learned unless ``freeze=False``.

        It shares the table's memory.  Raises ``AssertionError`` if that is not two-dimensional.

        >>> mt.nn.Embedding.from_pretrained(mt.eye(3))(mt.tensor([2]))
        tensor([[0., 0., 1.]])
        """
        check_pretrained(embeddings)
        return cls(
            embeddings.shape[0], embeddings.shape[1], padding_idx=padding_idx, max_norm=max_norm,
            norm_type=norm_type, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse, _weight=embeddings,
            _freeze=freeze,
        )  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        """The rows of `weight` that `input` names."""
        return F.embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq,
            self.sparse,
        )  # fmt: skip

    def extra_repr(self) -> str:
        """The sizes, and the options that are not their defaults."""
        options = {"padding_idx": None, "max_norm": None, "norm_type": 2, "scale_grad_by_freq": False}
        given = [f", {k}={getattr(self, k)}" for k, default in options.items() if getattr(self, k) != default]
        return f"{self.num_embeddings}, {self.embedding_dim}{''.join(given)}"


def padding_row(padding_idx: int | None, count: int) -> int | None:
    """The number of the padding row, counted from the front; ``AssertionError`` if there is no such row.

    >>> from microtensor.nn.modules.sparse import padding_row
    >>> padding_row(-1, 5)
    4
    """
    if padding_idx is None:
        return None
    if not -count <= padding_idx < count:
        raise AssertionError(
            f"Padding_idx must be within num_embeddings: {padding_idx} is not a row of {count}"
        )
    return padding_idx % count


__getattr__, __dir__ = _lazy.beside(__name__, "sparse_bag")
