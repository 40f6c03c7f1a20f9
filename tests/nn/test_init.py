"""Initial weights: their distributions, their limits, their errors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import nn
from microtensor.nn import init


@pytest.mark.parametrize(
    ("name", "param", "gain"),
    [
        ("linear", None, 1),
        ("conv_transpose3d", None, 1),
        ("sigmoid", None, 1),
        ("tanh", None, 5 / 3),
        ("relu", None, math.sqrt(2)),
        ("leaky_relu", None, math.sqrt(2 / 1.0001)),
        ("leaky_relu", 0.5, math.sqrt(2 / 1.25)),
        ("selu", None, 0.75),
    ],
)
def test_gains(name: str, param: float | None, gain: float) -> None:
    assert init.calculate_gain(name, param) == gain


def test_unknown_gains() -> None:
    with pytest.raises(ValueError, match="Unsupported nonlinearity swish: choose one of"):
        init.calculate_gain("swish")
    for slope in (True, "x"):
        with pytest.raises(ValueError, match=f"negative_slope {slope} not a valid number"):
            init.calculate_gain("leaky_relu", slope)


@pytest.mark.parametrize(
    ("fill", "std"),
    [
        (lambda t: init.uniform_(t, -1, 1), 1 / math.sqrt(3)),
        (lambda t: init.normal_(t, 0, 2), 2),
        (lambda t: init.xavier_uniform_(t, gain=2), 2 * math.sqrt(2 / 150)),
        (lambda t: init.xavier_normal_(t), math.sqrt(2 / 150)),
        (lambda t: init.kaiming_uniform_(t, nonlinearity="relu"), math.sqrt(2 / 100)),
        (lambda t: init.kaiming_normal_(t, a=1, mode="fan_out"), math.sqrt(1 / 50)),
        (lambda t: init.trunc_normal_(t, std=2, a=-100, b=100), 2),
        (lambda t: init.trunc_normal_(t, a=-0.1, b=0.1), 0.2 / math.sqrt(12)),
    ],
)
def test_the_spread_of_what_is_drawn(fill: Any, std: float) -> None:
    mt.manual_seed(0)
    tensor = mt.empty(50, 100)
    assert fill(tensor) is tensor
    assert tensor.numpy().std() == pytest.approx(std, rel=0.04)


def test_a_parameter_is_filled_outside_of_the_graph() -> None:
    parameter = nn.Parameter(mt.empty(3, 3))
    for fill in (
        init.uniform_, init.normal_, init.ones_, init.zeros_, init.eye_, init.xavier_uniform_,
        init.xavier_normal_, init.kaiming_uniform_, init.kaiming_normal_, init.trunc_normal_,
        init.orthogonal_,
    ):  # fmt: skip
        assert fill(parameter) is parameter
        assert parameter.is_leaf
        assert parameter.requires_grad
    assert init.constant_(parameter, 3.0).tolist() == [[3.0] * 3] * 3
    assert init.sparse_(parameter, 0.3).is_leaf
    assert init.dirac_(nn.Parameter(mt.empty(2, 2, 3))).is_leaf


@pytest.mark.parametrize(("a", "b"), [(-2.0, 2.0), (0.5, 0.6), (1.8, 3.0), (-1.0, math.inf)])
def test_truncated_draws_stay_within_their_limits(a: float, b: float) -> None:
    values = init.trunc_normal_(mt.empty(500), a=a, b=b).numpy()
    assert a <= values.min()
    assert values.max() <= b
    assert len(set(values.tolist())) > 400


def test_a_mean_far_outside_is_warned_about() -> None:
    with pytest.warns(UserWarning, match="mean is more than 2 std from"):
        init.trunc_normal_(mt.empty(2), mean=5.0)


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3), (3, 2, 2)])
def test_orthogonal_rows_or_columns(shape: tuple[int, ...]) -> None:
    matrix = init.orthogonal_(mt.empty(*shape), gain=2).numpy().reshape(shape[0], -1)
    square = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(square, 4 * np.eye(len(square)), atol=1e-5)


def test_eye_and_dirac() -> None:
    assert init.eye_(mt.empty(2, 3)).tolist() == [[1, 0, 0], [0, 1, 0]]
    kernel = init.dirac_(mt.empty(4, 2, 3, 3), groups=2).numpy()
    assert kernel[:, :, 1, 1].tolist() == [[1, 0], [0, 1], [1, 0], [0, 1]]
    assert kernel.sum() == 4
    signal, weight = np.arange(5.0), init.dirac_(mt.empty(1, 1, 3)).numpy()[0, 0]
    assert np.convolve(signal, weight, "same").tolist() == signal.tolist()


def test_sparse_columns() -> None:
    matrix = init.sparse_(mt.empty(10, 4), sparsity=0.25).numpy()
    assert (matrix == 0).sum(0).tolist() == [3, 3, 3, 3]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: init.xavier_uniform_(mt.empty(3)), "fewer than 2 dimensions"),
        (lambda: init.kaiming_normal_(mt.empty(3)), "fewer than 2 dimensions"),
        (lambda: init.kaiming_normal_(mt.empty(3, 2), mode="fan"), "Mode fan not supported"),
        (lambda: init.eye_(mt.empty(3)), "Only tensors with 2 dimensions"),
        (lambda: init.sparse_(mt.empty(3), 0.1), "Only tensors with 2 dimensions"),
        (lambda: init.orthogonal_(mt.empty(3)), "2 or more dimensions"),
        (lambda: init.dirac_(mt.empty(3, 2)), "Only tensors with 3, 4, or 5 dimensions"),
        (lambda: init.dirac_(mt.empty(4, 2, 3), groups=3), "divisible by groups: 4 by 3"),
    ],
)
def test_wrong_shapes_and_options(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def test_tensors_without_elements() -> None:
    with pytest.warns(UserWarning, match="no-op") as caught:
        init.kaiming_uniform_(mt.empty(0, 2))
    assert caught[0].filename == __file__
    assert tuple(init.orthogonal_(mt.empty(0, 2)).shape) == (0, 2)


def test_a_generator_of_its_own() -> None:
    def draw(seed: int) -> Any:
        generator = mt.Generator()
        generator.manual_seed(seed)
        return init.xavier_uniform_(mt.empty(3, 3), generator=generator).tolist()

    assert draw(1) == draw(1) != draw(2)


def test_old_names_warn() -> None:
    with pytest.warns(FutureWarning, match="`nn.init.constant` is now deprecated") as caught:
        assert init.constant(mt.empty(2), 3.0).tolist() == [3, 3]
    assert caught[0].filename == __file__
    old = set(init.__dict__) & {name[:-1] for name in init.__all__ if name.endswith("_")}
    assert len(old) == 11
    assert init.xavier_uniform.__name__ == "xavier_uniform"


def test_the_fan_of_a_mode() -> None:
    weight = mt.empty(4, 2, 3, 3)
    assert init._calculate_correct_fan(weight, "fan_in") == 18
    assert init._calculate_correct_fan(weight, "FAN_OUT") == 36
    with pytest.raises(ValueError, match="Mode fan not supported"):
        init._calculate_correct_fan(weight, "fan")
