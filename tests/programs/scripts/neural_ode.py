"""A neural ODE: Runge-Kutta steps, and an adjoint by a custom Function that keeps no trajectory."""

import torch
import torch.nn as nn

torch.manual_seed(6)
torch.set_default_dtype(torch.float64)


def rk4(f, z, t, dt):
    k1 = f(t, z)
    k2 = f(t + dt / 2, z + dt / 2 * k1)
    k3 = f(t + dt / 2, z + dt / 2 * k2)
    k4 = f(t + dt, z + dt * k3)
    return z + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


class Dynamics(nn.Module):
    def __init__(self, dim, width):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(dim + 1, width), nn.Tanh(), nn.Linear(width, dim))

    def forward(self, t, z):
        return self.net(torch.cat([z, t * torch.ones_like(z[:, :1])], dim=1))

    def flat(self):
        return torch.nn.utils.parameters_to_vector(self.parameters())


class Adjoint(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z0, times, flat, f):
        with torch.no_grad():
            z, path = z0, [z0]
            for a, b in zip(times[:-1], times[1:]):
                z = rk4(f, z, a, b - a)
                path.append(z)
            path = torch.stack(path)
        ctx.f = f
        ctx.save_for_backward(times, path, flat)
        return path

    @staticmethod
    def backward(ctx, dpath):
        f, (times, path, flat) = ctx.f, ctx.saved_tensors
        params = tuple(f.parameters())
        adj = dpath[-1].clone()
        adj_p = torch.zeros_like(flat)

        def augmented(t, state):
            z, a = state[:, :2], state[:, 2:4]
            with torch.enable_grad():
                z = z.detach().requires_grad_(True)
                out = f(t, z)
                dz, *dp = torch.autograd.grad(out, (z,) + params, grad_outputs=-a, allow_unused=True)
            dp = torch.cat([p.reshape(-1) for p in dp]) / z.shape[0]
            return torch.cat([out.detach(), dz, dp.expand(z.shape[0], -1)], dim=1)

        for i in range(len(times) - 1, 0, -1):
            state = torch.cat([path[i], adj, torch.zeros(adj.shape[0], flat.numel())], dim=1)
            state = rk4(augmented, state, times[i], times[i - 1] - times[i])
            adj = state[:, 2:4] + dpath[i - 1]
            adj_p += state[:, 4:].sum(0)
        return adj, None, adj_p, None


times = torch.linspace(0, 2, 9)
A = torch.tensor([[-0.1, 2.0], [-2.0, -0.1]])
z0 = torch.tensor([[2.0, 0.0], [0.0, 1.0], [-1.0, 1.0]])
with torch.no_grad():
    truth = torch.stack([z0 @ torch.matrix_exp(A.t() * t) for t in times])

f = Dynamics(2, 12)
through = [z0]
for a, b in zip(times[:-1], times[1:]):
    through.append(rk4(f, through[-1], a, b - a))
((torch.stack(through) - truth) ** 2).mean().backward()
plain = torch.cat([p.grad.reshape(-1) for p in f.parameters()])
flat = f.flat().detach().requires_grad_()
((Adjoint.apply(z0, times, flat, f) - truth) ** 2).mean().backward()
print(
    "adjoint and backpropagation agree to two digits:",
    ((plain - flat.grad).norm() / plain.norm()).item() < 2e-2,
)

optimizer = torch.optim.Adam(f.parameters(), lr=0.03)
losses = []
for it in range(26):
    path = Adjoint.apply(z0, times, f.flat(), f)
    loss = (path - truth).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    print("Iter %02d | Total Loss %.8f" % (it, losses[-1]))
print(path.dtype, path.shape, torch.get_default_dtype())
assert losses[-1] < 0.8 * losses[0]
