"""Bayesian linear regression by variational inference with torch.distributions: ELBO, KL, rsample."""

import torch
import torch.distributions as D
from torch import nn
from torch.distributions import constraints, kl_divergence

torch.manual_seed(3)
N = 60
X = torch.linspace(-2, 2, N)
true_w, true_b, true_s = 1.4, -0.6, 0.3
Y = D.Normal(true_w * X + true_b, true_s).sample()


class Guide(nn.Module):
    def __init__(self):
        super().__init__()
        self.loc = nn.Parameter(torch.zeros(2))
        self.raw_tril = nn.Parameter(torch.tensor([[0.0, 0.0], [0.1, 0.0]]))
        self.gamma = nn.Parameter(torch.tensor([0.5, -1.5]))

    def coefficients(self):
        scale_tril = torch.tril(self.raw_tril, -1) + torch.diag(
            torch.nn.functional.softplus(self.raw_tril.diagonal())
        )
        return D.MultivariateNormal(self.loc, scale_tril=scale_tril)

    def noise(self):
        return D.LogNormal(self.gamma[0] - 2.0, self.gamma[1].exp())


guide = Guide()
prior = D.MultivariateNormal(torch.zeros(2), 4.0 * torch.eye(2))
noise_prior = D.LogNormal(torch.tensor(-1.0), torch.tensor(1.0))
optimizer = torch.optim.Adam(guide.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: 1.0 / (1 + 0.01 * k))
elbos = []
for step in range(120):
    q, qs = guide.coefficients(), guide.noise()
    beta = q.rsample((8,))
    sigma = qs.rsample((8, 1))
    mean = beta[:, :1] * X + beta[:, 1:]
    log_lik = D.Independent(D.Normal(mean, sigma.expand_as(mean)), 1).log_prob(Y).mean()
    loss = -(log_lik - kl_divergence(q, prior) - kl_divergence(qs, noise_prior))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    elbos.append(-loss.item())
    if step < 22 or step % 20 == 19:
        print(
            f"{step}: elbo {-loss.item():.5f} kl {kl_divergence(q, prior).item():.5f} lr {scheduler.get_last_lr()[0]:.5f}"
        )
print("w %.4f b %.4f" % tuple(guide.loc.tolist()), "noise %.4f" % guide.noise().mean.item())
print(guide.coefficients().covariance_matrix.detach())
print(guide.noise(), q.event_shape, q.batch_shape, constraints.positive.check(sigma).all())
mixture = D.MixtureSameFamily(
    D.Categorical(torch.tensor([0.3, 0.7])), D.Normal(torch.tensor([-1.0, 2.0]), torch.ones(2))
)
print(mixture.log_prob(torch.tensor([0.0, 1.0])), mixture.mean, mixture.sample((3,)).shape)
print(D.Bernoulli(logits=torch.tensor([0.0, 1.0])).entropy(), D.Beta(2.0, 3.0).log_prob(torch.tensor(0.4)))
assert abs(guide.loc[0].item() - true_w) < 0.2 and sum(elbos[-20:]) > sum(elbos[:20])
