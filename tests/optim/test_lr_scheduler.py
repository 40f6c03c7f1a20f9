"""Schedules: their closed forms, their order, what they refuse, and saving."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import microtensor as mt
from microtensor import optim
from microtensor.optim import lr_scheduler as schedules

BASES = (0.5, 0.1)


def optimizer_of(kind: str = "SGD", **options: Any) -> Any:
    """An optimizer with two groups, whose rates are `BASES`."""
    groups = [{"params": mt.zeros(1, requires_grad=True), "lr": lr} for lr in BASES]
    return getattr(optim, kind)(groups, **options)


def rates(optimizer: Any, scheduler: Any, epochs: int = 100) -> list[list[float]]:
    """The rates of both groups, epoch by epoch."""
    found = []
    for _ in range(epochs):
        found.append([group["lr"] for group in optimizer.param_groups])
        assert found[-1] == scheduler.get_last_lr()
        optimizer.step()
        scheduler.step()
    return found


CLOSED: list[tuple[str, dict[str, Any], Callable[[int], float]]] = [
    ("LambdaLR", {"lr_lambda": lambda e: 1 / (1 + e)}, lambda e: 1 / (1 + e)),
    ("MultiplicativeLR", {"lr_lambda": lambda e: 0.9}, lambda e: 0.9**e),
    ("StepLR", {"step_size": 30}, lambda e: 0.1 ** (e // 30)),
    (
        "MultiStepLR",
        {"milestones": [3, 8, 8], "gamma": 0.5},
        lambda e: 0.5 ** ((e >= 3) + 2 * (e >= 8)),
    ),
    ("ConstantLR", {"factor": 0.5, "total_iters": 4}, lambda e: 0.5 if e < 4 else 1),
    ("LinearLR", {"start_factor": 0.5, "total_iters": 4}, lambda e: 0.5 + 0.125 * min(e, 4)),
    (
        "LinearLR",
        {"start_factor": 1, "end_factor": 0, "total_iters": 50},
        lambda e: 1 - min(e, 50) / 50,
    ),
    ("ExponentialLR", {"gamma": 0.95}, lambda e: 0.95**e),
    ("PolynomialLR", {"total_iters": 20, "power": 2}, lambda e: (1 - min(e, 20) / 20) ** 2),
    ("CosineAnnealingLR", {"T_max": 10}, lambda e: (1 + math.cos(math.pi * e / 10)) / 2),
    (
        "CosineAnnealingWarmRestarts",
        {"T_0": 10},
        lambda e: (1 + math.cos(math.pi * (e % 10) / 10)) / 2,
    ),
]


@pytest.mark.parametrize(("name", "options", "factor"), CLOSED)
def test_closed_forms(name: str, options: dict[str, Any], factor: Callable[[int], float]) -> None:
    """A hundred steps of the recurrence give the formula, in every group."""
    optimizer = optimizer_of()
    scheduler = getattr(schedules, name)(optimizer, **options)
    for epoch, row in enumerate(rates(optimizer, scheduler)):
        assert row == pytest.approx([base * factor(epoch) for base in BASES], abs=1e-12)


@pytest.mark.parametrize(
    ("name", "options", "factor"), [row for row in CLOSED if row[0] != "MultiplicativeLR"]
)
def test_stepping_to_an_epoch(name: str, options: dict[str, Any], factor: Callable[[int], float]) -> None:
    """``step(epoch)`` takes the closed form where there is one."""
    optimizer = optimizer_of()
    scheduler = getattr(schedules, name)(optimizer, **options)
    optimizer.step()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler.step(7)
    assert scheduler.last_epoch == 7
    assert scheduler.get_last_lr() == pytest.approx([base * factor(7) for base in BASES])


def test_stepping_to_an_epoch_warns() -> None:
    """As PyTorch does, which discourages it."""
    scheduler = schedules.ExponentialLR(optimizer_of(), 0.9)
    scheduler.optimizer.step()
    with pytest.warns(UserWarning, match=r"scheduler\.step\(epoch\) is discouraged"):
        scheduler.step(3)


def test_eta_min() -> None:
    """The cosine ends at `eta_min`, and rises from there."""
    optimizer = optimizer_of()
    scheduler = schedules.CosineAnnealingLR(optimizer, T_max=5, eta_min=0.05)
    found = rates(optimizer, scheduler, 11)
    assert found[5] == pytest.approx([0.05, 0.05])
    assert found[10] == pytest.approx(BASES)


def test_warm_restarts_grow() -> None:
    """Periods of 2, 4 and 8 epochs; a fraction of an epoch finds its place."""
    optimizer = optimizer_of()
    scheduler = schedules.CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2)
    found = rates(optimizer, scheduler, 15)
    assert [epoch for epoch, row in enumerate(found) if row == list(BASES)] == [0, 2, 6, 14]
    for epoch, (place, period) in {0.5: (0.5, 2), 4: (2, 4), 7.5: (1.5, 8), 1: (1, 2)}.items():
        scheduler.step(epoch)
        expected = [base * (1 + math.cos(math.pi * place / period)) / 2 for base in BASES]
        assert scheduler.get_last_lr() == pytest.approx(expected)
    with pytest.raises(ValueError, match="non-negative epoch, but got -1"):
        scheduler.step(-1)


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_cyclic(kind: str) -> None:
    """Triangles of the rate, and of the momentum against it."""
    optimizer = optimizer_of(kind, **({"momentum": 0.9} if kind == "SGD" else {}))
    scheduler = schedules.CyclicLR(optimizer, [0.0, 1.0], [1.0, 3.0], step_size_up=2, step_size_down=4)
    moments = []
    found = []
    for _ in range(7):
        group = optimizer.param_groups[0]
        moments.append(group["momentum"] if kind == "SGD" else group["betas"][0])
        found.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        scheduler.step()
    height = [0, 0.5, 1, 0.75, 0.5, 0.25, 0]
    assert [row[0] for row in found] == pytest.approx(height)
    assert [row[1] for row in found] == pytest.approx([1 + 2 * h for h in height])
    assert moments == pytest.approx([0.9 - 0.1 * h for h in height])


@pytest.mark.parametrize(
    ("options", "peaks"),
    [
        ({"mode": "triangular2"}, [1, 0.5, 0.25]),
        ({"mode": "exp_range", "gamma": 0.5}, [0.5, 0.125, 0.03125]),
        ({"scale_fn": lambda cycle: 1 / cycle**2}, [1, 0.25, 1 / 9]),
        ({"scale_fn": lambda step: step, "scale_mode": "iterations"}, [1, 3, 5]),
    ],
)
def test_cycles_are_scaled(options: dict[str, Any], peaks: list[float]) -> None:
    """By the number of the cycle, or of the step."""
    optimizer = optimizer_of(momentum=0.9)
    scheduler = schedules.CyclicLR(optimizer, 0.0, 1.0, step_size_up=1, cycle_momentum=False, **options)
    found = rates(optimizer, scheduler, 6)
    assert [row[0] for row in found[1::2]] == pytest.approx(peaks)
    assert optimizer.param_groups[0]["momentum"] == 0.9


@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("three_phase", [False, True])
def test_one_cycle(strategy: Any, three_phase: bool) -> None:
    """Start, peak and end are where they should be, and momentum mirrors the rate."""
    optimizer = optimizer_of(momentum=0.9)
    scheduler = schedules.OneCycleLR(
        optimizer, [1.0, 2.0], 11, pct_start=0.2, anneal_strategy=strategy, three_phase=three_phase,
        div_factor=10, final_div_factor=100,
    )  # fmt: skip
    found, moments = [], []
    for step in range(11):
        found.append([group["lr"] for group in optimizer.param_groups])
        moments.append(optimizer.param_groups[0]["momentum"])
        if step < 10:
            optimizer.step()
            scheduler.step()
    assert found[0] == pytest.approx([0.1, 0.2])
    assert found[10] == pytest.approx([0.001, 0.002])
    assert moments[0] == pytest.approx(0.95)
    highest = max(row[0] for row in found)
    assert highest == max(found[1][0], found[2][0])
    assert moments.index(min(moments)) == [row[0] for row in found].index(highest)
    scheduler.step()
    with pytest.raises(ValueError, match="Tried to step 12 times.* is 11"):
        scheduler.step()


def test_one_cycle_counts_epochs() -> None:
    """`epochs` and `steps_per_epoch` are another way to say `total_steps`."""
    scheduler = schedules.OneCycleLR(optimizer_of("Adam"), 1.0, epochs=3, steps_per_epoch=4)
    assert scheduler.total_steps == 12


def test_plateau() -> None:
    """Epochs without progress count; a reduction is followed by a pause; rates have a floor."""
    optimizer = optimizer_of()
    scheduler = schedules.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, cooldown=1, min_lr=[0.2, 0.0])
    first, second = [], []
    for loss in [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5]:
        scheduler.step(mt.tensor(loss))
        first.append(optimizer.param_groups[0]["lr"])
        second.append(optimizer.param_groups[1]["lr"])
    assert first == [0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2]
    assert second == [0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025]


@pytest.mark.parametrize(
    ("mode", "threshold_mode", "enough", "short"),
    [
        ("min", "rel", 8.9, 9.1),
        ("min", "abs", 9.8, 9.95),
        ("max", "rel", 11.1, 10.9),
        ("max", "abs", 10.2, 10.05),
    ],
)
def test_what_counts_as_better(mode: Any, threshold_mode: Any, enough: float, short: float) -> None:
    """The threshold is a part of the best, or an amount."""
    for measure, bad in ((enough, 0), (short, 1)):
        scheduler = schedules.ReduceLROnPlateau(
            optimizer_of(), mode=mode, threshold=0.1, threshold_mode=threshold_mode
        )
        scheduler.step(10.0)
        scheduler.step(measure)
        assert scheduler.num_bad_epochs == bad


def test_a_plateau_follows_new_groups() -> None:
    """One floor serves them all; a list has to be made longer by hand."""
    for floor in (0.01, [0.01, 0.01]):
        optimizer = optimizer_of()
        scheduler = schedules.ReduceLROnPlateau(optimizer, patience=0, min_lr=floor)
        optimizer.add_param_group({"params": mt.zeros(1, requires_grad=True), "lr": 1.0})
        scheduler.step(1.0)
        if isinstance(floor, float):
            scheduler.step(1.0)
            assert optimizer.param_groups[2]["lr"] == pytest.approx(0.1)
        else:
            with pytest.raises(RuntimeError, match=r"\(3\) differs .* \(2\): set `min_lrs`"):
                scheduler.step(1.0)


# ------------------------------------------------------------------ composites


def test_chained() -> None:
    """Each schedule acts on what the others left."""
    optimizer = optimizer_of()
    parts = [schedules.ConstantLR(optimizer, 0.1, 2), schedules.ExponentialLR(optimizer, 0.9)]
    found = rates(optimizer, schedules.ChainedScheduler(parts), 4)
    factors = [0.1, 0.09, 0.81, 0.729]
    assert [row[0] for row in found] == pytest.approx([0.5 * f for f in factors])


def test_sequential() -> None:
    """Each schedule starts from the first rate at its milestone."""
    optimizer = optimizer_of()
    parts = [
        schedules.LinearLR(optimizer, 0.5, total_iters=2),
        schedules.ExponentialLR(optimizer, 0.5),
        schedules.ConstantLR(optimizer, 0.1, 1),
    ]
    found = rates(optimizer, schedules.SequentialLR(optimizer, parts, [2, 4]), 6)
    assert [row[0] for row in found] == pytest.approx([0.25, 0.375, 0.5, 0.25, 0.05, 0.5])


# --------------------------------------------------------------- order, refusals


def test_stepping_before_the_optimizer_warns() -> None:
    """Once, and for the first step only."""
    optimizer = optimizer_of()
    scheduler = schedules.ExponentialLR(optimizer, 0.9)
    with pytest.warns(UserWarning, match="before `optimizer.step"):
        scheduler.step()
    scheduler.step()
    optimizer.step()


def test_asking_for_the_next_rate_warns() -> None:
    """`get_lr` is for the scheduler itself."""
    scheduler = schedules.StepLR(optimizer_of(), 3)
    with pytest.warns(UserWarning, match="please use `get_last_lr"):
        scheduler.get_lr()


def test_resuming_needs_a_first_rate() -> None:
    """`last_epoch` other than -1 goes on from a loaded optimizer."""
    optimizer = optimizer_of()
    with pytest.raises(KeyError, match=r"'initial_lr' is not specified in param_groups\[0\]"):
        schedules.ExponentialLR(optimizer, 0.9, last_epoch=3)
    for group in optimizer.param_groups:
        group["initial_lr"] = 1.0
    assert schedules.StepLR(optimizer, 2, last_epoch=3).last_epoch == 4


ERRORS: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    ("LambdaLR", {"lr_lambda": [abs]}, ValueError, "Expected 2 lr_lambdas.* got 1"),
    ("MultiplicativeLR", {"lr_lambda": 0.5}, TypeError, "should be a function, but got float"),
    ("ConstantLR", {"factor": 2}, ValueError, "between 0 and 1, but got 2"),
    (
        "LinearLR",
        {"start_factor": 0},
        ValueError,
        "greater than 0 and less or equal to 1, but got 0",
    ),
    ("LinearLR", {"end_factor": 2}, ValueError, "between 0 and 1, but got 2"),
    ("CosineAnnealingWarmRestarts", {"T_0": 0}, ValueError, "positive integer T_0, but got 0"),
    (
        "CosineAnnealingWarmRestarts",
        {"T_0": 1, "T_mult": 0.5},
        ValueError,
        "T_mult >= 1, but got 0.5",
    ),
    ("CosineAnnealingWarmRestarts", {"T_0": 1, "eta_min": "x"}, ValueError, "eta_min, but got str"),
    (
        "CyclicLR",
        {"base_lr": 0, "max_lr": [1]},
        ValueError,
        "max_lr has 1 values, param_groups has 2",
    ),
    ("CyclicLR", {"base_lr": 0, "max_lr": 1, "mode": "x"}, ValueError, "mode is invalid.*'x'"),
    ("OneCycleLR", {"max_lr": 1}, ValueError, "total_steps OR"),
    (
        "OneCycleLR",
        {"max_lr": 1, "total_steps": 0},
        ValueError,
        "positive integer total_steps, but got 0",
    ),
    (
        "OneCycleLR",
        {"max_lr": 1, "total_steps": 5, "pct_start": 2.0},
        ValueError,
        "pct_start, but got 2",
    ),
    (
        "OneCycleLR",
        {"max_lr": 1, "total_steps": 5, "anneal_strategy": "x"},
        ValueError,
        "instead got x",
    ),
    ("ReduceLROnPlateau", {"factor": 1.0}, ValueError, "Factor should be < 1.0, but got 1.0"),
    ("ReduceLROnPlateau", {"mode": "x"}, ValueError, "mode x is unknown"),
    ("ReduceLROnPlateau", {"threshold_mode": "x"}, ValueError, "threshold mode x is unknown"),
    ("ReduceLROnPlateau", {"min_lr": [0]}, ValueError, "expected 2 min_lrs.* got 1"),
    ("SequentialLR", {"schedulers": [], "milestones": []}, ValueError, "at least one scheduler"),
]


@pytest.mark.parametrize(("name", "options", "error", "words"), ERRORS)
def test_refusals(name: str, options: dict[str, Any], error: type[Exception], words: str) -> None:
    """What cannot be done is said in words."""
    with pytest.raises(error, match=words):
        getattr(schedules, name)(optimizer_of(momentum=0.9), **options)


def test_more_refusals() -> None:
    """Optimizers that are none, have no momentum, or are another one."""
    with pytest.raises(TypeError, match="int is not an Optimizer"):
        schedules.StepLR(3, 1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="Adagrad has neither"):
        schedules.CyclicLR(optimizer_of("Adagrad"), 0.1, 0.2)
    one, two = optimizer_of(), optimizer_of()
    parts = [schedules.StepLR(one, 1), schedules.StepLR(two, 1)]
    with pytest.raises(ValueError, match="the StepLR at index 1 belongs to another"):
        schedules.ChainedScheduler(parts)
    with pytest.raises(ValueError, match="2 schedulers and 0 milestones"):
        schedules.SequentialLR(one, [parts[0], schedules.StepLR(one, 2)], [])
    with pytest.raises(ValueError, match="at index 0: step it on its own"):
        schedules.ChainedScheduler([schedules.ReduceLROnPlateau(one)])
    with pytest.raises(TypeError, match="at index 0 should have `optimizer`"):
        schedules.SequentialLR(one, [5], [])  # type: ignore[list-item]
    with pytest.raises(NotImplementedError, match="LRScheduler has to define get_lr"):
        schedules.LRScheduler(one)


# ----------------------------------------------------------------------- saving


class Falling:
    """A callable object with something to save."""

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def __call__(self, x: float) -> float:
        return self.rate**x


SAVED: list[Callable[[Any], Any]] = [
    lambda o: schedules.LambdaLR(o, lambda e: 0.9**e),
    lambda o: schedules.MultiplicativeLR(o, [lambda e: 0.9, lambda e: 0.8]),
    lambda o: schedules.MultiStepLR(o, [2, 5]),
    lambda o: schedules.CosineAnnealingLR(o, 7),
    lambda o: schedules.CosineAnnealingWarmRestarts(o, 2, 2),
    lambda o: schedules.CyclicLR(o, 0.1, 1.0, 3, mode="exp_range", gamma=0.9),
    lambda o: schedules.CyclicLR(o, 0.1, 1.0, 3, scale_fn=lambda x: 1 / x),
    lambda o: schedules.OneCycleLR(o, 1.0, 20, three_phase=True),
    lambda o: schedules.ChainedScheduler([schedules.StepLR(o, 2), schedules.LinearLR(o)]),
    lambda o: schedules.SequentialLR(o, [schedules.LinearLR(o), schedules.StepLR(o, 2)], [6]),
]


@pytest.mark.parametrize("make", SAVED)
def test_a_schedule_goes_on_from_a_saved_state(make: Callable[[Any], Any]) -> None:
    """Load scheduler and optimizer, and the rates go on as if nothing had been."""
    optimizer = optimizer_of(momentum=0.9)
    scheduler = make(optimizer)
    rates(optimizer, scheduler, 4)
    other = optimizer_of(momentum=0.9)
    resumed = make(other)
    resumed.load_state_dict(scheduler.state_dict())
    other.load_state_dict(optimizer.state_dict())
    assert rates(optimizer, scheduler, 8) == rates(other, resumed, 8)
    assert optimizer.param_groups[0]["momentum"] == other.param_groups[0]["momentum"]


def test_callable_objects_are_saved() -> None:
    """Of functions nothing is saved, of other callables their attributes, as copies."""
    scheduler = schedules.LambdaLR(optimizer_of(), [Falling(0.5), lambda e: 1.0])
    saved = scheduler.state_dict()
    assert saved["lr_lambdas"] == [{"rate": 0.5}, None]
    other = schedules.LambdaLR(optimizer_of(), [Falling(0.1), lambda e: 1.0])
    other.load_state_dict(saved)
    assert other.lr_lambdas[0](2) == 0.25
    cyclic = schedules.CyclicLR(optimizer_of(momentum=0.9), 0.1, 1.0, scale_fn=Falling(0.5))
    twin = schedules.CyclicLR(optimizer_of(momentum=0.9), 0.1, 1.0, scale_fn=Falling(0.9))
    twin.load_state_dict(cyclic.state_dict())
    assert twin.scale_fn(1) == 0.5


def test_plateau_is_saved() -> None:
    """The best measure and the count of bad epochs."""
    scheduler = schedules.ReduceLROnPlateau(optimizer_of())
    scheduler.step(1.0)
    scheduler.step(2.0)
    other = schedules.ReduceLROnPlateau(optimizer_of(), mode="max")
    other.load_state_dict(scheduler.state_dict())
    assert (other.mode, other.best, other.num_bad_epochs) == ("min", 1.0, 1)


def test_a_rate_that_is_a_tensor_stays_one() -> None:
    """It is written in place, so that whoever holds it sees the schedule."""
    lr = mt.tensor(1.0)
    optimizer = optim.SGD([mt.zeros(1, requires_grad=True)], lr=lr)
    scheduler = schedules.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] is lr
    assert lr.item() == 0.5
    assert scheduler.get_last_lr() == [0.5]
    assert optimizer.param_groups[0]["initial_lr"].item() == 1.0


def test_a_schedule_may_derive_from_the_old_name_of_the_base() -> None:
    class Halving(schedules._LRScheduler):
        def get_lr(self) -> list[float]:
            return [base / 2**self.last_epoch for base in self.base_lrs]

    optimizer = optim.SGD([mt.zeros(1, requires_grad=True)], lr=1.0)
    schedule = Halving(optimizer)
    optimizer.step()
    schedule.step()
    assert schedule.get_last_lr() == [0.5]
    assert isinstance(schedule, schedules.LRScheduler)
    assert not isinstance(schedules.StepLR(optimizer, 1), schedules._LRScheduler)


@pytest.mark.parametrize(
    ("name", "options", "rates"),
    [
        ("StepLR", {"step_size": 1}, [0.001, 0.01]),
        ("ExponentialLR", {"gamma": 0.5}, [0.025, 0.05]),
        ("MultiStepLR", {"milestones": [1]}, [0.01, 0.1]),
        ("ConstantLR", {}, [0.1 / 3, 0.1]),
        ("LinearLR", {}, [0.06, 0.1 * 9 / 7]),
        ("PolynomialLR", {}, [0.06, 0.075]),
        ("CosineAnnealingLR", {"T_max": 3}, [0.025, 0.1 / 3]),
    ],
)
def test_a_schedule_goes_on_with_a_group_that_was_added(name, options, rates) -> None:
    optimizer = mt.optim.SGD([mt.zeros(1, requires_grad=True)], lr=0.1)
    scheduler = getattr(mt.optim.lr_scheduler, name)(optimizer, **options)
    optimizer.step()
    scheduler.step()
    optimizer.add_param_group({"params": [mt.zeros(1, requires_grad=True)]})
    optimizer.step()
    scheduler.step()
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx(rates)
