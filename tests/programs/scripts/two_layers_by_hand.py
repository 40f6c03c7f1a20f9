"""A network of two layers whose gradients are written out by hand, with tensors and nothing else."""

import torch

dtype = torch.FloatTensor
torch.manual_seed(11)

batch, n_in, n_hidden, n_out = 48, 20, 32, 4
x = torch.randn(batch, n_in).type(dtype)
y = torch.randn(batch, n_out).type(dtype)
w1 = torch.randn(n_in, n_hidden).type(dtype) * 0.1
w2 = torch.randn(n_hidden, n_out).type(dtype) * 0.1

step = 2e-4
history = []
for t in range(60):
    hidden = x.mm(w1)
    active = hidden.clamp(min=0)
    out = active.mm(w2)

    loss = (out - y).pow(2).sum().item()
    history.append(loss)
    if t < 20 or t % 10 == 0:
        print(t, loss)

    d_out = 2.0 * (out - y)
    d_w2 = active.t().mm(d_out)
    d_active = d_out.mm(w2.t())
    d_hidden = d_active.clone()
    d_hidden[hidden < 0] = 0
    d_w1 = x.t().mm(d_hidden)

    w1 -= step * 10 * d_w1
    w2 -= step * 10 * d_w2

print(w1.size(), w2.size(), w1.type())
print("norms", w1.norm().item(), w2.norm().item())
assert history[-1] < 0.8 * history[0]
