"""What can't be replayed runs as ever, with the reason; under ``fullgraph`` the reason is raised."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from comparing import compare, floats

import microtensor as mt
from microtensor import nn, optim
from microtensor.errors import CompileError

KEPT: list[Any] = []
COUNT = 0
NUMBERS = {1.0, 2.0}


def counted(x: Any) -> Any:
    global COUNT
    COUNT += 1
    return x * COUNT


def part_assigned(x: Any) -> Any:
    return mt.complex(x, x * 2).abs()


def of_a_list() -> Callable[[Any], Any]:
    box = [1.0]

    def function(x: Any) -> Any:
        box.append(box[-1] + 1)
        return x * box[-1]

    return function


def of_an_iterator() -> Callable[[Any], Any]:
    numbers = iter(range(100))
    return lambda x: x * next(numbers)


def of_an_attribute() -> Callable[[Any], Any]:
    class Module(nn.Module):
        seen: Any = None

        def forward(self, x: Any) -> Any:
            self.seen = x * 2
            return x

    return Module()


def kept(x: Any) -> Any:
    KEPT.append(x * 2)
    return x * 3


def hidden(x: Any) -> Any:
    return mt.from_numpy(np.frombuffer(x.numpy().tobytes(), np.float32).copy()) * 2


def stepped() -> Callable[[Any], Any]:
    w = nn.Parameter(mt.ones(3))
    opt = optim.SGD([w], lr=0.1)
    schedule = optim.lr_scheduler.StepLR(opt, 2)

    def function(x: Any) -> Any:
        opt.zero_grad()
        loss = (w * x).sum()
        loss.backward()
        opt.step()
        schedule.step()
        return loss

    return function


def hooked() -> Callable[[Any], Any]:
    layer = nn.Linear(3, 1)
    layer.register_forward_hook(lambda module, args, out: out * 2)
    return layer


def whole() -> Callable[[Any], Any]:
    w = nn.Parameter(mt.ones(3, 3))
    opt = optim.Muon([w], lr=0.1)

    def function(x: Any) -> Any:
        opt.zero_grad()
        loss = (w @ x).pow(2).sum()
        loss.backward()
        opt.step()
        return loss

    return function


REFUSED: dict[str, tuple[Callable[[], Callable[..., Any]], str]] = {
    "item": (lambda: lambda x: x * x.sum().item(), "in one run, and"),
    "tolist": (lambda: lambda x: x * x.tolist()[0], "tolist"),
    "a mask": (lambda: lambda x: x[x > 0].sum(), "depends on data"),
    "nonzero": (lambda: lambda x: x.nonzero().sum() + x, "depends on data"),
    "a counter": (lambda: counted, "it assigns to COUNT"),
    "a list that grows": (of_a_list, "the call itself changes what it depends on"),
    "an iterator": (of_an_iterator, "it calls next"),
    "an attribute": (of_an_attribute, "it assigns to seen"),
    "printing": (lambda: lambda x: (print("x"), x * 2)[1], "it calls print"),
    "Python's random numbers": (lambda: lambda x: x * random.random(), "it calls Random.random"),
    "NumPy's random numbers": (lambda: lambda x: x * mt.tensor(np.random.rand()), "it calls"),
    "the time": (lambda: lambda x: x * (time.time() > 0), "it calls time"),
    "a tensor kept": (lambda: kept, "kept"),
    "bytes": (lambda: hidden, "tobytes"),
    "a scheduler": (stepped, "learning rate is changed"),
    "a hook": (hooked, "hooks"),
    "an argument written": (lambda: lambda x: x.mul_(2).sum(), "an argument is written"),
    "a view of an argument": (lambda: lambda x: x.view(-1), "shares its memory"),
    "a part of an array that is set": (lambda: part_assigned, "complex64 are not captured"),
    "a set": (lambda: lambda x: x * len(NUMBERS), "a set"),
    "seeding": (lambda: lambda x: (mt.manual_seed(0), x + mt.rand(3))[1], "seed"),
    "complex numbers": (lambda: lambda x: x * mt.from_numpy(abs(np.fft.fft(x.numpy()))).float(), ""),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_runs_as_ever_and_says_why(name: str, capsys: Any) -> None:
    make, reason = REFUSED[name]
    found = []
    for compiled in (False, True):
        global COUNT
        COUNT = 0
        random.seed(0)
        np.random.seed(0)
        mt.manual_seed(0)
        function = make()
        run = mt.compile(function, backend="numpy") if compiled else function
        draws = np.random.default_rng(1)
        found.append([run(floats(draws, 3)).detach().numpy().tobytes() for _ in range(7)])
    assert found[0] == found[1]
    assert not run.compiled.replays if isinstance(run, nn.Module) else not run.replays
    assert reason in run.explain()
    if name == "printing":
        assert capsys.readouterr().out == "x\n" * 14


def called(run: Any, times: int) -> None:
    for k in range(times):
        run(mt.full((3,), float(k + 1)))


@pytest.mark.parametrize("name", ["item", "a mask", "printing"])
def test_fullgraph_raises_the_reason(name: str) -> None:
    make, reason = REFUSED[name]
    run = mt.compile(make(), backend="numpy", fullgraph=True)
    with pytest.raises(CompileError, match="compile\\(fullgraph=True\\): .* can't be replayed: ") as caught:
        called(run, 7)
    assert reason in str(caught.value)
    with pytest.raises(RuntimeError):
        run(mt.ones(3))


def test_a_step_of_a_whole_matrix_is_refused_or_equal() -> None:
    compare(lambda: (whole(), lambda r, k: (floats(r, 3, 3),), []), 8)


def test_vmap_and_forward_mode_run_as_ever() -> None:
    from microtensor.autograd import forward_ad
    from microtensor.func import grad, vmap

    inner = mt.compile(lambda x: (x * x).sum(), backend="numpy")
    x = mt.arange(6.0).reshape(2, 3)
    for _ in range(5):
        assert vmap(inner)(x).tolist() == [5.0, 50.0]
        assert grad(inner)(x).tolist() == (2 * x).tolist()
        with forward_ad.dual_level():
            dual = forward_ad.make_dual(x, mt.ones(2, 3))
            assert forward_ad.unpack_dual(inner(dual)).tangent.item() == 30.0
    outer = mt.compile(lambda x: vmap(lambda row: (row * row).sum())(x), backend="numpy")
    for k in range(6):
        assert outer(x + k).tolist() == ((x + k) ** 2).sum(1).tolist()


def test_anomaly_mode_and_saved_tensor_hooks_are_refused() -> None:
    w = nn.Parameter(mt.ones(3))

    def step(x: Any) -> Any:
        w.grad = None
        loss = (w * x).sum()
        loss.backward()
        return loss

    run = mt.compile(step, backend="numpy")
    with mt.autograd.detect_anomaly(check_nan=False):
        for _ in range(5):
            run(mt.ones(3))
    assert not run.replays
    assert "anomaly mode" in run.explain()
    for _ in range(5):
        run(mt.ones(3))
    assert run.replays


def test_an_exception_leaves_what_eager_leaves() -> None:
    found = []
    for compiled in (False, True):
        w, calls = nn.Parameter(mt.ones(3)), [0]
        opt = optim.SGD([w], lr=0.1, momentum=0.9)

        def step(x: Any, bad: Any, w: Any = w, opt: Any = opt) -> Any:
            opt.zero_grad()
            loss = (w * x).sum()
            loss.backward()
            if bad > 0:
                raise KeyError("stop")
            opt.step()
            return loss

        run = mt.compile(step, backend="numpy") if compiled else step
        for k in range(12):
            calls[0] += 1
            if k in (1, 2, 5, 9):
                with pytest.raises(KeyError):
                    run(mt.ones(3) * k, mt.ones(()))
            else:
                run(mt.ones(3) * k, mt.zeros(()))
        found.append([w.detach().numpy().tobytes(), w.grad.numpy().tobytes()])
        assert not compiled or run.replays
    assert found[0] == found[1]


def test_the_options() -> None:
    def double(x: Any) -> Any:
        return 2 * x

    assert mt.compile(double, disable=True) is double
    assert mt.compile(mt.compile(double)).function is double
    assert mt.compile(fullgraph=True, mode="max-autotune", dynamic=True)(double).fullgraph
    assert mt.compile(double, backend="inductor").backend == "auto"
    eager = mt.compile(double, backend="eager")
    assert [eager(mt.ones(1)).item() for _ in range(5)] == [2.0] * 5
    assert not eager.replays
    with pytest.raises(RuntimeError, match="Either mode or options can be specified"):
        mt.compile(double, mode="default", options={})
    with pytest.raises(RuntimeError, match="unrecognized mode='fast'"):
        mt.compile(double, mode="fast")
    with pytest.raises(TypeError, match="takes a function or a module, not int"):
        mt.compile(3)
    with pytest.raises(TypeError, match="not a function on a graph"):
        mt.compile(double, backend=lambda graph, inputs: graph)
    with pytest.raises(RuntimeError, match="there is no program yet: double has 0 programs"):
        str(mt.compile(double).source)


def test_calls_with_another_number_of_arguments() -> None:
    def function(x: Any, y: float = 1.0, *rest: Any) -> Any:
        return x * y + len(rest)

    run, x = mt.compile(function, backend="numpy"), mt.ones(2)
    for _ in range(5):
        assert run(x).tolist() == [1.0, 1.0]
        assert run(x, 3.0).tolist() == [3.0, 3.0]
        assert run(x, 3.0, None, None).tolist() == [5.0, 5.0]
        assert run(x, y=2.0).tolist() == [2.0, 2.0]
    assert len(run.replays) == 4
    with pytest.raises(TypeError):
        run()


def test_reset_forgets_all_programs() -> None:
    run = mt.compile(lambda x: x * 2, backend="numpy")
    for _ in range(4):
        run(mt.ones(1))
    assert len(run.replays) == 1
    run.reset()
    assert not run.replays
    assert run(mt.ones(1)).item() == 2.0


def test_what_the_collector_calls_is_no_part_of_a_step():
    """Tools time the collector by a callback: whenever it happens to run, during a capture as well."""
    seen = []

    def callback(phase, info):
        seen.append(time.perf_counter())

    def step(x):
        made = [[] for _ in range(3000)]
        made.append(made)
        return x * 2

    gc.callbacks.append(callback)
    try:
        run = mt.compile(step, backend="numpy")
        for _ in range(6):
            run(mt.ones(3))
        assert gc.isenabled()
    finally:
        gc.callbacks.remove(callback)
    assert run.replays, run.explain()
    assert seen
