"""No network at all: PCA by SVD and eigh, k-means, a ridge regression and a power iteration."""

import torch

torch.manual_seed(8)
k, n, d = 3, 50, 6
centres = 4 * torch.randn(k, d)
x = torch.cat([c + torch.randn(n, d) for c in centres])
x = x[torch.randperm(len(x))]
mean = x.mean(dim=0, keepdim=True)
xc = x - mean

U, S, Vh = torch.linalg.svd(xc, full_matrices=False)
cov = xc.t().mm(xc) / (len(x) - 1)
values, vectors = torch.linalg.eigh(cov)
print("explained", (S**2 / (S**2).sum()))
print("eigh agrees with svd:", torch.allclose(values.flip(0), S**2 / (len(x) - 1), rtol=1e-4))
print("cov agrees:", torch.allclose(cov, torch.cov(x.T), rtol=1e-4, atol=1e-5))
sign = torch.sign(Vh[:2].sum(dim=1, keepdim=True))
z = xc @ (Vh[:2] * sign).T
print("projected", z.shape, z[:2].abs())

means = x[:k].clone()
for step in range(8):
    distance = torch.cdist(x, means)
    least, assign = distance.min(dim=1)
    inertia = least.pow(2).sum().item()
    counts = torch.bincount(assign, minlength=k)
    sums = torch.zeros_like(means).scatter_add_(0, assign[:, None].expand(-1, d), x)
    means = sums / counts.clamp(min=1).unsqueeze(1).float()
    print("k-means %d inertia %.4f counts %s" % (step, inertia, sorted(counts.tolist())))

target = x @ torch.arange(1.0, d + 1) + 0.1 * torch.randn(len(x))
A = torch.cat([x, torch.ones(len(x), 1)], dim=1)
ridge = torch.linalg.solve(A.T @ A + 1e-3 * torch.eye(d + 1), A.T @ target)
least_squares = torch.linalg.lstsq(A, target.unsqueeze(1)).solution.squeeze()
print("ridge", ridge)
print(
    "lstsq close:",
    torch.allclose(ridge, least_squares, atol=1e-2),
    "pinv close:",
    torch.allclose(torch.linalg.pinv(A) @ target, least_squares, atol=1e-2),
)
Q, R = torch.linalg.qr(A)
print(
    "qr",
    torch.allclose(Q @ R, A, atol=1e-4),
    torch.triu(R).equal(R),
    "rank",
    torch.linalg.matrix_rank(A).item(),
)

v = torch.ones(d)
for step in range(20):
    w = cov @ v
    v = w / w.norm()
    print("power %d %.6f" % (step, torch.dot(v, cov @ v)))
print(
    "largest %.4f" % values[-1],
    "det %.4e" % torch.linalg.det(cov),
    "slogdet %.5f" % torch.linalg.slogdet(cov)[1],
)

# Gradients through an eigendecomposition: maximise the smallest eigenvalue under a fixed trace.
raw = torch.randn(4, 4, requires_grad=True)
history = []
for step in range(25):
    M = raw @ raw.mT
    M = 4 * M / M.trace()
    loss = -torch.linalg.eigvalsh(M)[0]
    loss.backward()
    with torch.no_grad():
        raw -= 0.1 * raw.grad
    raw.grad = None
    history.append(loss.item())
    print("eig %d %.6f" % (step, loss.item()))
assert history[-1] < history[0]
