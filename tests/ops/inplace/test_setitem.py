"""``x[key] = value`` where memory is shared."""

from __future__ import annotations

import pytest

import microtensor as mt


def test_one_item_of_an_expanded_tensor_is_one_place() -> None:
    base = mt.zeros(1)
    x = base.expand(3)
    x[0] = 5
    assert (base.tolist(), x.tolist(), base._version) == ([5], [5, 5, 5], 1)
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
        x[:2] = 1
