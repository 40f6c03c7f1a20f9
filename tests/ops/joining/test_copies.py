"""Views that are copies: the view's values and gradient, memory of their own."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
from microtensor.testing import assert_close

CALLS: dict[str, tuple[tuple[Any, ...], Any]] = {
    "alias_copy": ((), lambda x: x),
    "as_strided_copy": (((2, 2), (1, 2)), lambda x: x.as_strided((2, 2), (1, 2))),
    "detach_copy": ((), lambda x: x.detach()), "diagonal_copy": ((), lambda x: x.diagonal()),
    "expand_copy": (((2, 2, 3),), lambda x: x.expand(2, 2, 3)), "permute_copy": (((1, 0),), lambda x: x.T),
    "select_copy": ((1, 2), lambda x: x[:, 2]), "slice_copy": ((1, 0, 3, 2), lambda x: x[:, 0:3:2]),
    "split_copy": ((1,), lambda x: x.split(1)),
    "split_with_sizes_copy": (([1, 2], 1), lambda x: x.split([1, 2], 1)),
    "squeeze_copy": ((), lambda x: x.squeeze()), "t_copy": ((), lambda x: x.t()),
    "transpose_copy": ((0, 1), lambda x: x.transpose(0, 1)), "unbind_copy": ((), lambda x: x.unbind()),
    "unfold_copy": ((1, 2, 1), lambda x: x.unfold(1, 2, 1)), "unsqueeze_copy": ((0,), lambda x: x[None]),
    "view_copy": (((3, 2),), lambda x: x.view(3, 2)),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_values_gradients_and_memory(name: str) -> None:
    args, plain = CALLS[name]
    x = mt.rand(2, 3, requires_grad=True)
    found, expected = getattr(mt, name)(x, *args), plain(x)
    several = isinstance(found, tuple)
    for a, b in zip(found if several else [found], expected if several else [expected], strict=True):
        assert_close(a, b)
        assert a._base is None
        assert a.requires_grad is b.requires_grad
    first = found[0] if several else found
    before = x.detach().clone()
    first.detach().zero_()
    assert_close(x.detach(), before)


def test_they_have_out() -> None:
    out = mt.empty(0)
    assert mt.t_copy(mt.rand(2, 3), out=out) is out
    assert out.shape == (3, 2)
