"""PyTorch's words for how elements lie in memory: ``torch.strided``, ``torch.channels_last``, and their kin.

Each is one object, which prints as PyTorch's; what a format means is in `engine.arrays.memory_format`.
"""

from __future__ import annotations

from typing import TypeVar


class _Word:
    """One of a few named objects, which exist once."""

    __slots__ = ("name",)
    name: str

    def __new__(cls) -> _Word:
        raise TypeError(f"cannot create 'torch.{cls.__name__}' instances: name one")

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


class layout(_Word):  # noqa: N801 - PyTorch's name
    """How a tensor keeps its elements; all here are ``torch.strided``.

    >>> mt.zeros(2).layout
    torch.strided
    """

    __slots__ = ()


class memory_format(_Word):  # noqa: N801 - PyTorch's name
    """An order of the elements in memory.

    >>> mt.zeros(1, 2, 3, 4).contiguous(memory_format=mt.channels_last).stride()
    (24, 1, 8, 2)
    """

    __slots__ = ()


class qscheme(_Word):  # noqa: N801 - PyTorch's name
    """A way to quantize: named only, as nothing here is quantized."""

    __slots__ = ()


Word = TypeVar("Word", bound=_Word)


def _made(kind: type[Word], names: str) -> list[Word]:
    words = []
    for name in names.split():
        words.append(object.__new__(kind))
        words[-1].name = name
    return words


strided, sparse_coo, sparse_csr, sparse_csc, sparse_bsr, sparse_bsc, jagged, _mkldnn = _made(
    layout, "strided sparse_coo sparse_csr sparse_csc sparse_bsr sparse_bsc jagged _mkldnn"
)
contiguous_format, preserve_format, channels_last, channels_last_3d = _made(
    memory_format, "contiguous_format preserve_format channels_last channels_last_3d"
)
legacy_contiguous_format = contiguous_format
(
    per_tensor_affine, per_channel_affine, per_tensor_symmetric, per_channel_symmetric,
    per_channel_affine_float_qparams,
) = _made(
    qscheme,
    "per_tensor_affine per_channel_affine per_tensor_symmetric per_channel_symmetric "
    "per_channel_affine_float_qparams",
)  # fmt: skip
