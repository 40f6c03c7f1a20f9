"""Stochastic differential equations, Ito's and Stratonovich's, and gradients of their solutions."""

# /// script
# dependencies = ["torchsde==0.2.6"]
# ///

import json

import torch
import torchsde


class Process(torch.nn.Module):
    """Drift and diffusion are learned, the noise is diagonal."""

    noise_type = "diagonal"

    def __init__(self, kind):
        super().__init__()
        self.sde_type = kind
        self.drift, self.spread = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)

    def f(self, t, y):
        """The drift."""
        return torch.sin(t) - self.drift(y)

    def g(self, t, y):
        """The diffusion."""
        return torch.sigmoid(self.spread(y))


results = {}
for kind, method in (("ito", "euler"), ("ito", "milstein"), ("stratonovich", "midpoint")):
    torch.manual_seed(0)
    process = Process(kind)
    noise = torchsde.BrownianInterval(t0=0.0, t1=1.0, size=(4, 2), entropy=3)
    path = torchsde.sdeint(
        process, torch.full((4, 2), 0.2), torch.linspace(0, 1, 3), bm=noise, dt=0.1, method=method
    )
    path[-1].square().sum().backward()
    results[f"{kind} {method}"] = [path.tolist(), process.drift.weight.grad.tolist()]
print(json.dumps(results))
