"""A neural differential equation: several solvers, gradients through them and by the adjoint, an event."""

# /// script
# dependencies = ["torchdiffeq==0.2.5"]
# ///

import json

import torch
from torchdiffeq import odeint, odeint_adjoint, odeint_event

torch.manual_seed(0)


class Field(torch.nn.Module):
    """A learned vector field that fades with time."""

    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(2, 12), torch.nn.Tanh(), torch.nn.Linear(12, 2))

    def forward(self, t, y):
        """The velocity at y."""
        return self.net(y) * torch.exp(-t)


field, start, times = Field(), torch.randn(5, 2), torch.linspace(0, 2, 5)
results = {m: odeint(field, start, times, method=m)[-1].tolist() for m in ("dopri5", "rk4", "explicit_adams")}
for solve in (odeint, odeint_adjoint):
    field.zero_grad()
    solve(field, start, times, rtol=1e-5, atol=1e-6)[-1].square().sum().backward()
    results[solve.__name__] = [p.grad.tolist() for p in field.parameters()]
fall = lambda t, state: (state[1], torch.full_like(state[1], -9.81))  # noqa: E731
begin = (torch.tensor([5.0]), torch.tensor([1.0]))
when, _ = odeint_event(fall, begin, torch.tensor(0.0), event_fn=lambda t, s: s[0], odeint_interface=odeint)
results["lands"] = when.item()
print(json.dumps(results))
