"""The laws: a right op obeys them all, and each wrong one is caught, by the law that is about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import op
from microtensor.engine.fastpath import node_of
from microtensor.testing import LAWS, check_op, laws


@pytest.fixture(autouse=True)
def registry_restored() -> Iterator[None]:
    before = dict(mt.registry)
    yield
    mt.registry.clear()
    mt.registry.update(before)


def cube(x: Any, /) -> Any:
    """``x ** 3``.

    >>> cube(mt.tensor(2.0))
    tensor(8.)
    """
    return x * x * x


def times(x: Any, y: Any, /) -> Any:
    """``x * y``.

    >>> times(mt.tensor(2.0), mt.tensor(3.0))
    tensor(6.)
    """
    return x * y


def slope(g: Any, x: Any) -> Any:
    return g * 3 * x * x


def make(function: Any = cube, **options: Any) -> Any:
    """A right op, but for what the options say."""
    if function is not times:
        options = {"x": slope, "reference": lambda x: x**3} | options
    return op(function, elementwise=True, **options)


def broken(wrong: Any) -> set[str]:
    """The names of the laws that an op breaks."""
    names = set()
    for name in LAWS:
        try:
            check_op(wrong, [name])
        except AssertionError as error:
            text = str(error)
            assert f"breaks the law {name!r}" in text
            names.add(name)
    return names


def test_a_right_op_breaks_no_law() -> None:
    check_op(make())
    check_op(make(times, x=lambda g, y: g * y, y=lambda g, x: g * x, reference=np.multiply))
    assert broken(make()) == set()


def raw(x: Any) -> Any:
    """The array of a Tensor: history lost."""
    return x.detach() if isinstance(x, mt.Tensor) else x


def spoil(g: Any, x: Any) -> Any:
    if isinstance(g, np.ndarray):
        g *= 2
        return g * 1.5 * x * x
    return slope(g, x)


def eat(x: Any, /) -> Any:
    """Cubes, and changes its operand.

    >>> 1
    1
    """
    out = x * x * x
    if isinstance(x, np.ndarray) and x.ndim:
        x += 1
    return out


def wide(x: Any, /) -> Any:
    """Cubes, in float64.

    >>> 1
    1
    """
    return x * x * x * np.ones((), np.float64)


PLANTED: dict[str, tuple[str, Any]] = {
    "a wrong sign": ("gradient", {"x": lambda g, x: -slope(g, x)}),
    "a missing factor": ("gradient", {"x": lambda g, x: g * x * x}),
    "a slope at the wrong place": ("gradient", {"x": lambda g, x: slope(g, x + 1e-3)}),
    "a forward that is not the reference": ("reference", {"reference": lambda x: x**3 + 1e-6}),
    "no reference": ("reference", {"reference": None}),
    "a second derivative lost by detaching": ("second", {"x": lambda g, x: slope(g, raw(x))}),
    "a derivative by the cotangent lost": ("second", {"x": lambda g, x: slope(raw(g), x)}),
    "other numbers on the other carrier": (
        "carriers",
        {"x": lambda g, x: slope(g, x) * (1 + 1e-9 * isinstance(g, mt.Tensor))},
    ),
    "a gradient in float64": ("shapes", {"x": lambda g, x: slope(g, x) * np.ones((), np.float64)}),
    "a gradient of another shape": ("shapes", {"x": lambda g, x: slope(g, x).sum()}),
    "a result in float64": ("floating", {"function": wide}),
    "a cotangent written to": ("untouched", {"x": spoil}),
    "an operand written to": ("untouched", {"function": eat}),
}


@pytest.mark.parametrize(("law", "options"), PLANTED.values(), ids=PLANTED)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_planted_fault_is_caught_by_its_law(law: str, options: Any) -> None:
    assert law in broken(make(**options))


def test_no_docstring_is_caught() -> None:
    assert broken(make(lambda x, /: x * x * x)) == {"documented"}


def test_a_docstring_without_an_example_is_caught() -> None:
    def bare(x: Any, /) -> Any:
        """Cubes."""
        return x * x * x

    assert broken(make(bare)) == {"documented"}


def test_a_forward_mode_that_is_not_the_transpose_is_caught() -> None:
    assert "forward_mode" in broken(make(x=lambda g, x: slope(g, x) * 1.001))


def test_computing_for_an_operand_that_needs_nothing_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that pulls back to every operand, needed or not."""

    def eager(entry: Any) -> Any:
        node = node_of(entry)
        everywhere = node.pull

        def pull(self: Any, g: Any, saved: Any, edges: Any) -> Any:
            return everywhere(self, g, [s if s is not None else 1.0 for s in saved], (self,) * len(edges))

        node.pull = pull  # type: ignore[method-assign]
        return node

    product = make(times, x=lambda g, y: g * y, y=lambda g, x: g * x, reference=np.multiply)
    monkeypatch.setattr(laws, "node_of", eager)
    with pytest.raises(AssertionError, match=r"law 'lazy'.*needed 'x' alone, computed \['x', 'y'\]"):
        check_op(product, ["lazy"])


def test_a_reference_cycle_is_caught() -> None:
    right = make()

    def cyclic(x: Any) -> Any:
        out = right(x)
        if isinstance(out, mt.Tensor) and out.grad_fn is not None:
            out.grad_fn.metadata["result"] = out
        return out

    wrong = dataclasses.replace(right.op, call=cyclic)
    with pytest.raises(AssertionError, match="law 'freed'.*still alive"):
        check_op(wrong, ["freed"])


def test_a_fast_path_that_differs_is_caught() -> None:
    right = make()
    for call in (lambda x: right(x) * 2, lambda x: raw(right(x)), lambda x: right(x) * 1.0):
        with pytest.raises(AssertionError, match="law 'fast_path'"):
            check_op(dataclasses.replace(right.op, call=call), ["fast_path"])


def test_an_exempt_law_is_skipped_and_the_others_hold() -> None:
    wrong = make(
        x=lambda g, x: slope(g, raw(x)), exempt={"second": "it is detached on purpose, for this test"}
    )
    check_op(wrong)
    also = make(
        x=lambda g, x: -slope(g, raw(x)), exempt={"second": "it is detached on purpose, for this test"}
    )
    with pytest.raises(AssertionError, match="'gradient'"):
        check_op(also)


def test_the_error_names_op_law_call_and_difference() -> None:
    said = (
        r"law 'gradient', called as cube\(torch.float64 \(\)\): the formula of 'x' and differences: .*differ"
    )
    with pytest.raises(AssertionError, match=rf"op cube breaks the {said}"):
        check_op(make(x=lambda g, x: -slope(g, x)))


def test_the_error_says_whose_numbers_are_compared() -> None:
    with pytest.raises(AssertionError, match="'reference'.*the op and its reference: 1 of 1"):
        check_op(make(reference=np.square))
    with pytest.raises(AssertionError, match="'second'.*gradients by .x., of the formulas and of diff"):
        check_op(make(x=lambda g, x: slope(g, raw(x))))
    with pytest.raises(AssertionError, match="'documented'.*write one, or leave the law out, with exempt="):
        check_op(make(lambda x, /: x**3, name="cube"))


def test_an_op_that_writes_into_its_operand_is_told_so() -> None:
    def rude(x: Any, /) -> Any:
        x += 1
        return (x - 1) ** 3

    with pytest.raises(AssertionError, match="'untouched'.*the operand 'x' was modified"):
        check_op(make(rude))


def test_an_op_that_is_not_elementwise_must_carry_samples() -> None:
    @op(x=lambda g: g)
    def bare(x: Any, /) -> Any:
        return x * 1

    with pytest.raises(TypeError, match="bare carries no samples"):
        check_op(bare)
