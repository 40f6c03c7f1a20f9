"""The intermediate representation: what instructions read and write, and memory by its owner."""

from __future__ import annotations

import numpy as np

from microtensor.compiled.arena import lives, placed, shared
from microtensor.compiled.program import Instruction, Number, Program, arrays_in


def example() -> tuple[Program, dict[str, np.ndarray]]:
    """``loss = sum((w * x) ** 2)``, then ``w -= lr * 2 * x * (w * x)``: one step by hand."""
    x, w = np.arange(3.0), np.ones(3)
    product, square, loss = np.empty(3), np.empty(3), np.empty(())
    gradient, lr, two = np.empty(3), np.array(0.1), np.array(2.0)
    steps = [
        Instruction("ufunc", np.multiply, (w, x), product, line="example.py:1: loss = ((w * x) ** 2).sum()"),
        Instruction("ufunc", np.multiply, (product, product), square),
        Instruction("reduce", np.add, (square,), loss, {"axis": None, "dtype": None, "keepdims": False}),
        Instruction("ufunc", np.multiply, (two, product), gradient, note="backward"),
        Instruction("ufunc", np.multiply, (gradient, x), gradient, note="backward"),
        Instruction("ufunc", np.multiply, (lr, gradient), gradient, note="SGD.step"),
        Instruction("ufunc", np.subtract, (w, gradient), w, note="SGD.step"),
    ]
    made = {id(a): a for a in (product, square, loss, gradient)}
    program = Program(steps, made, {id(two): two}, [Number("lr", lr)], [x], [loss], {id(w): "w", id(x): "x"})
    return program, {"x": x, "w": w, "loss": loss, "two": two, "lr": lr, "product": product}


def test_roles_of_memory():
    program, a = example()
    assert program.makes(a["product"])
    assert not program.makes(a["w"])
    assert program.written() >= {id(a["w"]), id(a["loss"])}
    assert id(a["x"]) not in program.written()
    assert program.is_literal(a["two"])
    assert not program.is_literal(a["lr"])
    assert program.number_of(a["lr"]) == 0
    assert program.number_of(a["two"]) is None
    assert program.keeps() == {id(a["loss"])}


def test_what_keeps_some_of_its_old_contents_is_read_as_well():
    x, keep = np.zeros(3), np.array([True, False, True])
    assert Instruction("copy", None, (1.0,), x).reads() == []
    masked = Instruction("copy", None, (1.0,), x, {"where": keep})
    assert [id(a) for a in masked.reads()] == [id(x), id(keep)]
    assert [id(a) for a in Instruction("scatter", None, ((slice(1), keep), 0.0), x).reads()] == [
        id(x),
        id(keep),
    ]


def test_arrays_are_found_however_deep():
    a, b, c = np.zeros(1), np.zeros(2), np.zeros(3)
    assert [x.size for x in arrays_in(([a, {"k": (b,)}], slice(None, c), "text", 1))] == [1, 2, 3]


def test_lives_that_meet_do_not_share_and_holes_are_merged():
    assert placed([(0, 1, 10), (1, 2, 10)]) == ([0, 64], 128)
    assert placed([(0, 0, 64), (0, 0, 64), (1, 1, 128)]) == ([0, 64, 0], 128)


def test_an_arena_keeps_views_and_leaves_results_where_they_are():
    program, a = example()
    assert {memory.size for *_, memory in lives(program).values()} == {3}
    assert len(lives(program)) == 3
    shared(program)
    assert program.results[0] is a["loss"]
    first, second = program.instructions[:2]
    assert second.operands[0] is first.out is second.operands[1]
    assert first.out is not a["product"]
    assert program.makes(first.out)
