"""Padding and packing: each undoes the other, differentiably, and refuses what is no batch of sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microtensor as mt
from microtensor.nn.utils import rnn
from microtensor.testing import assert_close

LENGTHS = st.lists(st.integers(1, 5), min_size=1, max_size=5)


def sequences(lengths: list[int], *rest: int) -> list[Any]:
    random = np.random.default_rng(0)
    return [mt.tensor(random.standard_normal((n, *rest))).requires_grad_() for n in lengths]


@given(LENGTHS, st.sampled_from([(), (2,), (2, 1)]))
def test_unpacking_undoes_packing(lengths: list[int], rest: tuple[int, ...]) -> None:
    given = sequences(lengths, *rest)
    back = rnn.unpack_sequence(rnn.pack_sequence(given, enforce_sorted=False))
    for a, b in zip(given, back, strict=True):
        assert_close(a, b)


@given(LENGTHS, st.booleans(), st.integers(0, 2))
def test_padding_undoes_packing(lengths: list[int], first: bool, more: int) -> None:
    given = rnn.pad_sequence(sequences(lengths, 2), batch_first=first, padding_value=7.0)
    packed = rnn.pack_padded_sequence(given, mt.tensor(lengths), first, enforce_sorted=False)
    total = max(lengths) + more
    padded, counts = rnn.pad_packed_sequence(packed, first, 7.0, total)
    assert counts.tolist() == lengths
    assert_close(padded.narrow(int(first), 0, max(lengths)), given)
    assert bool((padded.narrow(int(first), max(lengths), more) == 7).all())


def test_gradients_go_to_the_rows_and_nowhere_else() -> None:
    x = mt.ones(3, 2, requires_grad=True)
    packed = rnn.pack_padded_sequence(x, [3, 1])
    padded, _ = rnn.pad_packed_sequence(packed._replace(data=packed.data**2), padding_value=5.0)
    padded.sum().backward()
    assert x.grad.tolist() == [[2, 2], [2, 0], [2, 0]]


@pytest.mark.parametrize("side", ["left", "right"])
def test_gradcheck_of_padding(side: str) -> None:
    given = sequences([2, 3, 1], 2)
    assert mt.autograd.gradcheck(lambda *s: rnn.pad_sequence(s, padding_value=1.0, padding_side=side), given)
    assert mt.autograd.gradgradcheck(lambda *s: rnn.pack_sequence(s, enforce_sorted=False).data ** 2, given)


def test_sides_and_kinds_of_padding() -> None:
    given = [mt.tensor([1, 2]), mt.tensor([3])]
    assert rnn.pad_sequence(given, True, 9, "left").tolist() == [[1, 2], [9, 3]]
    assert rnn.pad_sequence(given).tolist() == [[1, 3], [2, 0]]
    assert rnn.pad_sequence(mt.tensor([[1, 2], [3, 4]])).tolist() == [[1, 3], [2, 4]]
    assert rnn.pad_sequence(iter(given)).is_contiguous()


def test_a_packed_batch_is_a_named_tuple() -> None:
    packed = rnn.pack_sequence([mt.tensor([1.0]), mt.tensor([2.0, 3.0])], enforce_sorted=False)
    data, sizes, order, _ = packed
    assert isinstance(packed, tuple)
    assert packed._fields == ("data", "batch_sizes", "sorted_indices", "unsorted_indices")
    assert [field.tolist() for field in packed] == [[2, 1, 3], [2, 1], [1, 0], [1, 0]]
    assert rnn.PackedSequence((data, sizes)).sorted_indices is None
    assert rnn.invert_permutation(None) is None
    assert rnn.PackedSequence(data, sizes, order, order).unsorted_indices is order


def test_conversions_return_themselves_where_nothing_changes() -> None:
    packed = rnn.pack_sequence([mt.tensor([1.0])])
    assert packed.float() is packed is packed.cpu()
    assert (packed.is_cuda, packed.is_pinned()) == (False, False)
    names = ["double", "half", "long", "int", "short", "char", "byte"]
    kinds = [getattr(packed, name)().data.dtype for name in names]
    assert kinds == [mt.float64, mt.float16, mt.int64, mt.int32, mt.int16, mt.int8, mt.uint8]
    with pytest.raises(RuntimeError, match="computes on the CPU only"):
        packed.cuda()


X = mt.zeros(4, 3, 2)
pack = rnn.pack_padded_sequence


@pytest.mark.parametrize(
    ("error", "sentence", "call"),
    [
        (RuntimeError, r"sorted in decreasing order, and are \[1, 2, 4\]", lambda: pack(X, [1, 2, 4])),
        (RuntimeError, "has to be greater than 0, and the smallest is 0", lambda: pack(X, [4, 2, 0])),
        (RuntimeError, "one length for each of 3 sequences, and got 2", lambda: pack(X, [4, 2])),
        (RuntimeError, "length 5 exceeds the 4 steps", lambda: pack(X, [5, 2, 1])),
        (RuntimeError, "must be a vector", lambda: pack(X, mt.tensor([[4, 2, 1]]))),
        (RuntimeError, "Cannot pack empty tensors", lambda: pack(X[:, :0], [])),
        (IndexError, "has no batch", lambda: pack(X[:, 0, 0], [4])),
        (TypeError, "expected input to be a Tensor, got int", lambda: pack(3, [1])),
        (ValueError, "length of the longest sequence, 4, and got 3",
         lambda: rnn.pad_packed_sequence(pack(X, [4, 2, 1]), total_length=3)),
        (RuntimeError, "an empty list", lambda: rnn.pad_sequence([])),
        (RuntimeError, "an iterable of Tensors, got int", lambda: rnn.pad_sequence(3)),
        (RuntimeError, "to be left or right, but got x", lambda: rnn.pad_sequence([X], padding_side="x")),
        (RuntimeError, "differ in their first dimension alone", lambda: rnn.pad_sequence([X, X[:, :1]])),
        (TypeError, "expected Tensor as element 1, but got int", lambda: rnn.pad_sequence([X, 1])),
        (ValueError, "zip", lambda: rnn.unpad_sequence(X, mt.tensor([1]))),
        (AssertionError, r"of length 2, \(data, batch_sizes\)", lambda: rnn.PackedSequence(X)),
    ],
)  # fmt: skip
def test_what_is_no_batch_of_sequences(error: type[Exception], sentence: str, call: Any) -> None:
    with pytest.raises(error, match=sentence):
        call()
