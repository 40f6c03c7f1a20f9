"""A denoising diffusion model of points on a spiral, with a cosine schedule, an average, and DDIM."""

import math, torch
from torch import nn
import torch.nn.functional as F
from functools import partial
from inspect import isfunction


def exists(x):
    return x is not None


def default(val, d):
    if exists(val):
        return val
    return d() if isfunction(d) else d


def cosine_beta_schedule(timesteps, s=0.008):
    x = torch.linspace(0, timesteps, timesteps + 1)
    a = torch.cos(((x / timesteps) + s) / (1 + s) * torch.pi * 0.5) ** 2
    a = a / a[0]
    return torch.clip(1 - (a[1:] / a[:-1]), 0.0001, 0.9999)


torch.manual_seed(0)
T = 30
betas = cosine_beta_schedule(T)
alphas = 1.0 - betas
ac = torch.cumprod(alphas, axis=0)
ac_prev = F.pad(ac[:-1], (1, 0), value=1.0)
sqrt_ac, sqrt_1mac = torch.sqrt(ac), torch.sqrt(1.0 - ac)
posterior_variance = betas * (1.0 - ac_prev) / (1.0 - ac)
print(ac[:5], ac_prev[:3], posterior_variance[-2:])


def extract(a, t, x_shape):
    out = a.gather(-1, t.cpu())
    return out.reshape(t.shape[0], *((1,) * (len(x_shape) - 1))).to(t.device)


class SinusoidalPositionEmbeddings(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, time):
        half = self.dim // 2
        e = torch.exp(torch.arange(half, device=time.device) * -(math.log(10000) / (half - 1)))
        e = time[:, None] * e[None, :]
        return torch.cat((e.sin(), e.cos()), dim=-1)


class Net(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.time_mlp = nn.Sequential(
            SinusoidalPositionEmbeddings(dim), nn.Linear(dim, 32), nn.SiLU(), nn.Linear(32, 64)
        )
        self.inp, self.mid, self.out = nn.Linear(2, 32), nn.Linear(32, 32), nn.Linear(32, 2)
        self.norm = nn.GroupNorm(4, 32)
        self.act = nn.Mish()

    def forward(self, x, t):
        scale, shift = self.time_mlp(t).chunk(2, dim=1)
        h = self.act(self.norm(self.inp(x)) * (scale + 1) + shift)
        return self.out(self.act(self.mid(h)) + h)


def q_sample(x0, t, noise=None):
    noise = default(noise, lambda: torch.randn_like(x0))
    return extract(sqrt_ac, t, x0.shape) * x0 + extract(sqrt_1mac, t, x0.shape) * noise


def p_losses(model, x0, t, noise=None, loss_type="l1"):
    if noise is None:
        noise = torch.randn_like(x0)
    pred = model(q_sample(x0, t, noise), t)
    return {"l1": F.l1_loss, "l2": F.mse_loss, "huber": F.smooth_l1_loss}[loss_type](noise, pred)


losses = []
model = Net()
ema = Net()
ema.load_state_dict(model.state_dict())
opt = torch.optim.RAdam(model.parameters(), lr=3e-3)
theta = torch.sqrt(torch.rand(256)) * 3 * math.pi
data = torch.stack([theta.cos() * theta, theta.sin() * theta], 1) / 9
for step in range(20):
    idx = torch.randint(0, 256, (64,))
    t = torch.randint(0, T, (64,), device="cpu").long()
    opt.zero_grad()
    loss = p_losses(model, data[idx], t, loss_type=["l1", "l2", "huber"][step % 3])
    loss.backward()
    opt.step()
    with torch.no_grad():
        for a, b in zip(ema.parameters(), model.parameters()):
            a.lerp_(b, 0.1)
    losses.append(loss.item())
    print(step, "Loss:", round(loss.item(), 6))


@torch.no_grad()
def p_sample(model, x, t, t_index):
    mean = extract(torch.sqrt(1 / alphas), t, x.shape) * (
        x - extract(betas, t, x.shape) * model(x, t) / extract(sqrt_1mac, t, x.shape)
    )
    return (
        mean
        if t_index == 0
        else mean + torch.sqrt(extract(posterior_variance, t, x.shape)) * torch.randn_like(x)
    )


x = torch.randn(4, 2)
for i in reversed(range(0, T)):
    x = p_sample(ema, x, torch.full((4,), i, dtype=torch.long), i)
    if i % 10 == 0:
        print(i, x.tolist()[0])


@torch.inference_mode()
def ddim(model, n, steps):
    x = torch.randn((n, 2))
    ts = torch.linspace(-1, T - 1, steps=steps + 1).int().tolist()[::-1]
    for a, b in zip(ts[:-1], ts[1:]):
        e = model(x, torch.full((n,), a))
        x0 = (x - sqrt_1mac[a] * e) / sqrt_ac[a]
        x0.clamp_(-1.0, 1.0)
        x = x0 if b < 0 else x0 * ac[b].sqrt() + (1 - ac[b]).sqrt() * e
    return x


print(ddim(ema, 3, 5))
assert sum(losses[-6:]) < sum(losses[:6])
