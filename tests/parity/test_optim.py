"""Optimizers and schedules against PyTorch's, step by step."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microtensor as mt
from microtensor import optim
from microtensor.optim import lr_scheduler

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

NAMES = [name for name in optim.__all__ if name not in ("Muon", "Optimizer", "lr_scheduler")]
SHAPES = [(2, 2), (3,), (), (70, 80), (130, 140), (1, 4)]

TRAJECTORIES: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True, "weight_decay": 0.1}),
    ("Adam", {"maximize": True, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("AdamW", {}),
    ("AdamW", {"amsgrad": True, "betas": (0.8, 0.9)}),
    ("RMSprop", {}),
    ("RMSprop", {"centered": True, "momentum": 0.9, "weight_decay": 0.1}),
    ("RMSprop", {"momentum": 0.5, "maximize": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr_decay": 0.1, "initial_accumulator_value": 0.5, "weight_decay": 0.1}),
    ("Adamax", {"weight_decay": 0.1}),
    ("NAdam", {}),
    ("NAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {"weight_decay": 0.1}),
    ("RAdam", {"betas": (0.9, 0.9), "decoupled_weight_decay": True}),
    ("Adadelta", {"weight_decay": 0.1}),
    ("ASGD", {}),
    ("ASGD", {"t0": 5, "weight_decay": 0.1}),
    ("Rprop", {"maximize": True}),
]


def pairs(rng: np.random.Generator, dtype: Any, shapes: Any = SHAPES) -> tuple[list[Any], list[Any]]:
    """The same parameters in both packages."""
    arrays = [np.asarray(rng.normal(size=shape), dtype) for shape in shapes]
    theirs = [torch.from_numpy(a.copy()).requires_grad_() for a in arrays]
    return theirs, [mt.from_numpy(a.copy()).requires_grad_() for a in arrays]


def far(x: Any, y: Any) -> float:
    """The largest difference, relative to the largest value."""
    x, y = (np.asarray(v.detach().numpy(), np.float64) for v in (x, y))
    return float(np.abs(x - y).max(initial=0) / max(np.abs(x).max(initial=0), 1e-3))


def give_gradients(rng: np.random.Generator, theirs: list[Any], mine: list[Any], skip: int) -> None:
    """The same gradients to both; none to parameter number `skip`."""
    for index, (p, q) in enumerate(zip(theirs, mine, strict=True)):
        g = np.asarray(rng.normal(size=q.shape), q.dtype)
        p.grad = None if index == skip else torch.from_numpy(g.copy())
        q.grad = None if index == skip else mt.from_numpy(g.copy())


@pytest.mark.parametrize(("name", "options"), TRAJECTORIES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 2e-6), (np.float64, 1e-13)])
def test_fifty_steps(name: str, options: dict[str, Any], dtype: Any, tolerance: float) -> None:
    """Parameters and state, with a parameter that is left out now and then."""
    rng = np.random.default_rng(0)
    theirs, mine = pairs(rng, dtype)
    one, two = getattr(torch.optim, name)(theirs, **options), getattr(optim, name)(mine, **options)
    for step in range(50):
        give_gradients(rng, theirs, mine, skip=1 if step % 3 == 1 else -1)
        one.step()
        two.step()
        assert max(map(far, theirs, mine)) < tolerance
    if name == "NAdam":
        tolerance = max(tolerance, 1e-6)  # mu_product is a float32 in both
    same_state(one.state_dict(), two.state_dict(), 5 * tolerance)


def same_state(theirs: Any, mine: Any, tolerance: float) -> None:
    """The same keys in the same order, dtypes, shapes and values."""
    assert list(theirs["state"]) == list(mine["state"])
    assert theirs["param_groups"] == mine["param_groups"]
    for index, state in theirs["state"].items():
        assert list(state) == list(mine["state"][index])
        for key, value in state.items():
            other = mine["state"][index][key]
            assert str(value.dtype) == str(other.dtype)
            assert tuple(value.shape) == tuple(other.shape)
            assert far(value, other) < tolerance


unit = st.floats(0, 0.99)
GENERAL = {
    "SGD": {"momentum": unit, "dampening": unit, "weight_decay": unit},
    "Adam": {"betas": st.tuples(unit, unit), "weight_decay": unit, "amsgrad": st.booleans()},
    "AdamW": {"betas": st.tuples(unit, unit), "weight_decay": unit, "amsgrad": st.booleans()},
    "RMSprop": {"alpha": unit, "momentum": unit, "weight_decay": unit},
    "Adagrad": {"lr_decay": unit, "initial_accumulator_value": unit},
    "Adamax": {"betas": st.tuples(unit, unit)},
    "NAdam": {"betas": st.tuples(unit, unit), "momentum_decay": unit},
    "RAdam": {"betas": st.tuples(unit, unit)},
    "Adadelta": {"rho": unit, "weight_decay": unit},
    "ASGD": {"lambd": unit, "alpha": unit, "t0": st.floats(0, 10)},
    "Rprop": {"etas": st.tuples(st.floats(0.1, 0.9), st.floats(1.1, 2))},
}


@pytest.mark.parametrize("name", GENERAL)
@given(st.data())
def test_any_options(name: str, draw: Any) -> None:
    """Twelve steps in float64, whatever the options."""
    options = {key: draw.draw(values) for key, values in GENERAL[name].items()}
    options |= {"lr": draw.draw(st.floats(0, 0.5)), "maximize": draw.draw(st.booleans())}
    rng = np.random.default_rng(1)
    theirs, mine = pairs(rng, np.float64, [(2, 2), (3,)])
    one, two = getattr(torch.optim, name)(theirs, **options), getattr(optim, name)(mine, **options)
    for _ in range(12):
        give_gradients(rng, theirs, mine, skip=-1)
        one.step()
        two.step()
    # The product of NAdam's weights is a float32 in both packages.
    assert max(map(far, theirs, mine)) < (1e-5 if name == "NAdam" else 1e-9)


@pytest.mark.parametrize(
    "options",
    [
        {"lr": 0.1},
        {"lr": 0.5, "history_size": 3, "max_iter": 7},
        {"line_search_fn": "strong_wolfe"},
        {"line_search_fn": "strong_wolfe", "history_size": 4, "max_iter": 9, "max_eval": 12},
        {"lr": 5.0, "line_search_fn": "strong_wolfe", "max_iter": 4},
    ],
)
def test_lbfgs(options: dict[str, Any]) -> None:
    """The losses, and the number of evaluations, of a small network."""
    rng = np.random.default_rng(3)
    inputs, targets = rng.normal(size=(12, 5)), rng.normal(size=(12, 1))
    losses, counts = [], []
    for package, params in zip((torch, mt), pairs(rng, np.float64, [(5, 4), (4, 1)]), strict=True):
        x, y = package.from_numpy(inputs), package.from_numpy(targets)
        optimizer = package.optim.LBFGS(params, **options)
        closure = _closure(package, optimizer, params, x, y)
        losses.append([optimizer.step(closure).item() for _ in range(6)])
        state = optimizer.state_dict()["state"][0]
        counts.append((state["func_evals"], state["n_iter"], len(state["ro"])))
    assert losses[1] == pytest.approx(losses[0], rel=2e-6)  # BLAS adds otherwise on another processor
    assert counts[0] == counts[1]


def _closure(package: Any, optimizer: Any, params: list[Any], x: Any, y: Any) -> Callable[[], Any]:
    def closure() -> Any:
        optimizer.zero_grad()
        loss = ((package.tanh(x @ params[0]) @ params[1] - y) ** 2).mean()
        loss.backward()
        return loss

    return closure


@pytest.mark.parametrize("name", NAMES)
def test_signatures_and_texts(name: str) -> None:
    """Names, order and defaults of the arguments, the options of a group, and `repr`."""
    theirs, mine = getattr(torch.optim, name), getattr(optim, name)
    assert _arguments(theirs) == _arguments(mine)
    one, two = theirs([torch.ones(1)]), mine([mt.ones(1)])
    assert repr(one) == repr(two)
    assert one.defaults == two.defaults
    assert one.state_dict()["param_groups"] == two.state_dict()["param_groups"]


def _arguments(cls: Any) -> list[tuple[str, Any, Any]]:
    return [(p.name, p.kind, p.default) for p in inspect.signature(cls).parameters.values()]


def test_state_dicts_are_exchanged() -> None:
    """What PyTorch saved, microtensor goes on from."""
    rng = np.random.default_rng(0)
    for name, options in TRAJECTORIES:
        theirs, mine = pairs(rng, np.float64, SHAPES[:3])
        one = getattr(torch.optim, name)(theirs, **options)
        for _ in range(3):
            give_gradients(rng, theirs, mine, skip=-1)
            one.step()
        two = getattr(optim, name)(mine, **options)
        two.load_state_dict(_translated(one.state_dict()))
        for p, q in zip(theirs, mine, strict=True):
            q.data = mt.from_numpy(p.detach().numpy().copy())
        for _ in range(3):
            give_gradients(rng, theirs, mine, skip=-1)
            one.step()
            two.step()
        assert max(map(far, theirs, mine)) < 1e-6, name


def _translated(value: Any) -> Any:
    """Their tensors as ours, anywhere in a state dictionary."""
    if isinstance(value, dict):
        return {key: _translated(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_translated(item) for item in value]
    return mt.from_numpy(value.numpy().copy()) if isinstance(value, torch.Tensor) else value


# ------------------------------------------------------------------- schedules

SCHEDULES: list[tuple[str, dict[str, Any]]] = [
    ("LambdaLR", {"lr_lambda": lambda e: 0.95**e}),
    ("LambdaLR", {"lr_lambda": [lambda e: 0.95**e, lambda e: 1 / (1 + e)]}),
    ("MultiplicativeLR", {"lr_lambda": lambda e: 0.97 + 0.001 * (e % 7)}),
    ("StepLR", {"step_size": 7, "gamma": 0.5}),
    ("MultiStepLR", {"milestones": [3, 10, 10, 40]}),
    ("ConstantLR", {}),
    ("LinearLR", {"total_iters": 30}),
    ("LinearLR", {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 30}),
    ("ExponentialLR", {"gamma": 0.93}),
    ("PolynomialLR", {"total_iters": 60, "power": 1.7}),
    ("CosineAnnealingLR", {"T_max": 13, "eta_min": 0.001}),
    ("CosineAnnealingWarmRestarts", {"T_0": 5, "T_mult": 2, "eta_min": 0.001}),
    ("CosineAnnealingWarmRestarts", {"T_0": 7}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": [0.1, 0.3], "step_size_up": 6, "step_size_down": 9}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 6, "mode": "triangular2"}),
    (
        "CyclicLR",
        {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 6, "mode": "exp_range", "gamma": 0.98},
    ),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 6, "scale_fn": lambda x: 1 / x}),
    ("OneCycleLR", {"max_lr": 0.4, "total_steps": 101}),
    (
        "OneCycleLR",
        {
            "max_lr": [0.4, 0.1],
            "epochs": 11,
            "steps_per_epoch": 10,
            "three_phase": True,
            "pct_start": 0.2,
        },
    ),
    ("OneCycleLR", {"max_lr": 0.4, "total_steps": 101, "anneal_strategy": "linear"}),
]


def two_groups(package: Any, kind: str) -> Any:
    """An optimizer with two groups of different rates."""
    groups = [{"params": package.zeros(1, requires_grad=True), "lr": lr} for lr in (0.2, 0.05)]
    if kind == "SGD":
        return package.optim.SGD(groups, momentum=0.9)
    return package.optim.Adam(groups)


def options_of(optimizer: Any) -> list[float]:
    """What schedules change: rates, and momentum or betas, of all groups."""
    found = []
    for group in optimizer.param_groups:
        found += [float(group["lr"]), *group.get("betas", [group.get("momentum")])]
    return found


@pytest.mark.parametrize(("name", "options"), SCHEDULES)
@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_a_hundred_epochs(name: str, options: dict[str, Any], kind: str) -> None:
    """Rates and momentum, and what would be saved."""
    one, two = two_groups(torch, kind), two_groups(mt, kind)
    theirs = getattr(torch.optim.lr_scheduler, name)(one, **options)
    mine = getattr(lr_scheduler, name)(two, **options)
    run(one, two, theirs, mine)
    assert set(theirs.state_dict()) == set(mine.state_dict())


def run(one: Any, two: Any, theirs: Any, mine: Any) -> None:
    """A hundred epochs of both."""
    for _ in range(100):
        assert options_of(two) == pytest.approx(options_of(one), rel=1e-12, abs=1e-15)
        assert mine.get_last_lr() == pytest.approx(theirs.get_last_lr(), rel=1e-12, abs=1e-15)
        one.step()
        two.step()
        theirs.step()
        mine.step()


COMPOSITES: list[Callable[[Any, Any], Any]] = [
    lambda s, o: s.SequentialLR(
        o,
        [s.LinearLR(o, total_iters=5), s.CosineAnnealingLR(o, 20), s.ExponentialLR(o, 0.9)],
        [5, 30],
    ),
    lambda s, o: s.ChainedScheduler([s.LinearLR(o), s.StepLR(o, 4, 0.9), s.ExponentialLR(o, 0.99)]),
    lambda s, o: s.ChainedScheduler([s.CosineAnnealingLR(o, 8), s.ConstantLR(o, 0.5, 3)]),
]


@pytest.mark.parametrize("make", COMPOSITES)
def test_composites(make: Callable[[Any, Any], Any]) -> None:
    """One after the other, and all at once."""
    one, two = two_groups(torch, "SGD"), two_groups(mt, "SGD")
    run(one, two, make(torch.optim.lr_scheduler, one), make(lr_scheduler, two))


@given(st.data())
def test_plateaus(draw: Any) -> None:
    """Whatever is measured, and whatever counts as better."""
    options = {
        "mode": draw.draw(st.sampled_from(["min", "max"])),
        "threshold_mode": draw.draw(st.sampled_from(["rel", "abs"])),
        "threshold": draw.draw(st.floats(0, 0.2)),
        "patience": draw.draw(st.integers(0, 3)),
        "cooldown": draw.draw(st.integers(0, 3)),
        "factor": draw.draw(st.floats(0.1, 0.9)),
        "min_lr": draw.draw(st.sampled_from([0, 0.01, [0.05, 0.001]])),
    }
    one, two = two_groups(torch, "SGD"), two_groups(mt, "SGD")
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(one, **options)
    mine = lr_scheduler.ReduceLROnPlateau(two, **options)
    for measure in draw.draw(st.lists(st.floats(-1, 1), min_size=5, max_size=40)):
        theirs.step(measure)
        mine.step(measure)
        assert options_of(one) == options_of(two)
    assert theirs.state_dict() == mine.state_dict()


@pytest.mark.parametrize("name", lr_scheduler.__all__)
def test_schedulers_signatures(name: str) -> None:
    """Names, order and defaults of the arguments."""
    theirs, mine = getattr(torch.optim.lr_scheduler, name), getattr(lr_scheduler, name)
    assert _arguments(theirs) == _arguments(mine)


def test_all_schedulers_are_here() -> None:
    """Everything that PyTorch makes public."""
    assert set(torch.optim.lr_scheduler.__all__) == set(lr_scheduler.__all__)
