"""Functorch's older names, and the parts of `vmap` that libraries replace."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from microtensor._C import _functorch as compiled
from microtensor._functorch import vmap as parts
from microtensor.functorch import (
    combine_state_for_ensemble,
    make_functional,
    make_functional_with_buffers,
)

import microtensor as mt
from microtensor.utils._pytree import _broadcast_to_and_flatten, tree_structure


def test_a_module_is_a_function_of_its_parameters() -> None:
    layer = mt.nn.Linear(2, 3)
    function, parameters = make_functional(layer)
    x = mt.randn(4, 2)
    assert function(parameters, x).tolist() == layer(x).tolist()
    assert function([2 * p for p in parameters], x).tolist() == (2 * layer(x)).tolist()
    assert not make_functional(layer, disable_autograd_tracking=True)[1][0].requires_grad
    with pytest.raises(ValueError, match="use make_functional_with_buffers"):
        make_functional(mt.nn.BatchNorm1d(2))


def test_buffers_are_arguments_as_well() -> None:
    norm = mt.nn.BatchNorm1d(2).eval()
    function, parameters, (mean, variance, count) = make_functional_with_buffers(norm)
    y = function(parameters, (mean + 1, variance, count), mt.ones(3, 2))
    assert y.abs().max().item() == 0
    assert norm.running_mean.tolist() == [0, 0]


def test_an_ensemble_is_mapped_over_its_parameters() -> None:
    models = [mt.nn.Linear(2, 1) for _ in range(3)]
    function, parameters, buffers = combine_state_for_ensemble(models)
    x = mt.randn(4, 2)
    together = mt.vmap(function, in_dims=(0, 0, None))(parameters, buffers, x)
    mt.testing.assert_close(together, mt.stack([model(x) for model in models]))


def test_the_parts_of_a_call_are_those_that_stand_there(monkeypatch: pytest.MonkeyPatch) -> None:
    x = mt.arange(6.0).reshape(3, 2)
    plain = mt.vmap(lambda row, k: {"sum": row.sum() + k}, in_dims=(0, None), out_dims=0)(x, 1.0)
    assert not parts.replaced()
    seen: list[Any] = []

    def create(dims: Any, leaves: Any, level: int, spec: Any) -> Any:
        seen.append((dims, compiled.maybe_current_level() == level))
        return parts._own["_create_batched_inputs"](dims, leaves, level, spec)

    monkeypatch.setattr(parts, "_create_batched_inputs", create)
    assert parts.replaced()
    mapped = mt.vmap(lambda row, k: {"sum": row.sum() + k}, in_dims=(0, None), out_dims=0)(x, 1.0)
    assert (mapped["sum"].tolist(), seen) == (plain["sum"].tolist(), [([0, None], True)])
    assert mt.vmap(lambda row: row * 2, in_dims=1, out_dims=1)(x).tolist() == (x * 2).tolist()
    assert mt.vmap(lambda row: (row, 7), out_dims=(0, None))(x)[1] == 7
    assert mt.vmap(lambda row: row + mt.rand(2), randomness="different")(x).shape == (3, 2)


@pytest.mark.parametrize(
    ("function", "dims", "error", "words"),
    [
        (lambda a, b: a, (0, {"x": 0}), ValueError, "in_dims is not compatible with the structure"),
        (lambda a, b: a, (0, 1), ValueError, r"expected one size .*got \[3, 2\]"),
        (lambda a, b: 3, 0, ValueError, "must only return Tensors, got type <class 'int'>"),
        (lambda a, b: a + mt.rand(2), 0, RuntimeError, "randomness error mode"),
    ],
)
def test_what_the_parts_refuse(
    function: Any, dims: Any, error: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_get_name", lambda func: "f")
    x = mt.ones(3, 2)
    with pytest.raises(error, match=words):
        parts.run(function, dims, 0, "error", (x, x), {})


def test_results_that_do_not_fit_their_dimensions_are_named() -> None:
    x = mt.ones(3, 2)
    with pytest.raises(ValueError, match=r"vmap\(twice, \.\.\., out_dims=\(0, 1\)\): out_dims is not"):
        parts.run(twice, 0, (0, 1), "error", (x,), {})
    with pytest.raises(ValueError, match="can not return a BatchedTensor when out_dim is None"):
        parts.run(twice, 0, None, "error", (x,), {})
    with pytest.raises(RuntimeError, match="level 999 is not running"):
        compiled._add_batch_dim(x, 0, 999)


def twice(x: mt.Tensor) -> mt.Tensor:
    """Twice the argument."""
    return x * 2


def test_functions_are_named_in_messages() -> None:
    assert parts._get_name(functools.partial(twice)) == "functools.partial(twice, ...)"
    assert parts._get_name(mt.nn.Identity()) == "Identity()"


def test_an_example_says_where_its_batch_is() -> None:
    x = mt.ones(3, 2)
    assert (compiled.maybe_get_level(x), compiled.maybe_get_bdim(x)) == (-1, -1)
    assert (compiled.get_unwrapped(x), compiled.maybe_current_level()) == (x, None)

    def look(row: mt.Tensor) -> mt.Tensor:
        assert compiled.maybe_get_level(row) == compiled.maybe_current_level()
        assert compiled.maybe_get_bdim(row) == 0
        assert compiled.get_unwrapped(row).shape == (3, 2)
        return row

    mt.vmap(look)(x)


def test_a_tree_is_stretched_to_a_deeper_one() -> None:
    spec = tree_structure((1, {"a": [2, 3]}))
    assert _broadcast_to_and_flatten(5, spec) == [5, 5, 5]
    assert _broadcast_to_and_flatten((1, {"a": 2}), spec) == [1, 2, 2]
    assert _broadcast_to_and_flatten((1, {"b": 2}), spec) is None
    assert _broadcast_to_and_flatten([1, 2], spec) is None
    assert _broadcast_to_and_flatten((1,), spec, is_leaf=lambda tree: tree == (1,)) == [(1,)] * 3
