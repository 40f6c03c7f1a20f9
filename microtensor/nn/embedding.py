"""A table of learned vectors, looked up by integers."""

# Functions follow their arguments, Tensor in and Tensor out, which mypy cannot see.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, Self

from .. import creation
from ..mode import no_grad
from ..tensor import Tensor
from . import functional as F
from . import init
from .module import Module
from .parameter import Parameter

__all__ = ["Embedding"]


class Embedding(Module):
    """``weight[input]``: for each integer in `input` the row of that number.

    `weight` has the shape ``(num_embeddings, embedding_dim)``, drawn from N(0, 1); integers of
    shape ``(*)`` give ``(*, embedding_dim)``.  The row `padding_idx` starts as zeros and gets no
    gradient.

    Raises ``AssertionError`` for a `padding_idx` that is not a row, and ``NotImplementedError``
    for `max_norm`, `scale_grad_by_freq` and `sparse`, which are not offered here.

    >>> table = mt.nn.Embedding(10, 3, padding_idx=0)
    >>> table(mt.tensor([[0, 2]])).shape
    Size([1, 2, 3])
    >>> table(mt.tensor(0)).tolist()
    [0.0, 0.0, 0.0]
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        _refuse(max_norm=max_norm, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = _row(padding_idx, num_embeddings)
        shape = (num_embeddings, embedding_dim)
        if _weight is None:
            self.weight = Parameter(creation.empty(*shape, device=device, dtype=dtype), not _freeze)
            self.reset_parameters()
        else:
            if tuple(_weight.shape) != shape:
                raise AssertionError(
                    "Shape of weight does not match num_embeddings and embedding_dim: "
                    f"{tuple(_weight.shape)} is not {shape}"
                )
            self.weight = Parameter(_weight, not _freeze)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Self:
        """An Embedding around a given table, not learned unless ``freeze=False``.

        It shares the table's memory.  Raises ``AssertionError`` if that is not two-dimensional.

        >>> mt.nn.Embedding.from_pretrained(mt.eye(3))(mt.tensor([2]))
        tensor([[0., 0., 1.]])
        """
        if embeddings.dim() != 2:
            raise AssertionError(
                "Embeddings parameter is expected to be 2-dimensional, "
                f"and its shape is {tuple(embeddings.shape)}"
            )
        return cls(
            embeddings.shape[0],
            embeddings.shape[1],
            padding_idx=padding_idx,
            max_norm=max_norm,
            norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq,
            sparse=sparse,
            _weight=embeddings,
            _freeze=freeze,
        )

    def reset_parameters(self) -> None:
        """Draw new vectors.

        >>> mt.nn.Embedding(2, 2).reset_parameters()
        """
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx].fill_(0)

    def forward(self, input: Tensor) -> Tensor:
        """The rows of `weight` that `input` names."""
        return F.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        """The sizes, and the padding row if there is one."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"


def _row(padding_idx: int | None, count: int) -> int | None:
    if padding_idx is None:
        return None
    if not -count <= padding_idx < count:
        raise AssertionError(
            f"Padding_idx must be within num_embeddings: {padding_idx} is not a row of {count}"
        )
    return padding_idx % count


def _refuse(**options: Any) -> None:
    for name, value in options.items():
        if value:
            raise NotImplementedError(
                f"Embedding({name}={value!r}) is not offered: leave {name} out. Limit norms by "
                "rescaling weight under no_grad(); gradients are always dense and unscaled"
            )
