"""Forward mode: levels, duals, views, in-place operations, Functions.

Each program runs with both libraries, and must make the same things: see `conftest`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

PROGRAMS = """
# materialized tangents
fwAD = torch.autograd.forward_ad
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y, k):
        return x * y
    @staticmethod
    def jvp(ctx, tx, ty, tk):
        rec.append((tx is None, ty is None, tk is None))
        return tx
    @staticmethod
    def backward(ctx, g): return g, g, None
rec = []
x = torch.ones(2) * 3; y = torch.ones(2) * 5
with fwAD.dual_level():
    d = fwAD.make_dual(x, torch.ones(2))
    p, t = fwAD.unpack_dual(F.apply(d, y, 4))

# jvp returns wrong count
fwAD = torch.autograd.forward_ad
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def jvp(ctx, tx): return tx, tx
with fwAD.dual_level():
    d = fwAD.make_dual(torch.ones(2), torch.ones(2))
    e = raises(lambda: F.apply(d), None, RuntimeError)

# level management
fwAD = torch.autograd.forward_ad
e1 = raises(lambda: fwAD.make_dual(torch.ones(2), torch.ones(2)), 'no level exists')
l = fwAD.enter_dual_level()
e2 = raises(lambda: fwAD.enter_dual_level(), 'Nested')
fwAD.exit_dual_level()
e3 = raises(lambda: fwAD.exit_dual_level())
with fwAD.dual_level():
    pass
x = torch.ones(2)
u = fwAD.unpack_dual(x).tangent is None

# size and dtype checks
fwAD = torch.autograd.forward_ad
foo = torch.rand(2)
tang = torch.rand(3)
with fwAD.dual_level():
    e1 = raises(lambda: fwAD.make_dual(foo, tang), 'Trying to set a forward gradient that has a different size')
    e2 = raises(lambda: fwAD.make_dual(foo, torch.ones(2).double()), 'Expected|expects|same')
    e3 = raises(lambda: fwAD.make_dual(torch.tensor([1]), torch.tensor([1])), 'Expected primal to be floating', ValueError)
    d = fwAD.make_dual(foo, torch.ones(2))
    e4 = raises(lambda: fwAD.make_dual(d, torch.ones(2)), 'has a forward gradient at the same level')

# set tangent with its own tangent
fwAD = torch.autograd.forward_ad
foo = torch.rand(2)
with fwAD.dual_level():
    d = fwAD.make_dual(foo, torch.ones(2))
    e = raises(lambda: fwAD.make_dual(torch.ones(2), d), 'has a forward gradient at the same level')

# packing
fwAD = torch.autograd.forward_ad
foo = torch.rand(2); bar = torch.rand(2)
with fwAD.dual_level():
    baz = fwAD.make_dual(foo, bar)
    p, t = fwAD.unpack_dual(baz)
    samev = baz is foo, t is bar, p is foo, p.data_ptr() == foo.data_ptr(), t.data_ptr() == bar.data_ptr()
    isv = baz._is_view(), p._is_view()
    pl = type(fwAD.unpack_dual(baz)).__name__
after = fwAD.unpack_dual(baz).tangent is None
n = baz * 2

# advanced packing: grad through
fwAD = torch.autograd.forward_ad
foo = torch.rand(2, requires_grad=True); bar = torch.ones(2, requires_grad=True)
with fwAD.dual_level():
    dual = fwAD.make_dual(foo, bar)
    p, t = fwAD.unpack_dual(dual)
    r = p.requires_grad, t.requires_grad, p.is_leaf
    z = fwAD.unpack_dual(dual * dual).tangent
z.sum().backward()

# view of dual
fwAD = torch.autograd.forward_ad
with fwAD.dual_level():
    d = fwAD.make_dual(torch.arange(4.).reshape(2, 2), torch.ones(2, 2))
    v = d[0]
    v.mul_(3)
    t = fwAD.unpack_dual(d).tangent.clone()
    tv = fwAD.unpack_dual(v).tangent.clone()
    w = d.t()
    d.mul_(2)
    tw = fwAD.unpack_dual(w).tangent.clone()

# view then in place copy of dual into view
fwAD = torch.autograd.forward_ad
with fwAD.dual_level():
    base = torch.zeros(3)
    v = base[1:]
    v.copy_(fwAD.make_dual(torch.ones(2), torch.full((2,), 5.)))
    t = fwAD.unpack_dual(base).tangent.clone()
    tv = fwAD.unpack_dual(v).tangent.clone()
    v2 = base[0:2]
    tv2 = fwAD.unpack_dual(v2).tangent.clone()

# non differentiable
fwAD = torch.autograd.forward_ad
with fwAD.dual_level():
    d = fwAD.make_dual(torch.rand(2), torch.ones(2))
    a = torch.eq(d, d)
    b = d.argmax()
    c = fwAD.unpack_dual(d.sign()).tangent
    e = fwAD.unpack_dual(d.detach()).tangent is None
    f = fwAD.unpack_dual(d.clone()).tangent
    g = fwAD.unpack_dual(torch.zeros_like(d)).tangent is None
    h = fwAD.unpack_dual(d.to(torch.float64)).tangent
    i = fwAD.unpack_dual(d.floor()).tangent

# print
fwAD = torch.autograd.forward_ad
with fwAD.dual_level():
    a = fwAD.make_dual(torch.tensor([1., 2.]), torch.tensor([3., 4.]))
    s = str(a)

# fwd_grad_enabled
fwAD = torch.autograd.forward_ad
with fwAD.dual_level():
    d = fwAD.make_dual(torch.ones(2), torch.ones(2))
    with fwAD._set_fwd_grad_enabled(False):
        t = fwAD.unpack_dual(d * 2).tangent is None
        tt = fwAD.unpack_dual(d).tangent
    u = fwAD.unpack_dual(d * 2).tangent

# no_grad and requires_grad
fwAD = torch.autograd.forward_ad
x = torch.ones(2, requires_grad=True)
with fwAD.dual_level():
    d = fwAD.make_dual(x, torch.ones(2))
    with torch.no_grad():
        y = d * d
    p, t = fwAD.unpack_dual(y)
    r = y.requires_grad, d.requires_grad, d.is_leaf
    z = d * d
    r2 = z.requires_grad, fwAD.unpack_dual(z).tangent.requires_grad

# tangent is used as it is by in place
fwAD = torch.autograd.forward_ad
t = torch.ones(2)
with fwAD.dual_level():
    d = fwAD.make_dual(torch.ones(2), t)
    d.mul_(3)
    t2 = fwAD.unpack_dual(d).tangent
    same = t2 is t

# in-place random / fill
fwAD = torch.autograd.forward_ad
with fwAD.dual_level():
    d = fwAD.make_dual(torch.ones(2), torch.ones(2))
    d.fill_(4.)
    a = fwAD.unpack_dual(d).tangent
    d = fwAD.make_dual(torch.ones(2), torch.ones(2))
    d.zero_()
    b = fwAD.unpack_dual(d).tangent
    d = fwAD.make_dual(torch.ones(2), torch.ones(2))
    d[0] = 5.
    c = fwAD.unpack_dual(d).tangent

# forward over reverse
fwAD = torch.autograd.forward_ad
x = torch.tensor([1., 2.], requires_grad=True)
with fwAD.dual_level():
    d = fwAD.make_dual(x, torch.tensor([1., 3.]))
    y = (d ** 3).sum()
    g, = torch.autograd.grad(y, d)
    t = fwAD.unpack_dual(g).tangent
    y = (d.exp() * d).sum()
    g2, = torch.autograd.grad(y, x)
    t2 = fwAD.unpack_dual(g2).tangent

# forward over reverse backward()
fwAD = torch.autograd.forward_ad
x = torch.tensor([1., 2.], requires_grad=True)
with fwAD.dual_level():
    d = fwAD.make_dual(x, torch.tensor([1., 3.]))
    (d ** 3).sum().backward()
    t = fwAD.unpack_dual(x.grad).tangent
g = x.grad

# reverse of custom function in level
fwAD = torch.autograd.forward_ad
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x); ctx.save_for_forward(x)
        return x ** 3
    @staticmethod
    def jvp(ctx, t):
        x, = ctx.saved_tensors
        return 3 * x ** 2 * t
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return 3 * x ** 2 * g
x = torch.tensor([1., 2.], requires_grad=True)
with fwAD.dual_level():
    d = fwAD.make_dual(x, torch.tensor([1., 3.]))
    y = F.apply(d)
    t = fwAD.unpack_dual(y).tangent
    g, = torch.autograd.grad(y.sum(), x, retain_graph=True)

# custom function in place forward mode
fwAD = torch.autograd.forward_ad
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x
    @staticmethod
    def jvp(ctx, t):
        return t.mul_(2)
    @staticmethod
    def backward(ctx, g): return 2 * g
with fwAD.dual_level():
    d = fwAD.make_dual(torch.ones(2), torch.ones(2))
    y = F.apply(d)
    same = y is d
    t = fwAD.unpack_dual(y).tangent

# matmul linear conv
fwAD = torch.autograd.forward_ad
F = torch.nn.functional
x = torch.randn(2, 3, 8, 8); w = torch.randn(4, 3, 3, 3)
with fwAD.dual_level():
    d = fwAD.make_dual(x, torch.ones_like(x))
    t = fwAD.unpack_dual(F.conv2d(d, w).relu().mean()).tangent
    m = torch.nn.Linear(3, 2)
    t2 = fwAD.unpack_dual(F.layer_norm(fwAD.make_dual(torch.arange(6.).reshape(2, 3), torch.arange(6.).reshape(2, 3) ** 2), (3,))).tangent
    t3 = fwAD.unpack_dual(fwAD.make_dual(torch.arange(1, 6.), torch.arange(5.)).cumprod(0)).tangent
"""  # noqa: E501


@pytest.mark.filterwarnings("ignore")
def test_programs_do_what_they_do_in_pytorch(program: str, agree: Callable[..., None]) -> None:
    agree(program)
