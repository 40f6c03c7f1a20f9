"""Checkpointing, hooks on saved tensors and anomaly mode: programs that do what they do in PyTorch.

Hooks must be called in PyTorch's order, as often, and with the same values.  See `conftest` for how the
programs are run.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("torch.utils.checkpoint", reason="parity tests need torch==2.13.0")

PROGRAMS = """
# checkpointed dropout draws the same numbers
checkpoint = torch.utils.checkpoint.checkpoint
torch.manual_seed(5)
x = torch.linspace(-1, 1, 12).reshape(3, 4).requires_grad_()
y = checkpoint(lambda x: torch.nn.functional.dropout(x.exp(), 0.4).sin(), x, use_reentrant=False)
after = torch.rand(2)
y.sum().backward()
later = torch.rand(2)

# the second order of nested checkpoints
checkpoint = torch.utils.checkpoint.checkpoint
x = torch.linspace(-1, 1, 4).requires_grad_()
inner = lambda x: checkpoint(lambda x: x.sin() * x, x, use_reentrant=False).exp()
y = checkpoint(inner, x, use_reentrant=False).sum()
(g,) = torch.autograd.grad(y, x, create_graph=True)
(h,) = torch.autograd.grad(g.sum(), x)

# how often a checkpointed function runs
checkpoint = torch.utils.checkpoint.checkpoint
runs = []
def function(x):
    runs.append("begun")
    y = x.exp().sin()
    runs.append("ended")
    return y
x = torch.ones(2, requires_grad=True)
y = checkpoint(function, x, use_reentrant=False)
y.sum().backward(retain_graph=True)
y.sum().backward()

# how often nested checkpoints run
checkpoint = torch.utils.checkpoint.checkpoint
runs = []
def inner(x):
    runs.append("inner")
    return x.sin().exp()
def outer(x):
    runs.append("outer")
    return checkpoint(inner, x.exp(), use_reentrant=False).cos()
x = torch.ones(2, requires_grad=True)
checkpoint(outer, x, use_reentrant=False).sum().backward()

# the reentrant form
checkpoint = torch.utils.checkpoint.checkpoint
torch.manual_seed(5)
x = torch.linspace(-1, 1, 4).requires_grad_()
w = torch.ones(4, requires_grad=True)
y = checkpoint(lambda x: torch.nn.functional.dropout(x.exp() * w, 0.4), x * 1, use_reentrant=True)
y.sum().backward()

# autograd.grad through the reentrant form
checkpoint = torch.utils.checkpoint.checkpoint
x = torch.ones(2, requires_grad=True)
y = checkpoint(lambda x: x.exp(), x, use_reentrant=True).sum()
torch.autograd.grad(y, x)

# keywords for the reentrant form
checkpoint = torch.utils.checkpoint.checkpoint
x = torch.ones(2, requires_grad=True)
checkpoint(lambda x, k: x * k, x, k=2, use_reentrant=True)

# a function that saves other shapes the second time
checkpoint = torch.utils.checkpoint.checkpoint
sizes = iter([2, 3])
x = torch.ones(4, requires_grad=True)
y = checkpoint(lambda x: x[: next(sizes)].exp().sum(), x, use_reentrant=False)
try:
    y.backward()
except RuntimeError as error:
    name = type(error).__name__

# a function that saves fewer tensors the second time
checkpoint = torch.utils.checkpoint.checkpoint
times = iter([3, 2])
def function(x):
    for _ in range(next(times)):
        x = x.exp()
    return x.sum()
x = torch.ones(4, requires_grad=True)
y = checkpoint(function, x, use_reentrant=False)
try:
    y.backward()
except RuntimeError as error:
    name = type(error).__name__

# a checkpoint that is not recorded
checkpoint = torch.utils.checkpoint.checkpoint
x = torch.ones(2, requires_grad=True)
with torch.no_grad():
    y = checkpoint(lambda x: x.exp(), x, use_reentrant=False)

# sequential in segments
checkpoint_sequential = torch.utils.checkpoint.checkpoint_sequential
torch.manual_seed(0)
model = torch.nn.Sequential(*[torch.nn.Linear(3, 3) for _ in range(5)])
x = torch.ones(2, 3, requires_grad=True)
y = checkpoint_sequential(model, 2, x, use_reentrant=False)
y.sum().backward()
grads = [p.grad for p in model.parameters()]

# too many segments
checkpoint_sequential = torch.utils.checkpoint.checkpoint_sequential
y = checkpoint_sequential([torch.sin, torch.cos], 3, torch.ones(1), use_reentrant=False)

# inner gradients in a checkpoint
checkpoint = torch.utils.checkpoint.checkpoint
def function(x):
    y = (x**3).sum()
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    return g * x
x = torch.tensor([1.0, 2.0], requires_grad=True)
checkpoint(function, x, use_reentrant=False).sum().backward()

# in place on what was saved, in a checkpoint
checkpoint = torch.utils.checkpoint.checkpoint
def function(x, w):
    y = x * 2
    y.mul_(w)
    y.div_(w + 3)
    return y.exp().sin()
x = torch.tensor([0.2, 0.3], requires_grad=True)
w = torch.tensor([0.5, 0.7], requires_grad=True)
checkpoint(function, x, w, use_reentrant=False).sum().backward()

# pack and unpack: order, counts and values
log = []
pack = lambda t: (log.append(["pack", t.tolist()]), t)[1]
unpack = lambda t: (log.append(["unpack", t.tolist()]), t)[1]
a = torch.tensor([1.0, 2.0], requires_grad=True)
b = a * 2
with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
    y = (a * b).relu()
    z = y / a
    loss = (z * 3.0).sum()
log.append("backward")
loss.backward(retain_graph=True)
loss.backward()

# pack and unpack of a matrix product
log = []
pack = lambda t: (log.append(["pack", t.tolist()]), t)[1]
unpack = lambda t: (log.append(["unpack", t.tolist()]), t)[1]
a = torch.tensor([[1.0, 2.0]], requires_grad=True)
b = torch.tensor([[3.0], [4.0]], requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
    (a @ b).sum().backward()

# pack and unpack of a Function
log = []
pack = lambda t: (log.append(["pack", t.tolist()]), t)[1]
unpack = lambda t: (log.append(["unpack", t.tolist()]), t)[1]
class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b
    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return g * b, g * a
a = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor([3.0, 4.0], requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
    Product.apply(a, b).sum().backward()

# the innermost of nested hooks
log = []
a = torch.tensor([0.0, 0.1], requires_grad=True)
hooks = lambda name: torch.autograd.graph.saved_tensors_hooks(lambda t: (log.append(name), t)[1], lambda t: t)
with hooks("outer"):
    b = a.exp()
    with hooks("inner"):
        c = b.exp()
    d = c.exp()

# hooks see no gradient mode in a plain pass
modes = []
a = torch.tensor([1.0, 2.0], requires_grad=True)
look = lambda t: (modes.append(torch.is_grad_enabled()), t)[1]
with torch.autograd.graph.saved_tensors_hooks(look, look):
    a.exp().sum().backward()

# pack of an in-place product
log = []
a = torch.tensor([1.0, 2.0], requires_grad=True)
b = a * 2
with torch.autograd.graph.saved_tensors_hooks(lambda t: (log.append(t.tolist()), t)[1], lambda t: t):
    b.mul_(a)
b.sum().backward()

# a pack hook that writes
a = torch.ones(2, requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(lambda t: t.add_(1), lambda t: t):
    y = a.clone() * a

# an unpack hook that returns no tensor
a = torch.ones(2, requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: 3):
    y = (a * a).sum()
y.backward()

# hooks that are disabled
a = torch.ones(2, requires_grad=True)
with torch.autograd.graph.disable_saved_tensors_hooks("no"):
    y = (a * a).sum()
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        pass

# disabling hooks that are active
with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
    with torch.autograd.graph.disable_saved_tensors_hooks("no"):
        pass

# saved on the CPU
a = torch.ones(2, requires_grad=True)
with torch.autograd.graph.save_on_cpu():
    (a * a).sum().backward()

# overwriting what was saved, where it is allowed
a = torch.ones(2, requires_grad=True)
with torch.autograd.graph.allow_mutation_on_saved_tensors():
    b = a.clone()
    y = (b**2).sum()
    b.sin_()
    y.backward()

# a version that is incremented
a = torch.ones(2, requires_grad=True)
b = a * 1
y = (b**2).sum()
torch.autograd.graph.increment_version(b)
version = b._version
y.backward()

# gradients of several tensors together
calls = []
c = torch.ones(2, requires_grad=True)
d = torch.ones(2, requires_grad=True)
e = torch.ones(2, requires_grad=True)
h = c * d
hook = lambda gs: calls.append([None if g is None else g.tolist() for g in gs])
handle = torch.autograd.graph.register_multi_grad_hook([c, h, d, e], hook)
(h * c).sum().backward(retain_graph=True)
torch.autograd.grad((h * 2).sum(), h, retain_graph=True)
handle.remove()
h.sum().backward()

# the first gradient of several tensors
calls = []
c = torch.ones(2, requires_grad=True)
h = c * 2
hook = lambda g: calls.append(g.tolist())
handle = torch.autograd.graph.register_multi_grad_hook([c, h], hook, mode="any")
y = (h * c).sum()
y.backward(retain_graph=True)
y.backward()

# an unknown mode of a hook on several tensors
c = torch.ones(2, requires_grad=True)
torch.autograd.graph.register_multi_grad_hook([c], print, mode="some")

# the gradient edge of a constant
torch.autograd.graph.get_gradient_edge(torch.ones(2))

# a gradient edge
x = torch.ones(2, requires_grad=True)
name, output = torch.autograd.graph.get_gradient_edge(x.exp()).node.name(), x.exp().output_nr

# anomaly mode stops at a nan
x = torch.tensor([0.0, 1.0], requires_grad=True)
with torch.autograd.set_detect_anomaly(True), np.errstate(all="ignore"):
    (x.sqrt() * 0).sum().backward()

# anomaly mode lets a nan pass if asked
x = torch.tensor([0.0, 1.0], requires_grad=True)
with torch.autograd.set_detect_anomaly(True, check_nan=False), np.errstate(all="ignore"):
    (x.sqrt() * 0).sum().backward()

# anomaly mode lets an infinite mask pass
x = torch.tensor([0.0, 1.0], requires_grad=True)
with torch.autograd.set_detect_anomaly(True):
    x.masked_fill(x > 0.5, float("-inf")).softmax(0)[0].backward()

# anomaly mode ends with its block
x = torch.tensor([0.0, 1.0], requires_grad=True)
with torch.autograd.set_detect_anomaly(True):
    y = (x.sqrt() * 0).sum()
with np.errstate(all="ignore"):
    y.backward()
"""


def test_it_is_as_in_pytorch(program: str, agree: Callable[..., None]) -> None:
    agree(program)
