"""A custom autograd.Function: a hard sigmoid with a straight-through gradient, and Legendre polynomials."""

import torch
from torch.autograd import Function, Variable, gradcheck


class Legendre3(Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.save_for_backward(x)
        ctx.scale = scale
        return scale * 0.5 * (5 * x**3 - 3 * x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        grad = None
        if ctx.needs_input_grad[0]:
            grad = grad_output * ctx.scale * 1.5 * (5 * x**2 - 1)
        return grad, None


class StraightThrough(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_non_differentiable()
        return (x > 0).float()

    @staticmethod
    def backward(ctx, g):
        return g.clone()


torch.manual_seed(5)
x = torch.linspace(-3.0, 3.0, 200)
y = torch.sin(x)
coefficients = [torch.full((), v, requires_grad=True) for v in (0.0, -1.0, 0.0, 0.3)]
a, b, c, d = coefficients
losses = []
for t in range(120):
    y_pred = a + b * Legendre3.apply(c + d * x, 1.0)
    loss = (y_pred - y).pow(2).sum()
    losses.append(loss.item())
    if t < 24 or t % 30 == 0:
        print(t, losses[-1])
    loss.backward()
    with torch.no_grad():
        for p in coefficients:
            p -= 2e-5 * p.grad
            p.grad = None
print("y = %.4f + %.4f P3(%.4f + %.4f x)" % (a.item(), b.item(), c.item(), d.item()))

v = Variable(torch.randn(6, dtype=torch.float64), requires_grad=True)
print("gradcheck", gradcheck(lambda t: Legendre3.apply(t, 2.0), (v,)))
u = torch.randn(5, requires_grad=True)
bits = StraightThrough.apply(u)
(bits * torch.arange(5.0)).sum().backward()
print(bits, u.grad)
print(type(bits.grad_fn).__name__)
assert losses[-1] < losses[0]
