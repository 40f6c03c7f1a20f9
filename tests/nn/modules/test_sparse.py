"""Embedding."""

from __future__ import annotations

import pytest

import microtensor as mt
from microtensor import nn


def test_rows_are_looked_up_and_learned() -> None:
    table = nn.Embedding(4, 2)
    indices = mt.tensor([[0, 3], [3, 3]])
    rows = table(indices)
    assert rows.tolist() == [[table.weight.tolist()[i] for i in r] for r in indices.tolist()]
    rows.sum().backward()
    assert table.weight.grad.tolist() == [[1, 1], [0, 0], [0, 0], [3, 3]]


@pytest.mark.parametrize("padding", [1, -3])
def test_the_padding_row_is_zero_and_gets_no_gradient(padding: int) -> None:
    table = nn.Embedding(4, 2, padding_idx=padding)
    assert table.padding_idx == 1
    assert table.weight[1].tolist() == [0, 0]
    table(mt.tensor([0, 1])).sum().backward()
    assert table.weight.grad.tolist() == [[1, 1], [0, 0], [0, 0], [0, 0]]
    assert repr(table) == "Embedding(4, 2, padding_idx=1)"


def test_a_given_table_is_shared_and_frozen() -> None:
    weight = mt.eye(3)
    table = nn.Embedding.from_pretrained(weight, padding_idx=0)
    weight.fill_(2)
    assert table.weight.tolist() == weight.tolist()
    assert not table.weight.requires_grad
    assert (table.num_embeddings, table.embedding_dim, table.padding_idx) == (3, 3, 0)
    assert nn.Embedding.from_pretrained(weight, freeze=False).weight.requires_grad


@pytest.mark.parametrize("padding", [4, -5])
def test_padding_must_be_a_row(padding: int) -> None:
    with pytest.raises(AssertionError, match=f"within num_embeddings: {padding} is not a row of 4"):
        nn.Embedding(4, 2, padding_idx=padding)


def test_tables_of_wrong_shapes() -> None:
    with pytest.raises(AssertionError, match="does not match num_embeddings"):
        nn.Embedding(4, 2, _weight=mt.ones(2, 4))
    with pytest.raises(AssertionError, match="expected to be 2-dimensional"):
        nn.Embedding.from_pretrained(mt.ones(2))


def test_a_sparse_table_has_gradients_of_rows() -> None:
    table = nn.Embedding.from_pretrained(mt.eye(3), freeze=False, sparse=True)
    table(mt.tensor([2, 2])).sum().backward()
    assert table.weight.grad.is_sparse
    assert table.weight.grad.to_dense().tolist() == [[0.0] * 3, [0.0] * 3, [2.0] * 3]


def test_rows_that_are_too_long_are_scaled_down_where_they_are_read() -> None:
    table = nn.Embedding(3, 2, max_norm=1.0, _weight=mt.tensor([[3.0, 4.0], [0.0, 0.5], [6.0, 8.0]]))
    version = table.weight._version
    assert table(mt.tensor([0, 1])).tolist() == [pytest.approx([0.6, 0.8]), [0.0, 0.5]]
    assert table.weight[2].tolist() == [6.0, 8.0]
    assert table.weight._version > version
    assert repr(table) == "Embedding(3, 2, max_norm=1.0)"


def test_gradients_may_be_divided_by_frequency() -> None:
    table = nn.Embedding(3, 1, scale_grad_by_freq=True)
    table(mt.tensor([0, 2, 2, 2])).sum().backward()
    assert table.weight.grad.flatten().tolist() == [1.0, 0.0, 1.0]
