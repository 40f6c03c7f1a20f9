"""Data sets and loaders of every sort: ragged batches, buckets, streams, samplers, splits."""

import torch, random, os, tempfile, collections
import numpy as np
from torch.utils.data import (
    Dataset,
    IterableDataset,
    DataLoader,
    TensorDataset,
    Subset,
    ConcatDataset,
    random_split,
    Sampler,
    BatchSampler,
    RandomSampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
    default_collate,
    ChainDataset,
    StackDataset,
)

torch.manual_seed(0)
random.seed(0)
np.random.seed(0)


class Ragged(Dataset):
    def __init__(self, n):
        self.items = [torch.arange(int(k)) for k in torch.randint(1, 6, (n,))]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i], float(i), {"id": i, "name": "n%d" % i, "arr": np.array([i, i + 0.5])}


def pad(batch):
    xs, ys, ms = zip(*batch)
    L = [len(x) for x in xs]
    out = xs[0].new_zeros(len(xs), max(L))
    for k, (x, l) in enumerate(zip(xs, L)):
        out[k, :l] = x
    return out, torch.tensor(ys), torch.tensor(L), default_collate(list(ms))


for out, ys, L, m in DataLoader(Ragged(7), batch_size=3, shuffle=True, collate_fn=pad):
    print(out.tolist(), ys, L, m)


class Bucket(Sampler):
    def __init__(self, ds, bs):
        self.ds, self.bs = ds, bs

    def __iter__(self):
        idx = sorted(range(len(self.ds)), key=lambda i: len(self.ds.items[i]))
        bs = [idx[i : i + self.bs] for i in range(0, len(idx), self.bs)]
        for k in torch.randperm(len(bs)):
            yield bs[k]

    def __len__(self):
        return (len(self.ds) + self.bs - 1) // self.bs


dl = DataLoader(Ragged(9), batch_sampler=Bucket(Ragged(9), 4), collate_fn=lambda b: [len(x[0]) for x in b])
print(list(dl), len(dl))
ds = TensorDataset(torch.arange(10), torch.arange(10) ** 2)
a, b, c = random_split(ds, [6, 2, 2])
print(list(a.indices), len(b), a[0], [x for x in c])
p, q = random_split(range(10), [0.3, 0.7], generator=torch.Generator().manual_seed(42))
print(list(p), list(q))
print(
    [x.tolist() for x, _ in DataLoader(ds, batch_size=4, shuffle=True)],
    [
        x.tolist()
        for x, _ in DataLoader(
            ds, 3, drop_last=True, generator=torch.Generator().manual_seed(1), shuffle=True
        )
    ],
)
print(
    [x.tolist() for x, y in DataLoader(ds, 4, sampler=SubsetRandomSampler([1, 3, 5, 7]))],
    list(WeightedRandomSampler([0.1, 0.9, 0.5], 6)),
    list(BatchSampler(SequentialSampler(range(5)), 2, False)),
    list(RandomSampler(range(5), replacement=True, num_samples=7)),
)
print(
    len(ConcatDataset([ds, ds])),
    ConcatDataset([ds, ds])[13],
    Subset(ds, [2, 4])[1],
    [x.shape for x in next(iter(DataLoader(ConcatDataset([ds, ds]), batch_size=20)))],
)


class Stream(IterableDataset):
    def __init__(self, a, b):
        self.a, self.b = a, b

    def __iter__(self):
        info = torch.utils.data.get_worker_info()
        assert info is None
        return iter(range(self.a, self.b))


print(
    [b.tolist() for b in DataLoader(Stream(0, 7), batch_size=3)],
    list(DataLoader(Stream(0, 3), batch_size=None)),
    [b.tolist() for b in DataLoader(ChainDataset([Stream(0, 2), Stream(5, 8)]), batch_size=4)],
)
P = collections.namedtuple("P", "x y")
print(
    default_collate([P(1, torch.ones(2)), P(2, torch.zeros(2))]),
    default_collate([("a", 1.5), ("b", 2.5)]),
    default_collate([{"k": [1, 2]}, {"k": [3, 4]}]),
    default_collate([np.float32(1), np.float32(2)]),
    default_collate([True, False]),
    default_collate([[torch.tensor(1), None][:1]] * 2),
)
it = iter(DataLoader(ds, batch_size=5))
print(next(it), len(DataLoader(ds, 3)), DataLoader(ds).dataset is ds)


def seed_worker(w):
    random.seed(w)


for xb, yb in DataLoader(
    ds, batch_size=5, num_workers=2, worker_init_fn=seed_worker, pin_memory=False, persistent_workers=False
):
    print(xb, yb.sum())
for i, (xb, yb) in enumerate(DataLoader(ds, batch_size=6, shuffle=True), 1):
    print(f"{i}: {xb.float().mean():.3f} {yb.float().std():.3f}")
try:
    DataLoader(ds, batch_size=2, batch_sampler=[[0]])
except ValueError as e:
    print(e)
print(
    DataLoader(ds, batch_size=2).batch_size,
    type(DataLoader(ds, shuffle=True).sampler).__name__,
    StackDataset(ds, ds)[1] if True else 0,
)
assert len(list(Bucket(Ragged(9), 4))) == 3
