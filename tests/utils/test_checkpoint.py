"""A checkpointed function computes what the plain one does, to the last bit, and keeps less."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest

import microtensor as mt
from microtensor import nn
from microtensor.autograd.graph import saved_tensors_hooks
from microtensor.engine.grad_mode import observer
from microtensor.errors import GraphFreedError, StaleSavedError
from microtensor.utils import checkpoint as checkpointing
from microtensor.utils.checkpoint import CheckpointError

F = nn.functional
checkpoint = partial(checkpointing.checkpoint, use_reentrant=False)
checkpoint_sequential = partial(checkpointing.checkpoint_sequential, use_reentrant=False)


def plain(function: Any, *args: Any, **kwargs: Any) -> Any:
    return function(*args, **kwargs)


def nested(function: Any, *args: Any, **kwargs: Any) -> Any:
    return checkpoint(lambda *a: checkpoint(function, *a, **kwargs), *args)


def deep(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Three deep, with work on every level."""
    return checkpoint(lambda *a: nested(function, *(x * 1 for x in a), **kwargs), *args)


def eager(function: Any, *args: Any, **kwargs: Any) -> Any:
    return checkpoint(function, *args, early_stop=False, **kwargs)


def reentrant(function: Any, *args: Any, **kwargs: Any) -> Any:
    return checkpoint(lambda *a: function(*a, **kwargs), *args, use_reentrant=True)


HOW = {"checkpoint": checkpoint, "nested": nested, "deep": deep, "no early stop": eager}


class Cube(mt.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 3 * x**2 * g


# ------------------------------------------------------------------ functions to checkpoint


def mlp(x: Any, w: Any, scale: float = 1.0) -> Any:
    return (x @ w).tanh().matmul(w.T).sigmoid() * scale


def noisy(x: Any, w: Any) -> Any:
    return F.dropout((x @ w).exp(), 0.5) @ F.dropout(w, 0.3)


def several(x: Any, w: Any) -> Any:
    a, b = (x @ w).split(2, dim=1)
    return a.sin() * b, b.exp().max(1)[0].sum() * x


def indexed(x: Any, w: Any) -> Any:
    picked = x[mt.tensor([2, 0, 0])] * w[0]
    return mt.cat([picked, x.masked_fill(x > 0, 0.5)]) ** 2


def custom(x: Any, w: Any) -> Any:
    return Cube.apply(x * w.sum()) / (1 + Cube.apply(x)).abs()


def inplace(x: Any, w: Any) -> Any:
    y = (x @ w).relu_()
    y += w.sum()
    return y.exp_() * x


def inner_gradient(x: Any, w: Any) -> Any:
    y = (x * w[0]).sin().sum()
    (g,) = mt.autograd.grad(y, x, create_graph=True)
    return g * x


FUNCTIONS = {f.__name__: f for f in (mlp, noisy, several, indexed, custom, inplace, inner_gradient)}


def total(outputs: Any) -> Any:
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    return sum((o * o).sum() for o in outputs)


def inputs() -> tuple[Any, Any]:
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=(3, 4)), rng.normal(size=(4, 4)) * 0.5
    return mt.tensor(x).requires_grad_(), mt.tensor(w).requires_grad_()


def bits(tensors: Any) -> list[bytes]:
    return [t.detach().numpy().tobytes() for t in tensors]


# ------------------------------------------------------------------ the same numbers


def orders(how: Any, function: Any) -> list[bytes]:
    """The loss, its gradients and the gradients of those; and where the random numbers are then."""
    mt.manual_seed(3)
    x, w = inputs()
    loss = total(how(function, x * 1, w))
    mt.rand(1)
    first = mt.autograd.grad(loss, (x, w), create_graph=True)
    second = mt.autograd.grad(total(first), (x, w))
    return bits([loss, *first, *second, mt.rand(3)])


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_two_orders_are_equal_to_the_last_bit(name: str, how: str) -> None:
    assert orders(HOW[how], FUNCTIONS[name]) == orders(plain, FUNCTIONS[name])


@pytest.mark.parametrize("how", [*HOW.values(), reentrant])
@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - {"inner_gradient"}))
def test_backward_is_equal_to_the_last_bit(name: str, how: Any) -> None:
    found = []
    for call in (plain, how):
        mt.manual_seed(3)
        x, w = inputs()
        loss = total(call(FUNCTIONS[name], x * 1, w))
        mt.rand(1)
        loss.backward()
        found.append(bits([x.grad, w.grad, mt.rand(3)]))
    assert found[0] == found[1]


def test_the_third_order_too() -> None:
    def third(how: Any) -> list[bytes]:
        x, w = inputs()
        g: Any = total(how(mlp, x, w))
        for _ in range(3):
            (g,) = mt.autograd.grad(total(g), x, create_graph=True)
        return bits([g])

    assert third(checkpoint) == third(nested) == third(plain)


def test_keywords_and_structures_of_tensors() -> None:
    class Pair(NamedTuple):
        a: Any
        b: Any

    def function(pair: Any, *, more: Any, factor: float) -> dict[str, Any]:
        return {"out": (pair.a * more["w"][0]).exp() * pair.b * factor}

    def twice(function: Any, *args: Any, **kwargs: Any) -> Any:
        return checkpoint(lambda *a, **k: checkpoint(function, *a, **k), *args, **kwargs)

    found = []
    for how in (plain, checkpoint, twice):
        x, w = inputs()
        out = how(function, Pair(x.exp(), x), more={"w": [w[0]]}, factor=2.0)
        total(out["out"]).backward()
        found.append(bits([x.grad, w.grad]))
    assert found[0] == found[1] == found[2]


def test_weights_that_only_the_function_knows_get_their_gradient() -> None:
    found = []
    for how in (plain, checkpoint):
        mt.manual_seed(0)
        model = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Dropout(0.5), nn.Linear(5, 1))
        how(model, mt.ones(4, 3)).sum().backward()
        found.append(bits([p.grad for p in model.parameters()]))
    assert found[0] == found[1]


@pytest.mark.parametrize("segments", [1, 2, 3, 5])
@pytest.mark.parametrize("use_reentrant", [False, True])
def test_sequential_in_segments(segments: int, use_reentrant: bool) -> None:
    found = []
    for checkpointed in (False, True):
        mt.manual_seed(0)
        model = nn.Sequential(*(layer for _ in range(3) for layer in (nn.Linear(4, 4), nn.Dropout(0.2))))
        x = mt.ones(2, 4, requires_grad=True)
        y = (
            checkpoint_sequential(model, segments, x, use_reentrant=use_reentrant)
            if checkpointed
            else model(x)
        )
        y.sum().backward()
        found.append(bits([x.grad, *(p.grad for p in model.parameters())]))
    assert found[0] == found[1]


# ------------------------------------------------------------------ less memory


def held(how: Callable[..., Any], layers: int = 20) -> tuple[int, int]:
    """Bytes that the graph of a chain of layers holds, and the most that its backward pass needs."""
    mt.manual_seed(0)
    x = mt.rand(64, 256, requires_grad=True)

    def layer(h: Any) -> Any:
        return (h.sigmoid() * h.tanh()).exp().sin() * h.cos()

    tracemalloc.start()
    h = x
    for _ in range(layers):
        h = how(layer, h)
    loss = h.sum()
    after = tracemalloc.get_traced_memory()[0]
    del h
    loss.backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return after, peak


def test_a_chain_of_twenty_layers_holds_a_fraction() -> None:
    one = 64 * 256 * 4
    kept, peak = held(plain)
    assert kept > 20 * 5 * one
    less, lower = held(checkpoint)
    assert less < kept / 4
    assert less < 20 * 1.3 * one
    assert lower < peak / 2


def test_a_checkpoint_around_checkpoints_drops_their_arguments() -> None:
    one = 64 * 256 * 4

    def chain(h: Any) -> Any:
        for _ in range(10):
            h = checkpoint(lambda h: (h.sigmoid() * h.tanh()).exp().sin() * h.cos(), h)
        return h

    less, _ = held(lambda layer, h: checkpoint(chain, h), layers=2)
    assert less < 8 * one


def test_slots_that_nobody_needs_are_not_filled() -> None:
    runs = []

    def function(x: Any) -> Any:
        runs.append("first half")
        y = x.exp()
        runs.append("second half")
        return y, y.sin().cos()

    x = mt.ones(3, requires_grad=True)
    y, _ = checkpoint(function, x)
    del _
    y.sum().backward()
    assert runs == ["first half", "second half", "first half"]


def test_what_a_pass_did_not_use_is_forgotten_with_it() -> None:
    x, w = inputs()
    y = checkpoint(lambda x: (x.exp().sin().sum() * w.exp().cos().sum()).exp(), x)
    run = y.grad_fn.saved[0].undo.__self__
    left = []
    x.register_hook(lambda g: left.append(len(run.values)))
    mt.autograd.grad(y.sum(), x, retain_graph=True)
    assert left[0] > 0
    assert run.values == {}


def test_graphs_die_without_the_collector() -> None:
    gc.disable()
    try:
        x, w = inputs()
        y = nested(custom, x, w)
        node = weakref.ref(y.grad_fn)
        mt.autograd.grad(total(y), x, retain_graph=True)
        del y
        assert node() is None
    finally:
        gc.enable()


# ------------------------------------------------------------------ when things are not the same


def test_without_recording_it_is_the_function() -> None:
    x, w = inputs()
    with mt.no_grad():
        y = checkpoint(mlp, x, w)
    assert not y.requires_grad


def test_a_second_pass_needs_the_graph_and_runs_again() -> None:
    runs = []
    x, w = inputs()
    y = total(checkpoint(lambda x: runs.append(1) or mlp(x, w), x))
    y.backward(retain_graph=True)
    y.backward()
    assert len(runs) == 3
    with pytest.raises(GraphFreedError):
        y.backward()


@pytest.mark.parametrize("preserve", [True, False])
def test_random_numbers_are_replayed_if_asked(preserve: bool) -> None:
    drawn: list[Any] = []
    x = mt.ones(8, requires_grad=True)

    def function(x: Any) -> Any:
        drawn.append(mt.rand(8).tolist())
        return x.exp()

    y = checkpoint(function, x, preserve_rng_state=preserve)
    y.sum().backward()
    assert (drawn[0] == drawn[1]) == preserve


@pytest.mark.parametrize("how", [checkpoint, eager])
def test_a_function_that_saves_other_shapes_is_refused(how: Any) -> None:
    sizes = iter([2, 3])
    x = mt.ones(4, requires_grad=True)
    y = how(lambda x: x[: next(sizes)].exp().sum(), x)
    with pytest.raises(
        CheckpointError, match=r"number 0 was torch.float32 \(2,\) and is now torch.float32 \(3,\)"
    ):
        y.backward()


def test_shapes_are_not_compared_if_not_asked() -> None:
    dtypes = iter([mt.float32, mt.float64])
    x = mt.ones(4, requires_grad=True)
    y = checkpoint(lambda x: x.to(next(dtypes)).exp().sum().float(), x, determinism_check="none")
    y.backward()
    assert x.grad is not None
    with pytest.raises(ValueError, match="determinism_check should be one of"):
        checkpoint(mlp, x, determinism_check="all")


def test_a_function_that_saves_fewer_tensors_is_refused() -> None:
    times = iter([3, 2])

    def function(x: Any) -> Any:
        for _ in range(next(times)):
            x = x.exp()
        return x

    x = mt.zeros(2, requires_grad=True)
    y = checkpoint(function, x)
    with pytest.raises(CheckpointError, match=r"original forward \(3\) and recomputation \(2\)"):
        y.sum().backward()


def test_more_tensors_are_noticed_without_early_stop() -> None:
    times = iter([1, 2])
    x = mt.zeros(2, requires_grad=True)
    y = eager(lambda x: sum(x.exp() for _ in range(next(times))), x)
    with pytest.raises(CheckpointError, match=r"original forward \(1\) and recomputation \(2\)"):
        y.sum().backward()


def test_an_argument_that_was_overwritten_is_refused() -> None:
    x = mt.ones(2, requires_grad=True)
    h = x * 1
    y = checkpoint(lambda h: h.exp().sin(), h)
    h.add_(1)
    with pytest.raises(StaleSavedError, match="add_"):
        y.sum().backward()


def test_a_weight_that_was_overwritten_is_refused() -> None:
    x, w = inputs()
    y = checkpoint(lambda x: x @ w, x)
    with mt.no_grad():
        w.add_(1)
    with pytest.raises(StaleSavedError, match="add_"):
        y.sum().backward()


def test_what_the_function_itself_overwrites_after_saving_it_is_refused() -> None:
    def function(x: Any) -> Any:
        y = x.exp()
        z = y * 2
        y.add_(1)
        return z + y

    x = mt.ones(2, requires_grad=True)
    for how in (plain, eager):
        with pytest.raises(StaleSavedError, match="add_"):
            how(function, x).sum().backward()


def test_an_error_in_the_second_run_leaves_nothing_behind() -> None:
    fails = iter([False, True])

    def failing(x: Any) -> Any:
        mt.rand(5)
        if next(fails):
            raise KeyError("planted")
        return x.exp()

    x = mt.ones(2, requires_grad=True)
    y = checkpoint(failing, x)
    state = mt.get_rng_state().tolist()
    with pytest.raises(KeyError, match="planted"):
        y.sum().backward()
    assert mt.get_rng_state().tolist() == state
    assert observer() is None
    assert x.grad is None


def test_a_broad_except_in_the_function_does_not_catch_the_early_stop() -> None:
    caught = []

    def function(x: Any) -> Any:
        try:
            return x.exp()
        except Exception as error:
            caught.append(error)
            raise

    x = mt.zeros(2, requires_grad=True)
    checkpoint(function, x).sum().backward()
    assert not caught


def test_contexts_surround_each_run() -> None:
    seen: list[str] = []

    class Note:
        def __init__(self, name: str) -> None:
            self.name = name

        def __enter__(self) -> None:
            seen.append(f"into {self.name}")

        def __exit__(self, *exc: object) -> None:
            seen.append(f"out of {self.name}")

    x = mt.zeros(2, requires_grad=True)
    y = checkpoint(lambda x: x.exp(), x, context_fn=lambda: (Note("first"), Note("second")))
    y.sum().backward()
    assert seen == ["into first", "out of first", "into second", "out of second"]


def test_outer_hooks_see_the_arguments_only() -> None:
    packed: list[Any] = []
    x, w = inputs()
    with saved_tensors_hooks(lambda t: packed.append(tuple(t.shape)) or t, lambda t: t):
        y = checkpoint(lambda x: (x @ w).exp() @ w, x * 1)
    assert packed == [(3, 4)]
    y.sum().backward()
    assert x.grad is not None


# ------------------------------------------------------------------ the reentrant form


def test_reentrant_refuses_what_it_cannot_do() -> None:
    x, w = inputs()
    y = total(reentrant(mlp, x, w))
    with pytest.raises(RuntimeError, match="use_reentrant=False"):
        mt.autograd.grad(y, x)
    with pytest.raises(ValueError, match="Unexpected keyword arguments: scale"):
        checkpoint(mlp, x, w, scale=2.0, use_reentrant=True)
    with pytest.raises(ValueError, match="context_fn"):
        checkpoint(mlp, x, w, debug=True, use_reentrant=True)
    with pytest.warns(UserWarning, match="None of the inputs have requires_grad=True"):
        checkpoint(mlp, x.detach(), w.detach(), use_reentrant=True)


def test_reentrant_refuses_a_second_order() -> None:
    x, w = inputs()
    total(reentrant(mlp, x, w)).backward(create_graph=True)
    assert x.grad is not None
    with pytest.raises(RuntimeError, match="once_differentiable"):
        total(x.grad).backward()


def test_segments_must_not_outnumber_functions() -> None:
    with pytest.raises(ValueError, match="2 functions cannot be cut into 3 segments"):
        checkpoint_sequential([mt.sin, mt.cos], 3, mt.ones(1))
    with pytest.raises(ValueError, match="Unexpected keyword arguments: scale"):
        checkpoint_sequential([mt.sin], 1, mt.ones(1), scale=3)


def test_the_older_form_sends_gradients_through_what_lies_in_lists() -> None:
    x, w = mt.ones(2, requires_grad=True), mt.full((2,), 3.0, requires_grad=True)
    y = checkpoint(lambda x, more: x * 2 + more["w"] * w, x, {"w": w}, use_reentrant=True)
    assert y.grad_fn.name() == "CheckpointFunctionBackward"
    y.sum().backward()
    assert (x.grad.tolist(), w.grad.tolist()) == ([2, 2], [6, 6])
