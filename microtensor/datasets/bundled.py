"""Data that lie beside this file: handwritten digits, and sonnets for language models."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..engine.tensor import Tensor

__all__ = ["digits", "sonnets"]

_FOLDER = Path(__file__).parent / "data"


def digits() -> tuple[Tensor, Tensor]:
    """1797 handwritten digits: images of shape (1797, 1, 8, 8), float32 in [0, 1], and labels 0 to 9, int64.

    Source: E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine
    Learning Repository, https://doi.org/10.24432/C50P49, CC BY 4.0; its test set.

    >>> images, labels = mt.datasets.digits()
    >>> images.shape, labels[:5]
    (torch.Size([1797, 1, 8, 8]), tensor([0, 1, 2, 3, 4]))
    """
    with np.load(_FOLDER / "digits.npz", allow_pickle=False) as file:
        images, labels = file["images"], file["labels"]
    pixels = (images[:, None] / 16).astype(np.float32)
    return Tensor._of(pixels), Tensor._of(labels.astype(np.int64))


def sonnets() -> str:
    """Fourteen sonnets of Shakespeare, about 9,000 characters, for a model of characters to read.

    >>> text = mt.datasets.sonnets()
    >>> text[7:40]
    "Shall I compare thee to a summer'"
    """
    return (_FOLDER / "sonnets.txt").read_text(encoding="utf-8")
