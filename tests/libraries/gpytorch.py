"""Exact regression with a Gaussian process: its likelihood is raised, means and variances are predicted."""

# /// script
# dependencies = ["gpytorch==1.15.2"]
# ///

import json

import gpytorch
import torch


class Process(gpytorch.models.ExactGP):
    """A constant mean, and a smooth and a periodic kernel."""

    def __init__(self, x, y, likelihood):
        super().__init__(x, y, likelihood)
        self.mean = gpytorch.means.ConstantMean()
        kernels = gpytorch.kernels
        self.kernel = kernels.ScaleKernel(kernels.MaternKernel(nu=2.5) + kernels.PeriodicKernel())

    def forward(self, x):
        """The prior at x."""
        return gpytorch.distributions.MultivariateNormal(self.mean(x), self.kernel(x))


torch.manual_seed(0)
x = torch.linspace(0, 3, 24)
y = torch.sin(3 * x) + 0.1 * torch.randn(24)
likelihood = gpytorch.likelihoods.GaussianLikelihood()
model = Process(x, y, likelihood)
objective = gpytorch.mlls.ExactMarginalLogLikelihood(likelihood, model)
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
losses = []
for _ in range(15):
    optimizer.zero_grad()
    loss = -objective(model(x), y)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
model.eval()
likelihood.eval()
with torch.no_grad():
    predicted = likelihood(model(torch.linspace(0, 4, 9)))
results = {"losses": losses, "mean": predicted.mean.tolist(), "variance": predicted.variance.tolist()}
print(json.dumps(results))
