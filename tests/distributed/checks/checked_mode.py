"""The checked mode: ranks that disagree are told so, all of them, and go on."""

import torch
import torch.distributed as dist

RANK, SIZE = dist.get_rank(), dist.get_world_size()


def mismatch(call, *texts):
    try:
        call()
    except RuntimeError as error:
        for text in ("Detected mismatch between collectives on ranks. Rank 0 is running", *texts):
            assert text in str(error), error
        return
    raise AssertionError("the mismatch was not noticed")


def check_the_mode_is_on():
    assert dist.get_debug_level() is dist.DebugLevel.DETAIL


def check_shapes():
    x = torch.ones(2 + (RANK == 1))
    mismatch(
        lambda: dist.all_reduce(x),
        "all_reduce(torch.float32 (2,), SUM)",
        "Rank 1",
        "all_reduce(torch.float32 (3,), SUM)",
    )
    mismatch(lambda: dist.broadcast(x, 0), "broadcast(torch.float32 (2,), from 0)")
    mismatch(lambda: dist.all_gather([x] * SIZE, x), "all_gather(torch.float32 (3,))")


def check_dtypes():
    x = torch.ones(2, dtype=torch.float64 if RANK == 1 else torch.float32)
    mismatch(lambda: dist.all_reduce(x), "torch.float64 (2,)")
    mismatch(
        lambda: dist.all_to_all_single(torch.ones(SIZE).to(x.dtype), torch.ones(SIZE).to(x.dtype)), "float64"
    )


def check_order():
    x = torch.ones(2)
    mismatch(lambda: dist.all_reduce(x) if RANK else dist.barrier(), "barrier()", "all_reduce")
    mismatch(lambda: dist.reduce(x, 0) if RANK else dist.broadcast(x, 0), "reduce", "broadcast")


def check_operations_and_roots():
    x = torch.ones(2)
    mismatch(lambda: dist.all_reduce(x, op=dist.ReduceOp.MAX if RANK else dist.ReduceOp.MIN), "MAX", "MIN")
    mismatch(lambda: dist.broadcast(x, min(RANK, 1)), "from 0", "from 1")
    mismatch(lambda: dist.new_group([0] if RANK else [1]), "new_group([1])", "new_group([0])")


def check_what_agrees_goes_on():
    x = torch.ones(2)
    work = dist.all_reduce(x, async_op=True)
    work.wait()
    assert x.tolist() == [SIZE, SIZE]
    group = dist.new_group(list(range(SIZE)))
    dist.all_reduce(x, group=group)
    assert x.tolist() == [SIZE**2] * 2
