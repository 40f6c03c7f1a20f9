"""Layers whose weights are functions of parameters: spectral and weight norm, a symmetric matrix, a rotation."""

import torch
import torch.nn as nn
import torch.nn.utils.parametrize as parametrize
from torch.nn.utils.parametrizations import orthogonal, spectral_norm, weight_norm

torch.manual_seed(44)


class Symmetric(nn.Module):
    def forward(self, X):
        return X.triu() + X.triu(1).transpose(-1, -2)

    def right_inverse(self, A):
        return A.triu()


class Skew(nn.Module):
    def forward(self, X):
        A = X.triu(1)
        return A - A.transpose(-1, -2)


class Cayley(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.register_buffer("Id", torch.eye(n))

    def forward(self, X):
        return torch.linalg.solve(self.Id + X, self.Id - X)


layer = nn.Linear(3, 3)
parametrize.register_parametrization(layer, "weight", Symmetric())
print(layer)
print(torch.allclose(layer.weight, layer.weight.T), parametrize.is_parametrized(layer, "weight"))
rotation = nn.Linear(3, 3, bias=False)
parametrize.register_parametrization(rotation, "weight", Skew())
parametrize.register_parametrization(rotation, "weight", Cayley(3))
W = rotation.weight
print(torch.dist(W.T @ W, torch.eye(3)) < 1e-5, list(rotation.state_dict()))
with parametrize.cached():
    print(rotation.weight is rotation.weight)

critic = nn.Sequential(
    spectral_norm(nn.Linear(2, 24)),
    nn.LeakyReLU(0.1),
    spectral_norm(nn.Linear(24, 24), n_power_iterations=2),
    nn.LeakyReLU(0.1),
    weight_norm(nn.Linear(24, 1), dim=0),
)
print(critic[0], [k for k in critic.state_dict()][:4])
optimizer = torch.optim.Adam(critic.parameters(), lr=2e-2)
a, b = torch.randn(64, 2) + 1, torch.randn(64, 2) * 0.5 - 1
losses = []
for step in range(28):
    loss = torch.relu(1 - critic(a)).mean() + torch.relu(1 + critic(b)).mean()
    optimizer.zero_grad(True)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    print(f"{step} hinge {loss:.6f} sigma {torch.linalg.matrix_norm(critic[0].weight, 2):.5f}")
critic.eval()
print("sigma", torch.linalg.svdvals(critic[2].weight)[0].item() < 1.2)
old = torch.nn.utils.spectral_norm(nn.Linear(4, 5))
print([n for n, _ in old.named_parameters()], old.weight_u.shape, "%.5f" % old(torch.ones(1, 4)).sum())
same = orthogonal(nn.Linear(4, 4))
print(torch.dist(same.weight @ same.weight.T, torch.eye(4)) < 1e-5)
parametrize.remove_parametrizations(layer, "weight", leave_parametrized=True)
print(type(layer.weight).__name__, layer.weight.shape)
assert losses[-1] < 0.6 * losses[0]
