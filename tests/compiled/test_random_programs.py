"""Random programs, random changes of Python's state between calls: compiled equals eager to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
from comparing import floats, values
from hypothesis import given, settings
from hypothesis import strategies as st

import microtensor as mt
import microtensor.nn.functional as F
from microtensor import nn, optim


class Settings:
    """What the program reads of Python's state."""

    def __init__(self) -> None:
        self.scale, self.deep, self.factors, self.zeros = 1.5, False, [1.0, 2.0], False


def branch(x: Any, world: Any) -> Any:
    return x * 2 if x.detach().sum() > 0 else x - 1


def in_place(x: Any, world: Any) -> Any:
    y = x * 1
    y[:, 0].mul_(world.settings.scale)
    y[1:3, :] += 1
    return y


def indexed(x: Any, world: Any) -> Any:
    return x[world.rows] + x[:, [0, 2, 1, 0]][:, ::1]


def written(x: Any, world: Any) -> Any:
    with mt.no_grad():
        world.mean.mul_(0.9).add_(x.detach().mean(0), alpha=0.1)
    return x - world.mean


def deep(x: Any, world: Any) -> Any:
    return world.layer(x) if world.settings.deep else x


STEPS: dict[str, Any] = {
    "layer": lambda x, w: w.layer(x),
    "tanh": lambda x, w: x.tanh(),
    "scale": lambda x, w: x * w.settings.scale,
    "factors": lambda x, w: sum(x * f for f in w.settings.factors),
    "softmax": lambda x, w: x.softmax(1),
    "view": lambda x, w: x.view(2, 8).T.reshape(4, 4) + x.T,
    "matmul": lambda x, w: x @ w.p,
    "dropout": lambda x, w: F.dropout(x, 0.3),
    "layer norm": lambda x, w: F.layer_norm(x, (4,)),
    "max": lambda x, w: x.max(dim=1, keepdim=True).values + x,
    "where": lambda x, w: mt.where(x > 0, x, x.exp()),
    "cat": lambda x, w: mt.cat([x[:2], x[2:] * 2]),
    "item": lambda x, w: x * round(x.detach().abs().max().item(), 0),
    "branch": branch,
    "in place": in_place,
    "index": indexed,
    "written": written,
    "deep": deep,
    "norm": lambda x, w: w.norm(x.float()),
    "attention": lambda x, w: F.scaled_dot_product_attention(x[None], x[None], x[None])[0],
    "twice": lambda x, w: w.layer(x) + w.layer(x * 2),
    "detour": lambda x, w: x.detach() * 2 + x,
    "slices": lambda x, w: mt.stack([row.sum() * row for row in x.unbind(0)]),
}


class World:
    """A program and its state."""

    def __init__(self, steps: list[str], optimizer: str, compiled: bool) -> None:
        mt.manual_seed(5)
        self.settings, self.layer, self.p = Settings(), nn.Linear(4, 4), nn.Parameter(mt.randn(4, 4) / 2)
        self.mean, self.rows = mt.zeros(4), mt.tensor([3, 0, 1, 1])
        self.norm, self.kept = nn.BatchNorm1d(4), list[Any]()
        self.parameters = [*self.layer.parameters(), self.p]
        self.optimizer = getattr(optim, optimizer)(self.parameters, lr=0.01)
        chosen = [STEPS[name] for name in steps]

        def step(x: Any) -> Any:
            self.optimizer.zero_grad(set_to_none=not self.settings.zeros)
            y = x
            for function in chosen:
                y = function(y, self)
            loss = (y * y).mean() + (self.p * self.p).sum() + self.layer.weight.sum()
            loss.backward()
            self.optimizer.step()
            return loss, y

        self.step = mt.compile(step, backend="numpy") if compiled else step

    def change(self, kind: str) -> None:
        """Something that a program may depend on."""
        if kind == "scale":
            self.settings.scale += 0.5
        elif kind == "deep":
            self.settings.deep = not self.settings.deep
        elif kind == "factors":
            self.settings.factors.append(0.5)
        elif kind == "lr":
            self.optimizer.param_groups[0]["lr"] *= 0.5
        elif kind == "decay":
            self.optimizer.param_groups[0]["weight_decay"] = 0.1
        elif kind == "frozen":
            self.p.requires_grad_(not self.p.requires_grad)
        elif kind == "memory":
            self.p.data = self.p.data.clone()
        elif kind == "seed":
            mt.manual_seed(11)
        elif kind == "eval":
            self.norm.train(not self.norm.training)
        elif kind == "zeros":
            self.settings.zeros = not self.settings.zeros
        elif kind == "hook":
            self.layer.register_forward_hook(lambda module, args, out: out * 0.5)
        elif kind == "gradient hook":
            self.p.register_hook(lambda grad: grad * 0.5)
        elif kind == "layer":
            self.layer.weight = nn.Parameter(self.layer.weight.detach() * 2)
        elif kind == "state":
            self.optimizer.load_state_dict(self.optimizer.state_dict())
        elif kind == "loaded":
            self.layer.load_state_dict({k: v * 0.9 for k, v in self.layer.state_dict().items()})
        elif kind == "grads":
            self.kept += [p.grad for p in self.parameters if p.grad is not None]
        elif kind == "written grads" and self.p.grad is not None:
            self.p.grad.mul_(2)
        elif kind == "dropped state":
            self.optimizer.state.clear()

    def left(self) -> list[bytes]:
        """All that a call can change."""
        grads = [b"" if p.grad is None else p.grad.numpy().tobytes() for p in self.parameters]
        return [*grads, *values([*self.parameters, self.mean])]


CHANGES = [
    "scale", "deep", "factors", "lr", "decay", "frozen", "memory", "seed", "nothing", "eval", "zeros", "hook",
    "gradient hook", "layer", "state", "loaded", "grads", "written grads", "dropped state",
]  # fmt: skip
LAYOUTS: dict[str, Any] = {
    "contiguous": lambda x: x,
    "transposed": lambda x: x.T,
    "a view": lambda x: mt.cat([x, x])[2:6],
    "every second row": lambda x: mt.cat([x, x])[::2],
    "double": lambda x: x.double(),
}


def outcome(world: World, x: Any) -> list[bytes]:
    """What a call leaves, or the error that it ends with."""
    try:
        seen = values(world.step(x))
    except RuntimeError as error:
        seen = [str(error).encode()]
    return [*seen, *world.left()]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=5),
    st.sampled_from(["SGD", "Adam", "RMSprop", "NAdam"]),
    st.lists(
        st.tuples(st.sampled_from(CHANGES), st.integers(1, 5), st.sampled_from(sorted(LAYOUTS))), max_size=4
    ),
)
def test_a_random_program_is_equal_to_the_bit(
    steps: list[str], optimizer: str, changes: list[tuple[str, int, str]]
) -> None:
    found = []
    with np.errstate(all="ignore"):
        for compiled in (False, True):
            world, random, seen = World(steps, optimizer, compiled), np.random.default_rng(0), []
            for kind, calls, layout in [("nothing", 5, "contiguous"), *changes]:
                world.change(kind)
                for _ in range(calls):
                    seen += outcome(world, LAYOUTS[layout](floats(random, 4, 4)))
            found.append(seen + values(world.kept))
    assert found[0] == found[1]
