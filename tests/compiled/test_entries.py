"""Whole calls in C: what fits is served there, the rest is left to Python, and nothing is lost or kept."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from typing import Any

import numpy as np
import pytest
from comparing import values

import microtensor as mt
import microtensor.nn.functional as F
from microtensor import nn, optim
from microtensor.compiled.c.c_entry import _Code
from microtensor.compiled.program import MISSED, Unavailable
from microtensor.engine import versions

try:
    _Code.made()
except Unavailable as reason:
    pytest.skip(str(reason), allow_module_level=True)


class Served:
    """A compiled function that counts the calls which C has served."""

    def __init__(self, function: Any, calls: Any = ()) -> None:
        self.compiled, self.count = mt.compile(function, backend="c"), 0
        for args in calls:
            self.compiled(*args)

    def __call__(self, *args: Any) -> Any:
        result = self.compiled._enter(*args)
        self.count += result is not MISSED
        return self.compiled(*args) if result is MISSED else result


def network(seed: int = 0, make: Any = None) -> Any:
    """A network, its optimizer, and its step."""
    mt.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    optimizer = (make or (lambda p: optim.SGD(p, lr=0.1, momentum=0.9)))(model.parameters())

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return model, optimizer, step


def batch(k: int, rows: int = 5) -> Any:
    random = np.random.default_rng(k)
    return tuple(mt.tensor(random.standard_normal((rows, n)).astype(np.float32)) for n in (3, 1))


def test_a_step_is_served_and_leaves_what_eager_leaves() -> None:
    (model, _, step), (other, _, eager) = network(), network()
    served = Served(step)
    for k in range(20):
        got, want = served(*batch(k)), eager(*batch(k))
        assert np.allclose(got.item(), want.item(), rtol=1e-4)
        assert (got.requires_grad, got.dtype, got.shape) == (True, want.dtype, want.shape)
    assert served.count >= 12
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        assert np.allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-4, atol=1e-6)
        assert np.allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-4, atol=1e-6)
        assert p._version == q._version


def other_arguments() -> dict[str, Any]:
    """Arguments that must be noticed, from those that were captured."""
    return {
        "more rows": lambda x: mt.cat([x, x]),
        "another dtype": lambda x: x.double(),
        "other strides": lambda x: x.T.clone().T,
        "every second row": lambda x: mt.cat([x, x])[::2],
        "a gradient is wanted": lambda x: x.clone().requires_grad_(),
        "no tensor": lambda x: 2.0,
        "a parameter": nn.Parameter,
        "a number of NumPy's": lambda x: mt.tensor(2.0),
    }


@pytest.mark.parametrize("name", other_arguments())
def test_another_argument_is_not_served(name: str) -> None:
    x, change = batch(0)[0], other_arguments()[name]
    served = Served(lambda x: x * 2.0 + 1.0, [(x,)] * 5)
    assert values(served(x)) == values(x * 2.0 + 1.0)
    assert served.count == 1
    assert values(served(change(x))) == values(change(x) * 2.0 + 1.0)
    assert served.count == 1
    assert values(served(x)) == values(x * 2.0 + 1.0)
    assert served.count == 2


def test_views_and_other_numbers_of_arguments_are_left_to_python() -> None:
    x = batch(0, 8)[0]
    served = Served(lambda x, *more: x * 2.0, [(x[:4],)] * 5)
    assert values(served(x[4:])) == values(x[4:] * 2.0)
    assert values(served(x[:4].clone())) == values(x[:4] * 2.0)
    assert served.count == 1
    assert values(served(x[:4].clone(), 1)) == values(x[:4] * 2.0)
    assert served.count == 1


def test_a_dense_argument_that_is_transposed_is_copied_as_it_lies() -> None:
    x = mt.tensor(np.asfortranarray(np.arange(12, dtype=np.float32).reshape(3, 4)))
    assert not x.is_contiguous()
    served = Served(lambda x: (x * mt.tensor([1.0, 2.0, 3.0, 4.0])).sum(1), [(x,)] * 5)
    y = mt.tensor(np.asfortranarray(np.arange(12, 24, dtype=np.float32).reshape(3, 4)))
    assert served(y).tolist() == (y * mt.tensor([1.0, 2.0, 3.0, 4.0])).sum(1).tolist()
    assert served.count == 1


CHANGES: dict[str, Any] = {
    "lr": lambda m, o: o.param_groups[0].update(lr=0.07),
    "momentum": lambda m, o: o.param_groups[0].update(momentum=0.1),
    "frozen": lambda m, o: m[0].weight.requires_grad_(False),
    "data": lambda m, o: setattr(m[0].weight, "data", m[0].weight.data.clone() * 2),
    "replaced": lambda m, o: setattr(m, "1", nn.ReLU()),
    "hook": lambda m, o: m.register_forward_hook(lambda *a: None),
    "tensor hook": lambda m, o: m[0].weight.register_hook(lambda g: g * 2),
    "state": lambda m, o: o.load_state_dict(o.state_dict()),
    "loaded": lambda m, o: m.load_state_dict({k: v * 0.9 for k, v in m.state_dict().items()}),
    "no momentum": lambda m, o: o.state.clear(),
    "more": lambda m, o: o.add_param_group({"params": [nn.Parameter(mt.ones(1))]}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_between_calls_counts_at_once(name: str) -> None:
    found = []
    for compiled in (True, False):
        model, optimizer, step = network()
        function = mt.compile(step, backend="c") if compiled else step
        losses = [function(*batch(k)).item() for k in range(8)]
        CHANGES[name](model, optimizer)
        losses += [function(*batch(k)).item() for k in range(8, 16)]
        found.append([*losses, *(p.detach().numpy().copy() for p in model.parameters())])
    for got, want in zip(*found, strict=True):
        assert np.allclose(got, want, rtol=1e-4, atol=1e-6)


def test_modes_and_treatments_of_errors_are_left_to_python() -> None:
    x, w = batch(0)[0], mt.ones(3, requires_grad=True)

    def step(x: Any) -> Any:
        y = (x * w).sum()
        if mt.is_grad_enabled():
            w.grad = None
            y.backward()
        return y

    served = Served(step, [(x,)] * 6)
    assert served(x).requires_grad
    with mt.no_grad():
        assert not served(x).requires_grad
    large = mt.full((5, 3), 3e38)
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        served(large)
    with np.errstate(over="ignore"):
        assert served(large).isinf()
    assert served.count == 1
    assert served(x).requires_grad
    assert served.count == 2


def test_a_gradient_that_is_kept_stays_as_it_was() -> None:
    model, _, step = network()
    served = Served(step, [batch(k) for k in range(8)])
    kept, copies = [], []
    for k in range(8, 20):
        served(*batch(k))
        if k % 3 == 0:
            kept.append([p.grad for p in model.parameters()])
            copies.append([p.grad.clone() for p in model.parameters()])
    for those, copy in zip(kept, copies, strict=True):
        assert all(map(mt.equal, those, copy))
    assert 0 < served.count < 12


def test_a_result_is_never_written_again() -> None:
    served = Served(lambda x: x * 2.0, [(batch(k)[0],) for k in range(6)])
    results = [served(batch(k)[0]) for k in range(6, 12)]
    assert served.count == 6
    for k, result in enumerate(results, 6):
        assert mt.equal(result, batch(k)[0] * 2.0)
        assert result._base is None


def test_version_counters_go_on_as_in_eager() -> None:
    w, x = mt.ones(2, requires_grad=True), mt.tensor([1.0, 2.0])

    def step(x: Any) -> Any:
        with mt.no_grad():
            w.mul_(0.5)
        return x.sum()

    served = Served(step, [(x,)] * 6)
    early, before = (w * w).sum(), w._version
    served(x)
    assert served.count == 1
    assert w._version == before + 1
    assert versions.last_write == versions.write_of(w.detach().numpy()).number
    with pytest.raises(RuntimeError, match="step"):
        early.backward()


def test_somebody_in_the_middle_of_a_call_is_waited_for() -> None:
    _, _, step = network()
    compiled = mt.compile(step, backend="c")
    for k in range(8):
        compiled(*batch(k))
    done: list[Any] = []
    with compiled.turn():
        assert compiled._enter(*batch(0)) is MISSED
        thread = threading.Thread(target=lambda: done.append(compiled(*batch(0))))
        thread.start()
        thread.join(0.05)
        assert not done
    thread.join()
    assert done
    assert compiled._enter(*batch(0)) is not MISSED


def test_a_capture_in_another_thread_leaves_all_to_python() -> None:
    x = batch(0)[0]
    served, seen = Served(lambda x: x * 2.0, [(x,)] * 6), []

    def meanwhile(y: Any) -> Any:
        thread = threading.Thread(target=lambda: seen.append(served(x)))
        thread.start()
        thread.join()
        return y + 1

    other = mt.compile(meanwhile, backend="numpy")
    for _ in range(2):
        other(x)
    assert len(seen) == 2
    assert served.count == 1
    assert all(mt.equal(y, x * 2.0) for y in seen)


def test_threads_share_a_step() -> None:
    _, _, step = network(make=lambda p: optim.SGD(p, lr=0.0))
    compiled, want = mt.compile(step, backend="c"), []
    for k in range(8):
        want = compiled(*batch(k)).item()
    want, wrong = [compiled(*batch(k)).item() for k in range(4)], []

    def work(k: int) -> None:
        for _ in range(300):
            got = compiled(*batch(k)).item()
            if got != want[k]:
                wrong.append((k, got))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_no_reference_is_lost_or_kept() -> None:
    model, optimizer, step = network()
    served = Served(step, [batch(k) for k in range(8)])
    x, y = batch(0)
    served(x, y)
    things = [x, y, *model.parameters(), *(p.grad for p in model.parameters()), mt.Tensor, None, True, ()]
    things += [
        optimizer.param_groups[0],
        versions.write_of(model[0].weight.detach().numpy()),
        served.compiled,
    ]
    before = [sys.getrefcount(thing) for thing in things]
    for _ in range(2000):
        served(x, y)
    after = [sys.getrefcount(thing) for thing in things]
    assert served.count >= 2000
    assert all(abs(n - m) < 50 for n, m in zip(after, before, strict=True))


def test_everything_is_freed_without_the_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        _, _, step = network()
        served, x = Served(step, [batch(k) for k in range(8)]), batch(0)
        loss = served(*x)
        assert served.count
        references = [weakref.ref(loss), weakref.ref(loss.grad_fn), weakref.ref(x[0])]
        del loss, x
        assert all(r() is None for r in references)
        entry = weakref.ref(served.compiled.replays[-1].entry)
        served.compiled.reset()
        assert entry() is None
    finally:
        gc.enable()
    assert gc.collect() >= 0


def test_a_loss_can_not_be_walked_a_second_time() -> None:
    _, _, step = network()
    served = Served(step, [batch(k) for k in range(8)])
    loss = served(*batch(9))
    assert served.count == 1
    with pytest.raises(RuntimeError, match="second time"):
        loss.backward()


def test_several_programs_are_tried_in_turn() -> None:
    served = Served(lambda x: x.sum(1) * 2.0, [(batch(0, rows)[0],) for rows in (2, 3, 4) for _ in range(5)])
    for rows in (2, 3, 4, 2, 4, 3):
        x = batch(rows, rows)[0]
        assert np.allclose(served(x).numpy(), (x.sum(1) * 2.0).numpy(), rtol=1e-6)
    assert served.count == 6


def test_a_random_choice_of_changes_is_as_eager() -> None:
    random = np.random.default_rng(7)
    for trial in range(2):
        (model, optimizer, step), (other, second, eager) = network(trial), network(trial)
        served = Served(step)
        for k in range(60):
            if random.random() < 0.15:
                name = random.choice(["lr", "momentum", "data", "state", "loaded", "no momentum"])
                for m, o in ((model, optimizer), (other, second)):
                    CHANGES[name](m, o)
            rows = int(random.choice([5, 5, 5, 2]))
            got, want = served(*batch(k, rows)), eager(*batch(k, rows))
            assert np.allclose(got.item(), want.item(), rtol=1e-3, atol=1e-5), (trial, k)
        assert served.count > 5
