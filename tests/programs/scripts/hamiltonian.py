"""A Hamiltonian network: gradients of an energy by autograd, and again by func's transformations."""

import torch, argparse
import torch.nn as nn
from torch.func import functional_call, vmap, grad, jacrev, jacfwd, hessian, jvp, vjp

parser = argparse.ArgumentParser(description=None)
parser.add_argument("--hidden_dim", default=20, type=int)
parser.add_argument("--learn_rate", default=1e-2, type=float)
parser.add_argument("--baseline", dest="baseline", action="store_true")
parser.set_defaults(feature=True)
args = parser.parse_args([])
torch.manual_seed(0)


class MLP(torch.nn.Module):
    def __init__(self, input_dim, hidden_dim, output_dim):
        super(MLP, self).__init__()
        self.linear1 = torch.nn.Linear(input_dim, hidden_dim)
        self.linear2 = torch.nn.Linear(hidden_dim, hidden_dim)
        self.linear3 = torch.nn.Linear(hidden_dim, output_dim, bias=None)
        for l in [self.linear1, self.linear2, self.linear3]:
            torch.nn.init.orthogonal_(l.weight)

    def forward(self, x):
        return self.linear3(self.linear2(self.linear1(x).tanh()).tanh())


class HNN(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net
        M = torch.eye(2)
        self.M = torch.cat([M[1:], -M[:1]])

    def time_derivative(self, x):
        F2 = self.net(x)
        dF2 = torch.autograd.grad(F2.sum(), x, create_graph=True)[0]
        return dF2 @ self.M.t()


def dynamics(z):
    return torch.stack([z[..., 1], -torch.sin(z[..., 0])], -1)


x = (torch.rand(64, 2) * 2 - 1).requires_grad_()
dx = dynamics(x.detach())
model = HNN(MLP(2, args.hidden_dim, 1))
optim = torch.optim.Adam(model.parameters(), args.learn_rate, weight_decay=1e-4)
for step in range(20):
    ixs = torch.randperm(x.shape[0])[:32]
    loss = (model.time_derivative(x[ixs]) - dx[ixs]).pow(2).mean()
    loss.backward()
    optim.step()
    optim.zero_grad()
    print("step {}, train_loss {:.4e}".format(step, loss.item()))
print(model.M, x.grad.shape if x.grad is not None else None)


def rk4(f, z, dt):
    k1 = f(z)
    k2 = f(z + dt * k1 / 2)
    k3 = f(z + dt * k2 / 2)
    k4 = f(z + dt * k3)
    return z + dt * (k1 + 2 * k2 + 2 * k3 + k4) / 6


z = torch.tensor([[1.0, 0.0]])
for i in range(3):
    z = rk4(lambda q: model.time_derivative(q.detach().requires_grad_()).detach(), z, 0.1)
    print(z)
params = {k: v.detach() for k, v in model.net.named_parameters()}


def H(params, q):
    return functional_call(model.net, params, (q,)).squeeze(-1)


pts = x.detach()[:5]
print(vmap(grad(H, argnums=1), in_dims=(None, 0))(params, pts))
print(vmap(hessian(lambda q: H(params, q)))(pts)[0])
print(jacfwd(lambda q: dynamics(q))(pts[0]), jacrev(dynamics)(pts[0]))
out, tang = jvp(lambda q: H(params, q), (pts,), (torch.ones_like(pts),))
print(out, tang)
out, f = vjp(lambda q: H(params, q), pts)
print(f(torch.ones(5))[0].norm(dim=1))
per = vmap(grad(lambda p, q: H(p, q) ** 2), (None, 0))(params, pts)
print({k: tuple(v.shape) for k, v in per.items()}, per["linear1.bias"].sum())
assert loss.item() < 0.5
