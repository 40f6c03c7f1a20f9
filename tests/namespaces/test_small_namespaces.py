"""Names that PyTorch has in more places than one, and in-place operations as functions."""

from __future__ import annotations

import inspect

import pytest

import microtensor as mt
from microtensor.testing import assert_close


def test_functional_and_return_types_are_the_same_objects() -> None:
    assert mt.functional.einsum is mt.einsum
    assert mt.functional.norm is mt.norm
    assert type(mt.max(mt.ones(2), 0)) is mt.return_types.max
    assert isinstance(mt.linalg.qr(mt.eye(2)), mt.return_types.linalg_qr)
    assert "topk" in dir(mt.return_types)


@pytest.mark.parametrize("name", ["sin_", "zero_", "clamp_", "index_put_", "round_"])
def test_in_place_names_are_functions(name: str) -> None:
    rest = {"clamp_": (0, 1), "index_put_": ([mt.tensor([0])], mt.tensor(3.0))}.get(name, ())
    x, y = mt.tensor([0.3, 2.0]), mt.tensor([0.3, 2.0])
    assert getattr(mt, name)(x, *rest) is x
    assert_close(x, getattr(y, name)(*rest))
    assert next(iter(inspect.signature(getattr(mt, name)).parameters)) == "input"


def test_resize_as_and_fill() -> None:
    assert mt.resize_as_(mt.empty(0), mt.zeros(2, 3)).shape == (2, 3)
    assert mt.fill_(mt.zeros(2), 4).tolist() == [4.0, 4.0]
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        mt.exp_(mt.ones(2, requires_grad=True))


def test_pieces_that_are_tensors_of_their_own() -> None:
    x = mt.arange(5)
    for parts in (
        mt.unsafe_split(x, 2), mt.unsafe_chunk(x, 3), mt.unsafe_split_with_sizes(x, [2, 2, 1]),
        x.unsafe_split(2),
    ):  # fmt: skip
        assert [p.tolist() for p in parts] == [[0, 1], [2, 3], [4]]
        parts[0].zero_()
    assert x.tolist() == [0, 1, 2, 3, 4]


def test_binomial_counts() -> None:
    mt.manual_seed(0)
    drawn = mt.binomial(mt.full((2000,), 10.0), mt.full((2000,), 0.3))
    assert abs(drawn.mean().item() - 3) < 0.2
    seeded = [
        mt.binomial(mt.tensor([20.0]), mt.tensor([0.5]), generator=mt.Generator().manual_seed(3))
        for _ in "ab"
    ]
    assert_close(*seeded)
    with pytest.raises(ValueError, match="only supports floating-point dtypes"):
        mt.binomial(mt.tensor([1]), mt.tensor([0.5]))


def test_memory_in_an_order() -> None:
    assert mt.empty_permuted((2, 3, 4), (2, 0, 1)).stride() == (3, 1, 6)
    with pytest.raises(RuntimeError, match="does not match the length of the physical_layout"):
        mt.empty_permuted((2, 3), (0, 0))


def test_conv_tbc_is_conv1d_of_sequences() -> None:
    x, w, b = mt.rand(6, 2, 3), mt.rand(2, 3, 4), mt.rand(4)
    expected = mt.conv1d(x.permute(1, 2, 0), w.permute(2, 1, 0), b, padding=1).permute(2, 0, 1)
    assert_close(mt.conv_tbc(x, w, b, pad=1), expected)
    with pytest.raises(RuntimeError, match="conv_tbc: Input must have 3 dims"):
        mt.conv_tbc(x[0], w, b)
