"""Partial derivatives in the user's names: no letter of the op's and no helper of the engine's is left."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

import microtensor as mt
from microtensor import viz
from microtensor.engine.formula_text import text_of
from microtensor.nn import functional
from microtensor.viz.formula_words import derivative, derivatives
from microtensor.viz.helper_words import HELPERS, KNOWN


def named(values: object, name: str) -> mt.Tensor:
    x = mt.tensor(values, requires_grad=True)
    x.name = name
    return x


def told(result: mt.Tensor) -> list[str]:
    """What the explanation says of each operand, without numbers."""
    lines = [line.split(" to ", 1)[1] for line in str(result.explain()).splitlines() if " to " in line]
    return [re.split(r" += ", line)[0] for line in lines if ": " in line]


def test_letters_are_the_names_of_the_operands() -> None:
    y, x = named(1.0, "y"), named(3.0, "x")
    assert "to y: g * x = 1 * 3 = 3" in str((y * x).explain())
    assert told(y * x) == ["y: g * x", "x: g * y"]
    assert told(y.exp()) == ["y: g * %1"]


def test_a_tensor_called_g_is_not_the_gradient() -> None:
    g, x = named(2.0, "g"), named(3.0, "x")
    assert told(g * x) == ["g: grad * x", "x: grad * g"]
    assert "from %2 with grad = 1" in str((g * x).explain())


M = [[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]]
CASES: list[tuple[Callable[[mt.Tensor], mt.Tensor], str]] = [
    (lambda m: m.sum(), "g to each"),
    (lambda m: m.mean(), "g / 6 to each"),
    (lambda m: m.mean(0).detach() * 0 + m.mean(0), "g / 2 to each"),
    (lambda m: m[1:], "g at [1:], else 0"),
    (lambda m: m[0, 1], "g at [0, 1], else 0"),
    (lambda m: m.select(1, 2), "g at [:, 2], else 0"),
    (lambda m: m[[1, 0]], "g at [torch.int64 (2,)], else 0"),
    (lambda m: m.amax(), "g where m == %1, else 0"),
    (lambda m: m.max(1).values, "g where it was found, else 0"),
    (lambda m: m.relu(), "g where %1 != 0, else 0"),
    (lambda m: m.clamp(0, 2), "g where 0 <= m <= 2, else 0"),
    (lambda m: m.clamp(min=2), "g where 2 <= m, else 0"),
    (lambda m: m.masked_fill(m > 2, 0.0), "g where not %1, else 0"),
    (lambda m: m.var(), "g * (m - mean(m)) * 2 / 5"),
    (lambda m: m.norm(), "g * m / %1"),
    (lambda m: m.softmax(1), "%1 * (g - sum(g * %1, dim=1))"),
    (lambda m: m.cumsum(0), "sum of g from there on"),
    (lambda m: m.expand(2, 2, 3), "g summed to (2, 3)"),
    (lambda m: m.reshape(6), "g reshaped to (2, 3)"),
    (lambda m: functional.mse_loss(m, mt.zeros(2, 3)), "g / 6 * 2 * (m - %1)"),
    (lambda m: functional.nll_loss(m, mt.tensor([0, 1])), "-g / 2 at each row's class, else 0"),
    (lambda m: functional.leaky_relu(m), "g * (1 or 0.01, by the sign of m)"),
    (lambda m: mt.cat([m]), "its part of g"),
    (lambda m: mt.sub(mt.ones(2, 3), m, alpha=2), "g * (-2)"),
]


@pytest.mark.parametrize(("function", "words"), CASES)
def test_helpers_in_words(function: Callable[[mt.Tensor], mt.Tensor], words: str) -> None:
    recording = viz.record(function(named(M, "m")))
    graph = recording.graph
    [leaf] = [node for node in graph.nodes if node.name == "m"]
    said = {
        derivative(graph, graph.by_id[step.node], edge, sent.formula)
        for step in recording.steps
        for edge, sent in zip(graph.operands[step.node], step.sent, strict=False)
        if sent.to == leaf.id
    }
    assert words in said


def test_no_helper_of_any_op_is_without_words() -> None:
    unknown = {
        called
        for op in mt.registry.values()
        for partial in op.partials.values()
        for called in re.findall(r"([A-Za-z_]\w*)\(", text_of(partial).splitlines()[-1])
        if called not in HELPERS and called not in KNOWN and not called.endswith("_back")
        and f"{op.name}.{called}" not in HELPERS
    }  # fmt: skip
    assert unknown == set()


def test_a_function_of_ones_own() -> None:
    class Twice(mt.autograd.Function):
        @staticmethod
        def forward(ctx: object, a: mt.Tensor, b: mt.Tensor) -> mt.Tensor:
            return a * 2 + b

        @staticmethod
        def backward(ctx: object, g: mt.Tensor) -> tuple[mt.Tensor, mt.Tensor]:
            return g * 2, g

    assert told(Twice.apply(named(1.0, "a"), named(2.0, "b"))) == ["a: g * 2", "b: g"]


def test_formulas_that_nobody_knows() -> None:
    graph = viz.graph(named(1.0, "a").exp())
    [_, node] = graph.nodes
    edge = graph.operands[node.id][0]
    assert derivative(graph, node, edge, "") == "?"
    assert derivative(graph, node, edge, "def f(g):\n    x = g\n    return x * 2") == "a * 2"
    assert derivative(graph, node, edge, "g where it was written") == "g where it was written"
    assert derivative(graph, node, edge, "g + " * 80 + "g").endswith("...")
    assert derivative(graph, node, edge, "g | x") == "g | x"
    assert derivative(graph, node, edge, "g * (0 < x < 1)") == "g where 0 < x < 1, else 0"
    assert derivative(graph, node, edge, "winners(g)") == "winners(g)"
    assert derivatives(graph, node) == [("a", "g * %1")]
