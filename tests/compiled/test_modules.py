"""Compiled modules: forward as one node, backward as its other half, and `fit` with its step compiled."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest
from comparing import floats

import microtensor as mt
import microtensor.nn.functional as F
from microtensor import nn, optim
from microtensor.compiled.halves import CompiledNode
from microtensor.errors import StaleSavedError
from microtensor.train import fit
from microtensor.utils.data import DataLoader, TensorDataset


def network() -> nn.Module:
    mt.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 2))


def trained(compiled: bool) -> tuple[list[Any], Any]:
    net = network()
    opt = optim.Adam(net.parameters(), lr=0.01)
    model = mt.compile(net, backend="numpy") if compiled else net
    random, found = np.random.default_rng(0), []
    mt.manual_seed(1)
    for k in range(12):
        x, y = floats(random, 16, 4), mt.tensor(random.integers(0, 2, 16))
        opt.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
        found.append(loss.item())
        if k % 5 == 4:
            model.eval()
            with mt.no_grad():
                found.append(model(x).sum().item())
            model.train()
    return found + [p.detach().numpy().tobytes() for p in net.state_dict().values()], model


def test_a_compiled_module_trains_as_the_original() -> None:
    (want, _), (got, model) = trained(False), trained(True)
    assert want == got
    assert "of the backward pass" in model.explain()


def test_the_original_is_inside() -> None:
    net = network()
    model = mt.compile(net, backend="numpy")
    assert model._orig_mod is net
    assert isinstance(model, nn.Module)
    assert list(model.state_dict()) == [f"_orig_mod.{name}" for name in net.state_dict()]
    assert len(list(model.parameters())) == len(list(net.parameters()))
    assert not model.eval().training
    assert not net.training
    assert not net[3].training
    model.load_state_dict(model.state_dict())


def gradients(function: Any, net: nn.Module, batches: list[Any]) -> list[bytes]:
    net.zero_grad()
    inputs = [b.clone().requires_grad_() for b in batches]
    outputs = [function(x) for x in inputs]
    sum(out.pow(2).sum() * (k + 1) for k, out in enumerate(outputs)).backward()
    return [t.grad.numpy().tobytes() for t in [*inputs, *net.parameters()]]


def test_forward_passes_that_wait_for_one_backward_pass() -> None:
    net = network().eval()
    model = mt.compile(net, backend="numpy")
    batches = [floats(np.random.default_rng(k), 3, 4) for k in range(6)]
    want = gradients(net, net, batches)
    for _ in range(3):
        assert gradients(model, net, batches) == want
    assert model.compiled.replays


def test_the_graph_has_one_node() -> None:
    model = mt.compile(network().eval(), backend="numpy")
    x = mt.ones(3, 4)
    for _ in range(4):
        out = model(x)
    assert isinstance(out.grad_fn, CompiledNode)
    assert out.grad_fn.name() == "CompiledFunctionBackward"
    out.sum().backward(retain_graph=True)
    out.sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        out.sum().backward()
    with pytest.raises(RuntimeError, match="can't be differentiated again"):
        mt.autograd.grad(model(x).sum(), list(model.parameters()), create_graph=True)


def test_several_results_and_arguments_with_gradients() -> None:
    def function(a: Any, b: Any, k: int) -> Any:
        return {"sum": a * b + k, "rest": (a.sum(), [b.exp(), (a * 2).detach()])}

    compiled = mt.compile(function, backend="numpy")
    for n in range(6):
        found = []
        for f in (function, compiled):
            a, b = (floats(np.random.default_rng(n + s), 2, 3).requires_grad_() for s in (0, 9))
            out = f(a * 1, b, 2)
            loss = out["sum"].pow(2).sum() + out["rest"][1][0].sum() * (n % 2)
            loss.backward()
            found.append([t.numpy().tobytes() for t in (a.grad, b.grad)])
            assert not out["rest"][1][1].requires_grad
        assert found[0] == found[1]
    assert compiled.replays


def test_a_parameter_that_is_written_between_forward_and_backward_is_noticed() -> None:
    net = nn.Linear(2, 2)
    model = mt.compile(net, backend="numpy")
    x = mt.ones(3, 2, requires_grad=True)
    for _ in range(5):
        out = model(x).sum()
        with mt.no_grad():
            net.weight.mul_(2.0)
        with pytest.raises(StaleSavedError):
            out.backward()


def test_everything_is_freed_without_the_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        net = network()
        model = mt.compile(net, backend="numpy")
        for _ in range(5):
            model(mt.ones(3, 4)).sum().backward()
        assert model.compiled.replays
        memory = weakref.ref(model.compiled.replays[0])
        seen = weakref.ref(net)
        del model, net
        assert memory() is None
        assert seen() is None
    finally:
        gc.enable()


def test_a_compiled_step_in_two_threads_beside_eager_training() -> None:
    want, _ = trained(False)
    w = nn.Parameter(mt.ones(64))
    opt = optim.SGD([w], lr=1e-3)
    shared = mt.compile(lambda x: ((w * x).sum(), x * 2), backend="numpy")
    failures: list[Any] = []

    def other(seed: int) -> None:
        try:
            x = mt.full((64,), float(seed))
            for _ in range(60):
                total, twice = shared(x)
                assert twice.tolist() == [2.0 * seed] * 64
                assert total.item() == 64.0 * seed
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=other, args=(k,)) for k in (1, 2)]
    for thread in threads:
        thread.start()
    results = [trained(bool(k % 2))[0] for k in range(2)]
    for thread in threads:
        thread.join()
    assert not failures
    assert results == [want, want]
    assert shared.replays
    opt.zero_grad()


@pytest.mark.parametrize("kind", ["whole", "batches", "loader"])
def test_fit_with_its_step_compiled(kind: str) -> None:
    found = []
    for compile in (False, "numpy"):
        net = network()
        random = np.random.default_rng(0)
        x, y = floats(random, 50, 4), mt.tensor(random.integers(0, 2, 50))
        data: Any = (
            DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True) if kind == "loader" else (x, y)
        )
        history = fit(
            net, nn.CrossEntropyLoss(), optim.Adam(net.parameters(), lr=0.01), data, epochs=6, progress=False,
            batch_size=16 if kind == "batches" else None, validation=(x, y), compile=compile,
            metrics={"right": lambda out, target: (out.argmax(1) == target).float().mean()},
        )  # fmt: skip
        found.append({name: history[name] for name in history})
    assert found[0] == found[1]


def test_a_compiled_method_and_a_compiled_function_within_another() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(mt.ones(2))

        @mt.compile(backend="numpy")
        def forward(self, x: Any) -> Any:
            return inner(x) * self.scale

    inner = mt.compile(lambda x: x + 1, backend="numpy")
    first, second = Net(), Net()
    with mt.no_grad():
        second.scale.fill_(3.0)
    for k in range(8):
        x = mt.full((2,), float(k))
        assert first(x).tolist() == [k + 1.0] * 2
        assert second(x).tolist() == [3 * (k + 1.0)] * 2
    assert len(Net.forward.replays) == 2, Net.forward.explain()
