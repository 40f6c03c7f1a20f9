"""One small regression with each of many optimizers, and one behind Lookahead."""

# /// script
# dependencies = ["torch-optimizer==0.3.0"]
#
# [tool.libraries]
# import = ["torch_optimizer"]
# ///

import json

import torch
import torch_optimizer

NAMES = (
    "AccSGD AdaBelief AdaBound AdaMod AdamP AggMo DiffGrad LARS Lamb MADGRAD NovoGrad PID QHAdam QHM RAdam "
    "SGDP SGDW Yogi"
)


def losses(make):
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(3, 6), torch.nn.GELU(), torch.nn.Linear(6, 2))
    x, y = torch.randn(12, 3), torch.randn(12, 2)
    optimizer = make(network.parameters())
    found = []
    for _ in range(5):
        optimizer.zero_grad()
        loss = (network(x) - y).square().mean()
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return found


found = {
    name: losses(lambda p, name=name: getattr(torch_optimizer, name)(p, lr=0.01)) for name in NAMES.split()
}
found["Lookahead"] = losses(lambda p: torch_optimizer.Lookahead(torch_optimizer.Yogi(p, lr=0.05), k=2))
print(json.dumps(found))
