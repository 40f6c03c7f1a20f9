"""Parametrizations, hook-based norms and pruning: sentences, and what must stay as it was."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

import microtensor as mt
from microtensor import nn
from microtensor.nn.utils import parametrizations, parametrize, prune


class Twice(nn.Module):
    """Has no inverse."""

    def forward(self, x: Any) -> Any:
        return 2 * x


class Row(nn.Module):
    """Changes the shape."""

    def forward(self, x: Any) -> Any:
        return x[:1]


def test_a_module_is_left_as_it_was_if_its_parametrization_is_refused() -> None:
    layer = nn.Linear(2, 2)
    before = copy.deepcopy(layer.state_dict())
    with pytest.raises(ValueError, match=r"may not change the shape .*: \(2, 2\) to \(1, 2\); pass"):
        parametrize.register_parametrization(layer, "weight", Row())
    assert type(layer) is nn.Linear
    assert list(layer.state_dict()) == list(before)


def test_assigning_needs_an_inverse() -> None:
    layer: Any = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Twice())
    with pytest.raises(RuntimeError, match="Twice does not implement right_inverse, which says what"):
        layer.weight = mt.ones(2, 2)


def test_a_parametrized_module_belongs_to_itself() -> None:
    """Its class is its own: another layer is not touched, nor a copy."""
    one, other = nn.Linear(2, 2), nn.Linear(2, 2)
    parametrize.register_parametrization(one, "weight", Twice())
    twin = copy.deepcopy(one)
    assert type(other) is nn.Linear
    twin.parametrizations.weight.original.data.zero_()
    assert one.weight.abs().sum() > 0
    with pytest.raises(RuntimeError, match=r"only supported through state_dict\(\): save that"):
        pickle.dumps(one)


def test_an_optimizer_moves_the_original() -> None:
    layer = parametrize.register_parametrization(nn.Linear(2, 1, bias=False), "weight", Twice())
    optimizer = mt.optim.SGD(layer.parameters(), lr=0.5)
    before = layer.weight.detach()
    layer(mt.ones(1, 2)).sum().backward()
    optimizer.step()
    assert (layer.weight - before).flatten().tolist() == pytest.approx([-2.0, -2.0])


def test_the_cache_ends_with_its_block() -> None:
    layer = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Twice())
    with parametrize.cached(), parametrize.cached():
        held = layer.weight
        assert layer.weight is held
    assert layer.weight is not held
    with parametrize.cached():
        assert layer.weight is not held


def test_spectral_norm_follows_the_weight() -> None:
    mt.manual_seed(0)
    layer = parametrizations.spectral_norm(nn.Linear(6, 5))
    layer.parametrizations.weight.original.data.mul_(3)
    for _ in range(100):
        layer(mt.ones(1, 6))
    assert float(mt.linalg.svdvals(layer.weight.detach())[0]) == pytest.approx(1, abs=1e-4)


def test_an_orthogonal_layer_stays_so() -> None:
    mt.manual_seed(0)
    for shape in ((3, 3), (2, 4), (4, 2)):
        layer = parametrizations.orthogonal(nn.Linear(*shape).double())
        optimizer = mt.optim.SGD(layer.parameters(), lr=0.1)
        for _ in range(5):
            optimizer.zero_grad()
            layer(mt.ones(2, shape[0], dtype=mt.float64)).square().sum().backward()
            optimizer.step()
        w = layer.weight.detach() if shape[1] >= shape[0] else layer.weight.detach().mT
        assert mt.allclose(w.mT @ w, mt.eye(w.shape[1], dtype=mt.float64))


def test_what_a_pruned_network_learns() -> None:
    mt.manual_seed(0)
    layer: Any = prune.l1_unstructured(nn.Linear(4, 1, bias=False), "weight", 2)
    layer(mt.ones(1, 4)).sum().backward()
    assert sorted(layer.weight_orig.grad.flatten().tolist()) == [0, 0, 1, 1]


def test_pruning_says_what_was_wrong() -> None:
    with pytest.raises(ValueError, match="amount=7 should be smaller than .* to prune=6"):
        prune.l1_unstructured(nn.Linear(3, 2), "weight", 7)
    with pytest.raises(AssertionError, match=r"same shape as parameter weight of .*, got \(3,\) vs \(2, 3\)"):
        prune.l1_unstructured(nn.Linear(3, 2), "weight", 1, mt.ones(3))
    with pytest.raises(ValueError, match="Parameter 'weight' of module .* has to be pruned before"):
        prune.remove(nn.Linear(3, 2), "weight")


def test_hooks_are_taken_down() -> None:
    layer: Any = nn.utils.spectral_norm(nn.Linear(3, 2))
    nn.utils.remove_spectral_norm(layer)
    w = layer.weight
    layer(mt.ones(1, 3))
    assert layer.weight is w
    with pytest.raises(ValueError, match="spectral_norm of 'weight' not found in Linear"):
        nn.utils.remove_spectral_norm(layer)


class Split(nn.Module):
    """Starts from two tensors, unless it is told otherwise."""

    def __init__(self, *answers: Any) -> None:
        super().__init__()
        self.answers = list(answers)

    def forward(self, a: Any, b: Any) -> Any:
        return a + b

    def right_inverse(self, x: Any) -> Any:
        return self.answers.pop(0)


HALVES = (mt.ones(2, 2), mt.ones(2, 2))


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (HALVES[:1], "a sequence of tensors of length 2. Got a sequence of length 1"),
        ((HALVES[0], 3), "`right_inverse` should return a tensor. Got int"),
        (3, r"must return a Tensor or a Sequence of tensors \(list, tuple...\). Got int"),
        (
            (HALVES[0], HALVES[1].double()),
            "1 returned by `right_inverse` has dtype torch.float64 while",
        ),
    ],
)
def test_an_assignment_that_does_not_fit_changes_nothing(answer: Any, sentence: str) -> None:
    layer: Any = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Split(HALVES, answer))
    with pytest.raises(ValueError, match=sentence):
        layer.weight = mt.zeros(2, 2)
    assert layer.weight.tolist() == [[2.0, 2.0], [2.0, 2.0]]


def test_originals_are_tensors() -> None:
    with pytest.raises(ValueError, match="Got element 1 of the sequence with type int"):
        parametrize.register_parametrization(nn.Linear(2, 2), "weight", Split((HALVES[0], 3)))
    with pytest.raises(ValueError, match="requires one or more modules"):
        parametrize.ParametrizationList([], mt.ones(2))


class Odd(nn.Module):
    """Undoes itself in a way of its own."""

    def __init__(self, back: Any) -> None:
        super().__init__()
        self.back = back

    def forward(self, x: Any) -> Any:
        return x

    def right_inverse(self, x: Any) -> Any:
        return self.back(x)


def refuse(x: Any) -> Any:
    raise NotImplementedError


def test_a_second_parametrization_is_checked_with_its_inverse() -> None:
    layer = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Odd(refuse))
    parametrize.register_parametrization(layer, "weight", Odd(refuse))
    with pytest.raises(ValueError, match="right_inverse must return a tensor. Got: int"):
        parametrize.register_parametrization(layer, "weight", Odd(lambda x: 3))
    with pytest.raises(ValueError, match="right_inverse may not change the shape"):
        parametrize.register_parametrization(layer, "weight", Odd(lambda x: x[:1]))
    assert len(layer.parametrizations.weight) == 2


@pytest.mark.parametrize("normed", [nn.utils.spectral_norm, nn.utils.parametrizations.spectral_norm])
def test_a_complex_weight_gets_the_spectral_norm_1(normed: Any) -> None:
    mt.manual_seed(0)
    layer = normed(nn.Linear(3, 4, dtype=mt.complex128), n_power_iterations=40)
    layer(mt.ones(1, 3, dtype=mt.complex128))
    assert abs(mt.linalg.svdvals(layer.weight.detach())[0].item() - 1) < 1e-6
