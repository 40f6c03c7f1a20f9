"""Backward passes, gradients, hooks, Functions and modes: programs that do what they do in PyTorch.

Each program runs with both libraries; values, dtypes, `requires_grad`, `is_leaf`, versions, gradients and
whether an error is raised must agree.  See `conftest` for the comments that say otherwise.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

PROGRAMS = """
# backward of a vector needs a gradient
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x
y.backward()

# backward with a cotangent
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x
y.backward(torch.tensor([1.0, 3.0]))

# a cotangent of the wrong shape
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x
y.backward(torch.tensor([1.0, 3.0, 4.0]))

# a scalar cotangent for a vector
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x
y.backward(torch.tensor(1.0))

# a cotangent of another float
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x
y.backward(torch.tensor([1.0, 3.0], dtype=torch.float64))

# a cotangent that is a number
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x
y.backward(1.0)

# a cotangent that is a list
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x
y.backward([1.0, 2.0])

# one element is scalar enough
x = torch.tensor([[1.0]], requires_grad=True)
(x * 2).backward()

# backward without a graph
x = torch.tensor([1.0, 2.0])
x.sum().backward()

# backward from a leaf
x = torch.tensor(1.0, requires_grad=True)
x.backward()
x.backward(torch.tensor(5.0))

# twice through a square
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (x * x).sum()
y.backward()
y.backward()

# twice through a square, retained
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (x * x).sum()
y.backward(retain_graph=True)
y.backward()

# twice through x + 1: nothing was saved
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (x + 1).sum()
y.backward()
y.backward()

# twice through x * 2: the 2 was saved
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (x * 2).sum()
y.backward()
y.backward()

# twice through 2 * x: the 2 was saved
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (2 * x).sum()
y.backward()
y.backward()

# twice through x / 2
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (x / 2).sum()
y.backward()
y.backward()

# twice through -x
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (-x).sum()
y.backward()
y.backward()

# twice through x ** 2
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (x**2).sum()
y.backward()
y.backward()

# twice through x * constant
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (x * torch.tensor([1.0, 2.0])).sum()
y.backward()
y.backward()

# twice through mean
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x.mean()
y.backward()
y.backward()

# twice through an index
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x[0]
y.backward()
y.backward()

# twice through views
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x.view(2, 1).t().sum()
y.backward()
y.backward()

# twice through cat
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = torch.cat([x, x]).sum()
y.backward()
y.backward()

# twice through clone
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x.clone().sum()
y.backward()
y.backward()

# twice through exp
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x.exp().sum()
y.backward()
y.backward()

# twice through relu
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x.relu().sum()
y.backward()
y.backward()

# twice through clamp
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x.clamp(0, 1).sum()
y.backward()
y.backward()

# twice through max
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x.max()
y.backward()
y.backward()

# two losses over one square
x = torch.tensor([1.0, 2.0], requires_grad=True)
h = x * x
y = h.sum()
z = (h * 3).sum()
y.backward()
z.backward()

# two losses over one x + 1
x = torch.tensor([1.0, 2.0], requires_grad=True)
h = x + 1
y = h.sum()
z = (h * h).sum()
y.backward()
z.backward()

# gradients add up
x = torch.tensor([1.0, 2.0], requires_grad=True)
(x * x).sum().backward()
(x * x * x).sum().backward()

# backward limited to one input
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.ones(2, requires_grad=True)
(x * w).sum().backward(inputs=[x])

# backward limited to one input, not listed
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.ones(2, requires_grad=True)
(x * w).sum().backward(inputs=x)

# backward limited to a non-leaf
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
z = (y * y).sum()
z.backward(inputs=[y])
r = y.grad

# backward limited to a non-leaf that retains
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
y.retain_grad()
z = (y * y).sum()
z.backward(inputs=[y])

# backward limited to a non-leaf and its leaf
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
y.retain_grad()
z = (y * y).sum()
z.backward(inputs=[y, x])

# backward limited to nothing
x = torch.tensor([1.0, 2.0], requires_grad=True)
(x * x).sum().backward(inputs=[])

# backward limited to a constant
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.ones(2)
(x * w).sum().backward(inputs=[w])

# backward limited to what is not used
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.ones(2, requires_grad=True)
(x * x).sum().backward(inputs=[w])

# backward limited to the same twice
x = torch.tensor([1.0, 2.0], requires_grad=True)
(x * x).sum().backward(inputs=[x, x])

# several outputs
x = torch.tensor([1.0, 2.0], requires_grad=True)
torch.autograd.backward([x.sum(), (x * x).sum()])

# several outputs, one a leaf
x = torch.tensor([1.0, 2.0], requires_grad=True)
torch.autograd.backward([x, x * x], [torch.ones(2), torch.ones(2)])

# create_graph leaves a gradient with history
x = torch.tensor([1.0, 2.0], requires_grad=True)
(x * x).sum().backward(create_graph=True)
g = x.grad
x.grad = None
g.sum().backward()

# create_graph adds to what was there
x = torch.tensor([1.0, 2.0], requires_grad=True)
(x * x).sum().backward()
(x**3).sum().backward(create_graph=True)
g = x.grad

# create_graph twice
x = torch.tensor([1.0, 2.0], requires_grad=True)
z = (x**3).sum()
z.backward(create_graph=True)
z.backward(create_graph=True)
h = x.grad

# backward under no_grad
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (x * x).sum()
with torch.no_grad():
    y.backward()

# grad of one input
x = torch.tensor([1.0, 2.0], requires_grad=True)
r = torch.autograd.grad((x * x).sum(), x)

# grad of an unused input
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.ones(2, requires_grad=True)
r = torch.autograd.grad((x * x).sum(), [x, w])

# grad of an unused input, allowed
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.ones(2, requires_grad=True)
r = torch.autograd.grad((x * x).sum(), [x, w], allow_unused=True)
missing = r[1] is None

# grad of an unused input, as zeros
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.ones(2, requires_grad=True)
r = torch.autograd.grad((x * x).sum(), [x, w], materialize_grads=True)

# grad of an unused NaN, as zeros
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.full((2,), float("nan"), requires_grad=True)
r = torch.autograd.grad((x * x).sum(), [x, w], materialize_grads=True)

# grad of rows of cotangents
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.ones(3, requires_grad=True)
rows = torch.tensor([[1.0, 0.0], [0.5, 2.0], [0.0, 1.0]])
r = torch.autograd.grad(x * x, [x, w], rows, is_grads_batched=True, materialize_grads=True)
y = torch.autograd.grad(x**3, x, rows, create_graph=True, is_grads_batched=True)[0]
s = torch.autograd.grad(y.sum(), x)

# grad with only_inputs in its place
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.ones(2, requires_grad=True)
r = torch.autograd.grad((x * x).sum(), [x, w], None, None, False, True, True)[0]

# grad that forbids and materializes
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.ones(2, requires_grad=True)
torch.autograd.grad((x * x).sum(), [x, w], materialize_grads=True, allow_unused=False)

# grad of a non-leaf and its leaf
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
z = (y * y).sum()
r = torch.autograd.grad(z, [y, x])

# grad of the output itself
x = torch.tensor([1.0, 2.0], requires_grad=True)
z = (x * x).sum()
r = torch.autograd.grad(z, z)

# grad of the output and of what is between
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
z = (y * y).sum()
r = torch.autograd.grad(z, [z, y])

# grad of a leaf by itself
x = torch.tensor([1.0, 2.0], requires_grad=True)
r = torch.autograd.grad(x, x, torch.ones(2))

# grad of the same input twice
x = torch.tensor([1.0, 2.0], requires_grad=True)
r = torch.autograd.grad((x * x).sum(), [x, x])

# grad of several outputs
x = torch.tensor([1.0, 2.0], requires_grad=True)
r = torch.autograd.grad([(x * x).sum(), x.sum()], x)

# grad of the same output twice
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x
r = torch.autograd.grad([y, y], x, [torch.ones(2), torch.ones(2)])

# grad of outputs with and without cotangent
x = torch.tensor([1.0, 2.0], requires_grad=True)
r = torch.autograd.grad([x * x, x.sum()], x, [torch.ones(2), None])

# grad with too few cotangents
x = torch.tensor([1.0, 2.0], requires_grad=True)
torch.autograd.grad([x * x, x.sum()], x, [torch.ones(2)])

# grad by the cotangent
x = torch.tensor([1.0, 2.0], requires_grad=True)
u = torch.ones(2, requires_grad=True)
(g,) = torch.autograd.grad(x * x, x, u, create_graph=True)
g.sum().backward()

# grad of a constant
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.ones(2)
torch.autograd.grad((x * w).sum(), w)

# grad, then backward
x = torch.tensor([1.0, 2.0], requires_grad=True)
z = (x * x).sum()
r = torch.autograd.grad(z, x)
z.backward()

# grad of a non-leaf leaves what is before it
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x
r = torch.autograd.grad(y.sum(), y)
y.sum().backward()

# grad touches no .grad
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.ones(2, requires_grad=True)
r = torch.autograd.grad((x * w).sum(), x)

# third derivative
x = torch.tensor([1.0, 2.0], requires_grad=True)
z = (x**3).sum()
(g,) = torch.autograd.grad(z, x, create_graph=True)
(h,) = torch.autograd.grad(g.sum(), x, create_graph=True)
(k,) = torch.autograd.grad(h.sum(), x)

# third derivative of a mixture
x = torch.tensor([1.0, 2.0], requires_grad=True)
z = (x.exp() * x.sin() / (1 + x * x)).sum()
(g,) = torch.autograd.grad(z, x, create_graph=True)
(h,) = torch.autograd.grad((g * g).sum(), x, create_graph=True)
(k,) = torch.autograd.grad(h.sum(), x)

# grad under no_grad with create_graph
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (x**3).sum()
with torch.no_grad():
    (g,) = torch.autograd.grad(y, x, create_graph=True)

# .grad set by hand is added to
x = torch.tensor([1.0, 2.0], requires_grad=True)
x.grad = torch.ones(2)
(x * x).sum().backward()

# .grad set by hand is the tensor itself
x = torch.tensor([1.0, 2.0], requires_grad=True)
g = torch.ones(2)
x.grad = g
(x * x).sum().backward()
same = x.grad is g

# .grad of another shape
x = torch.tensor([1.0, 2.0], requires_grad=True)
x.grad = torch.ones(3)

# .grad of another dtype
x = torch.tensor([1.0, 2.0], requires_grad=True)
x.grad = torch.ones(2, dtype=torch.float64)

# .grad that is no tensor
x = torch.tensor([1.0, 2.0], requires_grad=True)
x.grad = 3.0

# .grad that is the tensor itself
x = torch.tensor([1.0, 2.0], requires_grad=True)
x.grad = x

# .grad deleted
x = torch.tensor([1.0, 2.0], requires_grad=True)
x.grad = torch.ones(2)
del x.grad

# .grad of a constant
x = torch.tensor([1.0, 2.0])
x.grad = torch.ones(2)

# the .grad object stays
x = torch.tensor([1.0, 2.0], requires_grad=True)
x.sum().backward()
g = x.grad
x.sum().backward()
same = x.grad is g

# integers cannot require a gradient
x = torch.tensor([1, 2]).requires_grad_()

# integers cannot be made to require a gradient
x = torch.tensor([1, 2], requires_grad=True)

# requires_grad off on a non-leaf
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
y.requires_grad = False

# requires_grad_ on a non-leaf does nothing
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
y.requires_grad_()
y.sum().backward()

# a leaf frozen after the forward
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
x.requires_grad = False
y.sum().backward()

# comparisons and casts to integers are constants
x = torch.tensor([1.0, 2.0], requires_grad=True)
a = x > 1
b = x.argmax()
c = x.long()

# detached
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x.detach()
z = (y * x).sum()
z.backward()

# numpy() refuses
x = torch.tensor([1.0, 2.0], requires_grad=True)
a = x.numpy()

# retain_grad
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
y.retain_grad()
y.retain_grad()
(y * y).sum().backward()
b = y.retains_grad

# retain_grad on a leaf
x = torch.tensor([1.0, 2.0], requires_grad=True)
x.retain_grad()
x.sum().backward()
b = x.retains_grad

# retain_grad on a constant
x = torch.tensor([1.0, 2.0])
x.retain_grad()

# retain_grad adds up
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x + 2
y.retain_grad()
y.sum().backward()
y.sum().backward()

# retain_grad with create_graph
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
y.retain_grad()
(y * y).sum().backward(create_graph=True)
h = y.grad
y.grad = None
x.grad = None
h.sum().backward()

# names
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x + x
a = y.grad_fn.name()
b = [f.name() for f, _ in y.grad_fn.next_functions[:1]]
c = len(y.grad_fn.next_functions)

# a constant operand has no next function
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
a = y.grad_fn.next_functions[1][0] is None
b = y.grad_fn.next_functions[0][0].variable is x

# casts lead the gradient back
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x.to(torch.float64)
(y * y).sum().backward()

# half precision leads the gradient back
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x.half()
(y * y).sum().backward()

# operands of two floats
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
y = x * w
y.sum().backward()

# a 0-d operand of a wider float
w = torch.tensor([1.0, 2.0], requires_grad=True)
s = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
y = w * s
y.sum().backward()

# an integer operand
x = torch.tensor([1, 2])
w = torch.ones(2, requires_grad=True)
y = x * w
y.sum().backward()

# broadcasting every way
x = torch.ones(2, 3, requires_grad=True)
w = torch.ones(3, requires_grad=True)
b = torch.ones(2, 1, requires_grad=True)
s = torch.tensor(2.0, requires_grad=True)
((x * w + b) * s).sum().backward()

# empty tensors
x = torch.ones(0, 3, requires_grad=True)
w = torch.ones(3, requires_grad=True)
(x * w).sum().backward()

# deepcopy of a leaf
import copy
x = torch.tensor([1.0, 2.0], requires_grad=True)
x.sum().backward()
y = copy.deepcopy(x)
shared = y.grad is x.grad

# deepcopy of a non-leaf
import copy
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = copy.deepcopy(x * 2)

# pickle of a leaf
import pickle
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = pickle.loads(pickle.dumps(x))

# as_tensor is the tensor
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = torch.as_tensor(x)
same = y is x

# += on a name rebinds a non-leaf
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 1
y = y + 1
y -= 2
y *= 3
y /= 2
y **= 2
y.sum().backward()

# results under no_grad
x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.no_grad():
    y = x * 2
    leaf, wants = y.is_leaf, y.requires_grad

# a leaf made of a result under no_grad
x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.no_grad():
    y = x * 2
y.requires_grad_()
(y * y).sum().backward()

# a leaf made under no_grad
x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.no_grad():
    w = torch.ones(2, requires_grad=True)
(w * x).sum().backward()

# no_grad as a decorator
@torch.no_grad()
def f(a):
    return a * 2
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = f(x)
z = x * 2

# no_grad as a decorator without parentheses
@torch.no_grad
def f(a):
    return a * 2
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = f(x)
z = x * 2

# enable_grad as a decorator
@torch.enable_grad()
def f(a):
    return a * 2
x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.no_grad():
    y = f(x)

# set_grad_enabled as a decorator
@torch.set_grad_enabled(False)
def f(a):
    return a * 2
x = torch.tensor([1.0, 2.0], requires_grad=True)
z = x * 1
y = f(x)
u = x * 2

# set_grad_enabled as a function
torch.set_grad_enabled(False)
a = torch.is_grad_enabled()
torch.set_grad_enabled(mode=True)
b = torch.is_grad_enabled()

# set_grad_enabled in a with
with torch.set_grad_enabled(False):
    a = torch.is_grad_enabled()
b = torch.is_grad_enabled()

# inference_mode
with torch.inference_mode():
    a, b = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
c, d = torch.is_grad_enabled(), torch.is_inference_mode_enabled()

# inference_mode switched off inside
with torch.inference_mode():
    with torch.inference_mode(False):
        a, b = torch.is_grad_enabled(), torch.is_inference_mode_enabled()

# a decorated generator
@torch.no_grad()
def steps():
    for i in range(3):
        yield torch.is_grad_enabled()
inside, outside = [], []
for step in steps():
    inside.append(step)
    outside.append(torch.is_grad_enabled())

# a decorated generator that is thrown into
@torch.no_grad()
def steps():
    try:
        yield torch.is_grad_enabled()
    except ValueError:
        yield torch.is_grad_enabled()
g = steps()
a = [next(g), g.throw(ValueError()), torch.is_grad_enabled()]

# a decorated generator that is sent to
@torch.no_grad()
def steps():
    a = yield 1
    b = yield a + 1
    return b
g = steps()
a = [next(g), g.send(5)]
try:
    g.send(7)
except StopIteration as end:
    b = end.value

# a decorated generator that is closed
seen = []
@torch.no_grad()
def steps():
    try:
        yield 1
    finally:
        seen.append(torch.is_grad_enabled())
g = steps()
next(g)
g.close()

# a mode that an exception ends
try:
    with torch.no_grad():
        raise ValueError
except ValueError:
    a = torch.is_grad_enabled()

# hooks see and replace
x = torch.tensor([1.0, 2.0], requires_grad=True)
x.register_hook(lambda g: g * 2)
x.register_hook(lambda g: g + 1)
y = x * 3
y.register_hook(lambda g: g + 1)
(y * x).sum().backward()

# a hook removed
x = torch.tensor([1.0, 2.0], requires_grad=True)
seen = []
handle = x.register_hook(lambda g: seen.append(g.sum().item()))
(x * 2).sum().backward()
handle.remove()
(x * 2).sum().backward()

# a hook of a leaf under grad
x = torch.tensor([1.0, 2.0], requires_grad=True)
x.register_hook(lambda g: g * 2)
r = torch.autograd.grad((x * 2).sum(), x)

# a hook that runs after accumulation
x = torch.tensor([1.0, 2.0], requires_grad=True)
seen = []
handle = x.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.sum().item()))
(x * 2).sum().backward()
(x * 2).sum().backward()

# a hook on a constant
x = torch.ones(3)
x.register_hook(lambda g: g)

# a hook, then a write in place
x = torch.tensor([1.0, 2.0], requires_grad=True)
seen = []
y = x * 2
handle = y.register_hook(lambda g: seen.append(g.sum().item()))
y.mul_(3)
y.sum().backward()

# a hook before and after retain_grad
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
y.register_hook(lambda g: g * 10)
y.retain_grad()
y.register_hook(lambda g: g + 1)
y.sum().backward()

# hooks of a node
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 3
seen = []
a = y.grad_fn.register_prehook(lambda out: (out[0] * 5,))
b = y.grad_fn.register_hook(lambda into, out: seen.append(len(into)))
y.sum().backward()

# a Function and its name
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        ctx.save_for_backward(a)
        return a * a * a
    @staticmethod
    def backward(ctx, g):
        (a,) = ctx.saved_tensors
        return g * 3 * a * a
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = F.apply(x)
name = y.grad_fn.name()
y.sum().backward()

# a Function, third derivative
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        ctx.save_for_backward(a)
        return a * a * a
    @staticmethod
    def backward(ctx, g):
        (a,) = ctx.saved_tensors
        return g * 3 * a * a
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = F.apply(x)
(g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
(h,) = torch.autograd.grad(g.sum(), x, create_graph=True)
(k,) = torch.autograd.grad(h.sum(), x)

# a Function that saves its result
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        y = a.exp()
        ctx.save_for_backward(y)
        return y
    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = F.apply(x)
(g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
(h,) = torch.autograd.grad(g.sum(), x)

# a Function, its saved operand written
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        ctx.save_for_backward(a)
        return a * a * a
    @staticmethod
    def backward(ctx, g):
        (a,) = ctx.saved_tensors
        return g * 3 * a * a
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 1
z = F.apply(y)
y.mul_(2)
z.sum().backward()

# a Function with setup_context
class F(torch.autograd.Function):
    @staticmethod
    def forward(a, k):
        return a * k
    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0], output)
        ctx.k = inputs[1]
    @staticmethod
    def backward(ctx, g):
        a, out = ctx.saved_tensors
        return g * ctx.k * out, None
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = F.apply(x, 3.0)
y.sum().backward()

# a Function with two results, one used
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, k):
        ctx.k = k
        return a * k, a + k
    @staticmethod
    def backward(ctx, ga, gb):
        return ga * ctx.k + gb, None
x = torch.tensor([1.0, 2.0], requires_grad=True)
a, b = F.apply(x, 2.0)
a.sum().backward()

# a Function that asks for None
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        ctx.set_materialize_grads(False)
        return a * 2, a + 1
    @staticmethod
    def backward(ctx, ga, gb):
        assert gb is None
        return ga * 2
x = torch.tensor([1.0, 2.0], requires_grad=True)
a, b = F.apply(x)
a.sum().backward()

# a Function with a constant result
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        i = a.argmax()
        ctx.mark_non_differentiable(i)
        return a * 2, i
    @staticmethod
    def backward(ctx, ga, gi):
        return ga * 2
x = torch.tensor([1.0, 2.0], requires_grad=True)
a, b = F.apply(x)
a.sum().backward()

# a Function whose results are not all tensors
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        return a * 2, None, 'text', 5
    @staticmethod
    def backward(ctx, ga, *rest):
        return ga * 2
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = F.apply(x)
a, b, c = y[1] is None, y[2], y[3]
y[0].sum().backward()

# a Function that returns its operand
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        return a
    @staticmethod
    def backward(ctx, g):
        return g * 3
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = F.apply(x)
same = y is x
(y * x).sum().backward()

# a Function that writes its operand
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        ctx.mark_dirty(a)
        a.mul_(2)
        return a
    @staticmethod
    def backward(ctx, g):
        return g * 2
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 1
z = F.apply(y)
same = z is y
(y * 3).sum().backward()

# a Function that writes a view
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        ctx.mark_dirty(a)
        a.mul_(2)
        return a
    @staticmethod
    def backward(ctx, g):
        return g * 2
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 1
v = y[1:]
z = F.apply(v)
(y * 3).sum().backward()

# a Function that writes a base
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        ctx.mark_dirty(a)
        a.mul_(2)
        return a
    @staticmethod
    def backward(ctx, g):
        return g * 2
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 1
v = y[1:]
z = F.apply(y)
(v * 3).sum().backward()

# a Function that writes a leaf
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        ctx.mark_dirty(a)
        a.mul_(2)
        return a
    @staticmethod
    def backward(ctx, g):
        return g * 2
w = torch.ones(2, requires_grad=True)
y = F.apply(w)
never = 1

# a Function, twice, that saved nothing
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        return a * 2
    @staticmethod
    def backward(ctx, g):
        return g * 2
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = F.apply(x).sum()
y.backward()
y.backward()

# a Function, twice, that saved
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        ctx.save_for_backward(a)
        return a * a * a
    @staticmethod
    def backward(ctx, g):
        (a,) = ctx.saved_tensors
        return g * 3 * a * a
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = F.apply(x).sum()
y.backward()
y.backward()

# a Function that returns too many Nones
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        return a * 2
    @staticmethod
    def backward(ctx, g):
        return g * 2, None
x = torch.tensor([1.0, 2.0], requires_grad=True)
F.apply(x).sum().backward()

# a Function that returns too many gradients
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        return a * 2
    @staticmethod
    def backward(ctx, g):
        return g * 2, g
x = torch.tensor([1.0, 2.0], requires_grad=True)
F.apply(x).sum().backward()

# a Function that returns too few gradients
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        return a * b
    @staticmethod
    def backward(ctx, g):
        return g
x = torch.tensor([1.0, 2.0], requires_grad=True)
F.apply(x, x).sum().backward()

# a Function that returns another shape
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        return a * 2
    @staticmethod
    def backward(ctx, g):
        return torch.ones(5)
x = torch.tensor([1.0, 2.0], requires_grad=True)
F.apply(x).sum().backward()

# a Function that returns what broadcasting made
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        return a + b
    @staticmethod
    def backward(ctx, g):
        return g, g
x = torch.ones(3, 2, requires_grad=True)
w = torch.ones(2, requires_grad=True)
F.apply(x, w).sum().backward()

# a Function whose gradient is expanded
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        return a.sum()
    @staticmethod
    def backward(ctx, g):
        return g.expand(2)
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = F.apply(x)
y.backward()
x.grad.mul_(2)

# a Function that shares one gradient
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        return a + b
    @staticmethod
    def backward(ctx, g):
        return g, g
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.ones(2, requires_grad=True)
F.apply(x, w).sum().backward()
x.grad.mul_(7)

# a Function whose gradient has another dtype
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        return a.double()
    @staticmethod
    def backward(ctx, g):
        return g
x = torch.tensor([1.0, 2.0], requires_grad=True)
F.apply(x).sum().backward()

# a Function that knows what is needed
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        return a * b
    @staticmethod
    def backward(ctx, g):
        assert ctx.needs_input_grad == (True, False)
        return g, None
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.ones(2)
F.apply(x, w).sum().backward()

# a Function that returns None
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        return a * 2
    @staticmethod
    def backward(ctx, g):
        return None
x = torch.tensor([1.0, 2.0], requires_grad=True)
F.apply(x).sum().backward()

# a Function that saves a number
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        ctx.save_for_backward(5)
        return a * 2
    @staticmethod
    def backward(ctx, g):
        return g * 2
x = torch.tensor([1.0, 2.0], requires_grad=True)
F.apply(x)

# a Function under no_grad
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        return a * 2
    @staticmethod
    def backward(ctx, g):
        return g * 2
x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.no_grad():
    y = F.apply(x)

# a Function whose forward fails
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        raise ValueError
    @staticmethod
    def backward(ctx, g):
        return g * 2
x = torch.tensor([1.0, 2.0], requires_grad=True)
try:
    F.apply(x)
except ValueError:
    a = torch.is_grad_enabled()

# a Function that is differentiable once
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        return a * 2
    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, g):
        return g * 2
x = torch.tensor([1.0, 2.0], requires_grad=True)
(g,) = torch.autograd.grad(F.apply(x).sum(), x, create_graph=True)
g.sum().backward()
"""


@pytest.mark.filterwarnings("ignore:Using backward:UserWarning", "ignore:The .grad attribute:UserWarning")
def test_programs_do_what_they_do_in_pytorch(program: str, agree: Callable[..., None]) -> None:
    agree(program)
