"""A mixture density network for a curve that is not a function; log-sum-exp, Gumbel sampling, calibration."""

import math
import torch
import torch.nn as nn

torch.manual_seed(23)
ONE_OVER_SQRT_2PI = 1.0 / math.sqrt(2 * math.pi)


class MDN(nn.Module):
    def __init__(self, n_hidden, n_gaussians):
        super(MDN, self).__init__()
        self.z_h = nn.Sequential(nn.Linear(1, n_hidden), nn.Tanh())
        self.z_pi = nn.Linear(n_hidden, n_gaussians)
        self.z_mu = nn.Linear(n_hidden, n_gaussians)
        self.z_sigma = nn.Linear(n_hidden, n_gaussians)

    def forward(self, x):
        z_h = self.z_h(x)
        return nn.functional.softmax(self.z_pi(z_h), -1), self.z_mu(z_h), torch.exp(self.z_sigma(z_h))


def gaussian_distribution(y, mu, sigma):
    result = (y.expand_as(mu) - mu) * torch.reciprocal(sigma)
    result = -0.5 * (result * result)
    return (torch.exp(result) * torch.reciprocal(sigma)) * ONE_OVER_SQRT_2PI


def mdn_loss_fn(pi, sigma, mu, y):
    return -torch.log(torch.sum(gaussian_distribution(y, mu, sigma) * pi, dim=1) + 1e-12).mean()


def stable_loss(pi, sigma, mu, y):
    log_prob = -0.5 * ((y - mu) / sigma) ** 2 - sigma.log() - 0.5 * math.log(2 * math.pi)
    return -torch.logsumexp(pi.log() + log_prob, dim=1).mean()


def gumbel_sample(p):
    noise = -torch.log(-torch.log(torch.rand(p.shape).clamp(1e-9, 1 - 1e-7)))
    return (p.log() + noise).argmax(dim=1, keepdim=True)


n = 200
y = torch.linspace(-10, 10, n).unsqueeze(1)
x = 7 * torch.sin(0.75 * y) + 0.5 * y + torch.normal(0.0, 0.8, size=(n, 1))
x, y = x / 10, y / 10
network = MDN(n_hidden=20, n_gaussians=5)
optimizer = torch.optim.Adam(network.parameters(), lr=0.02, eps=1e-6)
scheduler = torch.optim.lr_scheduler.CyclicLR(
    optimizer, base_lr=0.005, max_lr=0.02, step_size_up=10, cycle_momentum=False
)
losses = []
for epoch in range(80):
    pi, mu, sigma = network(x)
    loss = mdn_loss_fn(pi, sigma, mu, y)
    other = stable_loss(pi, sigma, mu, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    losses.append(loss.item())
    if epoch < 22:  # later the loss passes through zero, and a relative difference means nothing
        print(
            epoch, "%.6f %.6f" % (loss.data.tolist(), other.item()), "%.5f" % optimizer.param_groups[0]["lr"]
        )

with torch.no_grad():
    pi, mu, sigma = network(torch.tensor([[0.0], [0.3]]))
    k = gumbel_sample(pi)
    draw = mu.gather(1, k) + sigma.gather(1, k) * torch.randn(2, 1)
    mean = (pi * mu).sum(1)
    variance = (pi * (sigma**2 + (mu - mean[:, None]) ** 2)).sum(1)
    order = pi.argsort(dim=1, descending=True)
print(pi.sum(1), k.shape, draw.shape)
print("mean", mean, "std", variance.sqrt())
print("heaviest", torch.take_along_dim(mu, order, dim=1)[:, 0], order.dtype)
inside = ((y - (pi[:1] * mu[:1]).sum()).abs() < 2 * variance[0].sqrt()).float().mean()
print("inside %.3f" % inside)
assert losses[-1] < losses[0] - 0.2
