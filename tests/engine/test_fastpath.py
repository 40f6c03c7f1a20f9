"""The generated code: that it can be read, seen in a traceback, and does no more than it must."""

from __future__ import annotations

import ast
import inspect
import linecache
import traceback
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.engine import fastpath
from microtensor.engine.fastpath import operator_of, source_of
from microtensor.engine.op_definition import Op

pytestmark = pytest.mark.fast

OPS = [op for op in mt.registry.values() if not op.variadic]


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_the_text_is_python_and_mentions_what_it_keeps(op: Op) -> None:
    text = source_of(op)
    (function,) = ast.parse(text).body
    assert isinstance(function, ast.FunctionDef)
    assert function.name == "call"
    if op.partials:
        assert "node.saved = saved" in text
    else:
        assert "node" not in text.replace("_node", "").replace("Node", ""), (
            "nothing is recorded for a constant"
        )


def test_the_text_of_a_sum_keeps_nothing_and_that_of_a_product_both() -> None:
    assert "saved = (alpha, )" in source_of(mt.add.op)
    assert "input_ if edge_other is not None" in source_of(mt.mul.op)
    assert "other_ if edge_input is not None" in source_of(mt.mul.op)
    assert "input_" not in source_of(mt.exp.op).split("saved = ")[1].splitlines()[0]


def test_straight_line_code_has_no_loops_and_no_stars() -> None:
    tree = ast.parse(source_of(mt.mul.op))
    assert not [
        n
        for n in ast.walk(tree)
        if isinstance(n, (ast.For, ast.While, ast.ListComp, ast.Starred, ast.Lambda))
    ]
    assert ast.parse(source_of(mt.mul.op)).body[0].args.vararg is None  # type: ignore[attr-defined]


def test_a_traceback_shows_the_generated_lines() -> None:
    try:
        mt.add(mt.ones(3), mt.ones(4))
    except RuntimeError as error:
        shown = "".join(traceback.format_exception(error))
    assert "<microtensor add.call>" in shown
    assert "function(input_, other_, alpha=alpha)" in shown
    assert "<microtensor add.call>" in linecache.cache


def test_public_signatures_are_pytorchs() -> None:
    assert list(inspect.signature(mt.add).parameters)[:3] == ["input", "other", "alpha"]
    assert inspect.signature(mt.add).parameters["alpha"].kind is inspect.Parameter.KEYWORD_ONLY
    x, y = mt.ones(2), mt.ones(2)
    assert mt.add(input=x, other=y, alpha=3).tolist() == [4.0, 4.0]
    assert mt.exp(input=mt.zeros(1)).item() == 1.0


def test_operators_answer_not_implemented_and_functions_refuse() -> None:
    function = operator_of(mt.mul.op, "__mul__")
    assert function.__name__ == "__mul__"
    assert function(mt.ones(1), object()) is NotImplemented
    assert function(mt.ones(2), 3).tolist() == [3.0, 3.0]
    with pytest.raises(TypeError):
        mt.mul(mt.ones(1), object())


def test_docstrings_and_modules_are_those_of_the_definition() -> None:
    for op in OPS:
        call = op.call
        assert call.__doc__ == op.function.__doc__
        assert call.__module__ == op.function.__module__
        assert call.__name__ == op.name
        assert call.op is op  # type: ignore[attr-defined]


MIXED: list[tuple[Any, Any]] = [
    (mt.ones(2), mt.ones(2)),
    (mt.ones(2), 2),
    (2, mt.ones(2)),
    (mt.ones(2), 2.5),
    (mt.ones(2), True),
    (mt.ones(2), np.float64(2)),
    (mt.ones(2), np.ones(2)),
    (np.ones(2), mt.ones(2)),
    (mt.ones(2), mt.ones(2, dtype=mt.float64)),
    (mt.ones(2), mt.tensor(2)),
    (mt.arange(2), mt.ones(2)),
    (mt.arange(2), 2),
    (mt.arange(2), 2.5),
    (mt.tensor(1.0), mt.tensor(2.0)),
    (mt.tensor(1.0), 2),
    (mt.ones(2, dtype=mt.float16), 2),
    (mt.tensor([True]), 1),
    (mt.ones(0), mt.ones(1)),
    (mt.ones(2).t(), mt.ones(2)),
]


@pytest.mark.parametrize("pair", MIXED, ids=lambda pair: f"{pair[0]!r}, {pair[1]!r}")
@pytest.mark.parametrize("op", [mt.add, mt.mul, mt.pow, mt.registry["div"].call], ids=lambda f: f.__name__)
def test_both_paths_agree_on_every_kind_of_operand(op: Any, pair: tuple[Any, Any]) -> None:
    fast = op(*pair)
    slow = fastpath.apply(op.op, pair, tuple(p.default for p in op.op.params.values()))
    assert (fast.dtype, fast.shape, fast.tolist()) == (slow.dtype, slow.shape, slow.tolist())


@pytest.mark.parametrize("grads", [(True, True), (True, False), (False, True)])
@pytest.mark.parametrize("shapes", [((2, 3), (2, 3)), ((2, 3), (3,)), ((), (3,)), ((2, 1), (1, 3))])
def test_both_paths_record_the_same(grads: tuple[bool, bool], shapes: Any) -> None:
    found = []
    for path in (mt.mul, lambda x, y: fastpath.apply(mt.mul.op, [x, y], ())):
        x, y = [mt.full(s, 2.0, requires_grad=g) for s, g in zip(shapes, grads, strict=True)]
        z = path(x, y)
        saved = [None if s is None else s.tolist() for s in z.grad_fn.saved]
        z.sum().backward()
        found.append(
            (saved, [None if t.grad is None else t.grad.tolist() for t in (x, y)], len(z.grad_fn.edges))
        )
    assert found[0] == found[1]


def test_subclasses_of_tensors_take_the_fast_path() -> None:
    p = mt.nn.Parameter(mt.ones(2))
    y = p * p + 1
    assert type(y) is mt.Tensor
    y.sum().backward()
    assert p.grad.tolist() == [2.0, 2.0]


def test_an_outdated_view_is_refreshed_on_the_fast_path() -> None:
    x = mt.ones(3, requires_grad=True)
    y = x * 2
    v = y[1:]
    y.mul_(3)
    (v * v).sum().backward()
    assert x.grad.tolist() == [0.0, 72.0, 72.0]


def test_out_takes_the_result() -> None:
    out = mt.zeros(2)
    assert mt.add(mt.ones(2), 2, out=out) is out
    assert out.tolist() == [3.0, 3.0]
    assert out._version == 1


def test_out_is_resized_with_a_warning_unless_it_is_empty() -> None:
    empty = mt.zeros(0)
    mt.exp(mt.zeros(3), out=empty)
    assert empty.tolist() == [1.0, 1.0, 1.0]
    with pytest.warns(UserWarning, match=r"resized since it had shape \[2\]"):
        mt.exp(mt.zeros(3), out=mt.zeros(2))


@pytest.mark.parametrize("which", ["operand", "out"])
def test_out_carries_no_gradient(which: str) -> None:
    x, out = mt.zeros(2, requires_grad=which == "operand"), mt.zeros(2, requires_grad=which == "out")
    with pytest.raises(RuntimeError, match=r"exp\(\): functions with out=... arguments don't support"):
        mt.exp(x, out=out)
    assert out.tolist() == [0.0, 0.0]


def test_a_function_is_compiled_when_it_is_first_called() -> None:
    def twice(x: Any, /, *, times: int = 2) -> Any:
        """Times two."""
        return x * times

    call = mt.op(twice, elementwise=True, name="twice_for_a_test")
    try:
        assert call.__code__.co_filename == "<microtensor first>"
        assert str(inspect.signature(call)) == "(input, *, times: 'int' = 2, out=None)"
        assert call(mt.ones(1)).item() == 2.0
        assert call.__code__.co_filename == "<microtensor twice_for_a_test.call>"
        assert call(mt.ones(1), times=5).item() == 5.0
    finally:
        del mt.registry["twice_for_a_test"]
