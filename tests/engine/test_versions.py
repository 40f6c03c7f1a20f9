"""The record of writes: who counts, who shares a count, and that nothing is remembered of the dead."""

from __future__ import annotations

import numpy as np
import pytest

import microtensor as mt
from microtensor.engine import versions

pytestmark = pytest.mark.fast


def test_versions_count_writes_and_are_shared_by_views() -> None:
    x = mt.zeros(2, 3)
    row, column = x[0], x.t()[1]
    assert x._version == 0
    row.add_(1)
    column.mul_(2)
    assert x._version == row._version == column._version == x.detach()._version == 2


def test_reading_and_computing_count_nothing() -> None:
    x = mt.ones(3)
    _ = x + 1, x[1:], x.sum(), x.clone().mul_(2), repr(x), x.numpy()
    assert x._version == 0


def test_the_owner_is_found_through_any_number_of_views() -> None:
    base = np.zeros((2, 3))
    assert versions.owner(base[1:].T.reshape(-1)[::2]) is base
    assert versions.owner(base) is base


def test_an_expanded_view_of_a_view_shares_the_count() -> None:
    x = mt.zeros(3)
    wide = x[1:].expand(4, 2)
    x.add_(1)
    assert wide._version == 1
    y = mt.ones(3, requires_grad=True) * 2
    wide = y[1:].expand(4, 2)
    z = (wide * wide).sum()
    y.mul_(3)
    with pytest.raises(mt.errors.StaleSavedError):
        z.backward()


def test_a_write_names_its_operation_and_its_time() -> None:
    x = mt.zeros(3)
    before = versions.next_number()
    x.fill_(2)
    write = versions.written_since(x.array, before)
    assert write is not None
    assert (write.by, write.count) == ("fill_", 1)
    assert versions.written_since(x.array, versions.next_number()) is None


def test_numbers_are_never_stale() -> None:
    assert versions.written_since(np.float32(1), -1) is None
    assert versions.written_since(None, -1) is None
    assert versions.version(3.0) == 0


def test_the_record_of_an_array_dies_with_it() -> None:
    known = len(versions._writes)
    x = mt.zeros(3)
    x.add_(1)
    assert len(versions._writes) == known + 1
    del x
    assert len(versions._writes) == known


def test_a_new_array_at_an_old_address_starts_from_nothing() -> None:
    for _ in range(100):
        x = mt.zeros(3)
        assert x._version == 0
        x.add_(1)


def test_the_clock_only_goes_forward() -> None:
    x = mt.zeros(1)
    stamps = []
    for _ in range(3):
        x.add_(1)
        stamps.append(versions.last_write)
    assert stamps == sorted(set(stamps))


def test_data_is_not_counted_and_detach_is() -> None:
    x = mt.zeros(3)
    x.data.add_(1)
    assert x._version == 0
    x.detach().add_(1)
    assert x._version == 1
    assert x.tolist() == [2.0, 2.0, 2.0]
