# The same idea with requires_grad, manual SGD under no_grad, and float64 on purpose.
import torch

torch.manual_seed(2)
device = torch.device("cpu")
dtype = torch.double

N, D, H, C = 64, 30, 16, 5
X = torch.randn(N, D, device=device, dtype=dtype)
T = torch.sin(X[:, :C] * 2) + 0.1 * torch.randn(N, C, device=device, dtype=dtype)

W1 = (torch.randn(D, H, device=device, dtype=dtype) / D**0.5).requires_grad_()
b1 = torch.zeros(H, device=device, dtype=dtype, requires_grad=True)
W2 = (torch.randn(H, C, device=device, dtype=dtype) / H**0.5).requires_grad_(True)

lr = 0.05
first = None
for it in range(80):
    pred = (X @ W1 + b1).clamp(min=0.0).mm(W2)
    loss = ((pred - T) ** 2).mean()
    if first is None:
        first = loss.item()
    loss.backward()
    with torch.no_grad():
        for p in (W1, b1, W2):
            p -= lr * 5 * p.grad
            p.grad.zero_()
    if it < 20 or it % 20 == 19:
        print("iter {:3d}  loss {:.8f}".format(it, loss.item()))

print(loss)
print(W2[:2])
print(b1.grad, W1.is_leaf, pred.grad_fn is not None, pred.requires_grad)
assert loss.item() < 0.6 * first
