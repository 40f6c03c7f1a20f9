"""A masked autoregressive flow and a neural spline flow, conditional, fitted to points."""

# /// script
# dependencies = ["zuko==1.6.0"]
#
# [tool.libraries.tests]
# from = "sdist"
# ///

import json

import torch
import zuko

torch.manual_seed(0)
points = torch.randn(64, 3) @ torch.randn(3, 3)
context = points[:, :1].tanh()
results = {}
for kind in (zuko.flows.MAF, zuko.flows.NSF):
    flow = kind(3, context=1, transforms=2, hidden_features=[16, 16])
    optimizer = torch.optim.Adam(flow.parameters(), lr=1e-2)
    losses = []
    for _ in range(10):
        loss = -flow(context).log_prob(points).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    results[kind.__name__] = losses
    results[f"{kind.__name__} samples"] = flow(context[0]).sample((4,)).tolist()
print(json.dumps(results))
