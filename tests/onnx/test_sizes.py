"""What a number is that follows the inputs' sizes, told from what it was in several runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.onnx.errors import OnnxExporterError
from microtensor.onnx.graph import shown
from microtensor.onnx.merge import Filled, Merger, Opaque, Range, Triangle
from microtensor.onnx.sizes import Expression, Runs, Varying, first, whole
from microtensor.onnx.trace import Recorded

SIZES = [{"n": 2, "t": 5}, {"n": 4, "t": 5}, {"n": 2, "t": 10}, {"n": 6, "t": 15}]
RUNS = Runs(SIZES)


def values(formula: Any) -> list[int]:
    return [formula(**sizes) for sizes in SIZES]


FORMULAS = {
    "n": lambda n, t: n,
    "2*n + 1": lambda n, t: 2 * n + 1,
    "n + t": lambda n, t: n + t,
    "1/2*n + -1": lambda n, t: n // 2 - 1,
    "-1*t": lambda n, t: -t,
    "n*t": lambda n, t: n * t,
    "12*n*t": lambda n, t: 12 * n * t,
    "n*n*t": lambda n, t: n * n * t,
}


@pytest.mark.parametrize("text", FORMULAS)
def test_sums_and_products_of_sizes(text: str) -> None:
    found = RUNS.size(values(FORMULAS[text]))
    assert isinstance(found, Expression)
    assert str(found) == text
    assert (whole(found), first(found)) == (False, FORMULAS[text](2, 5))


def test_what_is_the_same_in_all_runs_is_a_number() -> None:
    assert RUNS.size([3, 3, 3, 3]) == 3
    assert Runs([{}]).size([7]) == 7


def test_what_fits_the_first_runs_and_not_the_last_is_refused() -> None:
    """A square looks like a line when only two points of it are known."""
    assert RUNS.size(values(lambda n, t: max(2 * n, t))) == Varying((5, 8, 10, 15))
    assert isinstance(RUNS.size(values(lambda n, t: (n * n + t) % 7)), Varying)
    assert isinstance(RUNS.size(values(lambda n, t: n * t + 1)), Varying)


def test_how_a_size_is_shown() -> None:
    assert [shown(RUNS.size(values(f))) for f in (lambda n, t: 3, lambda n, t: n, lambda n, t: n + 1)] == [
        3,
        "n",
        "n + 1",
    ]
    assert shown(Varying((1, 2))) is None


CALL = Recorded("add", {}, {}, (), (), "program.py:3, in forward", "")


def merged(make: Any) -> Any:
    """A parameter that has been made anew in each run."""
    return Merger(RUNS).item([make(**sizes) for sizes in SIZES], CALL)


def test_arrays_that_follow_sizes() -> None:
    n, t = (RUNS.size(values(lambda n, t, k=k: (n, t)[k])) for k in (0, 1))
    assert merged(lambda n, t: np.zeros((n, 3), np.float32)) == Filled(np.float32(0), (n, 3))
    assert merged(lambda n, t: np.arange(1, 2 * t, 2)) == Range(1, 2, t)
    assert merged(lambda n, t: np.triu(np.ones((t, t)), 1)) == Triangle(1.0, 0.0, 1, (t, t))
    assert merged(lambda n, t: np.tril(np.ones((t, t), bool))) == Triangle(False, True, 1, (t, t))
    assert merged(lambda n, t: np.array([1.0, np.nan])).tolist()[0] == 1
    with pytest.raises(
        OnnxExporterError, match=r"at program.py:3, in forward, add uses a tensor that is no function"
    ):
        merged(lambda n, t: np.arange(t) ** 2)


def test_parameters_of_all_kinds() -> None:
    n = RUNS.size(values(lambda n, t: n))
    assert merged(lambda n, t: (slice(0, n), Ellipsis, None, {"k": [n, 2.5]})) == (
        slice(0, n), Ellipsis, None, {"k": [n, 2.5]},
    )  # fmt: skip
    assert merged(lambda n, t: float("nan")) != merged(lambda n, t: 1.0)
    assert isinstance(merged(lambda n, t: n / 3), Opaque)
    assert isinstance(merged(lambda n, t: (1,) * n), Opaque)
    assert merged(lambda n, t: True) is True


def test_products_of_sizes_are_computed_in_the_file(same: Any) -> None:
    def program(x: Any) -> Any:
        n, t = x.shape
        return mt.cat([x.reshape(-1), mt.zeros(n * t), mt.ones(n + 2 * t)]).unsqueeze(0).expand(n, -1)

    axes = ({0: "n", 1: "t"},)
    same(program, mt.randn(2, 5), others=[(mt.randn(3, 4),)], dynamic_shapes=axes)


def test_other_operations_for_another_size(tmp_path: Any) -> None:
    def program(x: Any) -> Any:
        return x.sin() if x.shape[0] > 3 else x.cos()

    with pytest.raises(
        OnnxExporterError, match=r"does something else from .*test_sizes.py:\d+, in program on \(cos or sin\)"
    ):
        mt.export.numpy_module(program, mt.ones(2), tmp_path / "program.py", dynamic_shapes=({0: "n"},))
