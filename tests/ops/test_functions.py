"""What functions around the ops refuse, and small conversions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.ops.indexing.cpp_sorting import Line, sort

F = mt.nn.functional


def test_to_converts_and_refuses() -> None:
    x = mt.ones(2)
    assert x.to("cpu") is x
    assert x.to(mt.ones(1, dtype=mt.float64)).dtype == mt.float64
    assert x.to(mt.device("cpu"), mt.int64, True).dtype == mt.int64
    copy = x.to(mt.float32, copy=True)
    assert copy is not x
    with pytest.raises(TypeError, match="not longdouble|not float128"):
        x.to(np.longdouble)


@pytest.mark.parametrize(
    "ask", [lambda x: x.cuda(), lambda x: x.to("cuda"), lambda x: mt.zeros(1, device="cuda:0")]
)
def test_there_is_no_gpu(ask: Any) -> None:
    assert not mt.cuda.is_available()
    assert mt.cuda.device_count() == 0
    mt.cuda.manual_seed_all(0)
    with pytest.raises(RuntimeError, match="CPU only"):
        ask(mt.ones(1))


def test_the_device_prints_and_answers() -> None:
    assert repr(mt.ones(1).device) == "device(type='cpu')"
    assert mt.ones(1).device.type == "cpu"


def test_what_functions_refuse() -> None:
    x = mt.ones(2)
    with pytest.raises(RuntimeError, match="self.dtype to be equal to src.dtype"):
        mt.scatter_add(x, 0, mt.tensor([0]), mt.tensor([1.0], dtype=mt.float64))
    with pytest.raises(RuntimeError, match="indexing must be one of 'xy' or 'ij'"):
        mt.meshgrid(x, x, indexing="no")
    with pytest.raises(RuntimeError, match="non-positive values for delta"):
        F.huber_loss(x, x, delta=0.0)
    with pytest.raises(ValueError, match="negative entry"):
        F.gaussian_nll_loss(x, x, -x)


def test_a_hook_on_a_leaf_that_was_turned_off_since() -> None:
    x = mt.ones(2, requires_grad=True)
    seen: list[Any] = []
    x.register_hook(seen.append)
    y = (x * 2).sum()
    x.requires_grad = False
    y.backward()
    assert x.grad is None
    assert len(seen) == 1


def test_reductions_write_into_out() -> None:
    out = mt.zeros(3)
    assert mt.sum(mt.ones(2, 3), dim=0, out=out) is out
    assert out.tolist() == [2.0, 2.0, 2.0]


def test_losses_with_weights_and_with_a_number_for_the_variance() -> None:
    x, y = mt.tensor([2.0, 0.5]), mt.zeros(2)
    weighted = F.huber_loss(x, y, reduction="none", weight=mt.tensor([2.0, 4.0]))
    assert weighted.tolist() == [3.0, 0.5]
    assert F.gaussian_nll_loss(x, y, 1.0).item() == F.gaussian_nll_loss(x, y, mt.ones(2)).item()


@pytest.mark.parametrize("function", [mt.sub, mt.rsub])
def test_a_difference_that_numpy_has_no_loop_for(function) -> None:
    with pytest.raises(RuntimeError, match="sub.*did not contain a loop"):
        function(np.array(["a"]), np.array(["b"]))


@pytest.mark.parametrize(
    ("keys", "places"),
    [([1.0, 3.0, 2.0], [0, 2, 1]), ([2.0, 1.0, 3.0], [1, 0, 2]), ([2.0, 1.0, 1.0], [1, 2, 0])],
)
def test_a_short_line_is_sorted_as_pytorch_sorts_it(keys: list[float], places: list[int]) -> None:
    line = Line(keys)
    sort(line)
    assert line.places == places
