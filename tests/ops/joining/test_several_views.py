"""split, chunk and unbind leave one node, which joins what comes back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt


def leaf(*shape: int) -> mt.Tensor:
    return mt.tensor(np.random.default_rng(0).normal(size=shape), requires_grad=True)


CALLS: list[tuple[str, Any]] = [
    ("SplitBackward0", lambda x: x.split(2, 1)),
    ("SplitWithSizesBackward0", lambda x: x.split([1, 3], 1)),
    ("SplitBackward0", lambda x: x.chunk(2, -1)),
    ("UnbindBackward0", lambda x: x.unbind(1)),
    ("UnbindBackward0", tuple),
]


@pytest.mark.parametrize(("name", "call"), CALLS)
def test_the_outputs_share_a_node(name: str, call: Any) -> None:
    x = leaf(3, 4)
    parts = call(x)
    assert {part.grad_fn for part in parts} == {parts[0].grad_fn}
    assert parts[0].grad_fn.name() == name
    assert [part.output_nr for part in parts] == list(range(len(parts)))
    assert all(part._base is x for part in parts)


@pytest.mark.parametrize(("name", "call"), CALLS)
def test_values_and_gradients_of_both_orders(name: str, call: Any) -> None:
    x = leaf(3, 4)
    for part, copy in zip(call(x), call(x.detach().clone()), strict=True):
        assert part.tolist() == copy.tolist()
    assert mt.autograd.gradgradcheck(lambda x: sum((k + 1) * (p**3).sum() for k, p in enumerate(call(x))), x)
    assert mt.autograd.gradcheck(lambda x: call(x)[0], x)


def test_prehooks_see_all_outputs_and_hooks_run_for_unused_ones() -> None:
    x = leaf(4)
    a, b = x.split(2)
    seen: list[Any] = []
    a.grad_fn.register_prehook(lambda gs: seen.append([g is None for g in gs]))
    b.register_hook(lambda g: seen.append(g))
    a.sum().backward()
    assert seen == [None, [False, True]]
    assert x.grad.tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize(("name", "call"), CALLS[:4])
def test_the_views_are_not_written_in_place_while_recorded(name: str, call: Any) -> None:
    y = leaf(3, 4) * 1
    part = call(y)[1]
    with pytest.raises(RuntimeError, match=f"Output 1 of {name[:5]}.* is a view and is being"):
        part.add_(1)
    with mt.no_grad():
        part.add_(1)
    y.mul_(2)
    with pytest.raises(RuntimeError, match="its base or another view of its base has been modified inplace"):
        _ = part.grad_fn


def test_what_has_no_dimension_is_not_taken_apart() -> None:
    with pytest.raises(RuntimeError, match="split expects at least a 1-dimensional tensor"):
        mt.tensor(1.0).split(1)
    with pytest.raises(RuntimeError, match="chunk expects at least a 1-dimensional tensor"):
        mt.tensor(1.0).chunk(1)
    with pytest.raises(IndexError, match="tensor has no dimensions"):
        mt.tensor(1.0).unbind()


def test_the_formula_that_a_drawing_shows() -> None:
    assert leaf(2).split(1)[0].grad_fn.formulas == {"input": "cat(*gs, dim=dim)"}


def test_observers_see_the_node() -> None:
    x = leaf(2)
    with mt.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        a, b = x.split(1)
    (a * b).backward()
    assert x.grad.tolist() == x.detach().flip(0).tolist()


def test_views_of_a_constant_take_constants_and_no_gradients() -> None:
    y = mt.zeros(2, 2)
    a, b = y.unbind()
    a.add_(1)
    assert y.tolist() == [[1, 1], [0, 0]]
    with pytest.raises(RuntimeError, match="a function that returns multiple views"):
        b.mul_(mt.ones(2, requires_grad=True))
    assert [part.is_leaf for part in (a, b)] == [True, True]
