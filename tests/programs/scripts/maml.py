"""Model-agnostic meta-learning of sines: an inner step that is differentiated through."""

import math
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(31)


class Task:
    def __init__(self):
        self.amplitude = torch.empty(1).uniform_(0.5, 3.0)
        self.phase = torch.empty(1).uniform_(0.0, math.pi)

    def sample(self, k):
        x = torch.rand(k, 1) * 10 - 5
        return x, self.amplitude * torch.sin(x - self.phase)


class Net(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(1, width), nn.Linear(width, width), nn.Linear(width, 1)])

    def forward(self, x, weights=None):
        weights = list(self.parameters()) if weights is None else weights
        for i in range(0, len(weights), 2):
            x = F.linear(x, weights[i], weights[i + 1])
            if i + 2 < len(weights):
                x = torch.tanh(x)
        return x


def adapt(model, task, steps, lr=0.05, create_graph=True, k=10):
    weights = list(model.parameters())
    x, y = task.sample(k)
    for _ in range(steps):
        loss = F.mse_loss(model(x, weights), y)
        grads = torch.autograd.grad(loss, weights, create_graph=create_graph)
        weights = [w - lr * g for w, g in zip(weights, grads)]
    return weights


model = Net()
meta = torch.optim.Adam(model.parameters(), lr=5e-3)
history = []
for iteration in range(50):
    meta.zero_grad()
    meta_loss = 0.0
    for _ in range(4):
        task = Task()
        weights = adapt(model, task, steps=2)
        x, y = task.sample(10)
        loss = F.mse_loss(model(x, weights), y) / 4
        loss.backward()
        meta_loss += loss.item()
    meta.step()
    history.append(meta_loss)
    if iteration < 22 or iteration % 7 == 0:
        print("iteration", iteration, "meta loss %.6f" % meta_loss)

task = Task()
for steps in range(4):
    torch.manual_seed(5)
    weights = adapt(model, task, steps, create_graph=False)
    x, y = task.sample(50)
    print("after", steps, "steps", "%.5f" % F.mse_loss(model(x, weights), y).item())
assert sum(history[-10:]) < sum(history[:10])
