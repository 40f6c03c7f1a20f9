"""Passes, edges, modes, hooks on saved tensors, gradcheck, functional derivatives, inference tensors.

Each program runs with both libraries, and must make the same things: see `conftest`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

PROGRAMS = """
# gradient edge of no grad
er = raises(lambda: torch.autograd.graph.get_gradient_edge(torch.ones(2)), 'It is not possible to get the gradient edge', RuntimeError)

# materialize with create_graph
x = torch.ones(2, requires_grad=True); y = torch.ones(3, requires_grad=True)
g = torch.autograd.grad((x * 2).sum(), (x, y), create_graph=True, materialize_grads=True)
rg = [v.requires_grad for v in g]
e = raises(lambda: torch.autograd.grad((x * 2).sum(), (x, y), allow_unused=False, materialize_grads=True), 'Expected allow_unused to be True or not passed when materialize_grads=True', ValueError)
g2 = torch.autograd.grad((x * 2).sum(), (x, y), materialize_grads=True)

# create_graph false: grads do not require grad
x = torch.ones(2, requires_grad=True)
g, = torch.autograd.grad((x * x).sum(), x)
r = g.requires_grad
e = raises(lambda: torch.autograd.grad(g.sum(), x), 'does not require grad')

# grad on unused
x = torch.ones(2, requires_grad=True); y = torch.ones(2, requires_grad=True)
e = raises(lambda: torch.autograd.grad((x * 2).sum(), (x, y)), 'appears to not have been used in the graph', RuntimeError)
e2 = raises(lambda: torch.autograd.grad((x * 2).sum(), torch.ones(2)), 'does not require grad', RuntimeError)
e3 = raises(lambda: torch.autograd.grad((x * 2).sum(), []), None)
e4 = raises(lambda: torch.autograd.grad((x * 2), x), 'grad can be implicitly created only for scalar outputs', RuntimeError)
e5 = raises(lambda: torch.autograd.grad(x.long().float().sum(), x), 'does not require grad', RuntimeError)

# backward no grad
e = raises(lambda: torch.ones(1).backward(), 'element 0 of tensors does not require grad', RuntimeError)

# backward twice without retaining warn
x = torch.ones(2, requires_grad=True)
z = (x ** 2).sum()
z.backward()
e = raises(lambda: z.backward(), 'Specify retain_graph=True', RuntimeError)
e2 = raises(lambda: torch.autograd.grad(z, x), 'second time', RuntimeError)
y = (x + 1).sum()
y.backward(); y.backward()

# accumulate grad identity
x = torch.ones(2, requires_grad=True)
g = torch.full((2,), 3.)
x.grad = g
(x * 2).sum().backward()
same = x.grad is g
v = g

# accumulate grad steals
x = torch.ones(2, requires_grad=True)
g = torch.full((2,), 3.)
y = x * 1
y.backward(g)
alias = x.grad.data_ptr() == g.data_ptr()

# accumulate with create_graph new tensor
x = torch.ones(2, requires_grad=True)
g = torch.full((2,), 3.)
x.grad = g
(x * x).sum().backward(create_graph=True)
same = x.grad is g

# assigning grad
x = torch.ones(2, requires_grad=True)
e = raises(lambda: setattr(x, 'grad', torch.ones(3)), 'size', RuntimeError)
e2 = raises(lambda: setattr(x, 'grad', torch.ones(2).double()), 'dtype|type', RuntimeError)
e3 = raises(lambda: setattr(x, 'grad', 3), None, TypeError)
e4 = raises(lambda: setattr(x, 'grad', x), "can't assign Variable as its own grad", RuntimeError)
x.grad = torch.ones(2)
del x.grad
n = x.grad is None

# deep backward reentrant
class Re(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        with torch.enable_grad():
            ctx.x = x.detach().requires_grad_()
            ctx.x = ctx.x - 1
        return ctx.x.detach()
    @staticmethod
    def backward(ctx, g):
        if ctx.x < 0:
            return g
        with torch.enable_grad():
            Re.apply(ctx.x).sum().backward()
        return g
v = torch.tensor(2000., requires_grad=True)
Re.apply(v).sum().backward()

# set_grad_enabled
x = torch.ones(1, requires_grad=True)
with torch.set_grad_enabled(False):
    y = x * 2
r = [y.requires_grad]
with torch.set_grad_enabled(True):
    r.append((x * 2).requires_grad)
torch.set_grad_enabled(False)
r.append((x * 2).requires_grad)
torch.set_grad_enabled(True)
r.append((x * 2).requires_grad)
@torch.set_grad_enabled(False)
def f(x): return x * 2
r.append(torch.is_grad_enabled())
r.append(f(x).requires_grad)
@torch.no_grad()
def g(x): return x * 2
@torch.enable_grad()
def h(x): return x * 2
r.append(g(x).requires_grad)
with torch.no_grad():
    r.append(h(x).requires_grad)

# no_grad exception safe
try:
    with torch.no_grad():
        raise ValueError
except ValueError:
    pass
r = torch.is_grad_enabled()

# no_grad assignment
x = torch.ones(2, 2, requires_grad=True)
y = torch.ones(2, 2)
with torch.no_grad():
    x[0] = y[0]
r = x.requires_grad
with torch.no_grad():
    w = x * 2
e = raises(lambda: w.sum().backward(), None, RuntimeError)

# saved tensors hooks order and count
log = []
x = torch.ones(2, requires_grad=True)
def pack(t):
    log.append('p'); return t
def unpack(t):
    log.append('u'); return t
with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
    y = x * x
    z = y.exp()
n = len(log)
z.sum().backward()
m = len(log)

# saved tensors hooks nested
x = torch.ones(2, requires_grad=True)
H = torch.autograd.graph.saved_tensors_hooks
with H(lambda t: 2 * t, lambda t: t):
    with H(lambda t: 5 * t, lambda t: t):
        y = x * x
y.sum().backward()

# saved tensors hooks bad pack
x = torch.ones(2, requires_grad=True)
H = torch.autograd.graph.saved_tensors_hooks
def bad(t):
    t.mul_(2); return t
def run():
    with H(bad, lambda t: t):
        y = (x * 1).exp()
e = raises(run, 'A saved tensor pack hook is modifying its input in place', RuntimeError)
def run2():
    with H(lambda t: 'x', lambda t: 1):
        y = x * x
    y.sum().backward()
e2 = raises(run2, 'Output of saved tensor unpack_hook expected to be a Tensor but got result of type int', TypeError)

# disable saved tensors hooks
H = torch.autograd.graph
def f():
    with H.disable_saved_tensors_hooks('this is bad'):
        with H.saved_tensors_hooks(lambda t: t, lambda t: t):
            pass
e = raises(f, 'this is bad', RuntimeError)
def f2():
    with H.saved_tensors_hooks(lambda t: t, lambda t: t):
        with H.disable_saved_tensors_hooks('this is bad'):
            pass
e2 = raises(f2, 'this is bad', RuntimeError)

# save_on_cpu
x = torch.ones(2, requires_grad=True)
with torch.autograd.graph.save_on_cpu():
    y = (x * x).exp()
y.sum().backward()

# allow mutation on saved tensors
x = torch.ones(2, requires_grad=True)
with torch.autograd.graph.allow_mutation_on_saved_tensors():
    y = x.clone()
    z = y.sin()
    y.mul_(5)
    w = (y * z).sum()
    z.mul_(2)
    w.backward()

# multi grad hook all
log = []
a = torch.ones(1, requires_grad=True); b = torch.ones(1, requires_grad=True); c = torch.ones(1, requires_grad=True)
h = torch.autograd.graph.register_multi_grad_hook([a, b, c], lambda gs: log.append([g is None for g in gs]))
(a * b).backward()
(a * b * c).backward()
h.remove()
(a * b * c).backward()

# multi grad hook any
log = []
a = torch.ones(1, requires_grad=True); b = torch.ones(1, requires_grad=True)
h = torch.autograd.graph.register_multi_grad_hook([a * 1, b * 1], lambda g: log.append(g.item()), mode='any')
x = a * 2; y = b * 3
h2 = torch.autograd.graph.register_multi_grad_hook([x, y], lambda g: log.append(g.item()), mode='any')
(x * y).backward()
e = raises(lambda: torch.autograd.graph.register_multi_grad_hook([x], print, mode='foo'), 'Expects mode to be one of', ValueError)

# next_functions and names
x = torch.ones(2, requires_grad=True); y = torch.ones(2)
z = (x * y).sum()
f = z.grad_fn
n = f.name(), [a[0].name() for a in f.next_functions], [None if a[0] is None else a[0].name().split('::')[-1] for a in f.next_functions[0][0].next_functions]
acc = f.next_functions[0][0].next_functions[0][0]
v = acc.variable is x
md = f.metadata
md['a'] = 3
md2 = f.metadata
eq = z.grad_fn is f, z.grad_fn == f
isn = isinstance(f, torch.autograd.graph.Node)

# detect anomaly nan
x = torch.zeros(2, requires_grad=True)
def f():
    with torch.autograd.detect_anomaly():
        y = (x / x).sum() * 0
        torch.sqrt(x * 0).sum().backward()
e = raises(f, "returned nan values in its 0th output", RuntimeError)
def g():
    with torch.autograd.detect_anomaly(check_nan=False):
        torch.sqrt(x * 0).sum().backward()
e2 = raises(g)

# isnan through index put etc duplicates
x = torch.zeros(4, requires_grad=True)
y = x.clone()
y[torch.tensor([0, 0, 1])] = torch.tensor([1., 2., 3.])
y.sum().backward()

# selective gradient through where with nan
x = torch.tensor([0., 1.], requires_grad=True)
y = torch.where(x > 0, x.log(), torch.zeros(2))
y.sum().backward()

# type conversions
x = torch.ones(2, requires_grad=True)
y = x.double()
y.sum().backward()
d = x.grad.dtype == torch.float32
i = x.long().requires_grad

# deepcopy
import copy
x = torch.ones(2, requires_grad=True)
y = copy.deepcopy(x)
e = raises(lambda: copy.deepcopy(x * 2), 'Only Tensors created explicitly by the user', RuntimeError)
z = copy.copy(x)

# double backward of in place
x = torch.tensor([2.], requires_grad=True)
y = x * x
y.mul_(x)
g, = torch.autograd.grad(y, x, create_graph=True)
h, = torch.autograd.grad(g, x)

# sum to 0 dims and expand
x = torch.ones((), requires_grad=True)
x.expand(3, 4).sum().backward()

# named leaf in-place resets
x = torch.ones(3, requires_grad=True)
y = x * 1
y.zero_()
y.sum().backward()

# gradcheck float32 warn
x = torch.ones(2, requires_grad=True)
r = raises(lambda: torch.autograd.gradcheck(lambda t: t * 2, x, atol=1, rtol=1))

# functional jacobian strict
F = torch.autograd.functional
x = torch.rand(2)
def foo(a): return a.detach()
def bar(a): return a.long().float().requires_grad_().clone()
e = raises(lambda: F.jacobian(foo, x, strict=True), 'Output 0 of the user-provided function does not require gradients.', RuntimeError)
j = F.jacobian(foo, x, strict=False)
e2 = raises(lambda: F.jacobian(bar, x, strict=True), 'Output 0 of the user-provided function is independent of input 0.', RuntimeError)
j2 = F.jacobian(bar, x)
e3 = raises(lambda: F.jacobian(lambda a: a.clone(), x.requires_grad_(), strict=True, create_graph=True), 'jacobian of the user-provided function is independent of input 0.', RuntimeError)

# functional jvp strict
F = torch.autograd.functional
x = torch.rand(2)
v = torch.ones(2)
e = raises(lambda: F.jvp(lambda a: a.detach(), x, v, strict=True), 'Output 0 of the user-provided function does not require gradients.', RuntimeError)
e2 = raises(lambda: F.hvp(lambda a: (3 * a).sum(), x, v, strict=True), 'jacobian of the user-provided function with respect to input 0 is independent of the input', RuntimeError)
e3 = raises(lambda: F.hessian(lambda a: (3 * a).sum(), x, strict=True), 'jacobian of the user-provided function with respect to input 0 is independent of the input', RuntimeError)
e4 = raises(lambda: F.vhp(lambda a: (3 * a).sum(), x, v, strict=True), 'jacobian of the user-provided function with respect to input 0 is independent of the input', RuntimeError)
e5 = raises(lambda: F.hessian(lambda a: a.detach().sum(), x, strict=True), 'Output 0 of the user-provided function does not require gradients.', RuntimeError)

# inference mode normal tensors
p = torch.ones(2, requires_grad=True)
n = torch.ones(2)
q = p * 1
with torch.inference_mode():
    v = n[0:1]
    r = [v.is_inference(), n.is_inference()]
    n.add_(1)
    v.add_(1)
    w = p[0:1]
    r += [w.is_inference(), w.requires_grad]
    u = p * 2
    q.mul_(2)
    with torch.inference_mode(False):
        s = p * 2
        r += [s.requires_grad, s.is_inference(), torch.is_inference_mode_enabled()]
    @torch.inference_mode()
    def f(t): return t * 2
    f2 = f(n).is_inference()
r2 = [n.is_inference(), u.requires_grad, u.is_inference()]
e = raises(lambda: (w * 2), None)

# inference mode decorator and in-place saved
@torch.inference_mode()
def f(t):
    return t * 2
x = f(torch.ones(2, requires_grad=True))
r = x.is_inference(), x.requires_grad
y = torch.ones(2)
y.copy_(x)
yi = y.is_inference()
t = torch.tensor([1., 2.])
e = raises(lambda: t.set_(x) if False else None)
p = torch.nn.Linear(2, 2)
e2 = raises(lambda: p(x.reshape(1, 2)), "Inference tensors cannot be saved for backward", RuntimeError)

# bernoulli normal with grad
torch.manual_seed(0)
p = torch.full((3,), .5, requires_grad=True)
b = torch.bernoulli(p)
r = b.requires_grad
b.sum().backward()
m = torch.zeros(3, requires_grad=True)
n = torch.normal(m, 1.)
r2 = n.requires_grad
n.sum().backward()
s = torch.ones(3, requires_grad=True)
n2 = torch.normal(0., s)
n2.sum().backward()
n3 = torch.normal(m, s)
rr = p.bernoulli().requires_grad

# backward in a thread
import threading
x = torch.ones(2, requires_grad=True)
ts = [threading.Thread(target=lambda: (x * 2).sum().backward()) for _ in range(4)]
[t.start() for t in ts]; [t.join() for t in ts]

# no grad in thread default
import threading
r = []
with torch.no_grad():
    t = threading.Thread(target=lambda: r.append(torch.is_grad_enabled()))
    t.start(); t.join()

# inplace on view of leaf under no grad then use
w = torch.ones(3, requires_grad=True)
with torch.no_grad():
    w[0] = 5
    w[1:].mul_(2)
(w * w).sum().backward()

# as_strided grads
x = torch.arange(6., requires_grad=True)
y = x.as_strided((2, 2), (1, 1))
y.sum().backward()

# mul out of place with itself expand
x = torch.ones(1, requires_grad=True)
y = x.expand(3)
(y * y).sum().backward()

# setitem with mask and grad value
x = torch.zeros(4, requires_grad=True); v = torch.tensor(2., requires_grad=True)
y = x.clone()
y[torch.tensor([True, False, True, False])] = v
y.sum().backward()

# grad of scalar grad_outputs broadcast
x = torch.ones(2, requires_grad=True)
y = x * 2
e = raises(lambda: torch.autograd.grad(y, x, torch.tensor(1.)), 'Mismatch in shape')

# batched grads
x = torch.ones(2, requires_grad=True)
y = x ** 2
g = torch.autograd.grad(y, x, torch.eye(2), is_grads_batched=True)
"""  # noqa: E501


@pytest.mark.filterwarnings("ignore")
def test_programs_do_what_they_do_in_pytorch(program: str, agree: Callable[..., None]) -> None:
    agree(program)
