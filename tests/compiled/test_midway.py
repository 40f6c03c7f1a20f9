"""In the middle: state is taken and put back, replays are interrupted, and allocate nothing."""

from __future__ import annotations

import copy
import inspect
import signal
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from comparing import floats

import microtensor as mt
import microtensor.nn.functional as F
from microtensor import nn, optim


class Training:
    """A network, its optimizer, and a step."""

    def __init__(self, make: Any, backend: str | None) -> None:
        mt.manual_seed(3)
        self.model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 2))
        self.optimizer = make(self.model.parameters())

        def step(x: Any, y: Any) -> Any:
            self.optimizer.zero_grad()
            loss = F.mse_loss(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            return loss

        self.step = step if backend is None else mt.compile(step, backend=backend)

    def run(self, first: int, last: int) -> list[float]:
        """The losses of the steps from `first` to `last`."""
        return [self.step(*batch(k)).item() for k in range(first, last)]

    def state(self) -> Any:
        """All of it, to be put back with `restore`."""
        return copy.deepcopy((self.model.state_dict(), self.optimizer.state_dict()))

    def restore(self, state: Any) -> None:
        self.model.load_state_dict(state[0])
        self.optimizer.load_state_dict(copy.deepcopy(state[1]))

    def bits(self) -> list[bytes]:
        """Every number of the state."""
        model, optimizer = self.state()
        found = [v.numpy().tobytes() for v in model.values()]
        for state in optimizer["state"].values():
            found += [
                v.numpy().tobytes() if isinstance(v, mt.Tensor) else repr(v).encode() for v in state.values()
            ]
        return found


def batch(k: int) -> tuple[mt.Tensor, mt.Tensor]:
    random = np.random.default_rng(k)
    return floats(random, 6, 3), floats(random, 6, 2)


def optimizers() -> Iterator[Any]:
    """Every optimizer that takes nothing but parameters and a learning rate, and some options of it."""
    for name, kind in sorted((n, getattr(optim, n)) for n in optim.__all__):
        is_one = inspect.isclass(kind) and issubclass(kind, optim.Optimizer) and kind is not optim.Optimizer
        if is_one and name not in ("LBFGS", "SparseAdam", "Muon"):
            yield pytest.param(lambda p, kind=kind: kind(p, lr=0.01), id=name)
    yield pytest.param(lambda p: optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True), id="SGD nesterov")
    yield pytest.param(lambda p: optim.Adam(p, lr=0.01, amsgrad=True, weight_decay=0.1), id="Adam amsgrad")
    yield pytest.param(
        lambda p: optim.RMSprop(p, lr=0.01, centered=True, momentum=0.5), id="RMSprop centered"
    )


@pytest.mark.parametrize("make", list(optimizers()))
def test_state_is_taken_and_put_back_between_replays(make: Any) -> None:
    found = []
    for backend in (None, "numpy"):
        training = Training(make, backend)
        seen = training.run(0, 7)
        state = training.state()
        seen += training.run(7, 12)
        training.restore(state)
        seen += training.run(7, 14)
        fresh = Training(make, backend)
        fresh.restore(state)
        again = fresh.run(7, 12)
        found.append([seen, again, training.bits(), fresh.bits()])
        assert seen[7:12] == seen[12:17] == again
    assert found[0] == found[1]


ADAM = lambda p: optim.Adam(p, lr=0.01)  # noqa: E731
SGD = lambda p: optim.SGD(p, lr=0.01, momentum=0.9)  # noqa: E731


class Interrupting:
    """A function of a replay: the `at`-th call of any such function is interrupted by Ctrl-C."""

    calls, at = 0, -1

    def __init__(self, function: Any) -> None:
        self.function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        Interrupting.calls += 1
        if Interrupting.calls == Interrupting.at:
            signal.raise_signal(signal.SIGINT)
        return self.function(*args, **kwargs)


def interrupted(training: Training, at: int, only: str = "") -> tuple[bool, int]:
    """A replay that is interrupted at a call: whether it was, and how many calls there were."""
    replay = training.step.replays[-1]
    scope, Interrupting.calls, Interrupting.at = replay.run.__globals__, 0, at
    plain = {}
    for name in list(scope):
        computes = isinstance(scope[name], (np.ufunc, type(np.add.reduce)))
        computes = (computes and name not in ("recording", "errors")) or name in ("dot", "wrote_all")
        if only == name if only else computes or "segment" in name:
            plain[name] = scope[name]
            scope[name] = Interrupting(scope[name])
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    try:
        replay.call(*batch(abs(at)))
    except KeyboardInterrupt:
        return True, Interrupting.calls
    finally:
        signal.signal(signal.SIGINT, handler)
        scope.update(plain)
    return False, Interrupting.calls


@pytest.mark.parametrize("make", [ADAM, SGD], ids=["Adam", "SGD"])
@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_ctrl_c_during_a_replay_leaves_a_state_to_go_on_from(make: Any, backend: str) -> None:
    training = Training(make, backend)
    training.run(0, 8)
    count = interrupted(training, -1)[1]
    assert count >= (2 if backend == "c" else 30)
    for at in range(1, count + 1):
        training.run(20, 22)
        weight = training.model[0].weight
        early, before = (weight * weight).sum(), weight.detach().clone()
        assert interrupted(training, at)[0]
        assert all(p.grad is None for p in training.model.parameters())
        if not mt.equal(before, weight):
            with pytest.raises(RuntimeError, match="step"):
                early.backward()
        training.model.zero_grad()
        twin = Training(make, None)
        twin.restore(training.state())
        assert training.bits() == twin.bits()
        got, want = training.run(10, 12), twin.run(10, 12)
        assert got == want if backend == "numpy" else np.allclose(got, want, rtol=1e-4)
    assert len({int(s["step"]) for s in training.optimizer.state.values() if "step" in s}) <= 1


def test_an_interruption_before_the_update_is_no_step() -> None:
    training = Training(ADAM, "numpy")
    training.run(0, 8)
    before = [p.detach().clone() for p in training.model.parameters()]
    assert interrupted(training, 4, "dot") == (True, 4)
    assert {s["step"].item() for s in training.optimizer.state.values()} == {8.0}
    assert all(map(mt.equal, before, training.model.parameters()))


def test_looking_at_the_state_asks_for_no_new_program() -> None:
    training = Training(ADAM, "numpy")
    for k in range(0, 40, 2):
        training.run(k, k + 2)
        training.state()
        assert len(list(training.optimizer.state.values())) == 6
    assert len(training.step.replays) == 1


def test_programs_of_a_state_that_was_replaced_make_room() -> None:
    training = Training(ADAM, "numpy")
    for k in range(0, 80, 5):
        training.run(k, k + 5)
        training.restore(training.state())
    assert "more run eagerly" not in training.step.explain()
    assert len(training.step.replays) <= 8


def test_an_index_that_is_out_of_range_raises_as_ever_and_the_next_step_is_right() -> None:
    for backend in ("numpy", "c"):
        found = []
        for compiled in (False, True):
            mt.manual_seed(0)
            table, kept = nn.Embedding(5, 3), []
            optimizer = optim.Adam(table.parameters(), lr=0.1)

            def step(x: Any, table: Any = table, optimizer: Any = optimizer) -> Any:
                optimizer.zero_grad()
                loss = table(x).pow(2).sum()
                loss.backward()
                optimizer.step()
                return loss

            run = mt.compile(step, backend=backend) if compiled else step
            for k in range(12):
                if k in (6, 9):
                    with pytest.raises(IndexError):
                        run(mt.tensor([1, 7]))
                    assert table.weight.grad is None
                kept.append(run(mt.tensor([k % 5, 2])).item())
            found.append([*kept, *table.weight.flatten().tolist()])
            assert not compiled or run.replays
        assert found[0] == found[1] if backend == "numpy" else np.allclose(*found, rtol=1e-4)


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_a_replay_allocates_nothing_large(backend: str) -> None:
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.LayerNorm(64), nn.Linear(64, 8))
    optimizer = optim.Adam(model.parameters(), lr=0.01)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    run, x, y = mt.compile(step, backend=backend), mt.randn(256, 64), mt.randn(256, 8)
    peaks = {}
    for name, function in (("eager", step), ("compiled", run)):
        for _ in range(8):
            function(x, y)
        tracemalloc.start()
        function(x, y)
        begun = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        for _ in range(5):
            function(x, y)
        peaks[name] = tracemalloc.get_traced_memory()[1] - begun
        tracemalloc.stop()
    assert run.replays
    assert peaks["eager"] > 200_000  # the measure sees arrays
    assert peaks["compiled"] < 50_000  # what NumPy itself needs where dtypes differ


def test_memory_of_a_program_is_that_of_what_lives_at_once() -> None:
    x = mt.randn(1 << 16)
    run = mt.compile(lambda x: ((x * 2 + 1).tanh() - x).exp().sum() * 1.0, backend="numpy")
    for _ in range(4):
        run(x)
    [replay] = run.replays
    blocks = [memory.nbytes for memory in replay.program.made.values()]
    assert max(blocks) < 2 * x.numel() * 4
