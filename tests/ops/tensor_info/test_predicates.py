"""`empty_strided`: its geometry, and the memory it cannot have."""

from __future__ import annotations

import pytest

import microtensor as mt


def test_empty_strided_refuses_other_layouts_and_pinned_memory() -> None:
    assert mt.empty_strided((2, 3), (1, 2), layout=mt.strided).stride() == (1, 2)
    with pytest.raises(RuntimeError, match="tensors are strided here"):
        mt.empty_strided((2,), (1,), layout=mt.sparse_coo)
    with pytest.raises(RuntimeError, match="pin_memory=True requires"):
        mt.empty_strided((2,), (1,), pin_memory=True)
