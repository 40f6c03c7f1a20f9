"""Regression by a Gaussian process: Cholesky factors, the marginal likelihood by Adam and then by LBFGS."""

import math
import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(11)


class GP(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_parameter("log_ls", nn.Parameter(torch.zeros(1)))
        self.log_sf = nn.Parameter(torch.tensor(0.0))
        self.log_sn = nn.Parameter(torch.tensor(-2.0))

    def kernel(self, a, b):
        return (2 * self.log_sf).exp() * torch.exp(-0.5 * torch.cdist(a, b).pow(2) / (2 * self.log_ls).exp())

    def nll(self, x, y):
        K = self.kernel(x, x) + (2 * self.log_sn).exp() * torch.eye(len(x))
        L = torch.linalg.cholesky(K)
        alpha = torch.cholesky_solve(y.unsqueeze(-1), L).squeeze(-1)
        return 0.5 * y.dot(alpha) + L.diagonal().log().sum() + 0.5 * len(x) * math.log(2 * math.pi)

    @torch.no_grad()
    def predict(self, x, y, xs):
        K = self.kernel(x, x)
        K.diagonal().add_((2 * self.log_sn).exp())
        L = torch.linalg.cholesky(K)
        Ks = self.kernel(x, xs)
        v = torch.linalg.solve_triangular(L, Ks, upper=False)
        mu = Ks.t() @ torch.cholesky_solve(y[:, None], L)
        return mu.squeeze(), self.kernel(xs, xs).diag() - (v * v).sum(0)


x = torch.linspace(-3, 3, 25).reshape(-1, 1) + 0.1 * torch.rand(25, 1)
y = torch.sin(2 * x).squeeze() + 0.1 * torch.randn(25)
gp = GP()
opt = torch.optim.Adam(gp.parameters(), lr=0.05)
sched = torch.optim.lr_scheduler.MultiStepLR(opt, [10, 15], gamma=0.3)
for i in range(20):
    opt.zero_grad()
    loss = gp.nll(x, y)
    loss.backward()
    opt.step()
    sched.step()
    print(
        f"{i:3d} {loss.item():.6f} ls {gp.log_ls.exp().item():.4f} sn {gp.log_sn.detach().exp():.4f} lr {sched.get_last_lr()[0]:.4g}"
    )
mu, var = gp.predict(x, y, torch.linspace(-3, 3, 5)[:, None])
print(mu, var, mu.dtype)
mvn = torch.distributions.MultivariateNormal(
    torch.zeros(25), covariance_matrix=gp.kernel(x, x) + (2 * gp.log_sn).exp() * torch.eye(25)
)
print(-mvn.log_prob(y), gp.nll(x, y), mvn.entropy().item())
opt = torch.optim.LBFGS(gp.parameters(), lr=1, max_iter=10, line_search_fn="strong_wolfe")


def closure():
    opt.zero_grad()
    l = gp.nll(x, y)
    l.backward()
    return l


print(opt.step(closure), closure())
H = torch.autograd.functional.hessian(
    lambda a: torch.logdet(torch.exp(-torch.cdist(x[:4], x[:4]) * a) + 0.1 * torch.eye(4)), torch.tensor(0.7)
)
print(H)
print(torch.linalg.eigvalsh(gp.kernel(x, x).detach())[-3:])
A = torch.randn(4, 4)
S = A @ A.mT + 4 * torch.eye(4)
L = torch.linalg.cholesky(S)
print(
    torch.allclose(L @ L.mT, S),
    torch.allclose(torch.cholesky_inverse(L) @ S, torch.eye(4)),
    torch.linalg.cond(S),
    torch.logdet(S),
)
print(L, L.tril().eq(L).all(), torch.linalg.lstsq(A, S).solution.shape)
torch.set_default_dtype(torch.float32)
print(gp, [p for p in gp.parameters()])
assert closure().item() < loss.item()
