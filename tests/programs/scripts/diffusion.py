"""Denoising diffusion of points on a ring: linear betas, sinusoidal time embedding, ancestral sampling."""

import math
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(42)
T = 40
betas = torch.linspace(1e-3, 0.2, T)
alphas = 1.0 - betas
alphas_cumprod = torch.cumprod(alphas, dim=0)
alphas_cumprod_prev = F.pad(alphas_cumprod[:-1], (1, 0), value=1.0)
posterior_variance = betas * (1.0 - alphas_cumprod_prev) / (1.0 - alphas_cumprod)


def extract(a, t, x_shape):
    out = a.gather(-1, t)
    return out.reshape(t.shape[0], *((1,) * (len(x_shape) - 1)))


class SinusoidalPositionEmbeddings(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, time):
        half_dim = self.dim // 2
        scale = torch.exp(torch.arange(half_dim, device=time.device) * -(math.log(10000) / (half_dim - 1)))
        angles = time[:, None] * scale[None, :]
        return torch.cat((angles.sin(), angles.cos()), dim=-1)


class Denoiser(nn.Module):
    def __init__(self, dim=2, width=48):
        super().__init__()
        self.time = nn.Sequential(
            SinusoidalPositionEmbeddings(16), nn.Linear(16, width), nn.SiLU(), nn.Linear(width, 2 * width)
        )
        self.inp = nn.Linear(dim, width)
        self.mid = nn.ModuleList([nn.Linear(width, width) for _ in range(2)])
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.out = nn.Linear(width, dim)
        nn.init.zeros_(self.out.weight)

    def forward(self, x, t):
        scale, shift = self.time(t).chunk(2, dim=-1)
        h = self.norm(self.inp(x)) * (1 + scale) + shift
        for layer in self.mid:
            h = h + F.silu(layer(h))
        return self.out(h)


def q_sample(x, t, noise):
    return (
        extract(alphas_cumprod.sqrt(), t, x.shape) * x
        + extract((1 - alphas_cumprod).sqrt(), t, x.shape) * noise
    )


@torch.no_grad()
def p_sample_loop(model, n):
    x = torch.randn(n, 2)
    for i in reversed(range(T)):
        t = torch.full((n,), i, dtype=torch.long)
        mean = x - extract(betas, t, x.shape) * model(x, t) / extract((1 - alphas_cumprod).sqrt(), t, x.shape)
        mean = extract(alphas.rsqrt(), t, x.shape) * mean
        x = (
            mean
            if i == 0
            else mean + torch.sqrt(extract(posterior_variance, t, x.shape)) * torch.randn_like(x)
        )
    return x


model = Denoiser()
optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
warmup = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.2, total_iters=10)
decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=110)
scheduler = torch.optim.lr_scheduler.SequentialLR(optimizer, [warmup, decay], milestones=[10])
losses = []
for step in range(120):
    angle = torch.rand(64) * 2 * math.pi
    x = torch.stack((angle.cos(), angle.sin()), dim=1) * 1.5 + 0.05 * torch.randn(64, 2)
    t = torch.randint(0, T, (64,)).long()
    noise = torch.randn_like(x)
    loss = F.smooth_l1_loss(noise, model(q_sample(x, t, noise), t))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    losses.append(loss.item())
    if step < 22 or step % 20 == 19:
        print("step %d loss %.6f lr %.6f" % (step, loss.item(), scheduler.get_last_lr()[0]))
model.eval()
radius = p_sample_loop(model, 200).norm(dim=1)
print(
    "radius near the ring:",
    bool((radius.mean() - 1.5).abs() < 0.4),
    "spread smaller than noise's:",
    bool(radius.std() < 0.66),
)
print(alphas_cumprod[[0, T // 2, -1]], posterior_variance.shape, sum(p.numel() for p in model.parameters()))
assert sum(losses[-20:]) < 0.8 * sum(losses[:20])
