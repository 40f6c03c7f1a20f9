"""What a program may do to parameters, gradients and state while an optimizer packs them."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import microtensor as mt
from microtensor import optim
from microtensor.optim.updates import flat_pack as pack
from microtensor.optim.updates import pack_plan as plan

KINDS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.1, "amsgrad": True, "maximize": True}),
    ("AdamW", {"lr": 0.1}),
    ("RMSprop", {"lr": 0.1, "momentum": 0.5, "centered": True}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1}),
    ("Adamax", {"lr": 0.1}),
    ("NAdam", {"lr": 0.1, "decoupled_weight_decay": True, "weight_decay": 0.1}),
    ("RAdam", {"lr": 0.1}),
    ("Adadelta", {}),
    ("ASGD", {"lr": 0.1, "t0": 1}),
    ("Rprop", {"lr": 0.1}),
]
SHAPES = [(2, 2), (3,), (), (0, 4), (70, 80), (130, 140), (5, 1, 2)]
Array = np.ndarray[Any, Any]


def make(name: str, options: dict[str, Any], params: list[mt.Tensor]) -> Any:
    """An optimizer by name."""
    return getattr(optim, name)(params, **options)


def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """A float32 array of normal numbers."""
    return np.asarray(rng.normal(size=shape), np.float32)


def parameter(array: Array) -> mt.Tensor:
    """A leaf around a copy of `array`."""
    return mt.from_numpy(array.copy()).requires_grad_()


def train(optimizer: Any, params: list[mt.Tensor], steps: int = 4, seed: int = 1) -> None:
    """Steps under gradients that depend on the seed alone."""
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        for p in params:
            p.grad = mt.from_numpy(draw(rng, tuple(p.shape)))
        optimizer.step()


@pytest.mark.parametrize(("name", "options"), KINDS)
def test_together_is_each_alone(name: str, options: dict[str, Any]) -> None:
    """Packed, sliced and alone, every parameter takes the same steps."""
    rng = np.random.default_rng(0)
    arrays = [draw(rng, shape) for shape in SHAPES]
    together, single = [parameter(a) for a in arrays], [parameter(a) for a in arrays]
    one, many = make(name, options, together), [make(name, options, [p]) for p in single]
    for step in range(5):
        for p, q in zip(together, single, strict=True):
            p.grad = mt.from_numpy(draw(np.random.default_rng((step, p.numel())), tuple(p.shape)))
            q.grad = p.grad.clone()
        one.step()
        for optimizer in many:
            optimizer.step()
    for p, q in zip(together, single, strict=True):
        np.testing.assert_array_equal(p.detach().numpy(), q.detach().numpy())


@example([{0, 1}, {0, 2}], KINDS[1])  # one that goes on and one that starts
@given(st.lists(st.sets(st.integers(0, 3)), min_size=1, max_size=8), st.sampled_from(KINDS))
def test_parameters_may_take_turns(turns: list[set[int]], kind: tuple[str, Any]) -> None:
    """A parameter without a gradient is left out, whatever the others do."""
    rng = np.random.default_rng(0)
    arrays = [draw(rng, shape) for shape in [*SHAPES[:3], (2,)]]
    together, single = [parameter(a) for a in arrays], [parameter(a) for a in arrays]
    one, many = make(*kind, together), [make(*kind, [p]) for p in single]
    for step, present in enumerate(turns):
        for index, (p, q) in enumerate(zip(together, single, strict=True)):
            g = draw(np.random.default_rng((step, index)), tuple(p.shape))
            p.grad = mt.from_numpy(g) if index in present else None
            q.grad = None if p.grad is None else p.grad.clone()
        one.step()
        for optimizer in many:
            optimizer.step()
    for p, q, optimizer in zip(together, single, many, strict=True):
        np.testing.assert_array_equal(p.detach().numpy(), q.detach().numpy())
        assert _plain(one.state.get(p)) == _plain(optimizer.state.get(q))


def _plain(state: dict[str, Any] | None) -> Any:
    return {name: value.tolist() for name, value in (state or {}).items()}


@pytest.mark.parametrize(("name", "options"), KINDS)
def test_gradients_are_only_read(name: str, options: dict[str, Any]) -> None:
    """No step writes into a gradient, not even with weight decay or `maximize`."""
    options = {**options, "maximize": True} | ({} if name == "Rprop" else {"weight_decay": 0.1})
    params = [parameter(np.ones(shape, np.float32)) for shape in SHAPES]
    for p in params:
        g = np.full(p.shape, 0.5, np.float32)
        g.flags.writeable = False
        p.grad = mt.as_tensor(g)
    optimizer = make(name, options, params)
    optimizer.step()
    optimizer.step()
    assert all((p.grad == 0.5).all() for p in params)


@pytest.mark.parametrize(("name", "options"), KINDS)
@pytest.mark.parametrize("dtype", [mt.float32, mt.float64])
def test_dtypes_stay(name: str, options: dict[str, Any], dtype: Any) -> None:
    """Nothing is promoted: neither parameters nor state."""
    params = [mt.ones(shape, dtype=dtype).requires_grad_() for shape in ((2, 2), (), (80, 80))]
    optimizer = make(name, options, params)
    for _ in range(2):
        for p in params:
            p.grad = mt.ones_like(p)
        optimizer.step()
    for p in params:
        assert p.dtype == dtype
        for key, value in optimizer.state[p].items():
            assert value.dtype == (mt.float32 if key in {"step", "mu_product", "eta", "mu"} else dtype)


@pytest.mark.parametrize(("name", "options"), KINDS)
def test_arrays_in_any_layout(name: str, options: dict[str, Any]) -> None:
    """Transposed and strided parameters and gradients step as contiguous ones do."""
    rng = np.random.default_rng(0)
    start, grads = draw(rng, (6, 4)), [draw(rng, (6, 4)) for _ in range(3)]
    plain = parameter(start)
    memory = np.zeros((4, 12), np.float32)
    odd = mt.from_numpy(memory[:, ::2].T)
    odd.array[...] = start
    odd.requires_grad_()
    for p, order in ((plain, "C"), (odd, "F")):
        optimizer = make(name, options, [p])
        for g in grads:
            p.grad = mt.from_numpy(np.asarray(g, order=order))  # type: ignore[call-overload]
            optimizer.step()
    np.testing.assert_array_equal(odd.detach().numpy(), plain.detach().numpy())
    assert not memory[:, 1::2].any()


@pytest.mark.parametrize("shape", [(2, 3), (70, 80)])
def test_a_replaced_array_is_followed(shape: tuple[int, ...]) -> None:
    """After ``p.data = ...`` the new array takes the steps, with the old state."""
    p, q = parameter(np.ones(shape, np.float32)), parameter(np.ones(shape, np.float32))
    first, second = (optim.SGD([w], lr=0.1, momentum=0.9) for w in (p, q))
    train(first, [p])
    train(second, [q])
    old = p.array
    p.data = p.detach().clone()
    kept = old.copy()
    train(first, [p], seed=2)
    train(second, [q], seed=2)
    np.testing.assert_array_equal(p.detach().numpy(), q.detach().numpy())
    np.testing.assert_array_equal(old, kept)


def test_dtypes_may_be_mixed() -> None:
    """Parameters of two dtypes in one group keep them, and their precision."""
    narrow, wide = mt.ones(1, requires_grad=True), mt.ones(1, dtype=mt.float64).requires_grad_()
    optimizer = optim.SGD([narrow, wide], lr=1.0, momentum=0.5)
    narrow.grad, wide.grad = mt.ones(1), mt.tensor([1e-12], dtype=mt.float64)
    optimizer.step()
    assert narrow.item() == 0
    assert wide.item() == 1 - 1e-12


def test_a_replaced_dtype_is_followed() -> None:
    """A parameter that becomes float64 between steps is stepped in float64."""
    p = mt.ones(2, requires_grad=True)
    optimizer = optim.Adam([p], lr=0.1)
    train(optimizer, [p])
    p.data = p.detach().double()
    p.grad = mt.ones(2, dtype=mt.float64)
    optimizer.step()
    assert p.dtype == mt.float64
    assert optimizer.state[p]["exp_avg"].dtype == mt.float64
    assert optimizer.state[p]["step"].item() == 5


@pytest.mark.parametrize("shape", [(2, 3), (70, 80)])
def test_state_is_live_and_may_be_written(shape: tuple[int, ...]) -> None:
    """A tensor taken out of the state follows the steps, and writing into it counts."""
    p = parameter(np.ones(shape, np.float32))
    optimizer = optim.SGD([p], lr=1.0, momentum=0.5)
    p.grad = mt.ones_like(p)
    optimizer.step()
    buffer = optimizer.state[p]["momentum_buffer"]
    optimizer.step()
    assert (buffer == 1.5).all()
    buffer.fill_(0.0)
    before = p.detach().clone()
    optimizer.step()
    assert (before - p.detach() == 1.0).all()
    assert optimizer.state[p]["momentum_buffer"] is buffer


def test_state_stays_live_when_parameters_part() -> None:
    """Those who hold a tensor of the state see it move also after its pack was split."""
    p, q = mt.zeros(2, requires_grad=True), mt.zeros(2, requires_grad=True)
    optimizer = optim.SGD([p, q], lr=1.0, momentum=0.5)
    p.grad, q.grad = mt.ones(2), mt.ones(2)
    optimizer.step()
    buffers = [optimizer.state[w]["momentum_buffer"] for w in (p, q)]
    q.grad = None
    optimizer.step()
    assert [buffer.tolist() for buffer in buffers] == [[1.5, 1.5], [1.0, 1.0]]
    assert optimizer.state[p]["momentum_buffer"] is buffers[0]


def test_state_may_be_replaced() -> None:
    """A new tensor, a new dictionary, and a cleared state all count from the next step on."""
    p, q = mt.zeros(2, requires_grad=True), mt.zeros(2, requires_grad=True)
    optimizer = optim.SGD([p, q], lr=1.0, momentum=0.5)
    p.grad, q.grad = mt.ones(2), mt.ones(2)
    optimizer.step()
    optimizer.state[p]["momentum_buffer"] = mt.full((2,), 10.0)
    optimizer.step()
    assert p.tolist() == [-7.0, -7.0]
    assert q.tolist() == [-2.5, -2.5]
    optimizer.state[p] = {"momentum_buffer": mt.full((2,), 4.0)}
    optimizer.step()
    assert p.tolist() == [-10.0, -10.0]
    optimizer.state.clear()
    optimizer.step()
    assert p.tolist() == [-11.0, -11.0]


def test_the_step_count_may_be_set() -> None:
    """Parameters of one pack part when one of them is told another step count."""
    p, q, r, s = (mt.zeros(1, requires_grad=True) for _ in range(4))
    optimizer, untouched = optim.Adam([p, q], lr=0.1), optim.Adam([r, s], lr=0.1)
    train(untouched, [r, s], steps=4)
    train(optimizer, [p, q], steps=4)
    optimizer.state[p]["step"].fill_(0.0)
    for optimizer_, params in ((optimizer, [p, q]), (untouched, [r, s])):
        train(optimizer_, params, steps=1, seed=2)
    assert q.item() == s.item()
    assert p.item() != r.item()
    assert (optimizer.state[p]["step"].item(), optimizer.state[q]["step"].item()) == (1, 5)


def test_options_may_change_what_is_remembered() -> None:
    """Momentum that is switched on in the middle starts from the gradient of that step."""
    p = mt.zeros(1, requires_grad=True)
    optimizer = optim.SGD([p], lr=1.0)
    p.grad = mt.ones(1)
    optimizer.step()
    optimizer.param_groups[0]["momentum"] = 0.5
    optimizer.step()
    optimizer.step()
    assert p.item() == -3.5
    optimizer.param_groups[0]["momentum"] = 0
    optimizer.step()
    assert p.item() == -4.5


def test_parameters_may_be_exchanged() -> None:
    """A new tensor in a group takes over from the old one, state and all."""
    old = mt.zeros(2, requires_grad=True)
    optimizer = optim.SGD([old], lr=1.0, momentum=0.5)
    old.grad = mt.ones(2)
    optimizer.step()
    new = mt.zeros(2, requires_grad=True)
    optimizer.param_groups[0]["params"][0] = new
    optimizer.state[new] = optimizer.state.pop(old)
    new.grad = mt.zeros(2)
    optimizer.step()
    assert new.tolist() == [-0.5, -0.5]
    assert old.tolist() == [-1.0, -1.0]


def test_the_list_of_parameters_may_be_edited() -> None:
    """Entries that are exchanged, added and taken away, without a word to the optimizer."""
    a, b, c = (mt.zeros(1, requires_grad=True) for _ in range(3))
    a.grad = b.grad = c.grad = mt.ones(1)
    optimizer = optim.SGD([a], lr=1.0)
    params = optimizer.param_groups[0]["params"]
    for edit in (
        lambda: None,
        lambda: params.append(b),
        lambda: params.pop(0),
        lambda: params.insert(0, c),
    ):
        edit()
        optimizer.step()
    params[:] = [a, c]
    optimizer.step()
    assert (a.item(), b.item(), c.item()) == (-3, -3, -2)


@pytest.mark.parametrize("shape", [(2,), (3, 2)])
def test_a_parameter_listed_twice_is_stepped_twice(shape: tuple[int, ...]) -> None:
    """As in PyTorch, which warns about it."""
    p, other = mt.zeros(shape, requires_grad=True), mt.zeros(2, requires_grad=True)
    with pytest.warns(UserWarning, match="duplicate parameters"):
        optimizer = optim.SGD([p, other, p], lr=1.0, momentum=0.5)
    p.grad, other.grad = mt.ones(shape), mt.ones(2)
    optimizer.step()
    assert (p == -2.5).all()
    assert (other == -1).all()


def test_parameters_that_share_memory_see_each_others_steps() -> None:
    """Two parameters on one array: both steps arrive."""
    memory = np.zeros(4, np.float32)
    p, q, r = (mt.from_numpy(part).requires_grad_() for part in (memory[:3], memory[1:], np.ones(1)))
    optimizer = optim.SGD([p, q, r], lr=1.0)
    for w in (p, q, r):
        w.grad = mt.ones_like(w)
    optimizer.step()
    assert memory.tolist() == [-1, -2, -2, -1]


def test_a_step_spoils_what_was_saved() -> None:
    """A backward pass after the step says that a saved parameter was overwritten, and by whom."""
    w = mt.ones(2, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1)
    loss = (w * w).sum()
    w.grad = mt.ones(2)
    optimizer.step()
    with pytest.raises(mt.errors.StaleSavedError, match=r"SGD\.step"):
        loss.backward()


def test_wrong_shapes_in_the_state_are_refused() -> None:
    """State for another parameter is no state for this one, and nothing moves."""
    p = mt.zeros(2, requires_grad=True)
    optimizer = optim.SGD([p], lr=1.0, momentum=0.5)
    optimizer.state[p]["momentum_buffer"] = mt.ones(3)
    p.grad = mt.ones(2)
    with pytest.raises(ValueError, match=r"'momentum_buffer' has shape \(3,\) .* \(2,\)"):
        optimizer.step()
    assert p.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("through", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_go_their_own_way(through: Callable[[Any], Any]) -> None:
    """A copied or pickled optimizer goes on with its own parameters and state."""
    p, q = parameter(np.ones(3, np.float32)), parameter(np.ones((2, 2), np.float32))
    optimizer = optim.Adam([p, q], lr=0.1)
    train(optimizer, [p, q])
    twin = through(optimizer)
    train(optimizer, [p, q])
    here = [w.tolist() for w in (p, q)]
    params = twin.param_groups[0]["params"]
    train(twin, params)
    assert [w.tolist() for w in params] == here
    assert [w.tolist() for w in (p, q)] == here


def test_small_parameters_share_and_large_ones_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule is called once for a pack, and packs are filled up to a slice."""
    calls = []
    original = optim.Adam.rule
    monkeypatch.setattr(optim.Adam, "rule", lambda *a: calls.append(1) or original(*a))
    sizes = [10, 20, pack.SMALL, pack.SMALL + 1] + [pack.SMALL] * 3
    params = [parameter(np.ones(n, np.float32)) for n in sizes]
    train(optim.Adam(params), params, steps=1)
    assert len(calls) == 3  # 30 + 3 SMALL together, one SMALL left over, and the large one
    assert plan.SLICE == 4 * pack.SMALL


def test_no_gradient_at_all() -> None:
    """A step without gradients does nothing, for Adagrad too, whose state is there already."""
    p = mt.ones(2, requires_grad=True)
    for name, options in KINDS:
        make(name, options, [p]).step()
    assert p.tolist() == [1.0, 1.0]
    assert optim.Adagrad([p], initial_accumulator_value=2.0).state[p]["sum"].tolist() == [2.0, 2.0]


@pytest.mark.parametrize("default", [mt.float32, mt.float64])
def test_the_step_count_has_the_default_width(default: Any) -> None:
    """``step`` is float32, or float64 if that is the default dtype."""
    mt.set_default_dtype(default)
    p = mt.ones(2, requires_grad=True)
    optimizer = optim.Adam([p])
    p.grad = mt.ones(2)
    optimizer.step()
    mt.set_default_dtype(mt.float32)
    step = optimizer.state[p]["step"]
    assert (step.dtype, step.shape, step.item()) == (default, (), 1.0)
