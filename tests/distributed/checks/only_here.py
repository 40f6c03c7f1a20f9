"""What PyTorch's gloo has not, or does otherwise: every check runs on all ranks of microtensor alone."""

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.optim import ZeroRedundancyOptimizer
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.nn.parallel import clip_grad_norm_

RANK, SIZE = dist.get_rank(), dist.get_world_size()


def same(found, expected):
    assert torch.equal(found, torch.as_tensor(expected, dtype=found.dtype)), found


def raises(kind, text, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except kind as error:
        assert text in str(error), error
        return
    raise AssertionError(f"nothing was raised, and {text!r} should have been")


def check_dtypes_that_gloo_lacks():
    for dtype in (torch.int16, torch.uint16, torch.uint32, torch.uint64):
        x = torch.tensor([RANK + 1], dtype=dtype)
        dist.all_reduce(x)
        same(x, [sum(range(1, SIZE + 1))])


def check_a_dtype_that_numpy_lacks_is_added_in_float32():
    try:
        import ml_dtypes
    except ImportError:
        return
    x = torch.Tensor._of(np.array([1.0, RANK + 0.5], ml_dtypes.bfloat16))
    dist.all_reduce(x, dist.ReduceOp.AVG)
    assert x.array.astype(np.float64).tolist() == [1.0, SIZE / 2]
    dist.broadcast(x, 0)


def check_stacked_outputs():
    whole = torch.zeros(SIZE, 2)
    dist.all_gather_into_tensor(whole, torch.full((2,), float(RANK)))
    same(whole, [[rank] * 2 for rank in range(SIZE)])
    x = torch.zeros(2)
    dist.reduce_scatter_tensor(x, torch.ones(SIZE, 2))
    same(x, [SIZE, SIZE])


def check_rows_that_cannot_be_divided():
    x = torch.ones(2 * SIZE + 1)
    raises(RuntimeError, "does not divide equally across group size", dist.all_to_all_single, x, x)


def check_objects_are_never_pickled():
    for thing in ((1, 2), {1: 2}, {"a": [np.float32(1)]}, torch.ones(2), b"x", {1, 2}):
        raises(TypeError, "as JSON, never pickled", dist.all_gather_object, [None] * SIZE, thing)
    raises(TypeError, "the object['a'][0] is a float32", dist.all_gather_object, [], {"a": [np.float32(1)]})


def check_a_saved_tensor_that_a_collective_overwrites_is_noticed():
    w = torch.ones(2, requires_grad=True)
    x = torch.ones(2)
    y = (w * x).sum()
    dist.all_reduce(x)
    raises(RuntimeError, "all_reduce has changed it", y.backward)


def check_read_only_memory():
    array = np.ones(2)
    array.flags.writeable = False
    raises(
        ValueError,
        "all_reduce writes into a tensor whose array is read-only",
        dist.all_reduce,
        torch.Tensor._of(array),
    )


def check_a_message_of_another_size():
    if RANK == 0:
        dist.send(torch.ones(1), 1)
    if RANK == 1:
        raises(
            RuntimeError,
            "the message of rank 0 has 4 bytes, and torch.float32 (3,) takes 12",
            dist.recv,
            torch.ones(3),
            0,
        )


def check_a_message_that_is_too_long():
    if RANK == 0:
        dist.send(torch.ones(5), 1)
    if RANK == 1:
        raises(dist.DistBackendError, "MPI says", dist.recv, torch.ones(3), 0)


def check_clipping_where_ranks_have_other_parameters():
    w = torch.tensor([1.0], requires_grad=True)
    w.grad = torch.tensor([RANK + 1.0])
    total = sum((rank + 1.0) ** 2 for rank in range(SIZE)) ** 0.5
    assert abs(float(clip_grad_norm_(w, total / 2)) - total) < 1e-6
    assert abs(w.grad.item() - (RANK + 1) / 2) < 1e-5
    assert abs(float(clip_grad_norm_([w], 9, float("inf"))) - SIZE / 2) < 1e-5
    assert abs(float(clip_grad_norm_([w], 99, 1)) - sum(rank + 1 for rank in range(SIZE)) / 2) < 1e-4
    w.grad = torch.tensor([float("nan") if RANK == 0 else 1.0])
    raises(
        RuntimeError, "the total norm of order 2.0 is nan", clip_grad_norm_, [w], 1, error_if_nonfinite=True
    )


class Halves(nn.Module):
    def __init__(self, width=300):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(width, width), nn.Linear(width, 3), nn.Linear(3, 3)

    def forward(self, x, both=True):
        return self.b(self.a(x)) if both else self.a(x)[:, :3]


def check_large_gradients_are_reduced_where_they_lie():
    model = DDP(nn.Linear(1500, 1500))
    assert [bucket.indices for bucket in model.reducer.buckets] == [[1], [0]]
    assert model.reducer.meeting is None
    model(torch.full((1, 1500), RANK + 1.0)).sum().backward()
    weight = model.module.weight
    same(weight.grad, torch.full((1500, 1500), (SIZE + 1) / 2))
    assert np.shares_memory(weight.grad.array, model.reducer.buckets[1].flat)


def check_gradients_of_a_machine_meet_in_its_memory():
    """In several passes, so that what one rank writes for the next is not yet read by another of the last."""
    torch.manual_seed(0)
    model = DDP(Halves(), find_unused_parameters=True)
    assert model.reducer.meeting is not None
    for turn in range(1, 6):
        model.zero_grad()
        x = torch.randn(4, 300) + RANK
        both = RANK != 0 or turn != 3
        expected = torch.autograd.grad(model.module(x, both).sum(), list(model.module.a.parameters()))
        for grad in expected:
            dist.all_reduce(grad, dist.ReduceOp.AVG)
        model(x, both).sum().backward()
        for p, grad in zip(model.module.a.parameters(), expected, strict=True):
            assert torch.allclose(p.grad, grad, rtol=1e-5, atol=1e-5)
        assert model.module.c.weight.grad is None
        everybodys = [torch.zeros_like(p.grad) for _ in range(SIZE)]
        dist.all_gather(everybodys, p.grad)
        assert all(torch.equal(other, p.grad) for other in everybodys)
    assert not np.shares_memory(p.grad.array, model.reducer.home[0].flat)


def check_memory_in_common_ends_with_its_group():
    if torch.distributed.get_debug_level() is dist.DebugLevel.DETAIL:
        return
    group = dist.new_group(range(SIZE))
    model = DDP(nn.Linear(300, 300), process_group=group)
    assert model.reducer.meeting is not None
    dist.destroy_process_group(group)
    loss = model(torch.ones(1, 300)).sum()
    raises(dist.DistBackendError, "the process group of this memory was destroyed", loss.backward)


def check_a_parameter_outside_of_forward():
    model = DDP(nn.Linear(1, 1, bias=False), find_unused_parameters=True)
    out = model(torch.ones(1, 1, requires_grad=True)).sum()
    loss = out * 0 + (model.module.weight * 2).sum()
    loss.backward()
    same(model.module.weight.grad, [[2]])


def check_two_backward_passes_of_one_forward():
    model = DDP(nn.Linear(1, 1, bias=False))
    out = model(torch.tensor([[RANK + 1.0]])).sum()
    out.backward(retain_graph=True)
    out.backward()
    same(model.module.weight.grad, [[(SIZE + 1) / 2 + RANK + 1]])


def check_shapes_that_differ():
    where = (
        "another rank's parameters"
        if RANK == 0
        else "appears not to match sizes of the same param in process 0"
    )
    raises(RuntimeError, where, DDP, nn.Linear(2, 2 if RANK == 0 else 3))


def check_loading_divided_state_leaves_what_is_loaded_alone():
    w = torch.ones(2, requires_grad=True)
    whole = torch.optim.Adam([w], lr=0.1)
    w.sum().backward()
    whole.step()
    saved = whole.state_dict()
    divided = ZeroRedundancyOptimizer([w], optimizer_class=torch.optim.Adam, lr=0.1)
    divided.load_state_dict(saved)
    divided.step()
    assert saved["state"][0]["exp_avg"].tolist() == whole.state[w]["exp_avg"].tolist()
    assert float(saved["state"][0]["step"]) == 1


def check_a_column_is_reduced_and_its_neighbours_are_not():
    x = torch.arange(6.0).reshape(2, 3)
    dist.all_reduce(x[:, 1])
    same(x, [[0, SIZE, 2], [3, 4 * SIZE, 5]])


def check_parts_of_other_shapes():
    found = [torch.zeros(rank + RANK + 1) for rank in range(SIZE)]
    dist.all_to_all(found, [torch.full((to + RANK + 1,), float(RANK)) for to in range(SIZE)])
    for rank, x in enumerate(found):
        same(x, [rank] * (rank + RANK + 1))


def check_products_have_no_adjoint():
    from torch.distributed.nn import functional

    raises(ValueError, "not ReduceOp.MAX", functional.all_reduce, torch.ones(1), dist.ReduceOp.MAX)
