"""Gradients of what is learned by steps of an optimizer, with respect to where they began."""

# /// script
# dependencies = ["higher==0.2.1"]
# ///

import json

import higher
import torch

results = {}
for kind, options in ((torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}), (torch.optim.Adam, {"lr": 0.05})):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))
    x, y = torch.randn(10, 4), torch.randn(10, 2)
    optimizer = kind(model.parameters(), **options)
    with higher.innerloop_ctx(model, optimizer, copy_initial_weights=False) as (learner, step):
        losses = []
        for _ in range(3):
            loss = torch.nn.functional.mse_loss(learner(x), y)
            step.step(loss)
            losses.append(loss.item())
        torch.nn.functional.mse_loss(learner(x + 0.1), y).backward()
    results[kind.__name__] = [losses, [p.grad.tolist() for p in model.parameters()]]
print(json.dumps(results))
