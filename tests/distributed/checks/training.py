"""Training on several ranks, against the same training on one: every check runs on all ranks."""

import copy
import os
import tempfile
import warnings

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.optim import ZeroRedundancyOptimizer
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

warnings.simplefilter("ignore", FutureWarning)  # PyTorch has a new name for broadcast_buffers
RANK, SIZE = dist.get_rank(), dist.get_world_size()


def close(found, expected, rtol=1e-5):
    assert torch.allclose(found, expected, rtol=rtol, atol=1e-6), (found, expected)


def raises(kind, text, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except kind as error:
        assert text in str(error), error
        return
    raise AssertionError(f"nothing was raised, and {text!r} should have been")


def mlp(seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(12, 40), nn.ReLU(), nn.LayerNorm(40), nn.Linear(40, 3))


def batches(count=12):
    torch.manual_seed(7)
    return [(torch.randn(8 * SIZE, 12), torch.randint(0, 3, (8 * SIZE,))) for _ in range(count)]


def losses(model, optimizer, data, share):
    found = []
    for x, y in data:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(share(x)), share(y))
        loss.backward()
        optimizer.step()
        found.append(loss.detach())
    return torch.stack(found)


def mine(x):
    return x[RANK::SIZE]


def compare(make, **kwargs):
    """Losses of all ranks together against one process with all of the batch; and equal parameters after."""
    one, several = mlp(1), DDP(mlp(1 + RANK), **kwargs)
    expected = losses(one, make(one.parameters()), batches(), lambda x: x)
    found = losses(several, make(several.parameters()), batches(), mine)
    dist.all_reduce(found, op=dist.ReduceOp.AVG)
    close(found, expected)
    for p, q in zip(one.parameters(), several.module.parameters(), strict=True):
        close(q.detach(), p.detach(), 1e-3)
        theirs = [torch.zeros_like(q) for _ in range(SIZE)]
        dist.all_gather(theirs, q.detach())
        assert all(torch.equal(other, q) for other in theirs)


def check_sgd_of_several_ranks_is_that_of_one():
    compare(lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.9))


def check_adam_of_several_ranks_is_that_of_one():
    compare(lambda params: torch.optim.Adam(params, lr=0.01))


def check_small_buckets():
    compare(lambda params: torch.optim.Adam(params, lr=0.01), bucket_cap_mb=0.0001)


def check_gradients_as_views():
    compare(lambda params: torch.optim.SGD(params, lr=0.1), gradient_as_bucket_view=True)


def check_unused_are_looked_for_in_vain():
    compare(lambda params: torch.optim.SGD(params, lr=0.1), find_unused_parameters=True)


def check_divided_state():
    def make(params):
        return ZeroRedundancyOptimizer(list(params), optimizer_class=torch.optim.Adam, lr=0.01)

    one, several = mlp(1), DDP(mlp(1))
    expected = losses(one, torch.optim.Adam(one.parameters(), lr=0.01), batches(), lambda x: x)
    divided = make(several.parameters())
    found = losses(several, divided, batches(), mine)
    dist.all_reduce(found, op=dist.ReduceOp.AVG)
    close(found, expected)
    kept = torch.tensor([float(len(divided.optim.state))])
    dist.all_reduce(kept)
    assert kept.item() == len(list(one.parameters())) > len(divided.optim.state)


def check_divided_state_is_brought_together_and_loaded():
    model = DDP(mlp(1))
    plain = mlp(1)
    whole = torch.optim.Adam(plain.parameters(), lr=0.01)
    losses(plain, whole, batches(3), lambda x: x)
    divided = ZeroRedundancyOptimizer(model.parameters(), optimizer_class=torch.optim.Adam, lr=0.01)
    losses(model, divided, batches(3), mine)
    divided.consolidate_state_dict(to=1)
    if RANK != 1:
        raises(RuntimeError, f"consolidate_state_dict(to={RANK})", divided.state_dict)
    else:
        saved, expected = divided.state_dict(), whole.state_dict()
        assert saved["state"].keys() == expected["state"].keys()
        assert saved["param_groups"][0]["params"] == expected["param_groups"][0]["params"]
        for place, state in expected["state"].items():
            close(saved["state"][place]["exp_avg_sq"], state["exp_avg_sq"])
    again = ZeroRedundancyOptimizer(model.parameters(), optimizer_class=torch.optim.Adam, lr=0.5)
    again.load_state_dict(copy.deepcopy(whole.state_dict()))
    assert again.param_groups[0]["lr"] == again.optim.param_groups[0]["lr"] == 0.01
    expected = losses(plain, whole, batches(3), lambda x: x)
    found = losses(model, again, batches(3), mine)
    dist.all_reduce(found, op=dist.ReduceOp.AVG)
    close(found, expected, 1e-4)


def check_learning_rates_of_groups_reach_the_divided_optimizer():
    a, b = (torch.ones(2, requires_grad=True) for _ in range(2))
    divided = ZeroRedundancyOptimizer([a], optimizer_class=torch.optim.SGD, lr=1.0)
    divided.add_param_group({"params": [b], "lr": 0.5})
    divided.param_groups[0]["lr"] = 0.25
    (a + b).sum().backward()
    divided.step()
    close(a.detach(), torch.full((2,), 0.75))
    close(b.detach(), torch.full((2,), 0.5))


def scalar():
    layer = nn.Linear(1, 1, bias=False)
    nn.init.ones_(layer.weight)
    return layer


def check_what_is_averaged_is_the_gradient_with_what_was_in_it():
    model = DDP(scalar())
    x = torch.tensor([[RANK + 1.0]])
    mean = (SIZE + 1) / 2
    model(x).sum().backward()
    close(model.module.weight.grad, torch.tensor([[mean]]))
    model(x).sum().backward()
    close(model.module.weight.grad, torch.tensor([[2 * mean]]))


def check_no_sync():
    model = DDP(scalar())
    x = torch.tensor([[RANK + 1.0]])
    with model.no_sync():
        model(x).sum().backward()
        model(x).sum().backward()
    close(model.module.weight.grad, 2 * x)
    model(x).sum().backward()
    close(model.module.weight.grad, torch.tensor([[3 * (SIZE + 1) / 2]]))


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = scalar(), scalar(), scalar()

    def forward(self, x, which):
        return {"a": self.a(x) if "a" in which else x, "b": self.b(x) if "b" in which else x}


def check_a_parameter_that_is_not_used_is_missed():
    model = DDP(Branches())
    model(torch.ones(1, 1), "a")["a"].sum().backward()
    raises(
        RuntimeError,
        f"Parameter indices which did not receive grad for rank {RANK}: 1 2",
        model,
        torch.ones(1, 1),
        "a",
    )


def check_unused_parameters():
    model = DDP(Branches(), find_unused_parameters=True)
    for _ in range(2):
        model.zero_grad()
        out = model(torch.ones(1, 1), "ab" if RANK == 0 else "a")
        (out["a"] + out["b"]).sum().backward()
    close(model.module.a.weight.grad, torch.ones(1, 1))
    close(model.module.b.weight.grad, torch.full((1, 1), 1 / SIZE))
    assert model.module.c.weight.grad is None


def check_outputs_that_the_loss_does_not_use():
    model = DDP(Branches(), find_unused_parameters=True)
    for _ in range(2):
        model.zero_grad()
        model(torch.ones(1, 1), "ab")["b"].sum().backward()
    assert model.module.a.weight.grad is None
    close(model.module.b.weight.grad, torch.ones(1, 1))


def check_buffers_are_rank_zeros():
    model = DDP(nn.BatchNorm1d(1, momentum=1.0))
    out = model(torch.full((2, 1), RANK + 1.0))
    close(model.module.running_mean, torch.tensor([RANK + 1.0]))
    out.sum().backward()
    model.eval()
    with torch.no_grad():
        model(torch.zeros(2, 1))
    close(model.module.running_mean, torch.ones(1))
    apart = DDP(nn.BatchNorm1d(1, momentum=1.0), broadcast_buffers=False)
    for _ in range(2):
        apart(torch.full((2, 1), RANK + 1.0)).sum().backward()
    close(apart.module.running_mean, torch.tensor([RANK + 1.0]))


def check_parameters_are_rank_zeros_from_the_start():
    torch.manual_seed(RANK)
    model = DDP(nn.Linear(3, 2))
    torch.manual_seed(0)
    assert torch.equal(model.module.weight, nn.Linear(3, 2).weight)
    assert list(model.state_dict()) == ["module.weight", "module.bias"]


def check_models_that_differ():
    raises(RuntimeError, "DDP expects same model across all ranks", DDP, nn.Linear(2, 2, bias=RANK > 0))


def check_what_ddp_refuses():
    raises(RuntimeError, "is not needed when a module doesn't have any parameter", DDP, nn.ReLU())
    raises(ValueError, "device_ids", DDP, nn.Linear(1, 1), device_ids=[0])
    model = DDP(nn.Linear(1, 1))
    raises(AttributeError, "weight", lambda: model.weight)
    raises(TypeError, "Communication hook must be callable.", model.register_comm_hook, None, 3)


def check_communication_hooks():
    model = DDP(scalar())

    def sum_of_all(state, bucket):
        assert bucket.index() == 0
        assert bucket.is_last()
        assert [tuple(g.shape) for g in bucket.gradients()] == [(1, 1)]
        state.append(bucket.buffer().clone())
        return dist.all_reduce(bucket.buffer(), async_op=True).get_future().then(lambda done: done.value()[0])

    seen = []
    model.register_comm_hook(seen, sum_of_all)
    model(torch.tensor([[RANK + 1.0]])).sum().backward()
    close(model.module.weight.grad, torch.tensor([[SIZE * (SIZE + 1) / 2]]))
    close(seen[0], torch.tensor([RANK + 1.0]))
    raises(RuntimeError, "can only be called once", model.register_comm_hook, seen, sum_of_all)


def check_samplers_ask_the_group():
    data = TensorDataset(torch.arange(10))
    sampler = DistributedSampler(data, seed=3)
    assert (sampler.num_replicas, sampler.rank) == (SIZE, RANK)
    sampler.set_epoch(1)
    seen = torch.cat([rows for (rows,) in DataLoader(data, 2, sampler=sampler)])
    parts = [torch.zeros_like(seen) for _ in range(SIZE)]
    dist.all_gather(parts, seen)
    assert set(torch.cat(parts).tolist()) == set(range(10))


def check_clipping_is_the_same_everywhere():
    one, several = mlp(1), DDP(mlp(1))
    (x, y), *_ = batches(1)
    nn.functional.cross_entropy(one(x), y).backward()
    nn.functional.cross_entropy(several(mine(x)), mine(y)).backward()
    expected = torch.nn.utils.clip_grad_norm_(one.parameters(), 0.1)
    close(torch.nn.utils.clip_grad_norm_(several.parameters(), 0.1), expected)
    for p, q in zip(one.parameters(), several.parameters(), strict=True):
        close(q.grad, p.grad, 1e-4)


def check_a_checkpoint_of_rank_zero_is_loaded_by_all():
    model = DDP(mlp(RANK))
    where = [os.path.join(tempfile.gettempdir(), f"checkpoint-{os.getpid()}.pt")]
    dist.broadcast_object_list(where, src=0)
    if RANK == 0:
        torch.save(model.module.state_dict(), where[0])
    dist.barrier()
    other = mlp(100 + RANK)
    other.load_state_dict(torch.load(where[0]))
    dist.barrier()
    if RANK == 0:
        os.remove(where[0])
    for p, q in zip(model.module.parameters(), other.parameters(), strict=True):
        assert torch.equal(p, q)
