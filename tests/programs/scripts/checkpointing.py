"""Memory tricks: gradient checkpointing, accumulation over micro-batches, clipping; all of them exact."""

import contextlib
import torch
import torch.nn as nn
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

torch.manual_seed(4)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        return x + self.drop(self.down(torch.nn.functional.gelu(self.up(self.norm(x)), approximate="tanh")))


class Deep(nn.Module):
    def __init__(self, width=16, depth=4, frugal=False):
        super().__init__()
        self.blocks = nn.ModuleList(Block(width) for _ in range(depth))
        self.head = nn.Linear(width, 1)
        self.frugal = frugal

    def forward(self, x):
        for i, block in enumerate(self.blocks):
            if self.frugal and self.training:
                x = checkpoint(block, x, use_reentrant=bool(i % 2))
            else:
                x = block(x)
        return self.head(x)


x, y = torch.randn(48, 16), torch.randn(48, 1)
x.requires_grad_()


def run(frugal, pieces, steps=24):
    torch.manual_seed(9)
    model = Deep(frugal=frugal)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    trace = []
    for step in range(steps):
        optimizer.zero_grad()
        total = 0.0
        for bx, by in zip(x.chunk(pieces), y.chunk(pieces)):
            loss = nn.functional.huber_loss(model(bx), by, delta=1.0) / pieces
            loss.backward()
            total += loss.item()
        norm = torch.nn.utils.clip_grad_norm_(
            model.parameters(), max_norm=0.5, norm_type=2.0, error_if_nonfinite=True
        )
        optimizer.step()
        trace.append((total, norm.item()))
    return model, trace


plain, a = run(False, 1)
frugal, b = run(True, 1)
_, c = run(True, 3)
for step, ((la, na), (lb, _), (lc, nc)) in enumerate(zip(a, b, c)):
    print(f"{step:2d} {la:.6f} {lb:.6f} {lc:.6f} norms {na:.5f} {nc:.5f}")
print("the same to rounding:", all(abs(p[0] - q[0]) < 1e-5 for p, q in zip(a, b)))

layers = nn.Sequential(*[nn.Sequential(nn.Linear(16, 16), nn.Tanh()) for _ in range(6)])
out = checkpoint_sequential(layers, 3, x, use_reentrant=False)
(gx,) = torch.autograd.grad(out.square().sum(), x)
(hx,) = torch.autograd.grad(layers(x).square().sum(), x)
print("sequential", torch.equal(gx, hx), "%.5f" % gx.norm())
packed = []
with torch.autograd.graph.saved_tensors_hooks(
    lambda t: packed.append(t.shape) or t.half(), lambda t: t.float()
):
    loss = layers(x).pow(2).mean()
loss.backward()
print("saved", len(packed) > 6, "%.3f" % layers[0][0].weight.grad.norm())
with torch.no_grad() if not plain.training else contextlib.nullcontext():
    print(plain(x).requires_grad)
assert a[-1][0] < a[0][0]
