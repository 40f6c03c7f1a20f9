"""What programs do to a compiled step that it can't know of: shared memory, kept arrays, changes in between.

Each case is a program that gives back numbers; it is run as it is, and compiled with each backend.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from comparing import floats

import microtensor as mt
import microtensor.nn.functional as F
from microtensor import nn, optim

Make = Callable[[Any], Any]
CASES: dict[str, Callable[[Make], list[Any]]] = {}
REPLAYED: set[str] = set()


def case(function: Any) -> Any:
    """A program that must come out the same; it may run eagerly."""
    CASES[function.__name__] = function
    return function


def replayed(function: Any) -> Any:
    """One of which at least one call must be replayed."""
    REPLAYED.add(function.__name__)
    return case(function)


def some(k: int, *shape: int) -> mt.Tensor:
    return floats(np.random.default_rng(k), *shape)


def trained(make: Make, w: nn.Parameter, optimizer: Any, calls: int, between: Any) -> list[Any]:
    """The losses and parameters of some steps, with something done before each."""

    def step(x: Any) -> Any:
        optimizer.zero_grad()
        loss = (w * x).pow(2).sum()
        loss.backward()
        optimizer.step()
        return loss

    step, found = make(step), []
    for k in range(calls):
        between(k)
        found.append((step(some(k, 3)).item(), w.tolist(), w.grad is None))
    return found


# ------------------------------------------------------------- shared memory


@case
def an_argument_is_written(make: Make) -> list[Any]:
    def step(x: Any) -> Any:
        x.mul_(2)
        return x.sum()

    step, inputs = make(step), [some(k, 3) for k in range(8)]
    return [(step(x).item(), x.tolist(), x._version) for x in inputs]


@case
def an_argument_is_written_now_and_then(make: Make) -> list[Any]:
    def step(x: Any, flag: Any) -> Any:
        if flag > 0:
            x.mul_(2)
        return x.sum()

    step, inputs = make(step), [some(k, 3) for k in range(8)]
    losses = [step(x, mt.tensor(float(k in (1, 2, 5)))).item() for k, x in enumerate(inputs)]
    return [losses, [(x.tolist(), x._version) for x in inputs]]


def growing() -> tuple[nn.Parameter, Any]:
    w = nn.Parameter(mt.ones(3))

    def step(x: Any) -> Any:
        with mt.no_grad():
            w.add_(1.0)
        return (x + w.detach()).detach()

    return w, step


@case
def an_argument_is_the_parameter_that_is_written(make: Make) -> list[Any]:
    w, step = growing()
    step = make(step)
    return [step(w if k % 2 else w.detach()).tolist() for k in range(8)]


@replayed
def an_argument_is_a_parameter_once_it_is_replayed(make: Make) -> list[Any]:
    w, step = growing()
    step = make(step)
    choices = [lambda k: some(k, 3), lambda k: w.detach(), lambda k: w.detach()[:], lambda k: w]
    return [step(choices[max(0, k - 6) % 4](k)).tolist() for k in range(20)]


@case
def an_argument_is_a_parameter_that_is_written_now_and_then(make: Make) -> list[Any]:
    w = nn.Parameter(mt.ones(3))

    def step(x: Any, flag: Any) -> Any:
        if flag > 0:
            with mt.no_grad():
                w.add_(1.0)
        return x + w.detach()

    step = make(step)
    return [step(w.detach(), mt.tensor(float(k in (1, 2, 5)))).tolist() for k in range(8)]


@replayed
def the_same_tensor_twice(make: Make) -> list[Any]:
    step, x = make(lambda a, b: a * b + a), some(0, 3)
    return [step(x, x if k % 2 else x.clone()).tolist() for k in range(8)]


@case
def two_results_share_their_memory(make: Make) -> list[Any]:
    def step(x: Any) -> Any:
        y = x * 2
        return y, y[0], y

    step, found = make(step), []
    for k in range(8):
        a, b, c = step(some(k, 3))
        a.add_(1)
        found.append((a.tolist(), b.item(), a is c))
    return found


@case
def a_result_is_a_view_of_an_argument(make: Make) -> list[Any]:
    step, found = make(lambda x: x[1:]), []
    for k in range(8):
        x = some(k, 3)
        y = step(x)
        y.mul_(2)
        found.append((x.tolist(), y.tolist(), y._base is x))
    return found


@case
def a_result_is_a_view_of_an_argument_now_and_then(make: Make) -> list[Any]:
    step, found = make(lambda x, flag: x[1:] if flag > 0 else x * 2), []
    for k in range(8):
        x = some(k, 3)
        y = step(x, mt.tensor(float(k in (1, 2, 5))))
        y.mul_(2)
        found.append((x.tolist(), y.tolist(), y._base is x))
    return found


@replayed
def a_gradient_is_returned(make: Make) -> list[Any]:
    w, kept = nn.Parameter(mt.ones(3)), []

    def step(x: Any) -> Any:
        w.grad = None
        (w * x).sum().backward()
        return w.grad

    step = make(step)
    for k in range(8):
        grad = step(some(k, 3))
        if k % 2:
            grad.mul_(2)
        kept.append((grad, w.grad.tolist(), grad is w.grad))
    return [(grad.tolist(), *rest) for grad, *rest in kept]


@replayed
def an_argument_buffer_is_filled_anew(make: Make) -> list[Any]:
    step, buffer, found = make(lambda x: x.exp()), mt.zeros(3), []
    for k in range(10):
        buffer.copy_(some(k, 3))
        found.append(step(buffer))
    return [y.tolist() for y in found]


@replayed
def a_result_is_the_next_argument(make: Make) -> list[Any]:
    step, x, found = make(lambda x: x * 1.1 + 1), some(0, 3), []
    for _ in range(12):
        x = step(x)
        found.append(x)
    return [x.tolist() for x in found]


@replayed
def a_result_is_changed(make: Make) -> list[Any]:
    step, found = make(lambda x: x * 2), []
    for k in range(10):
        y = step(some(k, 3))
        y.mul_(5)
        y.numpy()[0] = 7
        found.append(y)
    return [y.tolist() for y in found]


@replayed
def an_argument_is_a_view_whose_base_changes(make: Make) -> list[Any]:
    step, base, found = make(lambda x: x * 2), some(0, 8, 3), []
    for _ in range(10):
        view = base[2:5]
        base.add_(1)
        found.append(step(view).tolist())
    return found


@replayed
def an_argument_is_expanded(make: Make) -> list[Any]:
    step = make(lambda x: x.sum(1))
    return [step(some(k, 3, 1).expand(3, 4)).tolist() for k in range(10)]


@case
def arguments_of_other_strides_and_dtypes(make: Make) -> list[Any]:
    step, found = make(lambda x: x.sum(0) * 2 + x.T.reshape(-1)[:3].sum()), []
    for k in range(24):
        x = some(k, 3, 3) if k % 4 < 2 else some(k, 3, 3).T
        x = x.double() if k % 5 == 4 else some(k, 6, 3)[::2] if k % 7 == 6 else x
        found.append(step(x).tolist())
    return found


@replayed
def arguments_in_containers(make: Make) -> list[Any]:
    step, found = make(lambda d: {"y": [d["a"] * 2, d["b"][0] + 1], "n": d["n"]}), []
    for k in range(8):
        out = step({"a": some(k, 3), "b": [some(k + 1, 2)], "n": "s"})
        found.append([*(t.tolist() for t in out["y"]), out["n"]])
    return found


@replayed
def numbers_as_arguments(make: Make) -> list[Any]:
    step = make(lambda x, f: x * f)
    return [step(some(k, 3), [1.5, 2.0, True, 2, -0.0, 0.0][k % 6]).tolist() for k in range(24)]


# ------------------------------------------------------------- kept gradients


@replayed
def gradients_are_filled_with_zeros(make: Make) -> list[Any]:
    mt.manual_seed(0)
    model, found = nn.Linear(3, 1), []
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def step(x: Any) -> Any:
        optimizer.zero_grad(set_to_none=False)
        loss = model(x).pow(2).sum()
        loss.backward()
        optimizer.step()
        return loss

    step = make(step)
    for k in range(12):
        found.append((step(some(k, 4, 3)).item(), model.weight.grad.tolist()))
        if k == 7:
            optimizer.zero_grad()
        if k == 9:
            model.weight.grad.mul_(3)
    return found


@case
def large_gradients_are_kept(make: Make) -> list[Any]:
    mt.manual_seed(0)
    model, kept, losses = nn.Linear(200, 100), [], []
    optimizer = optim.SGD(model.parameters(), lr=1e-4, momentum=0.9)

    def step(x: Any) -> Any:
        optimizer.zero_grad()
        loss = model(x).pow(2).mean()
        loss.backward()
        optimizer.step()
        return loss

    step = make(step)
    for k in range(14):
        losses.append(step(some(k, 4, 200)).item())
        grad = model.weight.grad
        kept.append(grad.view(-1) if k == 8 else grad if k % 3 == 0 else grad.clone())
    return [*losses, *(grad.reshape(-1).tolist() for grad in kept)]


@replayed
def gradients_add_up_and_are_replaced(make: Make) -> list[Any]:
    w, found = nn.Parameter(mt.ones(3)), []

    def step(x: Any) -> Any:
        loss = (w * x).pow(2).sum()
        loss.backward()
        return loss

    step = make(step)
    for k in range(14):
        found.append((step(some(k, 3)).item(), w.grad.tolist()))
        if k % 4 == 3:
            w.grad = None
        if k == 9:
            w.grad = mt.ones(3)
        if k == 10:
            w.grad.zero_()
    return found


@replayed
def losses_wait_for_their_backward_pass(make: Make) -> list[Any]:
    w = nn.Parameter(mt.ones(3))
    step = make(lambda x: (w * x).sum())
    losses = [step(some(k, 3)) for k in range(10)]
    for loss in losses:
        loss.backward()
    return [w.grad.tolist(), *(loss.item() for loss in losses)]


# --------------------------------------------------------- changes in between


@replayed
def memory_of_a_parameter_is_replaced(make: Make) -> list[Any]:
    w = nn.Parameter(mt.ones(3))

    def between(k: int) -> None:
        if k == 6:
            w.data = mt.full((3,), 2.0)
        if k == 9:
            w.data.mul_(2)
        if k == 12:
            w.detach().numpy()[...] *= 2

    return trained(make, w, optim.Adam([w], lr=0.1), 16, between)


@replayed
def the_learning_rate_is_a_tensor(make: Make) -> list[Any]:
    w = nn.Parameter(mt.ones(3))
    optimizer = optim.SGD([w], lr=mt.tensor(0.1))

    def between(k: int) -> None:
        if k == 7:
            optimizer.param_groups[0]["lr"].mul_(0.5)
        if k == 9:
            optimizer.param_groups[0]["lr"] = mt.tensor(0.3)

    return trained(make, w, optimizer, 12, between)


@replayed
def options_change_in_between(make: Make) -> list[Any]:
    w = nn.Parameter(mt.ones(3))
    optimizer = optim.SGD([w], lr=0.1, momentum=0.9)

    def between(k: int) -> None:
        if k in (6, 12):
            optimizer.param_groups[0]["momentum"] *= 0.5
        if k == 8:
            optimizer.param_groups[0]["nesterov"] = True
        if k == 10:
            optimizer.load_state_dict(optimizer.state_dict())
        if k == 14:
            w.requires_grad_(False).requires_grad_()

    return trained(make, w, optimizer, 18, between)


@replayed
def training_and_evaluation(make: Make) -> list[Any]:
    mt.manual_seed(0)
    model, found = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5)), []
    step = make(lambda x: model(x).detach())
    for k in range(20):
        if k in (6, 9, 13, 16):
            model.train(not model.training)
        found.append(step(some(k, 4, 3)).tolist())
    return found


@replayed
def hooks_come_and_go(make: Make) -> list[Any]:
    mt.manual_seed(0)
    model, found, handle = nn.Linear(3, 2), [], None

    def step(x: Any) -> Any:
        model.zero_grad()
        loss = model(x).pow(2).sum()
        loss.backward()
        return loss

    def count(parameter: Any) -> None:
        seen[0] += 1

    step, seen = make(step), [0]
    for k in range(20):
        if k in (6, 9, 12, 15) and handle is not None:
            handle.remove()
        if k == 6:
            handle = model.register_forward_hook(lambda m, i, o: o * 2)
        if k == 9:
            handle = model.weight.register_hook(lambda g: g * 3)
        if k == 12:
            handle = model.weight.register_post_accumulate_grad_hook(count)
        found.append((step(some(k, 4, 3)).item(), model.weight.grad.tolist(), seen[0]))
    return found


@replayed
def generators_are_seeded(make: Make) -> list[Any]:
    own, found = mt.Generator().manual_seed(3), []
    mt.manual_seed(1)
    step = make(lambda x: F.dropout(x, 0.5) + mt.rand(3, generator=own))
    for k in range(14):
        if k in (6, 8):
            mt.manual_seed(3)
        if k == 9:
            mt.rand(3)
        if k == 10:
            own.manual_seed(5)
        if k == 12:
            own.set_state(mt.Generator().manual_seed(8).get_state())
        found.append(step(some(k, 3)).tolist())
    return found


@replayed
def attributes_are_replaced(make: Make) -> list[Any]:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.t, self.k = mt.ones(3), 2.0

        def forward(self, x: Any) -> Any:
            return x * self.t * self.k

    model, found = Scaled(), []
    step = make(lambda x: model(x))
    for k in range(16):
        if k == 6:
            model.t = mt.full((3,), 3.0)
        if k == 9:
            model.t.mul_(2)
        if k == 12:
            model.k = 5.0
        found.append(step(some(k, 3)).tolist())
    return found


@replayed
def a_compiled_function_within_another(make: Make) -> list[Any]:
    w, found = nn.Parameter(mt.ones(3)), []
    inner = make(lambda x: (x * w).tanh())

    def step(x: Any) -> Any:
        w.grad = None
        loss = inner(x).sum()
        loss.backward()
        with mt.no_grad():
            w.sub_(w.grad * 0.1)
        return loss

    step = make(step)
    for k in range(10):
        found.append((step(some(k, 3)).item(), inner(some(k, 3)).tolist()))
    return found


@replayed
def a_compiled_module_whose_state_changes(make: Make) -> list[Any]:
    mt.manual_seed(0)
    model, found = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1)), []
    fast, optimizer = make(model), optim.Adam(model.parameters(), lr=0.01)
    for k in range(16):
        optimizer.zero_grad()
        loss = fast(some(k, 5, 3)).pow(2).mean()
        loss.backward()
        optimizer.step()
        found.append((loss.item(), model[0].weight.tolist()))
        if k in (9, 13):
            model[0].weight.requires_grad_(not model[0].weight.requires_grad)
        if k == 11:
            model.load_state_dict({name: v * 0.5 for name, v in model.state_dict().items()})
    return found


# --------------------------------------------------------------------- the test


def alike(x: Any, y: Any) -> bool:
    """Equal but for what another order of addition makes of it."""
    if isinstance(x, (list, tuple)):
        return len(x) == len(y) and all(map(alike, x, y))
    return x == y or (isinstance(x, float) and abs(x - y) <= 1e-4 * max(abs(x), abs(y), 1e-1))


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("name", CASES)
def test_it_comes_out_the_same(name: str, backend: str) -> None:
    made: list[Any] = []

    def make(function: Any) -> Any:
        made.append(mt.compile(function, backend=backend))
        return made[-1]

    want, got = CASES[name](lambda function: function), CASES[name](make)
    assert repr(want) == repr(got) if backend == "numpy" else alike(want, got)
    if name in REPLAYED:
        compiled = [getattr(function, "compiled", function) for function in made]
        assert any(function.replays for function in compiled), compiled[-1].explain()


WHOLE = ["Muon", "Adafactor", "LBFGS", "Rprop"]


@pytest.mark.parametrize("name", WHOLE)
def test_an_optimizer_that_looks_at_whole_parameters(name: str) -> None:
    found = []
    for compiled in (False, True):
        mt.manual_seed(0)
        model = nn.Linear(3, 4, bias=False)
        optimizer = getattr(optim, name)(model.parameters(), lr=0.01)

        def closure(x: Any, model: Any = model, optimizer: Any = optimizer) -> Any:
            optimizer.zero_grad()
            loss = model(x).pow(2).sum()
            loss.backward()
            return loss

        def step(x: Any, optimizer: Any = optimizer, closure: Any = closure) -> Any:
            return optimizer.step(lambda: closure(x))

        run = mt.compile(step, backend="numpy") if compiled else step
        found.append([(float(run(some(k, 4, 3))), model.weight.tolist()) for k in range(8)])
        assert not compiled or run.replays or "eager, because" in run.explain()
    assert found[0] == found[1]
