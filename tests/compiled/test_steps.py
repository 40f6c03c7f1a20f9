"""Whole training steps, compiled: equal to eager to the last bit, replayed where they can be, else eager."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from comparing import compare, floats

import microtensor as mt
import microtensor.nn.functional as F
from microtensor import nn, optim


def SGD(p: Any) -> Any:
    return optim.SGD(p, lr=0.1, momentum=0.9)


def small() -> list[nn.Module]:
    return [nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1)]


def step_of(
    layers: Callable[[], list[nn.Module]] = small, make: Any = SGD, schedule: Any = None, extra: Any = None,
    rows: Callable[[int], int] = lambda k: 16,
) -> Any:  # fmt: skip
    """A program: the step of a regression, batches for it, and the parameters."""

    def build() -> Any:
        model = nn.Sequential(*layers())
        optimizer = make(model.parameters())
        scheduler = schedule(optimizer) if schedule else None

        def step(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            loss = F.mse_loss(model(x), y)
            loss.backward()
            if extra:
                extra(model, loss)
            optimizer.step()
            return loss

        def feed(random: Any, k: int) -> Any:
            if scheduler and k:
                scheduler.step()
            return floats(random, rows(k), 6), floats(random, rows(k), 1)

        return step, feed, list(model.parameters())

    return build


OPTIMIZERS = {
    "SGD": lambda p: optim.SGD(p, lr=0.1),
    "momentum": SGD,
    "nesterov": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "dampening": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.5, maximize=True),
    "Adam": lambda p: optim.Adam(p, lr=0.01, weight_decay=0.1),
    "amsgrad": lambda p: optim.Adam(p, lr=0.01, amsgrad=True),
    "AdamW": lambda p: optim.AdamW(p, lr=0.01),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.01, momentum=0.5, centered=True),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.01, lr_decay=0.1),
    "Adadelta": lambda p: optim.Adadelta(p),
    "Adamax": lambda p: optim.Adamax(p, lr=0.01),
    "NAdam": lambda p: optim.NAdam(p, lr=0.01),
    "RAdam": lambda p: optim.RAdam(p, lr=0.01),
    "ASGD": lambda p: optim.ASGD(p, lr=0.01),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_for_thirty_steps(name: str) -> None:
    assert compare(step_of(make=OPTIMIZERS[name]), 30).replays


SCHEDULES = {
    "cosine": lambda o: optim.lr_scheduler.CosineAnnealingLR(o, 10),
    "steps": lambda o: optim.lr_scheduler.StepLR(o, 5),
    "one cycle": lambda o: optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=40, cycle_momentum=False),
}


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("optimizer", ["SGD", "AdamW"])
def test_another_learning_rate_is_a_new_number_and_no_new_program(name: str, optimizer: str) -> None:
    assert len(compare(step_of(make=OPTIMIZERS[optimizer], schedule=SCHEDULES[name]), 20).replays) == 1


def big() -> list[nn.Module]:
    return [nn.Linear(6, 160), nn.ReLU(), nn.Linear(160, 150), nn.ReLU(), nn.Linear(150, 1)]


@pytest.mark.parametrize("name", ["momentum", "Adam"])
def test_parameters_that_are_stepped_in_slices(name: str) -> None:
    assert compare(step_of(big, OPTIMIZERS[name]), 6).replays


NETWORKS: dict[str, Any] = {
    "dropout": lambda: [nn.Linear(6, 8), nn.Dropout(0.3), nn.ReLU(), nn.Linear(8, 1)],
    "batch norm": lambda: [nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1)],
    "layer norm": lambda: [nn.Linear(6, 8), nn.LayerNorm(8), nn.GELU(approximate="tanh"), nn.Linear(8, 1)],
    "gelu": lambda: [nn.Linear(6, 8), nn.GELU(), nn.Linear(8, 1)],
    "softmax": lambda: [nn.Linear(6, 8), nn.Softmax(dim=1), nn.Linear(8, 1)],
    "prelu": lambda: [nn.Linear(6, 8), nn.PReLU(), nn.Linear(8, 1)],
    "double": lambda: [nn.Linear(6, 8), nn.SELU(), nn.Linear(8, 1)],
    "convolution": lambda: [
        nn.Unflatten(1, (1, 6)), nn.Conv1d(1, 4, 3, padding=1), nn.BatchNorm1d(4), nn.ReLU(), nn.MaxPool1d(2),
        nn.Dropout(0.2), nn.Flatten(), nn.Linear(12, 1),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_layers_with_state_and_with_random_numbers(name: str) -> None:
    assert compare(step_of(NETWORKS[name])).replays


def halved(model: Any, loss: Any) -> None:
    if model[0].weight.grad.sum() > 0:
        model[0].weight.grad.mul_(0.5)


EXTRAS: dict[str, Any] = {
    "clipping": lambda model, loss: nn.utils.clip_grad_norm_(model.parameters(), 0.1),
    "clipping values": lambda model, loss: nn.utils.clip_grad_value_(model.parameters(), 0.01),
    "a branch on data": lambda model, loss: loss.detach().isnan().any() and 1 / 0,
    "a branch on data that changes": halved,
}


@pytest.mark.parametrize("name", EXTRAS)
def test_what_stands_between_backward_and_step(name: str) -> None:
    assert compare(step_of(extra=EXTRAS[name]), 16).replays


def test_batches_of_another_size_have_a_program_of_their_own() -> None:
    assert len(compare(step_of(rows=lambda k: 16 if k % 4 else 5), 24).replays) == 2


def test_more_kinds_than_programs_run_eagerly() -> None:
    function = compare(step_of(rows=lambda k: k // 4 + 1), 44)
    assert len(function.replays) == 8
    assert "more run eagerly" in function.explain()


def test_cross_entropy_with_new_labels() -> None:
    def build() -> Any:
        model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
        optimizer = optim.Adam(model.parameters(), lr=0.01)

        def step(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            return loss

        return (
            step,
            lambda r, k: (floats(r, 16, 6), mt.tensor(r.integers(0, 3, 16))),
            list(model.parameters()),
        )

    function = compare(build)
    assert function.replays, function.explain()


def test_ignored_labels_change_the_mean_and_not_the_program() -> None:
    def build() -> Any:
        model = nn.Linear(6, 3)
        weight = mt.tensor([1.0, 2.0, 0.5])

        def step(x: Any, y: Any) -> Any:
            model.zero_grad()
            loss = F.cross_entropy(model(x), y, weight=weight, ignore_index=1, label_smoothing=0.1)
            loss.backward()
            return loss

        return (
            step,
            lambda r, k: (floats(r, 16, 6), mt.tensor(r.integers(0, 3, 16))),
            list(model.parameters()),
        )

    function = compare(build)
    assert function.replays, function.explain()


def test_two_backward_passes_in_a_step() -> None:
    def build() -> Any:
        model = nn.Sequential(*small())
        optimizer = optim.SGD(model.parameters(), lr=0.1)

        def step(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            for half in (slice(0, 8), slice(8, 16)):
                loss = F.mse_loss(model(x[half]), y[half]) / 2
                loss.backward()
            optimizer.step()
            return loss

        return step, lambda r, k: (floats(r, 16, 6), floats(r, 16, 1)), list(model.parameters())

    function = compare(build)
    assert function.replays, function.explain()


def test_gradients_that_add_up_over_calls() -> None:
    def build() -> Any:
        model = nn.Sequential(*small())

        def step(x: Any) -> Any:
            loss = model(x).pow(2).sum()
            loss.backward()
            return loss

        def feed(r: Any, k: int) -> Any:
            if k % 5 == 0:
                model.zero_grad(set_to_none=k % 10 == 0)
            return (floats(r, 4, 6),)

        return step, feed, list(model.parameters())

    assert compare(build, 30).replays


def test_a_gradient_penalty() -> None:
    def build() -> Any:
        model = nn.Sequential(*small())
        optimizer = optim.SGD(model.parameters(), lr=0.1)

        def step(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            x = x.clone().requires_grad_()
            out = model(x)
            loss = F.mse_loss(out, y)
            (g,) = mt.autograd.grad(out.sum(), x, create_graph=True)
            loss = loss + (g.pow(2).sum(1).sqrt() - 1).pow(2).mean()
            loss.backward()
            optimizer.step()
            return loss

        return step, lambda r, k: (floats(r, 16, 6), floats(r, 16, 1)), list(model.parameters())

    function = compare(build)
    assert function.replays, function.explain()


def test_a_running_mean_of_the_weights() -> None:
    def build() -> Any:
        model = nn.Sequential(*small())
        mean = [p.detach().clone() for p in model.parameters()]
        optimizer = optim.SGD(model.parameters(), lr=0.1)

        def step(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            loss = F.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
            with mt.no_grad():
                for a, p in zip(mean, model.parameters(), strict=True):
                    a.mul_(0.9).add_(p, alpha=0.1)
            return loss

        return step, lambda r, k: (floats(r, 16, 6), floats(r, 16, 1)), [*model.parameters(), *mean]

    function = compare(build)
    assert function.replays, function.explain()


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_recurrent_networks(kind: str) -> None:
    def build() -> Any:
        model, head = getattr(nn, kind)(6, 8, batch_first=True), nn.Linear(8, 1)
        optimizer = optim.Adam([*model.parameters(), *head.parameters()], lr=0.01)

        def step(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            out, _ = model(x.view(4, 4, 6))
            loss = F.mse_loss(head(out[:, -1]), y)
            loss.backward()
            optimizer.step()
            return loss

        return (
            step,
            lambda r, k: (floats(r, 16, 6), floats(r, 4, 1)),
            [*model.parameters(), *head.parameters()],
        )

    assert compare(build, 8).replays


def test_a_transformer_layer_with_dropout_and_an_embedding() -> None:
    def build() -> Any:
        table = nn.Embedding(11, 8)
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)
        parameters = [*table.parameters(), *layer.parameters()]
        optimizer = optim.AdamW(parameters, lr=0.01)

        def step(words: Any) -> Any:
            optimizer.zero_grad()
            loss = layer(table(words)).pow(2).mean()
            loss.backward()
            optimizer.step()
            return loss

        return step, lambda r, k: (mt.tensor(r.integers(0, 11, (4, 5))),), parameters

    assert compare(build, 8).replays


def test_two_networks_against_each_other() -> None:
    def build() -> Any:
        made, judge = nn.Linear(3, 6), nn.Sequential(nn.Linear(6, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
        first, second = optim.Adam(made.parameters(), lr=0.01), optim.Adam(judge.parameters(), lr=0.01)

        def step(x: Any) -> Any:
            fake = made(mt.randn(16, 3))
            second.zero_grad()
            loss = F.softplus(judge(fake.detach())).mean() + F.softplus(-judge(x)).mean()
            loss.backward()
            second.step()
            first.zero_grad()
            other = F.softplus(-judge(fake)).mean()
            other.backward()
            first.step()
            return loss, other

        return step, lambda r, k: (floats(r, 16, 6),), [*made.parameters(), *judge.parameters()]

    function = compare(build)
    assert function.replays, function.explain()


def test_tied_weights_and_the_same_tensor_twice() -> None:
    def build() -> Any:
        w = nn.Parameter(mt.randn(4, 4))
        optimizer = optim.SGD([w], lr=0.001)

        def step(x: Any, again: Any) -> Any:
            optimizer.zero_grad()
            loss = ((x @ w) @ w.T + (again @ w[:, :4]).sum() * w[0, 0]).pow(2).mean()
            loss.backward()
            optimizer.step()
            return loss

        def feed(r: Any, k: int) -> Any:
            x = floats(r, 3, 4)
            return x, x

        return step, feed, [w]

    function = compare(build)
    assert function.replays, function.explain()


@pytest.mark.parametrize("values", [np.nan, np.inf, -np.inf, -0.0, 1e-45, 1e38])
def test_values_at_the_limits(values: float) -> None:
    def build() -> Any:
        w = nn.Parameter(mt.full((3,), float(values)))

        def step(x: Any) -> Any:
            w.grad = None
            loss = (mt.tanh(x * w) + x / w).sum()
            loss.backward()
            return loss, (x * w).max()

        return step, lambda r, k: (floats(r, 3),), [w]

    with np.errstate(all="ignore"):
        compare(build, 6)


def test_empty_arrays_and_negative_strides() -> None:
    def build() -> Any:
        return (
            lambda x, y: (x.flip(0) * 2, y.sum(), mt.cat([y, y])),
            lambda r, k: (mt.from_numpy(r.standard_normal((4, 3))[::2, ::-1].copy()), mt.zeros(0, 3)),
            [],
        )

    function = compare(build)
    assert function.replays, function.explain()


def test_arguments_that_are_no_tensors_and_those_by_name() -> None:
    def build() -> Any:
        def step(x: Any, scale: float, *, shift: Any = None, pair: Any = ()) -> Any:
            y = x * scale + pair[0] - pair[1]["b"]
            return {"y": y, "sum": [y.sum()]} if shift is None else (y + shift,)

        def call(x: Any, scale: float) -> Any:
            return found(x, scale, pair=(x, {"b": x * 2}))["sum"]

        found = mt.compile(step, backend="numpy")
        return call, lambda r, k: (floats(r, 3), [0.5, 2.0][k % 2]), []

    compare(build, 20)
