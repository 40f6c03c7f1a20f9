"""Gradients of single samples by vmap over grad, clipped and made noisy, as differentially private SGD does."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.func import functional_call, grad, grad_and_value, hessian, jacrev, vmap

torch.manual_seed(0)


class SimpleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(6, 12)
        self.fc2 = nn.Linear(12, 3)

    def forward(self, x):
        return self.fc2(torch.tanh(self.fc1(x)))


model = SimpleNet()
data = torch.randn(40, 6)
targets = (data[:, 0] > 0).long() + (data[:, 1] > 0).long()
params = {k: v.detach() for k, v in model.named_parameters()}
buffers = {k: v.detach() for k, v in model.named_buffers()}


def compute_loss(params, buffers, sample, target):
    predictions = functional_call(model, (params, buffers), (sample.unsqueeze(0),))
    return F.cross_entropy(predictions, target.unsqueeze(0))


ft_per_sample = vmap(grad_and_value(compute_loss), in_dims=(None, None, 0, 0))


def slow(i):
    loss = F.cross_entropy(model(data[i : i + 1]), targets[i : i + 1])
    return torch.autograd.grad(loss, list(model.parameters()))


each, values = ft_per_sample(params, buffers, data, targets)
for i in (0, 17, 39):
    assert all(torch.allclose(g[i], s, atol=1e-6) for g, s in zip(each.values(), slow(i)))
print({k: tuple(g.shape) for k, g in each.items()}, values.shape)

losses, clip, sigma, lr = [], 1.0, 0.05, 0.8
for step in range(30):
    each, values = ft_per_sample(params, buffers, data, targets)
    norms = torch.sqrt(sum(g.flatten(1).square().sum(1) for g in each.values()))
    factor = (clip / (norms + 1e-6)).clamp(max=1.0)
    for k in params:
        mean = torch.einsum("n,n...->...", factor, each[k]) / len(data)
        params[k] = params[k] - lr * (mean + sigma * clip * torch.randn_like(mean) / len(data) ** 0.5)
    losses.append(values.mean().item())
    print(
        "step %2d loss %.6f clipped %d mean norm %.5f"
        % (step, losses[-1], (norms > clip).sum(), norms.mean())
    )

jac = jacrev(lambda x: functional_call(model, params, (x,)))
J = vmap(jac)(data[:5])
H = hessian(lambda x: functional_call(model, params, (x,)).logsumexp(-1))(data[0])
print(J.shape, "%.5f" % J.norm(), H.shape, "%.5f" % torch.trace(H))
print("symmetric", torch.allclose(H, H.T, atol=1e-6))
double = grad(lambda t: grad(torch.sin)(t))(torch.tensor(0.3))
print("%.6f" % double)
assert losses[-1] < 0.7 * losses[0]
