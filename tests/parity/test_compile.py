"""Compiled programs under both libraries: what `compile` gives is what PyTorch computes.

PyTorch runs the functions as they are, which is what its compiler promises as well, and which takes no
seconds; one program goes through its compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

PROGRAMS = """
# a whole step with momentum
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True)
@torch.compile
def step(x, y):
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
    return loss
losses = torch.tensor([step(torch.full((4, 3), k / 10), torch.ones(4, 1)).item() for k in range(12)])
weight, bias = model[0].weight, model[2].bias

# a step with dropout draws the same numbers
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
def step(x, y):
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    return loss
step = torch.compile(step)
losses = []
for k in range(12):
    if k == 8:
        model.eval()
    losses.append(step(torch.full((4, 8), 0.1 * k), torch.tensor([k % 2, 1, 0, 1])).item())
losses, weight, drawn = torch.tensor(losses), model[0].weight, torch.rand(3)

# a module, whose backward pass runs as ever
torch.manual_seed(0)
nn = torch.nn
model = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.GELU(), nn.Linear(4, 2))
fast = torch.compile(model)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
losses = []
for k in range(12):
    optimizer.zero_grad()
    loss = fast(torch.full((5, 3), 0.1 * k)).pow(2).mean()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
losses, weight, gradient = torch.tensor(losses), model[0].weight, model[1].weight.grad
names = list(fast.state_dict())[:1] if hasattr(fast, "_orig_mod") else ["_orig_mod.0.weight"]

# a learning rate, an option and a flag that change between calls
w = torch.ones(3, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.5)
deep = [False]
@torch.compile
def step(x):
    optimizer.zero_grad()
    loss = ((w * x).tanh() if deep[0] else w * x).sum()
    loss.backward()
    optimizer.step()
    return loss
losses = []
for k in range(20):
    if k == 6:
        optimizer.param_groups[0]["lr"] = 0.01
    if k == 10:
        deep[0] = True
    if k == 14:
        optimizer.param_groups[0]["momentum"] = 0.9
    losses.append(step(torch.tensor([1.0, 2.0, k / 4])).item())
losses, weight = torch.tensor(losses), w

# arguments that are written, and share memory with what is
w = torch.ones(3)
@torch.compile
def step(x, y):
    w.add_(1)
    x.mul_(2)
    return x + y
found, kept = [], torch.zeros(3)
for k in range(8):
    x = torch.full((3,), float(k))
    found.append(step(x, w if k % 2 else kept))
    found.append(x)

# gradients that are kept, filled with zeros, and returned
w = torch.ones(2, requires_grad=True)
@torch.compile
def step(x):
    (w * x).pow(2).sum().backward()
    return w.grad
kept = []
for k in range(10):
    if k % 3 == 0 and w.grad is not None:
        w.grad = None
    if k % 3 == 1:
        w.grad.zero_()
    kept.append(step(torch.tensor([1.0, k / 2])))
same = [g is w.grad for g in kept]

# an error is the same error, and the next call is right
table = torch.nn.Embedding(4, 2)
torch.nn.init.ones_(table.weight)
step = torch.compile(lambda i: table(i).sum())
found = [step(torch.tensor([k % 4])) .detach() for k in range(6)]
errors = []
for k in (1, 9, 2):
    try:
        found.append(step(torch.tensor([k])).detach())
    except IndexError:
        errors.append(k)
"""


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    def compiled(model: Any = None, **options: Any) -> Any:
        return (lambda function: function) if model is None else model

    monkeypatch.setattr(torch, "compile", compiled)


def test_a_compiled_program_agrees(program: str, agree: Callable[..., None]) -> None:
    agree(program)


@pytest.mark.filterwarnings("ignore")  # its compiler looks at what it warns of
def test_the_same_text_goes_through_pytorchs_compiler(
    monkeypatch: pytest.MonkeyPatch, agree: Callable[..., None]
) -> None:
    monkeypatch.undo()
    text = PROGRAMS.strip().split("\n\n")[0]
    agree(text.replace("@torch.compile\n", '@torch.compile(backend="eager")\n'))
