"""Random programs: ops, sharing, several outputs, hooks, retained graphs.

A program is plain data, so that hypothesis can shrink it and any module with PyTorch's names can
run it: `run(torch, program)`.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

UNARY = ["sin", "cos", "tanh", "sigmoid", "exp_small", "square", "neg", "clone", "relu", "abs"]
BINARY = ["add", "sub", "mul", "div_safe", "maximum"]
SHAPING = ["transpose", "reshape", "row", "columns", "sum_keep", "mean_keep", "cumsum", "softmax"]
SEVERAL = ["split", "chunk", "unbind", "max_dim"]
Program = list[tuple[str, int, int, float]]


def programs(longest: int = 12) -> st.SearchStrategy[Program]:
    """Instructions ``(name, first operand, second operand, number)``; operands count from the newest."""
    names = st.sampled_from(UNARY + BINARY + SHAPING + SEVERAL + ["hook", "retain"])
    index = st.integers(0, 7)
    number = st.floats(0.5, 1.5, width=16)
    return st.lists(st.tuples(names, index, index, number), min_size=1, max_size=longest)


def make(torch: Any, name: str, x: Any, y: Any, number: float) -> Any:
    """One instruction on tensors of shape (3, 4)."""
    table: dict[str, Any] = {
        "sin": lambda: torch.sin(x),
        "cos": lambda: torch.cos(x),
        "tanh": lambda: torch.tanh(x),
        "sigmoid": lambda: torch.sigmoid(x),
        "exp_small": lambda: torch.exp(torch.tanh(x)),
        "square": lambda: torch.tanh(x) ** 2,
        "neg": lambda: -x,
        "clone": lambda: x.clone(),
        "relu": lambda: torch.relu(x),
        "abs": lambda: x.abs(),
        "add": lambda: x + number * y,
        "sub": lambda: x - y,
        "mul": lambda: torch.tanh(x) * y,
        "div_safe": lambda: x / (2 + torch.tanh(y)),
        "maximum": lambda: torch.maximum(x, y),
        "transpose": lambda: x.t().contiguous().view(3, 4),
        "reshape": lambda: x.reshape(2, 6).reshape(3, 4),
        "row": lambda: x[1:2].expand(3, 4) * number,
        "columns": lambda: x[:, [0, 0, 3, 2]],
        "sum_keep": lambda: x.sum(0, keepdim=True) * 0.3 + y,
        "mean_keep": lambda: y - x.mean(1, keepdim=True),
        "cumsum": lambda: x.cumsum(1) * 0.4,
        "softmax": lambda: torch.softmax(x, 1),
        "split": lambda: torch.cat(torch.split(x, [1, 2])[::-1]),
        "chunk": lambda: torch.chunk(x, 2, 1)[0].repeat(1, 2),
        "unbind": lambda: torch.stack([row * k for k, row in enumerate(torch.unbind(x), 1)]),
        "max_dim": lambda: x.max(1, keepdim=True).values + y * 0.5,
    }
    return table[name]()


def run(torch: Any, program: Program, leaves: Any) -> tuple[Any, list[Any], list[Any]]:
    """The loss, the tensors that were asked to retain their gradients, and what the hooks saw."""
    tensors, retained, seen = list(leaves), [], []
    for name, i, j, number in program:
        x, y = tensors[-1 - i % len(tensors)], tensors[-1 - j % len(tensors)]
        if name == "hook":
            tensors.append(x * 1)
            tensors[-1].register_hook(lambda g, k=number: (seen.append(g.detach().clone()), g * k)[1])
        elif name == "retain":
            tensors.append(x * 1)
            tensors[-1].retain_grad()
            retained.append(tensors[-1])
        else:
            tensors.append(make(torch, name, x, y, number))
    loss = sum((t * (0.1 + 0.05 * k)).sum() for k, t in enumerate(tensors[len(leaves) :]))
    return loss, retained, seen
