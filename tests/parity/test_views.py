"""Views and in-place operations: programs that must do what they do in PyTorch.

Each program runs with both libraries; values, dtypes, `requires_grad`, `is_leaf`, versions, gradients and
whether an error is raised must agree.  See `conftest` for the comments that say otherwise.  At the end,
hypothesis writes such programs itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

PROGRAMS = """
# a row, written after it is seen
w = torch.arange(12.0).view(3, 4).requires_grad_()
x = w * 1
row = x[1]
row.mul_(2)
(x * x).sum().backward()

# a slice of a slice, written
w = torch.arange(12.0).view(3, 4).requires_grad_()
x = w * 2
v = x[1:]
u = v[:, ::2]
u.mul_(3)
(x * x).sum().backward()

# the base, written after a slice of a slice
w = torch.arange(12.0).view(3, 4).requires_grad_()
x = w * 2
u = x[1:][:, ::2]
x.mul_(3)
(u * u).sum().backward()

# the middle of a chain of views, written
w = torch.arange(12.0).view(3, 4).requires_grad_()
x = w * 2
v = x[1:]
u = v[:, ::2]
v.add_(1)
(u * u).sum().backward()

# a sibling view, written
w = torch.arange(12.0).view(3, 4).requires_grad_()
x = w * 2
a = x[0]
b = x[:, 1]
a.mul_(5)
(b * b).sum().backward()

# overlapping siblings, written in turn
w = torch.arange(6.0).requires_grad_()
x = w * 1
v = x[2:5]
u = x[3:]
v.mul_(2)
u.mul_(3)
v.add_(1)
(u * u).sum().backward(retain_graph=True)
(v * v).sum().backward()
x.sum().backward()

# a transpose, its row written
w = torch.arange(12.0).view(3, 4).requires_grad_()
x = w * 2
v = x.t()
u = v[1]
u.add_(1)
(v * v).sum().backward()

# a permutation, a slice written
w = torch.arange(24.0).view(2, 3, 4).requires_grad_()
x = w * 1
v = x.permute(2, 0, 1)
v[0] = 3.0
v[1:, :, 2].mul_(2)
(x * x).sum().backward()

# a permutation, squared in place
# allowed: what an operation saved of the memory that it overwrites is copied first
w = torch.arange(6.0).view(2, 3).requires_grad_()
v = (w * 1).permute(1, 0)
v.mul_(v)
v.sum().backward()
# as:
w = torch.arange(6.0).view(2, 3).requires_grad_()
(w * w).sum().backward()

# expanded, the base written
w = torch.arange(3.0).requires_grad_()
x = w * 2
v = x.expand(2, 3)
x.mul_(3)
(v * v).sum().backward()

# expanded, then written
w = torch.arange(3.0).requires_grad_()
x = w * 2
v = x.expand(2, 3)
v.mul_(3)

# expanded to the same shape, then written
w = torch.arange(3.0).requires_grad_()
x = w * 2
v = x.expand(3)
v.mul_(3)
(x * x).sum().backward()

# a diagonal, multiplied
w = torch.arange(9.0).view(3, 3).requires_grad_()
x = w * 2
x.diagonal().mul_(3)
(x * x).sum().backward()

# an off-diagonal, filled
w = torch.arange(9.0).view(3, 3).requires_grad_()
x = w * 2
d = x.diagonal(1)
d.fill_(3)
(x * x).sum().backward()

# a diagonal of a batch, added to
w = torch.arange(24.0).view(2, 3, 4).requires_grad_()
x = w * 2
d = x.diagonal(0, 1, 2)
d.add_(1)
(x * d.sum()).sum().backward()

# unbound, then read
w = torch.arange(9.0).view(3, 3).requires_grad_()
a, b, c = (w * 2).unbind(1)
(a * b + c).sum().backward()

# unbound along the last dimension
w = torch.arange(12.0).view(3, 4).requires_grad_()
a, b, c, d = (w * 2).unbind(-1)
(a * b * c).sum().backward()

# unbound, a part written
w = torch.arange(9.0).view(3, 3).requires_grad_()
x = w * 2
a, b, c = x.unbind(0)
e = raises(lambda: a.mul_(2), "Output 0 of Unbind.* is a view and is being modified inplace", RuntimeError)
(x * x).sum().backward()

# unbound, the base written
w = torch.arange(9.0).view(3, 3).requires_grad_()
x = w * 2
a, b, c = x.unbind(0)
x.mul_(2)
e = raises(lambda: a * b, "its base or another view of its base has been modified inplace", RuntimeError)
del a, b, c

# split, a part written
w = torch.arange(9.0).view(3, 3).requires_grad_()
x = w * 2
a, b = x.split([1, 2])
e = raises(lambda: b.mul_(2), "Output 1 of Split.* is a view and is being modified inplace", RuntimeError)
(x * x).sum().backward()

# selected by a negative dimension
w = torch.arange(9.0).view(3, 3).requires_grad_()
x = w * 2
v = x.select(-1, 1)
(v * v).sum().backward()

# selected, then copied into
w = torch.arange(9.0).view(3, 3).requires_grad_()
x = w * 2
x.select(1, 2).copy_(torch.ones(3))
(x * x).sum().backward()

# narrowed, then two writes
w = torch.arange(6.0).view(2, 3).requires_grad_()
x = w * 1
v = x.narrow(1, 1, 2)
v.sub_(4)
v.pow_(2)
x.sum().backward()

# reshaped without a copy, then written
w = torch.arange(12.0).requires_grad_()
x = w * 2
v = x.reshape(3, 4)
v[1].zero_()
(x * x).sum().backward()

# reshaped with a copy, then written
w = torch.arange(12.0).view(3, 4).requires_grad_()
x = (w * 2).t()
v = x.reshape(12)
v.mul_(3)
(x * x).sum().backward()
(v * v).sum().backward()

# flattened without a copy, then written
w = torch.arange(6.0).view(2, 3).requires_grad_()
x = w * 1
x.flatten()[2:4].neg_()
(x * x).sum().backward()

# a view of a view in another shape, written by index
w = torch.arange(12.0).view(3, 4).requires_grad_()
x = w * 2
v = x.view(2, 6)
u = v.view(4, 3)
u[2] = 7.0
(x * v.view(3, 4)).sum().backward()

# squeezed, then written
w = torch.arange(4.0).requires_grad_()
x = w.unsqueeze(0) * 1
v = x.squeeze(0)
v.mul_(2)
(x * x).sum().backward()

# a scalar seen with a dimension, written
w = torch.tensor(3.0).requires_grad_()
x = w * 1
v = x[None]
v.mul_(3)
x.backward()

# a scalar written, seen with a dimension
w = torch.tensor(3.0).requires_grad_()
x = w * 1
v = x.view(1)
x.mul_(3)
v.sum().backward()

# a scalar written, seen expanded
w = torch.tensor(3.0).requires_grad_()
x = w * 1
v = x.expand(3)
x.mul_(3)
v.sum().backward()

# a scalar written by the empty key
w = torch.tensor(3.0).requires_grad_()
x = w * 1
x[()] = 2
y = x * w
y.backward()

# written by mask
w = torch.arange(4.0).requires_grad_()
x = w * 2
x[x > 3] = 0.0
(x * x).sum().backward()

# multiplied by mask
w = torch.arange(4.0).requires_grad_()
x = w * 2
x[x > 2] *= 3
(x * x).sum().backward()

# written by index array
w = torch.arange(4.0).requires_grad_()
x = w * 2
x[torch.tensor([0, 2])] = torch.tensor([1.0, 2.0])
(x * x).sum().backward()

# added to by index array
w = torch.arange(4.0).requires_grad_()
x = w * 2
x[[0, 1]] += 5
(x * x).sum().backward()

# written by mask through a view
w = torch.tensor(2.0, requires_grad=True)
x = torch.zeros(3, 2)
v = x[1:]
v[torch.tensor([True, False])] = w
(x * x).sum().backward()

# written by Ellipsis and None
w = torch.arange(3.0).requires_grad_()
x = w * 1
x[..., 1:] = 2
x[None, 0] = 3
(x * x).sum().backward()

# written by True
w = torch.arange(3.0).requires_grad_()
x = w * 1
x[True] = 2
(x * w).sum().backward()

# read by True
w = torch.arange(3.0).requires_grad_()
x = w[True]
(x * x).sum().backward()

# an integer, a slice and an index array
w = torch.arange(24.0).view(2, 3, 4).requires_grad_()
x = w[0, :, [1, 2]]
(x * x).sum().backward()

# an element that requires a gradient, put into a constant
v = torch.tensor(3.0, requires_grad=True)
x = torch.zeros(4)
x[1] = v
(x * x).sum().backward()

# a slice that requires a gradient, put into a constant
v = torch.tensor([3.0, 4.0], requires_grad=True)
x = torch.zeros(4)
x[1:3] = v
x[0] = v[1]
(x * x).sum().backward()

# put into a view of a constant
v = torch.tensor([3.0, 4.0], requires_grad=True)
x = torch.zeros(4)
u = x[1:]
u[1:3] = v
(x * x).sum().backward()

# put into a constant that has a view
v = torch.tensor([3.0, 4.0], requires_grad=True)
x = torch.zeros(3, 2)
row = x[1]
x[:] = v
(row * row).sum().backward()

# put into a transposed constant
v = torch.tensor([3.0, 4.0], requires_grad=True)
x = torch.zeros(3, 2)
x.t()[:, 0] = v
(x * x).sum().backward()

# put by index array
v = torch.arange(2.0).requires_grad_()
x = torch.zeros(3, 2)
x[torch.tensor([0, 2])] = v
(x * x).sum().backward()

# put by mask
v = torch.arange(2.0).requires_grad_()
x = torch.zeros(4)
x[torch.tensor([True, False, True, False])] = v
(x * x).sum().backward()

# put where it has one dimension too many
v = torch.tensor([[1.0, 2.0]], requires_grad=True)
x = torch.zeros(2)
x[:] = v
(x * x).sum().backward()

# put under no_grad
v = torch.tensor([3.0, 4.0], requires_grad=True)
x = torch.zeros(4)
with torch.no_grad():
    x[1:3] = v

# added up by index_put_
w = torch.arange(4.0).requires_grad_()
x = w * 1
x.index_put_((torch.tensor([0, 0]),), torch.tensor([1.0, 2.0]), accumulate=True)
(x * x).sum().backward()

# values added up by index_put_
v = torch.arange(2.0).requires_grad_()
x = torch.zeros(4)
x.index_put_((torch.tensor([0, 0]),), v, accumulate=True)
(x * x).sum().backward()

# a leaf, updated under no_grad
w = torch.ones(3, requires_grad=True)
with torch.no_grad():
    w.mul_(2)
    w += 1
    w[0] = 9
    w.clamp_(max=4)
(w * w).sum().backward()

# a view of a leaf, written under no_grad
w = torch.ones(3, requires_grad=True)
v = w[1:]
with torch.no_grad():
    v.mul_(2)
(w * w).sum().backward()

# a leaf, written while recording
w = torch.ones(3, requires_grad=True)
w.mul_(2)

# a view of a leaf, written while recording
w = torch.ones(3, requires_grad=True)
w[1:].mul_(2)

# a leaf, written by index while recording
w = torch.ones(3, requires_grad=True)
w[0] = 2.0

# a leaf, += through a view of the same shape
w = torch.ones(3, requires_grad=True)
v = w.view(3)
v += 1

# a non-leaf, its view written under no_grad
w = torch.ones(3, requires_grad=True)
y = w * 2
v = y[1:]
with torch.no_grad():
    v.mul_(2)
(y * y).sum().backward()

# a non-leaf, written under no_grad, its view read
w = torch.ones(3, requires_grad=True)
y = w * 2
v = y[1:]
with torch.no_grad():
    y.mul_(2)
(v * v).sum().backward()

# a base that starts to require a gradient after the view
x = torch.zeros(3)
v = x[1:]
x.requires_grad_()
answer = v.requires_grad

# a base that requires a gradient, its older view written
x = torch.zeros(3)
v = x[1:]
x.requires_grad_()
v.mul_(2)

# a view that requires a gradient alone
x = torch.zeros(3)
v = x[1:]
v.requires_grad_()
(v * 2).sum().backward()
answer = x.requires_grad

# a result that exp saved, multiplied
w = torch.ones(3, requires_grad=True)
y = w.exp()
y.mul_(2)
y.sum().backward()

# a result that exp saved, added to
w = torch.ones(3, requires_grad=True)
y = w.exp()
y.add_(2)
y.sum().backward()

# an operand that sin saved, added to
w = torch.ones(3, requires_grad=True)
y = w * 3
z = y.sin()
y.add_(2)
z.sum().backward()

# an operand that nothing saved, multiplied
w = torch.ones(3, requires_grad=True)
y = w * 3
z = y + 1
y.mul_(2)
(z + y).sum().backward()

# an operand written through data: not seen
w = torch.ones(3, requires_grad=True)
y = w * 3
z = y * y
y.data.mul_(2)
z.sum().backward()

# an operand written through detach: seen
w = torch.ones(3, requires_grad=True)
y = w * 3
z = y * y
y.detach().mul_(2)
z.sum().backward()

# a saved leaf, updated under no_grad
w = torch.ones(3, requires_grad=True)
y = w * w
with torch.no_grad():
    w.add_(1)
y.sum().backward()

# a saved leaf, updated through data
w = torch.ones(3, requires_grad=True)
y = w * w
w.data.add_(1)
y.sum().backward()

# a saved view, another part written
w = torch.arange(4.0).requires_grad_()
y = w * 1
z = y[:2] * y[:2]
y[3] = 9.0
z.sum().backward()

# a sum, its operand written
w = torch.arange(4.0).requires_grad_()
y = w * 1
z = y.sum()
y[3] = 9.0
z.backward()

# a saved number, its tensor written
# allowed: a 0-d result is an immutable number until something writes to it
w = torch.tensor(2.0, requires_grad=True)
y = w * 3
z = y * y
y.add_(1)
z.backward()
# as:
w = torch.tensor(2.0, requires_grad=True)
y = w * 3
z = y * y
z.backward()

# multiplied by itself in place
# allowed: what an operation saved of the memory that it overwrites is copied first
w = torch.ones(3, requires_grad=True)
y = w * 2
y.mul_(y)
y.sum().backward()
# as:
w = torch.ones(3, requires_grad=True)
y = w * 2
(y * y).sum().backward()

# sqrt_ then exp_
# allowed: an operation keeps its own result, and not the memory that it was written to
w = torch.arange(1.0, 7.0).requires_grad_()
y = w * 1
y.sqrt_()
y.exp_()
y.sum().backward()
# as:
w = torch.arange(1.0, 7.0).requires_grad_()
w.sqrt().exp().sum().backward()

# a part added to its neighbour
w = torch.ones(3, requires_grad=True)
y = w * 2
y[1:] += y[:-1]
(y * y).sum().backward()

# a part copied over its neighbour
w = torch.arange(3.0).requires_grad_()
y = w * 2
y[1:] = y[:-1]
(y * y).sum().backward()

# a part copied over another
w = torch.arange(3.0).requires_grad_()
y = w * 2
y[1:].copy_(y[:-1].clone())
(y * y).sum().backward()

# masked_fill_
w = torch.arange(4.0).requires_grad_()
y = w * 2
y.masked_fill_(torch.tensor([True, False, True, False]), 7.0)
(y * y).sum().backward()

# masked_fill_ on a view
w = torch.arange(4.0).requires_grad_()
y = w * 2
y[1:].masked_fill_(torch.tensor([True, False, True]), 7.0)
(y * y).sum().backward()

# clamp_
w = torch.arange(4.0).requires_grad_()
y = w * 2
y.clamp_(1, 4)
(y * y).sum().backward()

# clamp_ on a view
w = torch.arange(4.0).requires_grad_()
y = w * 2
y[::2].clamp_(min=3)
(y * y).sum().backward()

# relu_, seen through a view
w = torch.arange(-3.0, 3.0).view(2, 3).requires_grad_()
y = w * 1
v = y[0]
y.relu_()
v.sum().backward()

# zero_ in the graph
w = torch.arange(4.0).requires_grad_()
y = w * 2
y.zero_()
(y * y).sum().backward()

# fill_ in the graph
w = torch.arange(4.0).requires_grad_()
y = w * 2
y.fill_(3)
(y * w).sum().backward()

# zero_ on a view
w = torch.arange(4.0).requires_grad_()
y = w * 2
y[1:].zero_()
(y * y).sum().backward()

# fill_ with a tensor of the graph
v = torch.tensor(3.0, requires_grad=True)
w = torch.arange(4.0).requires_grad_()
y = w * 2
y[1:].fill_(v)
(y * w).sum().backward()

# copy_ from the graph into the graph
w = torch.arange(4.0).requires_grad_()
y = w * 2
y.copy_(w)
(y * y).sum().backward()

# copy_ from the graph into a constant
w = torch.arange(4.0).requires_grad_()
y = torch.zeros(2, 4)
y.copy_(w)
(y * y).sum().backward()

# copy_ to another float
w = torch.arange(4.0).requires_grad_()
y = torch.zeros(4, dtype=torch.float64)
y.copy_(w)
(y * y).sum().backward()

# copy_ to integers
w = torch.arange(4.0).requires_grad_()
y = torch.zeros(4, dtype=torch.int64)
y.copy_(w)

# integers += floats
w = torch.arange(4.0).requires_grad_()
y = torch.zeros(4, dtype=torch.int64)
y += w

# a constant += the graph
w = torch.arange(4.0).requires_grad_()
y = torch.zeros(4)
y += w
(y * y).sum().backward()

# a view of a constant += the graph
w = torch.arange(4.0).requires_grad_()
y = torch.zeros(4)
u = y.view(2, 2)
v = y[1:]
u.mul_(2)
v.add_(w[1:], alpha=2)
(u * u).sum().backward()

# detach shares memory
w = torch.arange(4.0).requires_grad_()
v = w.detach()
v[0] = 5
(w * w).sum().backward()

# detach_ on a result
w = torch.arange(4.0).requires_grad_()
y = w * 1
y.detach_()
z = y * 2

# detach_ on a view
w = torch.arange(4.0).requires_grad_()
y = w * 1
v = y[1:]
v.detach_()

# detach_ on a base: its views keep their history
w = torch.arange(4.0).requires_grad_()
y = w * 1
v = y[1:]
y.detach_()
z = v.sum()
z.backward()

# retain_grad, then written
w = torch.arange(6.0).requires_grad_()
y = w * 1
y.retain_grad()
y.mul_(2)
y.sum().backward()

# retain_grad, then written through a view
w = torch.arange(6.0).requires_grad_()
y = w * 1
y.retain_grad()
y[:2].mul_(2)
y.sum().backward()

# retain_grad on a view, its base written
w = torch.arange(6.0).requires_grad_()
y = w * 1
v = y[2:5]
v.retain_grad()
y.mul_(2)
v.sum().backward()

# out of range
w = torch.arange(3.0).requires_grad_()
y = w * 1
y[5] = 3.0

# a value that does not fit
w = torch.arange(3.0).requires_grad_()
y = w * 1
y[0:2] = torch.ones(3)

# an operand that would change the shape
w = torch.arange(3.0).requires_grad_()
y = w * 1
y.add_(torch.ones(2, 3))

# copy_ that does not fit
w = torch.arange(3.0).requires_grad_()
y = w * 1
y.copy_(torch.ones(2))

# integers divided in place
x = torch.arange(3)
x.div_(2)

# integers multiplied by a float in place
x = torch.arange(3)
x.mul_(2.5)

# integers written with floats
x = torch.arange(3)
x[0] = 2.7
x[1] = torch.tensor(3.9)

# bools added to in place
x = torch.tensor([True, False])
x += 1

# bools or-ed in place
x = torch.tensor([True, False])
x |= True

# float32 += float64
x = torch.arange(3.0)
x += torch.ones(3, dtype=torch.float64)
"""


def test_programs_do_what_they_do_in_pytorch(program: str, agree: Callable[..., None]) -> None:
    agree(program, versions=True)


# ------------------------------------------------------------------ programs of hypothesis

START = """
w = torch.linspace(-1, 2, 12).view(3, 4).clone().requires_grad_()
s = torch.tensor(1.5, requires_grad=True)
v0 = w * 1
v1 = torch.linspace(0, 1, 4)
"""
VIEWS = [
    "{a}[{i}]",
    "{a}[{i}:]",
    "{a}[::2]",
    "{a}[...,{i}]",
    "{a}[None]",
    "{a}[:,1:]",
    "{a}[1:,::2]",
    "{a}.t()",
    "{a}.T",
    "{a}.transpose(0,-1)",
    "{a}.view(-1)",
    "{a}.reshape(-1)",
    "{a}.reshape(2,-1)",
    "{a}.unsqueeze(0)",
    "{a}.squeeze()",
    "{a}.diagonal()",
    "{a}.expand(2,*{a}.shape)",
    "{a}.narrow(0,1,1)",
    "{a}.select(0,{i})",
    "{a}.movedim(0,-1)",
    "{a}.permute(*range({a}.dim())[::-1])",
    "{a}.detach()",
    "{a}.flatten()",
    "{a}.view_as({a})",
]
RESULTS = [
    "{a}*2",
    "{a}*{a}",
    "{a}+{b}",
    "{a}*{b}",
    "{a}.sin()",
    "{a}.clone()",
    "{a}.sum(0)",
    "{a}[[0,1]]",
    "{a}.relu()",
    "-{a}",
    "torch.where({a}>0,{a},-{a})",
    "{a}.contiguous()",
]
WRITES = [
    "{a}.mul_(2)",
    "{a}.add_({b})",
    "{a}.mul_({b})",
    "{a}[{i}]=3.0",
    "{a}[{i}]={b}",
    "{a}[1:]={b}",
    "{a}[{a}>1]=0.5",
    "{a}.masked_fill_({a}<0.5,2.0)",
    "{a}.clamp_(-1,1.5)",
    "{a}+={b}",
    "{a}*=2",
    "{a}[[1,0]]={b}",
    "{a}.sub_(1)",
    "{a}.neg_()",
    "{a}.sin_()",
    "{a}[...,1]*=3",
    "{a}.pow_(2)",
    "{a}[:1]+={b}",
    "{a}.tanh_()",
    "{a}.sigmoid_()",
    "{a}.div_(2)",
    "{a}.tril_()",
    "{a}.index_put_((torch.tensor([0,0]),),{b},accumulate=True)",
]


@st.composite
def programs(draw: Callable[..., Any]) -> list[str]:
    """Lines that view, compute and write; some make no sense, and are left out when PyTorch refuses."""
    lines, names = START.split("\n")[1:-1], ["v0", "v1"]
    for _ in range(draw(st.integers(2, 8))):
        kind = draw(st.sampled_from(["view", "result", "write", "write"]))
        template = draw(st.sampled_from({"view": VIEWS, "result": RESULTS, "write": WRITES}[kind]))
        a, b = draw(st.sampled_from(names)), draw(st.sampled_from(["w", "s", *names]))
        if kind == "write":
            b = f"{b}.clone()"  # PyTorch leaves open what a write gives that reads its own memory
        line = template.format(a=a, b=b, i=draw(st.integers(0, 2)))
        if kind != "write":
            names.append(f"v{len(names)}")
            line = f"{names[-1]} = {line}"
        quiet = kind == "write" and draw(st.integers(0, 7)) == 0
        lines.append(f"with torch.no_grad(): {line}" if quiet else line)
    return lines


def accepted(lines: list[str]) -> tuple[list[str], dict[str, Any]]:
    """The longest program of these lines that PyTorch accepts, and what it made."""
    while True:
        made: dict[str, Any] = {"torch": torch}
        for number, line in enumerate(lines):
            try:
                exec(line, made)
                _ = [value.grad_fn for value in made.values() if isinstance(value, torch.Tensor)]
            except Exception:
                lines = [*lines[:number], *lines[number + 1 :]]
                break
        else:
            return lines, made


def gradients(made: dict[str, Any], names: list[str]) -> list[Any] | None:
    """The gradients at both leaves of a sum over all that was made, None if there are none."""
    parts = [(made[name] * made[name] * k + made[name]).sum() for k, name in enumerate(names, 1)]
    try:
        sum(parts[1:], parts[0]).backward()
    except RuntimeError:
        return None
    return [
        np.zeros(t.shape) if t.grad is None else np.array(t.grad.tolist()) for t in (made["w"], made["s"])
    ]


@given(programs())
@settings(max_examples=150)
def test_programs_of_hypothesis(lines: list[str]) -> None:
    """Where PyTorch has an answer, ours is the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns of .T on other than two dimensions
        lines, theirs = accepted(lines)
    ours: dict[str, Any] = {"torch": mt}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # and so do we
        for line in lines:
            try:
                exec(line, ours)
            except mt.errors.InPlaceError as error:  # NumPy's expanded arrays are read-only as a whole
                if "refers to a single memory location" not in str(error):
                    raise
                return
    names = [name for name, value in theirs.items() if isinstance(value, torch.Tensor)]
    for name in names:
        a, b = ours[name], theirs[name]
        assert (a.requires_grad, a.is_leaf, a._version) == (b.requires_grad, b.is_leaf, b._version), (
            name,
            lines,
        )
        np.testing.assert_allclose(a.tolist(), b.tolist(), 1e-4, 1e-5, err_msg=f"{name} {lines}")
    names = [name for name in names if theirs[name].requires_grad]
    expected = gradients(theirs, names)
    if expected is not None:
        found = gradients(ours, names)
        assert found is not None, lines
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, 1e-3, 1e-4, err_msg=str(lines))
