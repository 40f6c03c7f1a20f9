"""``torch.fx``: the same code, graphs and numbers as PyTorch's."""

from __future__ import annotations

import runpy
import warnings
from pathlib import Path
from typing import Any

import pytest
from microtensor.fx.passes.shape_prop import ShapeProp

import microtensor as mt
from microtensor import fx

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")
import torch.fx.passes.shape_prop  # noqa: E402, F811

_programs = runpy.run_path(str(Path(__file__).with_name("fx_programs.py")))["programs"]
OURS, THEIRS = _programs(mt), _programs(torch)


def seen(library: Any, program: Any) -> dict[str, Any]:
    """All that a graph shows of a program."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = library.fx.symbolic_trace(program() if isinstance(program, type) else program)
    nodes = list(traced.graph.nodes)
    return {
        "code": traced.code,
        "graph": str(traced.graph),
        "module": str(traced),
        "nodes": [
            (n.op, n.name, str(n.args), str(n.kwargs), str(list(n.users)), n.is_impure()) for n in nodes
        ],
    }


@pytest.mark.parametrize("name", THEIRS)
def test_a_program_has_pytorchs_graph(name: str) -> None:
    ours, theirs = seen(mt, OURS[name]), seen(torch, THEIRS[name])
    for part, expected in theirs.items():
        assert ours[part] == expected


def features(library: Any, module: Any, wanted: list[str]) -> Any:
    """A module that gives what the nodes of these names give, as feature extraction makes it."""
    traced = library.fx.symbolic_trace(module)
    graph = traced.graph
    graph.erase_node(graph.output_node())
    graph.output({node.name: node for node in list(graph.nodes) if node.name in wanted})
    graph.eliminate_dead_code()
    graph.lint()
    traced.recompile()
    traced.delete_all_unused_submodules()
    return traced


def resnets() -> tuple[Any, Any]:
    """The small ResNet in both libraries, with the same weights."""
    ours, theirs = OURS["ResNet"]().eval(), THEIRS["ResNet"]().eval()
    ours.load_state_dict({name: mt.tensor(value.numpy()) for name, value in theirs.state_dict().items()})
    return ours, theirs


def test_features_of_a_small_resnet() -> None:
    wanted = ["pool", "layer1_0_relu_1", "add_1"]
    made = [features(library, m, wanted) for library, m in zip((mt, torch), resnets(), strict=True)]
    assert made[0].code == made[1].code
    assert str(made[0]) == str(made[1])
    x = torch.linspace(-1, 1, 2 * 3 * 8 * 8).reshape(2, 3, 8, 8)
    ours, theirs = made[0](mt.tensor(x.numpy())), made[1](x)
    assert list(ours) == list(theirs) == wanted
    for name in wanted:
        mt.testing.assert_close(ours[name], mt.tensor(theirs[name].detach().numpy()), rtol=1e-5, atol=1e-6)


def test_shapes_that_are_seen() -> None:
    ours, theirs = (library.fx.symbolic_trace(m) for library, m in zip((mt, torch), resnets(), strict=True))
    ShapeProp(ours).propagate(mt.zeros(1, 3, 8, 8))
    torch.fx.passes.shape_prop.ShapeProp(theirs).propagate(torch.zeros(1, 3, 8, 8))
    assert [str(n.meta["tensor_meta"]) for n in ours.graph.nodes] == [
        str(n.meta["tensor_meta"]) for n in theirs.graph.nodes
    ]
    assert (
        ours.print_readable(print_output=False).strip() == theirs.print_readable(print_output=False).strip()
    )


ERRORS = """
symbolic_trace(lambda x: x if x.sum() > 0 else -x)
symbolic_trace(lambda x: [i for i in x])
symbolic_trace(lambda x: torch.cat([*x]))
symbolic_trace(lambda x: dict(**x))
symbolic_trace(lambda x: len(x))
symbolic_trace(lambda x: int(x))
symbolic_trace(lambda x: x + object())
symbolic_trace(lambda x: {x: 1})
symbolic_trace(lambda x, y: x, concrete_args=(1,))
Graph().create_node("call", "x")
Graph().create_node("call_function", "x")
Graph().create_node("call_method", len)
GraphModule({}, symbolic_trace(torch.nn.Linear(1, 1)).graph)
Interpreter(symbolic_trace(lambda x: x)).run()
wrap(3)
replace_pattern(symbolic_trace(lambda x: -x), lambda x: -x, lambda x, y: x + y)
"""


@pytest.mark.parametrize("line", ERRORS.strip().splitlines())
def test_errors_are_of_pytorchs_class(line: str) -> None:
    found = []
    for library in (mt, torch):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which class is what is compared
            eval(line, {"torch": library, **{name: getattr(library.fx, name) for name in fx.__all__}})
        found.append([kind.__name__ for kind in type(caught.value).__mro__ if kind.__name__ != "GraphError"])
    assert found[0] == found[1]


def test_control_flow_is_refused_in_pytorchs_words() -> None:
    for library in (mt, torch):
        with pytest.raises(
            ValueError, match="symbolically traced variables cannot be used as inputs to contr"
        ):
            library.fx.symbolic_trace(lambda x: x if x.sum() > 0 else -x)
        with pytest.raises(ValueError, match="Proxy object cannot be iterated"):
            library.fx.symbolic_trace(lambda x: list(x))


@pytest.mark.parametrize("known", [{"flag": True}, {"n": None, "flag": True}], ids=str)
def test_arguments_that_are_known(known: dict[str, Any]) -> None:
    def program(d: Any, x: Any, flag: Any = True, n: Any = None) -> Any:
        return {"o": d["a"] + x, "p": [d["b"][0]]} if flag else d

    traced = [library.fx.symbolic_trace(program, concrete_args=known) for library in (mt, torch)]
    assert traced[0].code == traced[1].code
    for each in traced:
        assert each({"a": 1, "b": [5]}, 2, True, None) == {"o": 3, "p": [5]}
        with pytest.raises(AssertionError, match="flag has been specialized to have value True"):
            each({"a": 1, "b": [5]}, 2, False, None)


def test_nested_arguments() -> None:
    code = []
    for library in (mt, torch):
        PH = library.fx.PH
        program = lambda d, x: {"o": d["a"] + x, "p": [d["b"][0]]}  # noqa: E731
        traced = library.fx.symbolic_trace(program, concrete_args={"d": {"a": PH, "b": [PH]}})
        code.append((traced.code, str(traced.graph)))
        assert traced({"a": 1, "b": [5]}, 2) == {"o": 3, "p": [5]}
    assert code[0] == code[1]


REPLACED = """
lambda x, y: torch.relu(x + y) * 2 | lambda a, b: torch.relu(a + b) | lambda a, b: a - b
lambda x: torch.neg(torch.neg(torch.neg(x))) | lambda a: torch.neg(torch.neg(a)) | lambda a: a
lambda x, y: (x + y, (x + y) * 2) | lambda a, b: a + b | lambda a, b: torch.sub(a, b)
lambda x: torch.cat([x, x]).sum() + torch.cat([x, x]).sum() | lambda a: torch.cat([a, a]).sum() | lambda a: -a
lambda x: (x.relu() + 1, x.relu()) | lambda a: a.relu() + 1 | lambda a: a
lambda x: x + 2 | lambda a: a + 3 | lambda a: a
lambda x, y: torch.add(x * y, y) - (x * y) | lambda a, b: a * b | lambda a, b: a / b
"""


@pytest.mark.parametrize("line", REPLACED.strip().splitlines())
def test_patterns_are_replaced_where_pytorch_replaces_them(line: str) -> None:
    code = []
    for library in (mt, torch):
        program, pattern, replacement = (eval(text, {"torch": library}) for text in line.split(" | "))
        traced = library.fx.symbolic_trace(program)
        places = library.fx.replace_pattern(traced, pattern, replacement)
        code.append((len(places), traced.code))
    assert code[0] == code[1]
