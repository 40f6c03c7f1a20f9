"""The picture of a compiled program: its kernels, and the buffers between them."""

from __future__ import annotations

import pytest

import microtensor as mt
from microtensor import viz
from microtensor.compiled.c.toolchain import compiler
from microtensor.compiled.program import Unavailable


def compiled(backend):
    w = mt.ones(3, requires_grad=True)

    def step(x):
        loss = (mt.exp(x * w) * 2).sum()
        (gradient,) = mt.autograd.grad(loss, w)
        with mt.no_grad():
            w.sub_(gradient * 0.01)
        return loss

    made = mt.compile(step, backend=backend)
    for _ in range(5):
        made(mt.tensor([1.0, 2.0, 3.0]))
    return made


def test_numpys_program_is_its_calls():
    made = compiled("numpy")
    drawing = viz.draw(made)
    graph = drawing.graph
    assert len([n for n in graph.nodes if n.kind == "op"]) == len(made.steps)
    assert {n.name for n in graph.nodes if n.kind == "op"} == {"NumPy"}
    assert not graph.scopes
    assert f"{len(made.steps)} calls of NumPy" in graph.notes[0]
    assert "NumPy = exp" in drawing.source


def test_cs_program_is_its_loops():
    try:
        compiler()
    except Unavailable as reason:
        pytest.skip(str(reason))
    made = compiled("c")
    assert "replayed with C" in made.explain()
    drawing = viz.draw(made)
    graph = drawing.graph
    [frame] = graph.scopes
    assert frame.title == "run0: C function"
    kernels = [n for n in graph.nodes if n.kind == "op"]
    assert len(kernels) == len(made.steps) < 10
    first = kernels[0]
    assert first.op.split()[:2] == ["multiply", "exp"]
    assert "add over" in first.op
    assert [n.name for n in graph.nodes if n.kind == "input"] == ["x"]
    weights = [n.id for n in graph.nodes if n.kind == "parameter" and n.name == "w"]
    assert len(weights) == 1
    assert any(edge.source == weights[0] and edge.target == first.id for edge in graph.edges)
    assert any(("writes", "w") in n.params for n in kernels)
    assert any(n.root for n in kernels)
    assert "writes = w" in drawing.text()


def test_a_buffer_that_two_steps_write_comes_from_both():
    from microtensor.compiled.description import Buffer, Step
    from microtensor.viz.program import program

    pack, x = Buffer(1, "pack", "made", (4,), "float32", 16), Buffer(2, "x", "argument", (2,), "float32", 8)
    steps = [
        Step(0, "loops", ("copy",), (2,), ("a.py:1: x",), (x,), (pack,)),
        Step(0, "loops", ("copy",), (2,), (), (x,), (pack,)),
        Step(0, "loops", ("sqrt",), (4,), (), (pack,), (pack,)),
        Step(None, "numpy", ("fft",), (4,), (), (pack,), ()),
    ]
    graph = program(steps)
    assert [(e.source, e.target) for e in graph.edges] == [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)]
    assert graph.nodes[1].line == "a.py:1: x"
    assert "4 operations in 3 kernels of C, 1 calls of NumPy; 16 B in between" in graph.notes


def test_a_program_that_is_not_there_yet_is_said():
    made = mt.compile(lambda x: x + 1)
    with pytest.raises(RuntimeError, match="there is no program yet"):
        viz.draw(made)
