"""A classifier on several ranks, in the style of published programs: it prints the loss of each epoch."""

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset


def train(data, name):
    sampler = DistributedSampler(data, seed=1)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 2))
    model = DistributedDataParallel(model)
    optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.05)
    for epoch in range(4):
        sampler.set_epoch(epoch)
        total = torch.zeros(())
        for rows, labels in DataLoader(data, 8, sampler=sampler):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(rows), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.detach()
        dist.all_reduce(total)
        if dist.get_rank() == 0:
            print(f"{name} epoch {epoch} loss {total.item():.4f}")


def main():
    dist.init_process_group("gloo")
    torch.manual_seed(0)
    x = torch.randn(96, 1, 8, 8)
    data = TensorDataset(x, (x.mean((1, 2, 3)) > 0).long())
    for name in ("SGD", "Adam"):
        train(data, name)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
