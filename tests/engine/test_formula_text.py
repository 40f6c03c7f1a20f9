"""Every formula's text is found, and it is that formula's."""

from __future__ import annotations

import linecache

import pytest

import microtensor as mt
from microtensor.engine.formula_text import _lambdas, text_of

pytestmark = pytest.mark.fast

FORMULAS = [(op.name, name, f) for op in mt.registry.values() for name, f in op.partials.items()]


@pytest.mark.parametrize(("op", "name", "formula"), FORMULAS, ids=lambda x: x if isinstance(x, str) else "")
def test_the_text_of_every_formula(op: str, name: str, formula: object) -> None:
    text = text_of(formula)
    assert text
    assert "lambda" not in text
    compile(text, op, "exec")


def test_two_on_one_line_are_told_apart() -> None:
    pair = (lambda g, x: g * x, lambda g, x: g / x)  # fmt: skip
    assert [text_of(f) for f in pair] == ["g * x", "g / x"]


def test_what_has_no_source() -> None:
    scope: dict[str, object] = {}
    exec("f = lambda g: g\ndef named(g):\n    return g", scope)
    assert [text_of(scope["f"]), text_of(scope["named"]), text_of(abs)] == ["<lambda>", "named", "abs"]
    assert "Cat" in text_of(Cat())


class Cat:
    def __call__(self) -> None: ...


def test_a_function_shows_its_backward() -> None:
    class Twice(mt.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return 2 * x

        @staticmethod
        def backward(ctx, g):
            return 2 * g

    node = Twice.apply(mt.ones(2, requires_grad=True)).grad_fn
    assert node.formulas["backward"].endswith("return 2 * g")
    assert node.held["saved_tensors[0]"].tolist() == [1.0, 1.0]


def test_a_formula_may_say_what_it_computes() -> None:
    y = mt.nn.functional.linear(mt.ones(2, 3, requires_grad=True), mt.ones(1, 3), mt.ones(1))
    assert y.grad_fn.formulas == {"x": "g @ weight", "weight": "g.T @ x", "bias": "g.sum(0)"}


def test_a_file_that_does_not_parse_has_no_formulas() -> None:
    linecache.cache["broken.py"] = (3, None, ["def (\n"], "broken.py")
    assert _lambdas("broken.py") == {}
