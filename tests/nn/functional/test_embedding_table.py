"""Rows of complex tables, and what only real ones have."""

from __future__ import annotations

import pytest

import microtensor as mt
from microtensor.nn import functional as F


def test_rows_of_a_complex_table() -> None:
    table = mt.tensor([[1j], [2 + 1j], [3]], dtype=mt.complex128, requires_grad=True)
    words = mt.tensor([2, 0, 2])
    assert F.embedding(words, table).flatten().tolist() == [3, 1j, 3]
    assert mt.autograd.gradcheck(lambda t: F.embedding(words, t), (table,))
    with pytest.raises(RuntimeError, match="scalar types: .* but got ComplexDouble instead"):
        F.embedding_bag(words[None], table)


def test_a_margin_of_complex_scores() -> None:
    z = mt.tensor([1 + 1j, -0.5j], dtype=mt.complex128, requires_grad=True)
    y = mt.tensor([1.0, -1.0], dtype=mt.float64)
    found = F.soft_margin_loss(z, y, reduction="none")
    assert mt.allclose(found, (1 + (-y * z).exp()).log())
    assert mt.autograd.gradcheck(lambda z: F.soft_margin_loss(z, y), (z,))
