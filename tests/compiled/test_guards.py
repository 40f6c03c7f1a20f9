"""Everything that a program assumes of Python's state, changed: it is noticed, and the result is eager's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from comparing import floats

import microtensor as mt
import microtensor.nn.functional as F
from microtensor import nn, optim

FACTOR = 0.5


class Config:
    shift = 1.0

    def __init__(self) -> None:
        self.gain, self.inner = 2.0, {"power": 2}


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.l, self.drop, self.extra = nn.Linear(2, 2), nn.Dropout(0.5), nn.ModuleList([nn.Linear(2, 2)])
        self.scale, self.config, self.sizes, self.table = 2.0, Config(), [1.0, 2.0], {"a": 3.0}
        self.register_buffer("mean", mt.ones(2))

    def forward(self, x: Any) -> Any:
        c = self.config
        y = self.drop(self.l(x)) * self.scale * FACTOR - c.shift + c.gain ** c.inner["power"] + self.mean
        for layer in self.extra:
            y = layer(y)
        return y * self.sizes[1] + self.table["a"]


class World:
    """A program with state of every kind."""

    def __init__(self, compiled: bool) -> None:
        mt.manual_seed(3)
        self.net = net = Net().eval()
        self.opt = opt = optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
        beta, helpers, state = 1.0, [abs], {"alpha": 2.0}

        def scaled(loss: Any, times: float = 1.0) -> Any:
            return loss * times * state["alpha"]

        self.scaled, self.state, self.helpers = scaled, state, helpers

        def step(x: Any) -> Any:
            opt.zero_grad()
            loss = scaled((net(x) * beta).sum())
            loss.backward()
            opt.step()
            return loss

        def set_beta(value: float) -> None:
            nonlocal beta
            beta = value

        self.set_beta = set_beta
        self.step = mt.compile(step, backend="numpy") if compiled else step


def replaced(world: World) -> None:
    world.net.l = nn.Linear(2, 2)


def another_weight(world: World) -> None:
    world.net.l.weight = nn.Parameter(mt.ones(2, 2))


def frozen(world: World) -> None:
    world.net.l.weight.requires_grad_(False)


def other_memory(world: World) -> None:
    world.net.l.weight.data = mt.zeros(2, 2)


def loaded(world: World) -> None:
    world.opt.load_state_dict(world.opt.state_dict())
    world.opt.state[world.net.l.weight]["momentum_buffer"].fill_(1.0)


def hooked(world: World) -> None:
    world.net.l.weight.register_hook(lambda g: 2 * g)


def module_hooked(world: World) -> None:
    world.net.l.register_forward_hook(lambda module, args, out: out + 1)


def own_forward(world: World) -> None:
    world.net.l.forward = lambda x: x * 2


def defaults(world: World) -> None:
    world.scaled.__defaults__ = (3.0,)


CHANGES: dict[str, Callable[[World], Any]] = {
    "a number of the module": lambda w: setattr(w.net, "scale", 3.0),
    "an integer for a float": lambda w: setattr(w.net, "scale", 2),
    "training": lambda w: w.net.train(),
    "the rate of dropout, in training": lambda w: (w.net.train(), setattr(w.net.drop, "p", 0.1)),
    "a global": lambda w: globals().update(FACTOR=0.7),
    "a variable of the closure": lambda w: w.set_beta(2.0),
    "an entry of a dictionary": lambda w: w.state.update(alpha=3.0),
    "momentum": lambda w: w.opt.param_groups[0].update(momentum=0.5),
    "weight decay": lambda w: w.opt.param_groups[0].update(weight_decay=0.1),
    "the learning rate": lambda w: w.opt.param_groups[0].update(lr=0.5),
    "another parameter": another_weight,
    "another module": replaced,
    "a frozen parameter": frozen,
    "other memory of a parameter": other_memory,
    "the optimizer's state": loaded,
    "a group more": lambda w: w.opt.add_param_group({"params": [nn.Parameter(mt.ones(1))]}),
    "a layer more in a list": lambda w: w.net.extra.append(nn.Linear(2, 2)),
    "an attribute of an attribute": lambda w: setattr(w.net.config, "gain", 5.0),
    "an attribute of a class": lambda w: setattr(Config, "shift", 2.0),
    "an attribute that hides the class's": lambda w: setattr(w.net.config, "shift", 7.0),
    "an entry of an attribute": lambda w: w.net.config.inner.update(power=3),
    "an item of a list": lambda w: w.net.sizes.__setitem__(1, 9.0),
    "an entry of the module's dictionary": lambda w: w.net.table.update(a=1.0),
    "a buffer": lambda w: w.net.register_buffer("mean", mt.zeros(2)),
    "a buffer in place": lambda w: w.net.mean.fill_(5.0),
    "a parameter in place": lambda w: w.net.l.weight.data.fill_(0.1),
    "a hook on a parameter": hooked,
    "a hook on a module": module_hooked,
    "a forward of its own": own_forward,
    "defaults of a function": defaults,
    "the gradients": lambda w: w.opt.zero_grad(set_to_none=False),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "FACTOR", 0.5)
    monkeypatch.setattr(Config, "shift", 1.0)
    found = []
    for compiled in (False, True):
        globals()["FACTOR"], Config.shift = 0.5, 1.0
        world, random = World(compiled), np.random.default_rng(0)
        losses = []
        for k in range(14):
            if k == 6:
                assert not compiled or world.step.replays, world.step.explain()
                CHANGES[name](world)
            losses.append(world.step(floats(random, 3, 2)).item())
        found.append(losses)
    assert found[0] == found[1]
    assert len(set(found[0])) > 10


def test_an_equal_number_is_no_change() -> None:
    world = World(True)
    for _k in range(10):
        world.net.scale = float("2.0")
        world.opt.param_groups[0]["momentum"] = float("0.9")
        world.step(mt.ones(3, 2))
    assert len(world.step.replays) == 1


@pytest.mark.parametrize("mode", ["no_grad", "dtype"])
def test_the_modes_of_the_library_belong_to_the_state(mode: str) -> None:
    def function(x: Any) -> Any:
        return (x * w).sum() + mt.zeros(2).sum()

    w = nn.Parameter(mt.ones(3))
    compiled = mt.compile(function, backend="numpy")
    for _ in range(5):
        assert compiled(mt.ones(3)).requires_grad
    try:
        if mode == "dtype":
            mt.set_default_dtype(mt.float64)
        with mt.set_grad_enabled(mode != "no_grad"):
            for _ in range(5):
                result = compiled(mt.ones(3))
                assert result.requires_grad == (mode != "no_grad")
                assert result.dtype == function(mt.ones(3)).dtype
    finally:
        mt.set_default_dtype(mt.float32)


def test_a_gradient_that_somebody_keeps_stays_as_it_was() -> None:
    keeps: list[Callable[[Any], Any]] = [
        lambda m: m.weight.grad, lambda m: m.weight.grad.numpy(), lambda m: m.weight.grad[0],
        lambda m: m.bias.grad.numpy()[1:], lambda m: m.bias.grad.data,
    ]  # fmt: skip
    for keep in keeps:
        found = []
        for compiled in (False, True):
            mt.manual_seed(0)
            m = nn.Linear(3, 2)
            o = optim.SGD(m.parameters(), lr=0.01, momentum=0.9)
            x = mt.randn(5, 3)

            def step(m: Any = m, o: Any = o, x: Any = x) -> Any:
                o.zero_grad()
                loss = m(x).pow(2).sum()
                loss.backward()
                o.step()
                return loss

            run, kept = mt.compile(step, backend="numpy") if compiled else step, []
            for _ in range(14):
                run()
                kept.append(keep(m))
            found.append([np.asarray(x).tobytes() for x in kept])
        assert found[0] == found[1]


def test_a_result_is_never_written_again() -> None:
    double = mt.compile(lambda x: (x * 2, (x * 3)[1:]), backend="numpy")
    kept = [double(mt.full((3,), float(k))) for k in range(8)]
    assert [a.tolist() for a, _ in kept] == [[2.0 * k] * 3 for k in range(8)]
    assert [b.tolist() for _, b in kept] == [[3.0 * k] * 2 for k in range(8)]


def test_nothing_is_written_before_a_miss() -> None:
    model, norm = nn.Linear(2, 2), nn.BatchNorm1d(2)
    opt = optim.Adam([*model.parameters(), *norm.parameters()], lr=0.1)
    seen: list[Any] = []

    def step(x: Any) -> Any:
        opt.zero_grad()
        loss = (F.dropout(norm(model(x)), 0.5) ** 2).sum()
        loss.backward()
        opt.step()
        if x.max() > 10:
            seen.append(mt.get_rng_state().numpy().tobytes())
            return loss * 0
        return loss

    def state() -> list[bytes]:
        tensors = [*model.parameters(), *norm.parameters(), norm.running_mean, norm.num_batches_tracked]
        held = [s[k] for s in opt.state.values() for k in sorted(s)]
        return [t.detach().numpy().tobytes() for t in [*tensors, *held]] + [
            mt.get_rng_state().numpy().tobytes()
        ]

    found = []
    for compiled in (False, True):
        mt.manual_seed(1)
        model.reset_parameters()
        norm.reset_parameters()
        norm.reset_running_stats()
        opt = optim.Adam([*model.parameters(), *norm.parameters()], lr=0.1)
        run = mt.compile(step, backend="numpy") if compiled else step
        for k in range(9):
            run(mt.ones(3, 2) * (11.0 if k == 7 else 1.0) * mt.tensor([[1.0], [2.0], [0.5]]))
        found.append(state())
    assert found[0] == found[1]
    assert seen[0] == seen[1]
