"""Views and operations in place, versions, retained gradients and hooks.

Each program runs with both libraries, and must make the same things: see `conftest`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

PROGRAMS = """
# no_grad view of nonleaf, in place const
x = torch.ones(3, requires_grad=True)
y = x * 2
with torch.no_grad():
    v = y[1:]
rg = v.requires_grad
e = raises(lambda: v.mul_(2))
rg2 = v.requires_grad

# no_grad view of nonleaf, in place with grad value
x = torch.ones(3, requires_grad=True)
t = torch.ones(2, requires_grad=True)
y = x * 2
with torch.no_grad():
    v = y[1:]
e = raises(lambda: v.mul_(t))

# no_grad view of plain base, in place with grad value
t = torch.ones(2, requires_grad=True)
y = torch.ones(3)
with torch.no_grad():
    v = y[1:]
e = raises(lambda: v.mul_(t))

# no_grad view of leaf, written in grad mode
x = torch.ones(3, requires_grad=True)
with torch.no_grad():
    v = x[1:]
e = raises(lambda: v.mul_(2))
rg = v.requires_grad

# no_grad view of leaf, written in grad mode with grad
x = torch.ones(3, requires_grad=True)
t = torch.ones(2, requires_grad=True)
with torch.no_grad():
    v = x[1:]
e = raises(lambda: v.mul_(t))

# nonleaf base written in no_grad, grad view used
x = torch.ones(3, requires_grad=True)
y = x * 2
v = y[1:]
with torch.no_grad():
    y.mul_(2)
v.sum().backward()

# view in no_grad of view in grad mode
x = torch.ones(3, requires_grad=True)
y = x * 2
w = y[0:3]
with torch.no_grad():
    v = w[1:]
rg = v.requires_grad
e = raises(lambda: v.mul_(torch.ones(2, requires_grad=True)))

# view of no_grad view in grad mode
x = torch.ones(3, requires_grad=True)
y = x * 2
with torch.no_grad():
    w = y[0:3]
v = w[1:]
rg = v.requires_grad
e = raises(lambda: v.mul_(torch.ones(2, requires_grad=True)))

# base that starts to require after view
x = torch.zeros(3)
v = x[1:]
x.requires_grad_()
rg = v.requires_grad
l = v.is_leaf
v.mul_(2)
rg = v.requires_grad
w = v * 3
rg3 = w.requires_grad
x2 = x * 2

# base requires after view, view written with grad
x = torch.zeros(3)
v = x[1:]
x.requires_grad_()
t = torch.ones(2, requires_grad=True)
e = raises(lambda: v.mul_(t))

# view requires_grad_ alone then base
x = torch.zeros(3)
v = x[1:]
v.requires_grad_()
e = raises(lambda: x.add_(1))
(v * 2).sum().backward()
rg = x.requires_grad

# view of a leaf, in place
x = torch.zeros(3, requires_grad=True)
v = x[1:]
e = raises(lambda: v.add_(1), 'a view of a leaf Variable that requires grad is being used in an in-place operation.')

# in place on leaf
x = torch.zeros(3, requires_grad=True)
e = raises(lambda: x.add_(1), 'a leaf Variable that requires grad is being used in an in-place operation.')
e2 = raises(lambda: x.zero_(), 'a leaf Variable that requires grad is being used in an in-place operation.')
e3 = raises(lambda: x.__setitem__(0, 1.), 'leaf Variable that requires grad')

# leaf assignment chain
x = torch.tensor([5.])
y = torch.tensor([7.], requires_grad=True)
x.copy_(y * 2)
rg = x.requires_grad
l = x.is_leaf
(x * x).backward()

# data and version
x = torch.ones(2, requires_grad=True)
y = x * 1
z = y * y
y.data.mul_(3)
v = y._version
z.sum().backward()

# detach and version
x = torch.ones(2, requires_grad=True)
y = x * 1
z = y * y
y.detach().mul_(3)
v = y._version
e = raises(lambda: z.sum().backward(), 'has been modified by an inplace operation')

# detach_ of a view
x = torch.ones(2, requires_grad=True)
y = x * 1
v = y[0:1]
e = raises(lambda: v.detach_(), "Can't detach views in-place|detach")

# detach_ of base, view read
x = torch.ones(2, requires_grad=True)
y = x * 1
v = y[0:1]
y.detach_()
rg = y.requires_grad
l = y.is_leaf
rv = v.requires_grad

# detach then requires
x = torch.ones(2, requires_grad=True)
y = (x * 2).detach()
y.requires_grad_()
(y * 3).sum().backward()
xg = x.grad

# in-place on expanded
x = torch.ones(1, requires_grad=True)
y = (x * 1).expand(3)
e = raises(lambda: y.add_(1), 'unsupported operation')

# saved variable modified through view
x = torch.ones(3, requires_grad=True)
y = x * 1
z = y.exp()
r = z.sin()
z[0].mul_(2)
e = raises(lambda: r.sum().backward(), 'modified by an inplace operation')

# version counter of view and base
x = torch.ones(3)
v = x[1:]
v.add_(1); v.add_(1); x.mul_(2)
a = x._version; b = v._version

# version under no_grad
x = torch.ones(3, requires_grad=True)
with torch.no_grad():
    x.add_(1)
    x.add_(1)
a = x._version

# retain_grad
x = torch.ones(2, requires_grad=True)
h = x * 3
h.retain_grad()
h.retain_grad()
out = (h * h).sum()
out.backward(retain_graph=True)
a = h.grad.clone()
out.backward(retain_graph=True)
b = h.grad.clone()
with torch.no_grad():
    h.grad.zero_()
out.backward()
x2 = torch.ones(2, requires_grad=True)
x2.retain_grad()
r = x2.retains_grad, h.retains_grad
y = (x2 * 2).sum().backward()

# retain_grad in place
def fn():
    x = torch.tensor([1.], requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.mul_(3)
    y.backward()
    return y.grad, x.grad
r = fn()

# retain_grad then in place with hooks
log = []
x = torch.tensor([1.], requires_grad=True)
y = x * 2
y.register_hook(lambda g: log.append(('a', g.item())))
y.retain_grad()
y.mul_(3)
y.register_hook(lambda g: log.append(('b', g.item())))
y.retain_grad()
y.backward()
g = y.grad

# retain_grad of view, base in place
x = torch.ones(3, requires_grad=True)
y = x * 2
v = y[0:1]
v.retain_grad()
y.mul_(3)
(v.sum() + y.sum()).backward()
g = v.grad

# retain_grad of no-grad tensor
e = raises(lambda: torch.ones(2).retain_grad(), "can't retain_grad on Tensor that has requires_grad=False")

# hooks order
log = []
x = torch.ones(2, requires_grad=True)
y = x * 2
y.register_hook(lambda g: log.append('1'))
y.register_hook(lambda g: log.append('2'))
y.grad_fn.register_prehook(lambda g: log.append('pre'))
y.grad_fn.register_hook(lambda a, b: log.append('post'))
y.retain_grad()
x.register_hook(lambda g: log.append('leaf'))
y.sum().backward()

# hook returns replaced
x = torch.ones(2, requires_grad=True)
y = x * 2
h1 = y.register_hook(lambda g: g * 2)
h2 = y.register_hook(lambda g: g + 1)
y.sum().backward(retain_graph=True)
a = x.grad.clone()
h1.remove()
y.sum().backward()

# hook non-tensor return
x = torch.ones(2, requires_grad=True)
x.register_hook(lambda g: 'hello')
e = raises(lambda: (x * 2).sum().backward())

# hook wrong shape / type
x = torch.ones(2, requires_grad=True)
h = x.register_hook(lambda g: torch.ones(3))
e = raises(lambda: (x * 2).sum().backward(), 'size', RuntimeError)
h.remove()
x.register_hook(lambda g: g.double())
e2 = raises(lambda: (x * 2).sum().backward(), None, RuntimeError)

# hook with no grad tensor
e = raises(lambda: torch.ones(2).register_hook(print), "cannot register a hook on a tensor that doesn't require gradient")

# hook with retain_grad and leaf
x = torch.ones(2, requires_grad=True)
x.register_hook(lambda g: g * 2)
x.register_hook(lambda g: g * 3)
(x * 2).sum().backward()

# hook in grad capture
x = torch.ones(2, requires_grad=True)
y = x * 2
y.register_hook(lambda g: g * 5)
a = torch.autograd.grad(y.sum(), y, retain_graph=True)
b = torch.autograd.grad(y.sum(), x, retain_graph=True)
y.grad_fn.register_prehook(lambda gs: (gs[0] * 100,))
c = torch.autograd.grad(y.sum(), y, retain_graph=True)
d = torch.autograd.grad(y.sum(), x, retain_graph=True)

# hook removal during backward
log = []
x = torch.ones(2, requires_grad=True)
y = x * 2
def f(g):
    log.append(1); h.remove()
h = y.register_hook(f)
y.register_hook(lambda g: log.append(2))
y.sum().backward(retain_graph=True)
y.sum().backward()

# post accumulate grad hook
log = []
x = torch.ones(2, requires_grad=True)
def hk(p):
    log.append(p.grad.sum().item()); p.grad = None
x.register_post_accumulate_grad_hook(hk)
(x * 2).sum().backward()
(x * 3).sum().backward()
g = x.grad is None

# post accumulate grad hook non leaf
x = torch.ones(2, requires_grad=True)
e = raises(lambda: (x * 2).register_post_accumulate_grad_hook(print), 'non-leaf', RuntimeError)

# post accumulate ordering
log = []
x = torch.ones(2, requires_grad=True)
x.register_hook(lambda g: log.append('tensor'))
acc = (x * 2).grad_fn.next_functions[0][0]
acc.register_prehook(lambda g: log.append('pre'))
acc.register_hook(lambda a, b: log.append('post'))
x.register_post_accumulate_grad_hook(lambda p: log.append('pa'))
(x * 2).sum().backward()

# accumulate grad posthooks cannot modify; should not execute with grad()
log = []
x = torch.ones(2, requires_grad=True)
acc = (x * 2).grad_fn.next_functions[0][0]
acc.register_hook(lambda a, b: log.append(1))
acc.register_prehook(lambda b: log.append(2))
r = torch.autograd.grad((x * 2).sum(), x)
(x * 2).sum().backward(inputs=[x])

# node prehook wrong count
x = torch.ones(3, requires_grad=True)
y = x * 2
y.grad_fn.register_prehook(lambda gs: (gs[0], gs[0]))
e = raises(lambda: y.sum().backward(), None, RuntimeError)

# node posthook replaces
x = torch.ones(3, requires_grad=True)
y = x * 2
y.grad_fn.register_hook(lambda gi, go: (gi[0] * 10, gi[1]))
y.sum().backward()

# node posthook on sum
log = []
x = torch.ones(3, requires_grad=True)
y = x.sum()
y.grad_fn.register_hook(lambda gi, go: log.append((len(gi), len(go), go[0].item())))
y.backward()

# hooks on cloned in place
log = []
x = torch.tensor([1.], requires_grad=True)
y = x.clone()
y.register_hook(lambda g: log.append(('before', g.item())))
y.mul_(5)
y.register_hook(lambda g: log.append(('after', g.item())))
y.backward()

# backward hooks with create_graph
log = []
x = torch.ones(2, requires_grad=True)
x.register_hook(lambda g: log.append(torch.is_grad_enabled()))
(x * x).sum().backward(create_graph=True)
(x * x).sum().backward()
"""  # noqa: E501


@pytest.mark.filterwarnings("ignore")
def test_programs_do_what_they_do_in_pytorch(program: str, agree: Callable[..., None]) -> None:
    agree(program)
