"""Shares of a data set: together they are all of it, and each epoch is another order."""

from __future__ import annotations

import pytest

import microtensor as mt
from microtensor.utils.data import DistributedSampler


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("count", [0, 1, 7, 9, 12])
def test_shares_are_equal_and_make_up_the_whole(count: int, drop_last: bool) -> None:
    shares = [DistributedSampler(range(count), 3, rank, drop_last=drop_last) for rank in range(3)]
    drawn = [list(share) for share in shares]
    assert {len(part) for part in drawn} == {len(share) for share in shares} == {shares[0].num_samples}
    seen = [index for part in drawn for index in part]
    assert set(seen) <= set(range(count))
    assert len(set(seen)) == (count - count % 3 if drop_last else count)


def test_an_epoch_is_another_order() -> None:
    sampler = DistributedSampler(range(20), 2, 0)
    first = list(sampler)
    assert list(sampler) == first
    sampler.set_epoch(1)
    assert list(sampler) != first


def test_ranks_are_checked() -> None:
    with pytest.raises(ValueError, match=r"Invalid rank 2, rank should be in the interval \[0, 1\]"):
        DistributedSampler(range(3), 2, 2)
    with pytest.raises(ValueError, match="Default process group has not been initialized"):
        DistributedSampler(range(3))


def test_a_process_group_says_which_share_it_is() -> None:
    mt.distributed.init_process_group()
    try:
        assert list(DistributedSampler(range(3), shuffle=False)) == [0, 1, 2]
        assert list(DistributedSampler(range(4), num_replicas=2, shuffle=False)) == [0, 2]
    finally:
        mt.distributed.destroy_process_group()
