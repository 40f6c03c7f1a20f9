"""A network trained with Lion, with and without decoupled weight decay."""

# /// script
# dependencies = ["lion-pytorch==0.2.5"]
#
# [tool.libraries]
# import = ["lion_pytorch"]
# ///

import json

import torch
from lion_pytorch import Lion


def losses(**options):
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    x, y = torch.randn(16, 4), torch.randn(16, 1)
    optimizer = Lion(network.parameters(), lr=1e-2, weight_decay=1e-2, **options)
    found = []
    for _ in range(8):
        loss = torch.nn.functional.mse_loss(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return found


print(json.dumps({"plain": losses(), "decoupled": losses(decoupled_weight_decay=True)}))
