"""Writing to memory: what is refused, and what ``out=`` does when the result is the target itself."""

from __future__ import annotations

import numpy as np
import pytest

import microtensor as mt
from microtensor.engine.writes import check_writeable, into
from microtensor.errors import InPlaceError


def test_memory_that_is_read_only_is_not_said_to_be_shared() -> None:
    array = np.array([1.0, 2.0])
    array.flags.writeable = False
    with pytest.warns(UserWarning, match="not writable"):
        x = mt.from_numpy(array)
    with pytest.raises(
        InPlaceError, match=r"mul_: .* the memory of the written-to tensor is read-only\. Please"
    ):
        x.mul_(2)
    with pytest.raises(InPlaceError, match="more than one element of the written-to tensor"):
        check_writeable(mt.zeros(1).expand(3), "mul_")
    assert x.tolist() == [1.0, 2.0]


def test_a_result_that_is_its_target_stays_and_counts_as_a_write() -> None:
    x = mt.tensor([1.0, 2.0])
    before = x._version
    assert into(x, x, "add") is x
    assert x.tolist() == [1.0, 2.0]
    assert x._version == before + 1
