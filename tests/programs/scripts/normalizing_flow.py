"""Affine coupling layers that turn two moons into a Gaussian, by maximum likelihood."""

import math
import torch
import torch.nn as nn
from torch.distributions import MultivariateNormal

torch.manual_seed(13)


class Coupling(nn.Module):
    def __init__(self, dim, hidden, flip):
        super().__init__()
        self.flip = flip
        self.s = nn.Sequential(nn.Linear(dim // 2, hidden), nn.Tanh(), nn.Linear(hidden, dim // 2), nn.Tanh())
        self.t = nn.Sequential(nn.Linear(dim // 2, hidden), nn.Tanh(), nn.Linear(hidden, dim // 2))

    def forward(self, x):
        a, b = torch.chunk(x, 2, dim=-1)
        if self.flip:
            a, b = b, a
        s = self.s(a)
        b = b * torch.exp(s) + self.t(a)
        z = torch.cat((b, a) if self.flip else (a, b), dim=-1)
        return z, s.sum(-1)

    def inverse(self, z):
        a, b = z.chunk(2, -1)
        if self.flip:
            a, b = b, a
        b = (b - self.t(a)) * self.s(a).neg().exp()
        return torch.cat((b, a) if self.flip else (a, b), -1)


class ActNorm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.log_scale, self.shift = nn.Parameter(torch.zeros(dim)), nn.Parameter(torch.zeros(dim))
        self.register_buffer("initialised", torch.tensor(False))

    def forward(self, x):
        if not self.initialised:
            with torch.no_grad():
                self.shift.copy_(-x.mean(0))
                self.log_scale.copy_(-x.std(0, unbiased=False).log())
                self.initialised.fill_(True)
        return (x + self.shift) * self.log_scale.exp(), self.log_scale.sum().expand(x.shape[0])

    def inverse(self, z):
        return z * (-self.log_scale).exp() - self.shift


class Flow(nn.Module):
    def __init__(self, layers, prior):
        super().__init__()
        self.layers, self.prior = nn.ModuleList(layers), prior

    def log_prob(self, x):
        total = x.new_zeros(x.shape[0])
        for layer in self.layers:
            x, logdet = layer(x)
            total = total + logdet
        return self.prior.log_prob(x) + total

    def sample(self, n):
        z = self.prior.sample((n,))
        for layer in reversed(self.layers):
            z = layer.inverse(z)
        return z


def moons(n):
    t = torch.rand(n) * math.pi
    up = torch.arange(n).fmod(2).bool()
    x = torch.where(up, t.cos(), 1 - t.cos())
    y = torch.where(up, t.sin(), 0.5 - t.sin())
    return torch.stack([x, y], 1).add_(torch.randn(n, 2), alpha=0.06)


prior = MultivariateNormal(torch.zeros(2), torch.eye(2))
flow = Flow([m for k in range(4) for m in (ActNorm(2), Coupling(2, 16, k % 2 == 1))], prior)
optimizer = torch.optim.Adam(flow.parameters(), lr=1e-2, weight_decay=1e-6)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=60)
losses = []
for step in range(60):
    loss = -flow.log_prob(moons(128)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    losses.append(loss.item())
    if step < 22 or step % 10 == 9:
        print("%d nll %.6f lr %.6f" % (step, losses[-1], optimizer.param_groups[0]["lr"]))
with torch.no_grad():
    x = moons(64)
    z = x
    for layer in flow.layers:
        z, _ = layer(z)
    for layer in list(flow.layers)[::-1]:
        z = layer.inverse(z)
    print("inverts", torch.allclose(x, z, atol=1e-4), flow.sample(500).mean(0).shape)
    full = torch.autograd.functional.jacobian(lambda u: flow.layers[1](u)[0], x[0])
print("log det %.5f %.5f" % (torch.logdet(full).item(), flow.layers[1](x[:1])[1].item()))
print(flow.layers[0].initialised, len(flow.state_dict()))
assert losses[-1] < losses[0]
