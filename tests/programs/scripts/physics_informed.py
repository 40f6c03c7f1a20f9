"""Burgers-like heat equation u_t = nu u_xx by a network: derivatives of the network enter its loss."""

import numpy as np
import torch
from torch import autograd, nn, optim

torch.manual_seed(1234)
np.random.seed(1234)
nu = 0.2


class DNN(torch.nn.Module):
    def __init__(self, layers):
        super(DNN, self).__init__()
        self.depth = len(layers) - 1
        self.activation = torch.nn.Tanh
        parts = []
        for i in range(self.depth - 1):
            parts.append(("layer_%d" % i, nn.Linear(layers[i], layers[i + 1])))
            parts.append(("activation_%d" % i, self.activation()))
        parts.append(("layer_%d" % (self.depth - 1), nn.Linear(layers[-2], layers[-1])))
        from collections import OrderedDict

        self.layers = nn.Sequential(OrderedDict(parts))

    def forward(self, x):
        return self.layers(x)


class PINN:
    def __init__(self):
        self.dnn = DNN([2, 16, 16, 1])
        self.nu = nn.Parameter(torch.tensor([0.05]))
        self.dnn.register_parameter("nu", self.nu)
        xt = np.random.rand(60, 2).astype(np.float32)
        self.x = torch.tensor(xt[:, 0:1] * np.pi, requires_grad=True).float()
        self.t = torch.tensor(xt[:, 1:2], requires_grad=True).float()
        self.u = torch.exp(-nu * self.t) * torch.sin(self.x)
        self.u = self.u.detach()
        self.optimizer = optim.Adam(self.dnn.parameters(), lr=0.01)

    def net_u(self, x, t):
        return self.dnn(torch.cat([x, t], dim=1))

    def net_f(self, x, t):
        u = self.net_u(x, t)
        u_t = autograd.grad(u, t, grad_outputs=torch.ones_like(u), retain_graph=True, create_graph=True)[0]
        u_x = autograd.grad(u, x, grad_outputs=torch.ones_like(u), retain_graph=True, create_graph=True)[0]
        u_xx = autograd.grad(u_x, x, grad_outputs=torch.ones_like(u_x), retain_graph=True, create_graph=True)[
            0
        ]
        return u_t - self.nu * u_xx

    def loss(self):
        mse_u = torch.mean((self.u - self.net_u(self.x, self.t)) ** 2)
        mse_f = torch.mean(self.net_f(self.x, self.t) ** 2)
        return mse_u, mse_f

    def train(self, n):
        self.dnn.train()
        history = []
        for it in range(n):
            mse_u, mse_f = self.loss()
            loss = mse_u + mse_f
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            history.append(loss.item())
            if it < 22 or it % 20 == 0:
                print(
                    "It: %d, Loss: %.4e, u: %.4e, f: %.4e, nu: %.5f"
                    % (it, loss.item(), mse_u.item(), mse_f.item(), self.nu.item())
                )
        return history


model = PINN()
history = model.train(81)
model.optimizer = optim.LBFGS(
    model.dnn.parameters(), lr=1.0, max_iter=4, history_size=10, line_search_fn="strong_wolfe"
)


def closure():
    model.optimizer.zero_grad()
    loss = sum(model.loss())
    loss.backward()
    return loss


for step in range(2):
    print("L-BFGS %.3e" % model.optimizer.step(closure).item())
print(list(dict(model.dnn.named_parameters()))[:3], model.x.is_leaf)
assert history[-1] < 0.3 * history[0]
