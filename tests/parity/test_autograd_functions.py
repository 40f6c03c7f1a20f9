"""`autograd.Function`: contexts, saved tensors, results, and what is refused.

Each program runs with both libraries, and must make the same things: see `conftest`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

PROGRAMS = """
# function basic
Function = torch.autograd.Function
class MyF(Function):
    @staticmethod
    def forward(ctx, t1, s, t2):
        ctx.s = s
        ctx.save_for_backward(t1, t2)
        return t1 + s * t2 + t1 * t2
    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return g + g * b, None, g * ctx.s + g * a
x = torch.arange(4., requires_grad=True)
y = torch.ones(4, requires_grad=True)
r = MyF.apply(x, 2, y)
r.sum().backward()
name = r.grad_fn.name()
s = r.grad_fn.s
t = type(r.grad_fn).__name__
st = [v.detach() for v in MyF.apply(x, 2, y).grad_fn.saved_tensors]

# function returns input
class MyF(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x
    @staticmethod
    def backward(ctx, g): return g * 2
shapes=[]
out=[]
for shape in [(1,), ()]:
    v = torch.ones(shape, requires_grad=True)
    MyF.apply(v).backward()
    out.append(v.grad)
    with torch.no_grad():
        v.grad.zero_()
    MyF.apply(v.clone()).backward()
    out.append(v.grad)

# function returns undefined tensor
class MyF(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def backward(ctx, g): return None
x = torch.ones(1, requires_grad=True)
MyF.apply(x).backward()
g1 = x.grad is None
MyF.apply(x ** 2).backward()
g2 = x.grad is None
MyF.apply(x).sum().backward()
g3 = x.grad is None
r = torch.autograd.grad(MyF.apply(x), x, allow_unused=True)[0] is None

# set materialize grads False
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.set_materialize_grads(False)
        return x.clone(), y.clone()
    @staticmethod
    def backward(ctx, a, b):
        rec.append((a is None, b is None))
        return a, b
rec = []
x = torch.ones(2, requires_grad=True); y = torch.ones(2, requires_grad=True)
a, b = F.apply(x, y)
a.sum().backward()

# materialize non-differentiable outputs
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        o = (x * 2).detach()
        ctx.mark_non_differentiable(o)
        return x.clone(), o
    @staticmethod
    def backward(ctx, a, b):
        rec.append((b is None, None if b is None else b.sum().item()))
        return a
rec = []
x = torch.ones(2, requires_grad=True)
a, b = F.apply(x)
rg = b.requires_grad
(a.sum()).backward()

# legacy function: apply on instance
class F(torch.autograd.Function):
    def forward(self, x): return x
    def backward(self, g): return g
e = raises(lambda: F()(torch.ones(2)), 'Legacy autograd function with non-static forward method is deprecated', RuntimeError)

# invalid gradients
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def backward(ctx, g): return torch.randn(10, dtype=torch.float)
x = torch.randn(5, requires_grad=True)
e = raises(lambda: F.apply(x).sum().backward(), 'expected shape', RuntimeError)

# unrelated inputs
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y): return x * x
    @staticmethod
    def backward(ctx, g): return g
x = torch.ones(2, requires_grad=True)
e = raises(lambda: F.apply(x, 1).sum().backward(), 'incorrect number of gradients', RuntimeError)

# mark dirty not returned
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x.add_(1)
        ctx.mark_dirty(x)
        return x.clone()
    @staticmethod
    def backward(ctx, g): return g
x = torch.ones(2, requires_grad=True)
y = x * 1
e = raises(lambda: F.apply(y))

# mark dirty on leaf
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x.add_(1)
        ctx.mark_dirty(x)
        return x
    @staticmethod
    def backward(ctx, g): return g
x = torch.ones(2, requires_grad=True)
e = raises(lambda: F.apply(x), 'a leaf Variable that requires grad is being used in an in-place operation.')

# mark dirty view of leaf
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x.add_(1)
        ctx.mark_dirty(x)
        return x
    @staticmethod
    def backward(ctx, g): return g
x = torch.ones(2, requires_grad=True)
e = raises(lambda: F.apply(x[0:1]), 'a view of a leaf Variable that requires grad is being used in an in-place operation')

# mark dirty identity
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x
    @staticmethod
    def backward(ctx, g): return g * 2
x = torch.ones(2, requires_grad=True)
y = x.clone()
z = F.apply(y)
same = z is y
z.sum().backward()
v = y._version

# mark dirty with a view
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x
    @staticmethod
    def backward(ctx, g): return g * 2
x = torch.ones(4, requires_grad=True)
b = x.clone()
v = b[:2]
z = F.apply(v)
same = z is v
(b * torch.arange(4.)).sum().backward()

# mark dirty of tensor without grad, other input with
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        a.add_(b)
        ctx.mark_dirty(a)
        return a
    @staticmethod
    def backward(ctx, g): return g, g
a = torch.zeros(2); b = torch.ones(2, requires_grad=True)
r = F.apply(a, b)
same = r is a
r.sum().backward()

# needs_input_grad
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b, c):
        rec.append(ctx.needs_input_grad)
        return a * b
    @staticmethod
    def backward(ctx, g):
        rec.append(ctx.needs_input_grad)
        return g, g, None
rec = []
a = torch.ones(2); b = torch.ones(2, requires_grad=True)
F.apply(a, b, 3).sum().backward()

# once differentiable
once_differentiable = torch.autograd.function.once_differentiable
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x
    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        rec.append(torch.is_grad_enabled())
        (x,) = ctx.saved_tensors
        return g * 2 * x
rec = []
x = torch.ones(2, requires_grad=True)
y = F.apply(x).sum()
g, = torch.autograd.grad(y, x, create_graph=True)
rg = g.requires_grad
e = raises(lambda: g.sum().backward(), 'marked with @once_differentiable', RuntimeError)

# function with non-tensor outputs
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2, 'hi', None, 7
    @staticmethod
    def backward(ctx, g, *rest):
        rec.append([r is None for r in rest])
        return g * 2
rec = []
x = torch.ones(2, requires_grad=True)
a, b, c, d = F.apply(x)
a.sum().backward()

# nested function in forward
class Inner(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 3
    @staticmethod
    def backward(ctx, g): return g * 3
class Outer(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            y = Inner.apply(x)
        ctx.x, ctx.y = x, y
        return y.detach()
    @staticmethod
    def backward(ctx, g):
        return torch.autograd.grad(ctx.y, ctx.x, g)[0]
x = torch.ones(2, requires_grad=True)
Outer.apply(x).sum().backward()

# save_for_backward not a tensor
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(1, x)
        return x
    @staticmethod
    def backward(ctx, g): return g
x = torch.ones(2, requires_grad=True)
e = raises(lambda: F.apply(x), 'save_for_backward can only save variables, but argument 0 is of type int', TypeError)

# access saved tensors twice after backward
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2
    @staticmethod
    def backward(ctx, g):
        ctx.saved_tensors
        return g
x = torch.ones(2, requires_grad=True)
y = F.apply(x)
y.sum().backward()
e = raises(lambda: y.grad_fn.saved_tensors, 'backward through the graph a second time', RuntimeError)
e2 = raises(lambda: y.sum().backward(), 'backward through the graph a second time', RuntimeError)

# saved variables deprecated warn
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_variables
        return g * x
x = torch.ones(2, requires_grad=True)
F.apply(x).sum().backward()

# setup_context
class F(torch.autograd.Function):
    @staticmethod
    def forward(x, y, k=3):
        return x * y * k
    @staticmethod
    def setup_context(ctx, inputs, output):
        rec.append(len(inputs)); x, y, k = inputs
        ctx.save_for_backward(x, y); ctx.k = k
    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * y * ctx.k, g * x * ctx.k, None
rec = []
x = torch.ones(2, requires_grad=True); y = torch.full((2,), 5., requires_grad=True)
F.apply(x, y).sum().backward()

# setup_context keyword
class F(torch.autograd.Function):
    @staticmethod
    def forward(x, k=3):
        return x * k
    @staticmethod
    def setup_context(ctx, inputs, output):
        x, ctx.k = inputs
    @staticmethod
    def backward(ctx, g):
        return g * ctx.k, None
x = torch.ones(2, requires_grad=True)
F.apply(x, k=4).sum().backward()

# jvp of a function by forward mode
fwAD = torch.autograd.forward_ad
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_forward(x, y)
        return x * y
    @staticmethod
    def jvp(ctx, tx, ty):
        x, y = ctx.saved_tensors
        rec.append((tx is None, ty is None))
        return tx * y * 100 if ty is None else tx * y + x * ty
    @staticmethod
    def backward(ctx, g): return g, g
rec = []
x = torch.ones(2) * 3; y = torch.ones(2) * 5
with fwAD.dual_level():
    d = fwAD.make_dual(x, torch.ones(2))
    p, t = fwAD.unpack_dual(F.apply(d, fwAD.make_dual(y, torch.ones(2))))

# jvp missing in forward mode
fwAD = torch.autograd.forward_ad
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def backward(ctx, g): return g
with fwAD.dual_level():
    d = fwAD.make_dual(torch.ones(2), torch.ones(2))
    e = raises(lambda: F.apply(d))

# jvp only, no backward
fwAD = torch.autograd.forward_ad
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.c = 4
        return x * 2
    @staticmethod
    def jvp(ctx, t): return t * ctx.c
with fwAD.dual_level():
    d = fwAD.make_dual(torch.ones(2), torch.ones(2))
    p, t = fwAD.unpack_dual(F.apply(d))

# vmap of a function with generate_vmap_rule
class F(torch.autograd.Function):
    generate_vmap_rule = True
    @staticmethod
    def forward(x): return x ** 2
    @staticmethod
    def setup_context(ctx, inputs, output): ctx.save_for_backward(*inputs)
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return g * 2 * x
r = torch.vmap(F.apply)(torch.arange(6.).reshape(3, 2))
g = torch.vmap(torch.func.grad(lambda x: F.apply(x).sum()))(torch.arange(6.).reshape(3, 2))

# vmap of a function with neither
class F(torch.autograd.Function):
    @staticmethod
    def forward(x): return x ** 2
    @staticmethod
    def setup_context(ctx, inputs, output): ctx.save_for_backward(*inputs)
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return g * 2 * x
e = raises(lambda: torch.vmap(F.apply)(torch.arange(6.).reshape(3, 2)), 'does not have vmap support', RuntimeError)

# vmap of a function with both
class F(torch.autograd.Function):
    generate_vmap_rule = True
    @staticmethod
    def forward(x): return x ** 2
    @staticmethod
    def setup_context(ctx, inputs, output): ctx.save_for_backward(*inputs)
    @staticmethod
    def backward(ctx, g): return g
    @staticmethod
    def vmap(info, in_dims, x): return x, 0
e = raises(lambda: torch.vmap(F.apply)(torch.arange(6.).reshape(3, 2)), 'has both', RuntimeError)

# function pickle error
import pickle
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def backward(ctx, g): return g
x = torch.ones(2, requires_grad=True)
e = raises(lambda: pickle.dumps(F.apply(x).grad_fn))

# function default backward and jvp messages
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
x = torch.ones(2, requires_grad=True)
e = raises(lambda: F.apply(x).sum().backward(), 'You must implement either the backward or vjp method for your custom autograd.Function', NotImplementedError)

# vjp instead of backward
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def vjp(ctx, g): return g * 9
x = torch.ones(2, requires_grad=True)
F.apply(x).sum().backward()

# both vjp and backward
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def vjp(ctx, g): return g * 9
    @staticmethod
    def backward(ctx, g): return g * 9
x = torch.ones(2, requires_grad=True)
e = raises(lambda: F.apply(x).sum().backward(), 'Implementing both', RuntimeError)

# instantiate a function
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def backward(ctx, g): return g
e = raises(lambda: F(), None, Exception)

# returned view as output of a function
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x.view(-1)
    @staticmethod
    def backward(ctx, g): return g.view(2, 2)
x = torch.ones(2, 2, requires_grad=True)
y = F.apply(x * 1)
isv = y._is_view()
e = raises(lambda: y.add_(1), 'is a view and is being modified inplace', RuntimeError)

# function returns multiple views, in place
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x.view_as(x), x.view_as(x)
    @staticmethod
    def backward(ctx, g, h): return g + h
x = torch.ones(2, requires_grad=True)
y, z = F.apply(x * 1)
e = raises(lambda: y.add_(1))

# function inputs in list are not tracked
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, xs): return xs[0] * 2
    @staticmethod
    def backward(ctx, g): return None
x = torch.ones(2, requires_grad=True)
rg = F.apply([x]).requires_grad

# function under no_grad
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        rec.append(torch.is_grad_enabled())
        return x * 2
    @staticmethod
    def backward(ctx, g): return g
rec = []
x = torch.ones(2, requires_grad=True)
with torch.no_grad():
    y = F.apply(x)
rg = y.requires_grad
z = F.apply(x)

# backward sees grad mode by create_graph
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def backward(ctx, g):
        rec.append(torch.is_grad_enabled())
        return g * 2
rec = []
x = torch.ones(2, requires_grad=True)
F.apply(x).sum().backward()
F.apply(x).sum().backward(create_graph=True)

# save an output
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y
    @staticmethod
    def backward(ctx, g):
        y, = ctx.saved_tensors
        return g * y
x = torch.zeros(2, requires_grad=True)
g, = torch.autograd.grad(F.apply(x).sum(), x, create_graph=True)
h, = torch.autograd.grad(g.sum(), x)

# save an intermediate: double backward ignores it
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y.clone()
    @staticmethod
    def backward(ctx, g):
        y, = ctx.saved_tensors
        return g * y
x = torch.zeros(2, requires_grad=True)
g, = torch.autograd.grad(F.apply(x).sum(), x, create_graph=True)
rg = g.requires_grad

# saved input modified in place
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return g * x
x = torch.ones(2, requires_grad=True)
y = x * 1
z = F.apply(y)
y.add_(1)
e = raises(lambda: z.sum().backward(), 'modified by an inplace operation', RuntimeError)

# integer output is not differentiable
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x.argmax(), x * 2
    @staticmethod
    def backward(ctx, a, b):
        rec.append(None if a is None else (str(a.dtype).split('.')[-1], tuple(a.shape)))
        return b
rec = []
x = torch.ones(2, requires_grad=True)
a, b = F.apply(x)
rg = a.requires_grad
b.sum().backward()

# generator returned from function raises
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return None
    @staticmethod
    def backward(ctx, g): return g
x = torch.ones(2, requires_grad=True)
r = F.apply(x)

# list output of a function
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return [x * 2, x * 3]
    @staticmethod
    def backward(ctx, *g): return g[0]
x = torch.ones(2, requires_grad=True)
r = F.apply(x)
rg = [v.requires_grad for v in r]

# mark_non_differentiable of mixed
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        a = x + 1; b = x + 2
        ctx.mark_non_differentiable(a)
        return a, b
    @staticmethod
    def backward(ctx, ga, gb):
        rec.append((ga.abs().sum().item(), gb.sum().item()))
        return gb
rec = []
x = torch.randn(5, 5, requires_grad=True)
a, b = F.apply(x)
rg = (a.requires_grad, b.requires_grad)
b.sum().backward()

# mark_non_differentiable none
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x.clone()
    @staticmethod
    def backward(ctx, g): return (g * 0 + 1) * 1
x = torch.randn(5, 5, requires_grad=True)
out = F.apply(x * 0).sum()
out.backward()

# return duplicate outputs
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        o = x * 2
        return o, o
    @staticmethod
    def backward(ctx, a, b):
        rec.append((a.sum().item(), b.sum().item()))
        return a + b
rec = []
x = torch.ones(2, requires_grad=True)
a, b = F.apply(x)
same = a is b
(a * b).sum().backward()

# return duplicate inplace
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x.add_(1)
        ctx.mark_dirty(x)
        return x, x
    @staticmethod
    def backward(ctx, a, b): return a + b
x = torch.ones(2, requires_grad=True)
e = raises(lambda: F.apply(x), 'leaf Variable that requires grad', RuntimeError)
e2 = raises(lambda: F.apply(x.clone()), 'only one output', RuntimeError)

# is_leaf and grad_fn of a nondifferentiable
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def backward(ctx, g): return g
x = torch.ones(2)
y = F.apply(x)
l = y.is_leaf, y.grad_fn is None, y.requires_grad
"""  # noqa: E501


@pytest.mark.filterwarnings("ignore")
def test_programs_do_what_they_do_in_pytorch(program: str, agree: Callable[..., None]) -> None:
    agree(program)
