"""What collectives give, here and in PyTorch: every check runs on all ranks."""

import warnings

import torch
import torch.distributed as dist
from torch.distributed import ReduceOp

warnings.simplefilter("ignore", FutureWarning)  # PyTorch has new names for two of them
RANK, SIZE = dist.get_rank(), dist.get_world_size()
TOTAL = sum(range(1, SIZE + 1))


def same(found, expected):
    assert torch.equal(found, torch.as_tensor(expected, dtype=found.dtype)), found


def raises(kind, text, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except kind as error:
        assert text in str(error), error
        return
    raise AssertionError(f"nothing was raised, and {text!r} should have been")


def check_ranks():
    assert 0 <= RANK < SIZE
    assert dist.is_initialized()
    assert dist.get_backend() == "gloo"
    assert dist.group.WORLD.size() == SIZE
    assert dist.group.WORLD.rank() == RANK
    assert dist.get_process_group_ranks(dist.group.WORLD) == list(range(SIZE))


def check_all_reduce_of_every_dtype():
    for dtype in (
        torch.uint8,
        torch.int8,
        torch.int32,
        torch.int64,
        torch.float16,
        torch.float32,
        torch.float64,
    ):
        x = torch.tensor([RANK + 1, 2], dtype=dtype)
        assert dist.all_reduce(x) is None
        same(x, [TOTAL, 2 * SIZE])


def check_int8_wraps():
    x = torch.tensor([100], dtype=torch.int8)
    dist.all_reduce(x)
    same(x, [(100 * SIZE + 128) % 256 - 128])


def check_bools():
    x = torch.tensor([RANK == 0, False, True])
    dist.all_reduce(x)
    same(x, [True, False, True])
    x = torch.tensor([RANK == 0, False, True])
    dist.all_reduce(x, ReduceOp.PRODUCT)
    same(x, [SIZE == 1, False, True])


def check_reductions():
    for op, expected in ((ReduceOp.AVG, TOTAL / SIZE), (ReduceOp.MIN, 1.0), (ReduceOp.MAX, float(SIZE))):
        x = torch.tensor([RANK + 1.0])
        dist.all_reduce(x, op=op)
        same(x, [expected])
    product = 1.0
    for rank in range(SIZE):
        product *= rank + 1.0
    x = torch.tensor([RANK + 1.0])
    dist.all_reduce(x, op=ReduceOp.PRODUCT)
    same(x, [product])


def check_bitwise():
    for op, expected in ((ReduceOp.BAND, 4), (ReduceOp.BOR, 7), (ReduceOp.BXOR, 3 if SIZE % 2 == 0 else 7)):
        x = torch.tensor([[6, 5][RANK % 2]])
        dist.all_reduce(x, op=op)
        if op is ReduceOp.BXOR and SIZE == 4:
            expected = 0
        same(x, [expected])


def check_all_reduce_of_odd_shapes():
    whole = torch.arange(6.0).reshape(2, 3)
    x = whole.clone().t()
    dist.all_reduce(x)
    same(x, whole.t() * SIZE)
    x = torch.tensor(2.0)
    dist.all_reduce(x)
    same(x, 2.0 * SIZE)
    dist.all_reduce(torch.zeros(0))


def check_all_reduce_writes_into_a_leaf_and_records_nothing():
    x = torch.ones(2, requires_grad=True)
    dist.all_reduce(x)
    same(x.detach(), [SIZE, SIZE])
    assert x.requires_grad
    assert x.is_leaf


def check_async():
    tensors = [torch.full((1000,), float(i)) for i in range(5)]
    works = [dist.all_reduce(x, async_op=True) for x in tensors]
    for i, (x, work) in enumerate(zip(tensors, works, strict=True)):
        assert work.wait() is True
        assert work.is_completed()
        same(x, torch.full((1000,), float(i * SIZE)))
    x = torch.ones(2)
    work = dist.all_reduce(x, op=ReduceOp.AVG, async_op=True)
    assert work.get_future().wait()[0] is x or torch.equal(work.get_future().wait()[0], torch.ones(2))
    work.wait()
    same(x, [1, 1])


def check_a_work_that_is_forgotten_is_done_all_the_same():
    for _ in range(50):
        dist.all_reduce(torch.ones(10_000), async_op=True)
    x = torch.ones(1)
    dist.all_reduce(x)
    same(x, [SIZE])


def check_reduce():
    for dst in range(SIZE):
        x = torch.tensor([RANK + 1.0])
        dist.reduce(x, dst, op=ReduceOp.SUM)
        if dst == RANK:
            same(x, [TOTAL])


def check_broadcast():
    for src in range(SIZE):
        x = torch.tensor([RANK, 7])
        dist.broadcast(x, src)
        same(x, [src, 7])
        x = torch.full((3, 2), float(RANK)).t()
        dist.broadcast(x, src=src)
        same(x, torch.full((2, 3), float(src)))
    x = torch.tensor([RANK == 1])
    dist.broadcast(x, 1)
    same(x, [True])


def check_all_gather():
    found = [torch.zeros(2, dtype=torch.int64) for _ in range(SIZE)]
    dist.all_gather(found, torch.tensor([RANK, 5]))
    for rank, x in enumerate(found):
        same(x, [rank, 5])
    whole = torch.zeros(SIZE, 3)
    dist.all_gather(list(whole), torch.full((3,), RANK + 1.0))
    same(whole, [[rank + 1.0] * 3 for rank in range(SIZE)])


def check_all_gather_into_tensor():
    whole = torch.zeros(2 * SIZE, 3)
    dist.all_gather_into_tensor(whole, torch.full((2, 3), float(RANK)))
    same(whole, [[rank // 2] * 3 for rank in range(2 * SIZE)])
    work = dist.all_gather_into_tensor(whole, torch.full((2, 3), RANK + 1.0), async_op=True)
    work.wait()
    same(whole, [[rank // 2 + 1] * 3 for rank in range(2 * SIZE)])


def check_gather_and_scatter():
    for root in range(SIZE):
        found = [torch.zeros(1) for _ in range(SIZE)] if root == RANK else None
        dist.gather(torch.tensor([RANK + 1.0]), found, dst=root)
        if found:
            same(torch.cat(found), [rank + 1.0 for rank in range(SIZE)])
        parts = [torch.tensor([10.0 * root + rank]) for rank in range(SIZE)] if root == RANK else None
        x = torch.zeros(1)
        dist.scatter(x, parts, src=root)
        same(x, [10 * root + RANK])


def check_reduce_scatter():
    x = torch.zeros(2)
    dist.reduce_scatter_tensor(x, torch.arange(2.0 * SIZE) + RANK)
    same(x, [SIZE * (2 * RANK + i) + sum(range(SIZE)) for i in range(2)])
    dist.reduce_scatter(x, [torch.full((2,), float(rank + RANK)) for rank in range(SIZE)])
    same(x, [sum(RANK + rank for rank in range(SIZE))] * 2)
    dist.reduce_scatter_tensor(x, torch.ones(2 * SIZE), op=ReduceOp.MAX)
    same(x, [1, 1])


def check_all_to_all():
    x = torch.zeros(SIZE)
    dist.all_to_all_single(x, torch.tensor([10.0 * RANK + to for to in range(SIZE)]))
    same(x, [10.0 * rank + RANK for rank in range(SIZE)])
    mine = torch.full((SIZE * (SIZE + 1) // 2, 2), float(RANK))
    x = torch.zeros(SIZE * (RANK + 1), 2)
    dist.all_to_all_single(x, mine, [RANK + 1] * SIZE, [to + 1 for to in range(SIZE)])
    same(x, [[rank] * 2 for rank in range(SIZE) for _ in range(RANK + 1)])
    found = [torch.zeros(2) for _ in range(SIZE)]
    dist.all_to_all(found, [torch.tensor([float(RANK), float(to)]) for to in range(SIZE)])
    for rank, x in enumerate(found):
        same(x, [rank, RANK])


def check_messages():
    left, right = (RANK - 1) % SIZE, (RANK + 1) % SIZE
    x, y = torch.full((3,), float(RANK)), torch.zeros(3)
    work = dist.isend(x, right)
    assert dist.recv(y, left) == left
    work.wait()
    same(y, [left] * 3)
    work = dist.irecv(y, left)
    dist.send(x + 10, right)
    work.wait()
    same(y, [left + 10] * 3)
    ops = [dist.P2POp(dist.isend, x + 20, right), dist.P2POp(dist.irecv, y, left)]
    for work in dist.batch_isend_irecv(ops):
        work.wait()
    same(y, [left + 20] * 3)


def check_a_message_from_anybody_and_tags():
    x = torch.zeros(1)
    if RANK == 0:
        seen = {dist.recv(x) for _ in range(1, SIZE)}
        assert seen == set(range(1, SIZE))
    else:
        dist.send(torch.tensor([float(RANK)]), 0)
    dist.barrier()
    if RANK == 1:
        works = [dist.isend(torch.tensor([1.0]), 0, tag=1), dist.isend(torch.tensor([2.0]), 0, tag=2)]
        for work in works:
            work.wait()
    if RANK == 0:
        dist.recv(x, 1, tag=2)
        same(x, [2])
        dist.recv(x, 1, tag=1)
        same(x, [1])


def check_objects():
    found = [None] * SIZE
    dist.all_gather_object(found, {"rank": RANK, "list": [None, True, 0.1, "ä" * RANK]})
    assert found == [{"rank": r, "list": [None, True, 0.1, "ä" * r]} for r in range(SIZE)]
    found = [None] * SIZE if RANK == 1 else None
    dist.gather_object([RANK], found, dst=1)
    assert found is None or found == [[r] for r in range(SIZE)]
    listed = [{"lr": 0.5}, "x", 3] if RANK == 0 else [None] * 3
    dist.broadcast_object_list(listed, src=0)
    assert listed == [{"lr": 0.5}, "x", 3]
    one = [None]
    dist.scatter_object_list(one, [f"to {r}" for r in range(SIZE)] if RANK == 0 else None, src=0)
    assert one == [f"to {RANK}"]
    if RANK == 0:
        dist.send_object_list([{"a": 1}, 2], 1)
    elif RANK == 1:
        two = [None, None]
        assert dist.recv_object_list(two, 0) == 0
        assert two == [{"a": 1}, 2]


def check_barriers():
    assert dist.barrier() is None
    dist.barrier(async_op=True).wait()
    assert dist.monitored_barrier() is None


def check_groups():
    even = dist.new_group(list(range(0, SIZE, 2)))
    if RANK % 2 == 0:
        assert (even.size(), even.rank(), dist.get_rank(even)) == ((SIZE + 1) // 2, RANK // 2, RANK // 2)
        x = torch.ones(1)
        dist.all_reduce(x, group=even)
        same(x, [even.size()])
        x = torch.tensor([RANK])
        last = (SIZE - 1) // 2 * 2
        dist.broadcast(x, last, group=even)
        same(x, [last])
        assert dist.get_group_rank(even, last) == even.size() - 1
        assert dist.get_global_rank(even, even.size() - 1) == last
        raises(ValueError, "Global rank 1 is not part of group", dist.broadcast, x, 1, group=even)
    else:
        assert even == dist.GroupMember.NON_GROUP_MEMBER
        assert (dist.get_rank(even), dist.get_world_size(even)) == (-1, -1)
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            assert dist.all_reduce(torch.ones(1), group=even) is None
        assert "which does not belong to the given group" in str(seen[0].message)


def check_groups_are_in_ascending_order():
    back = dist.new_group(list(reversed(range(SIZE))))
    assert dist.get_process_group_ranks(back) == list(range(SIZE))
    mine, all_of_them = dist.new_subgroups(2)
    assert len(all_of_them) == SIZE // 2
    assert dist.get_process_group_ranks(mine) == [RANK // 2 * 2, RANK // 2 * 2 + 1]
    x = torch.tensor([RANK])
    dist.all_reduce(x, group=mine)
    same(x, [RANK // 2 * 4 + 1])


def check_what_is_refused():
    x, parts = torch.ones(2), [1] * SIZE
    text = "trying to initialize the default process group twice!"
    raises(ValueError, text, dist.init_process_group, "gloo")
    raises(TypeError, "Expected parameter `tensor` of type torch.Tensor", dist.all_reduce, [x])
    raises(RuntimeError, "ReduceOp.BAND", dist.all_reduce, x, op=ReduceOp.BAND)
    text = "can't be cast to the desired output type"
    raises(RuntimeError, text, dist.all_reduce, torch.tensor([3]), op=ReduceOp.AVG)
    raises(RuntimeError, "invalid root rank: 5", dist.broadcast, x, 5)
    raises(RuntimeError, "invalid root rank: 5", dist.reduce, x, 5)
    raises(ValueError, "Must specify global_rank or group_rank", dist.broadcast, x)
    raises(RuntimeError, "", dist.all_gather_into_tensor, torch.ones(2 * SIZE + 1), x)
    text = "invalid input tensor list size, must be world size"
    raises(RuntimeError, text, dist.reduce_scatter, x, [x])
    text = "Number of tensor splits not equal to group size"
    raises(RuntimeError, text, dist.all_to_all_single, x, x, [2], [2])
    x = torch.ones(9)
    text = "Split sizes doesn't match total dim 0 size"
    raises(RuntimeError, text, dist.all_to_all_single, x, x, parts, parts)
    text = "should not be the same as the rank of the current process"
    raises(ValueError, text, dist.send, x, RANK)
    raises(ValueError, "ranks list must not contain duplicate entries, got [0, 0]", dist.new_group, [0, 0])
    raises(ValueError, "Rank 9 is out of range. Valid ranks are 0 to", dist.new_group, [0, 9])


def check_lists_that_are_refused():
    x, listed = torch.ones(2), [torch.ones(2)] * SIZE
    raises(RuntimeError, f"(expected length {SIZE}, got 1)", dist.all_gather, [x], x)
    raises(RuntimeError, "invalid tensor size at index 0", dist.all_gather, [torch.ones(3)] * SIZE, x)
    text = "Invalid usage of tensors with different dtypes"
    raises(ValueError, text, dist.all_gather, [x.double()] * SIZE, x)
    raises(TypeError, "Expected parameter `tensor_list` of type List[torch.Tensor]", dist.all_gather, x, x)
    if RANK == 0:
        raises(ValueError, "``gather_list`` must be specified on destination rank.", dist.gather, x)
        raises(ValueError, "must NOT be specified on non-destination", dist.gather, x, listed, dst=1)
        raises(ValueError, "``scatter_list`` must be specified on source rank.", dist.scatter, x)
        raises(ValueError, "must NOT be specified on non-source", dist.scatter, x, listed, src=1)
        raises(RuntimeError, "Incorrect input list size 1", dist.scatter, x, [x])


def check_gradients_through_collectives():
    from torch.distributed.nn import functional

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    found = functional.all_reduce(x * (RANK + 1))
    same(found.detach(), [TOTAL, 2 * TOTAL])
    (found * (RANK + 1)).sum().backward()
    same(x.grad, [TOTAL * (RANK + 1)] * 2)


def check_gradients_through_gathering():
    from torch.distributed.nn import functional

    x = torch.tensor([1.0], requires_grad=True)
    parts = functional.all_gather(x * (RANK + 1))
    same(torch.cat(list(parts)).detach(), [rank + 1.0 for rank in range(SIZE)])
    sum((i + 1) * part for i, part in enumerate(parts)).sum().backward()
    same(x.grad, [SIZE * (RANK + 1.0) ** 2])
    x = torch.tensor([1.0], requires_grad=True)
    functional.broadcast(x * 3, 0).sum().backward()
    same(x.grad, [3.0 * SIZE if RANK == 0 else 0.0])
    x = torch.ones(SIZE, requires_grad=True)
    found = functional.all_to_all_single(torch.zeros(SIZE), x * (RANK + 1))
    (found * (RANK + 1)).sum().backward()
    same(x.grad, [(RANK + 1.0) * (rank + 1) for rank in range(SIZE)])
