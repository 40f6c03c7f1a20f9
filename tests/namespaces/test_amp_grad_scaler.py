"""GradScaler: how the scale moves, which steps are skipped, what is refused."""

import pickle
from typing import Any

import pytest

import microtensor as mt


def made(**kwargs: Any) -> tuple[Any, Any, Any]:
    weight = mt.nn.Parameter(mt.ones(2))
    return weight, mt.optim.SGD([weight], lr=0.5), mt.amp.GradScaler("cpu", **kwargs)


def turn(weight: Any, optimizer: Any, scaler: Any, factor: float = 1.0) -> None:
    optimizer.zero_grad()
    scaler.scale((weight * factor).sum()).backward()
    scaler.step(optimizer)
    scaler.update()


def test_a_step_is_that_without_scale():
    weight, optimizer, scaler = made(init_scale=1024.0)
    turn(weight, optimizer, scaler)
    assert weight.tolist() == [0.5, 0.5]
    assert scaler.get_scale() == 1024.0


@pytest.mark.parametrize("bad", [float("inf"), float("nan")])
def test_a_step_that_is_not_finite_is_left_out_and_the_scale_shrinks(bad: float):
    weight, optimizer, scaler = made(init_scale=8.0, growth_interval=2)
    turn(weight, optimizer, scaler)
    turn(weight, optimizer, scaler, bad)
    assert weight.tolist() == [0.5, 0.5]
    assert scaler.state_dict()["scale"] == 4.0
    assert scaler.state_dict()["_growth_tracker"] == 0


def test_the_scale_grows_after_the_interval_but_never_to_infinity():
    weight, optimizer, scaler = made(init_scale=8.0, growth_interval=2)
    for expected in (8.0, 16.0, 16.0, 32.0):
        turn(weight, optimizer, scaler)
        assert scaler.get_scale() == expected
    weight, optimizer, scaler = made(init_scale=2.0**127, growth_interval=1)
    turn(weight, optimizer, scaler, 2.0**-10)
    assert scaler.get_scale() == 2.0**127


def test_gradients_can_be_looked_at_between():
    weight, optimizer, scaler = made(init_scale=4.0)
    scaler.scale((3 * weight).sum()).backward()
    assert weight.grad.tolist() == [12.0, 12.0]
    scaler.unscale_(optimizer)
    assert weight.grad.tolist() == [3.0, 3.0]
    with pytest.raises(RuntimeError, match=r"unscale_\(\) has already been called"):
        scaler.unscale_(optimizer)
    with pytest.raises(AssertionError, match="pickled before an iteration"):
        pickle.dumps(scaler)
    scaler.step(optimizer)
    assert weight.tolist() == [-0.5, -0.5]
    with pytest.raises(RuntimeError, match=r"step\(\) has already been called"):
        scaler.step(optimizer)
    with pytest.raises(RuntimeError, match=r"called after step"):
        scaler.unscale_(optimizer)


def test_several_outputs_are_scaled_alike():
    scaler = made(init_scale=2.0)[2]
    assert scaler.scale([mt.tensor(1.0), (mt.tensor(3.0),)]) == [mt.tensor(2.0), (mt.tensor(6.0),)]
    assert [x.item() for x in scaler.scale(mt.tensor(float(n)) for n in range(2))] == [0.0, 2.0]
    with pytest.raises(ValueError, match="iterable of Tensors, got int"):
        scaler.scale(3)


def test_what_is_out_of_order_is_refused():
    weight, optimizer, scaler = made()
    for ask in (lambda: scaler.step(optimizer), scaler.update, lambda: scaler.unscale_(optimizer)):
        with pytest.raises(AssertionError, match="nothing was scaled yet"):
            ask()
    scaler.scale(weight.sum())
    with pytest.raises(AssertionError, match="it has no gradients"):
        scaler.step(optimizer)
    with pytest.raises(AssertionError, match="prior to update"):
        scaler.update()
    with pytest.raises(RuntimeError, match="Closure use"):
        scaler.step(optimizer, closure=lambda: 0.0)
    weight.grad = None
    small = mt.nn.Parameter(mt.ones(1, dtype=mt.float16))
    small.grad = mt.ones(1, dtype=mt.float16)
    with pytest.raises(ValueError, match="unscale FP16 gradients"):
        scaler.unscale_(mt.optim.SGD([small], lr=1.0))
    with pytest.raises(AssertionError, match="growth factor must be > 1.0, got 0.5"):
        mt.amp.GradScaler("cpu", growth_factor=0.5)
    with pytest.raises(AssertionError, match="backoff factor must be < 1.0, got 2.0"):
        mt.amp.GradScaler("cpu", backoff_factor=2.0)


def test_a_scale_can_be_given():
    weight, _, scaler = made()
    scaler.scale(weight.sum())
    scaler.update(16.0)
    assert scaler.get_scale() == 16.0
    scaler.update(mt.tensor([4.0]))
    assert scaler.get_scale() == 4.0
    with pytest.raises(AssertionError, match="1-element tensor"):
        scaler.update(mt.ones(2))


def test_the_state_goes_on():
    weight, optimizer, scaler = made(growth_interval=5)
    turn(weight, optimizer, scaler)
    other = mt.amp.GradScaler("cpu", init_scale=1.0)
    other.load_state_dict(scaler.state_dict())
    assert other.state_dict() == pickle.loads(pickle.dumps(scaler)).state_dict() == scaler.state_dict()
    with pytest.raises(RuntimeError, match="source state dict is empty"):
        other.load_state_dict({})


def test_without_a_gpu_the_default_warns_and_is_disabled():
    with pytest.warns(UserWarning, match="not available. Disabling"):
        scaler = mt.amp.GradScaler()
    assert (scaler.is_enabled(), scaler.get_scale(), scaler.state_dict()) == (False, 1.0, {})
    weight, optimizer, _ = made()
    turn(weight, optimizer, scaler)
    assert weight.tolist() == [0.5, 0.5]
