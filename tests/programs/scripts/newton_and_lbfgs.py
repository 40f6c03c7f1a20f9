"""Logistic regression by Newton's method, and Rosenbrock's valley by L-BFGS; second derivatives both ways."""

import torch
from torch.autograd.functional import hessian, hvp, jacobian

torch.manual_seed(12)
torch.set_printoptions(precision=5)
X = torch.cat([torch.randn(60, 3, dtype=torch.float64), torch.ones(60, 1, dtype=torch.float64)], 1)
w_true = torch.tensor([1.5, -2.0, 0.5, 0.3], dtype=torch.float64)
y = torch.bernoulli(torch.sigmoid(X @ w_true))


def objective(w):
    z = X @ w
    return torch.nn.functional.binary_cross_entropy_with_logits(z, y) + 0.01 * w.dot(w)


w = torch.zeros(4, dtype=torch.float64)
for i in range(6):
    g = jacobian(objective, w)
    H = hessian(objective, w)
    w = w - torch.linalg.solve(H, g)
    print("newton", i, "%.10f" % objective(w).item(), "%.2e" % max(g.norm().item(), 1e-9))
print(w)
L = torch.linalg.cholesky(H)
print("condition %.5f" % torch.linalg.cond(H), "logdet %.6f" % (2 * L.diagonal().log().sum()).item())
print("hvp", hvp(objective, w, torch.ones_like(w))[1])

u = torch.zeros(4, dtype=torch.float64, requires_grad=True)
damping, previous = 1e-2, None
for i in range(20):
    loss = objective(u)
    (g,) = torch.autograd.grad(loss, u, create_graph=True)
    step, r = torch.zeros_like(u), -g.detach()
    p = r.clone()
    for _ in range(2):  # conjugate gradients on the Hessian, which is never formed
        Hp = torch.autograd.grad(g, u, grad_outputs=p, retain_graph=True)[0] + damping * p
        alpha = r.dot(r) / p.dot(Hp)
        step += alpha * p
        new = r - alpha * Hp
        p = new + (new.dot(new) / r.dot(r)) * p
        r = new
    u.data += 0.5 * step
    print("newton-cg", i, "%.9f" % loss)
print("distance %.4f" % torch.dist(u, w))

v = torch.tensor([-1.2, 1.0], requires_grad=True)
optimizer = torch.optim.LBFGS([v], lr=1, max_iter=20, line_search_fn="strong_wolfe")


def closure():
    optimizer.zero_grad()
    loss = (1 - v[0]) ** 2 + 100 * (v[1] - v[0] ** 2) ** 2
    loss.backward()
    return loss


values = [optimizer.step(closure).item() for _ in range(3)]
print("rosenbrock %.5f" % values[0], values[-1] < 1e-3, v.detach().round())
assert torch.dist(v.detach(), torch.ones(2)) < 1e-2
