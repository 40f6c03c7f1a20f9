"""Views of the same bytes as another dtype."""

from __future__ import annotations

import pytest

import microtensor as mt


def test_rows_must_start_at_whole_elements_of_the_wider_dtype() -> None:
    x = mt.arange(16, dtype=mt.int8)
    even = x.as_strided((2, 4), (8, 1)).view(mt.int16)
    assert even.tolist() == [[0x0100, 0x0302], [0x0908, 0x0B0A]]
    with pytest.raises(
        RuntimeError, match=r"self\.stride\(\.\.\.\) must be divisible by 2 to view Char as Short"
    ):
        x.as_strided((2, 4), (5, 1)).view(mt.int16)
