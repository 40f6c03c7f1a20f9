"""Modules that run a graph: their code, copies and files, and running them node by node."""

from __future__ import annotations

import copy
import importlib.util
import operator
import pickle
from pathlib import Path
from typing import Any

import pytest
from microtensor.fx.passes.infra.pass_base import PassBase, PassResult
from microtensor.fx.passes.shape_prop import ShapeProp

import microtensor as mt
from microtensor import fx, nn
from microtensor.testing import assert_close


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.seq = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
        self.scale = nn.Parameter(mt.full((3,), 2.0))
        self.register_buffer("shift", mt.ones(3))
        self.left_out = nn.Linear(1, 1)

    def forward(self, x):  # type: ignore[no-untyped-def]  # its hints would stand in the code
        return mt.relu(self.seq(x)) * self.scale + self.shift


X = mt.linspace(-1, 1, 8).reshape(4, 2)


def traced() -> tuple[Any, Any]:
    mt.manual_seed(0)
    model = Net().eval()
    return model, fx.symbolic_trace(model)


def test_it_shares_what_the_graph_names() -> None:
    model, module = traced()
    assert module.get_submodule("seq.0") is model.seq[0]
    assert module.scale is model.scale
    assert not hasattr(module, "left_out")
    assert not module.training
    assert "shift" in dict(module.named_buffers())
    assert type(module).__name__ == "Net"
    assert_close(module(X), model(X))
    module(X).sum().backward()
    assert model.scale.grad is not None


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m)), copy.copy])
def test_copies_do_the_same(twin: Any) -> None:
    _, module = traced()
    other = twin(module)
    assert other.code == module.code
    assert not other.training
    assert_close(other(X), module(X))
    assert (other.scale is module.scale) is (twin is copy.copy)
    with mt.no_grad():
        other.seq.get_submodule("0").bias.add_(1.0)
    assert (other(X) - module(X)).abs().max().item() == 0.0 or twin is not copy.copy


def test_instances_have_code_of_their_own() -> None:
    first, second = fx.symbolic_trace(lambda x: x + 1), fx.symbolic_trace(lambda x: x - 1)
    for node in first.graph.nodes:
        if node.target is operator.add:
            node.target = operator.mul
            node.args = (node.args[0], 7)
    assert first(2) == 3
    first.recompile()
    assert (first(2), second(2)) == (14, 1)


def test_a_traceback_shows_the_line() -> None:
    module = fx.symbolic_trace(lambda x: x.reshape(7))
    with pytest.raises(RuntimeError) as caught:
        module(mt.ones(3))
    assert "reshape = x.reshape(7)" in str(caught.getrepr())


def test_from_a_dictionary() -> None:
    graph = fx.Graph()
    graph.output(graph.get_attr("a.b"))
    module = fx.GraphModule({"a.b": nn.Parameter(mt.ones(2))}, graph)
    assert list(module.state_dict()) == ["a.b"]
    assert module().tolist() == [1.0, 1.0]
    with pytest.raises(RuntimeError, match="the graph names 'a.b', which is not in the dictionary"):
        fx.GraphModule({}, graph)
    with pytest.raises(AssertionError, match="expected a Graph, got str"):
        module.graph = "x"


def test_modules_are_added_and_removed() -> None:
    _, module = traced()
    assert module.add_submodule("a.b", nn.ReLU())
    assert not module.add_submodule("scale.b", nn.ReLU())
    assert not module.delete_submodule("a.c")
    assert module.delete_submodule("seq.1")
    module.delete_all_unused_submodules()
    assert [name for name, _ in module.named_modules()] == ["", "seq", "seq.0"]


def test_a_folder_holds_code_that_can_be_imported(tmp_path: Path) -> None:
    _, module = traced()
    module.to_folder(tmp_path / "net", "Written")
    spec: Any = importlib.util.spec_from_file_location("written_net", tmp_path / "net" / "module.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    assert_close(loaded.Written().eval()(X), module(X))


def test_readable_code_has_shapes() -> None:
    _, module = traced()
    ShapeProp(module).propagate(X)
    text = module.print_readable(print_output=False)
    assert text.startswith('class Net(torch.nn.Module):\n    def forward(self, x: "f32[4, 2]"):\n')
    assert 'relu: "f32[4, 3]" = torch.relu(seq_1)' in text
    assert "# No stacktrace found" in text


def test_stack_traces_are_kept_if_asked_for() -> None:
    class Recording(fx.Tracer):
        record_stack_traces = True

    model = Net()
    module = fx.GraphModule(model, Recording().trace(model))
    assert "in forward, code: return mt.relu(self.seq(x))" in module.print_readable(print_output=False)


# ------------------------------------------------------------ running node by node


def test_an_interpreter_lets_go_of_values() -> None:
    _, module = traced()
    run = fx.Interpreter(module)
    assert_close(run.run(X), module(X))
    assert len(run.env) == 2  # the result, and the node that returns it
    keeping = fx.Interpreter(module, garbage_collect_values=False)
    keeping.run(X)
    assert len(keeping.env) == len(module.graph.nodes)


def test_known_values_are_not_computed() -> None:
    module = fx.symbolic_trace(lambda x: mt.relu(x) + 1)
    relu = list(module.graph.nodes)[1]
    assert fx.Interpreter(module).run(mt.zeros(1), initial_env={relu: mt.tensor([5.0])}).item() == 6.0


def test_an_interpreter_says_where_it_was() -> None:
    module = fx.symbolic_trace(lambda d: d["a"].reshape(7))
    with pytest.raises(RuntimeError, match="While executing %getitem"):
        fx.Interpreter(module).run({})
    with pytest.raises(RuntimeError, match="Expected positional argument for parameter d"):
        fx.Interpreter(module).run()
    starred = fx.symbolic_trace(lambda *args: args[0] + args[1])
    assert fx.Interpreter(starred).run(2, 3) == 5


def test_a_transformer_writes_a_new_module() -> None:
    class Doubled(fx.Transformer):
        def call_module(self, target: Any, args: Any, kwargs: Any) -> Any:
            return super().call_module(target, args, kwargs) * 2

    _, module = traced()
    new = Doubled(module).transform()
    assert new.get_submodule("seq.0") is module.get_submodule("seq.0")
    x = module.get_submodule("seq.0")(X) * 2
    expected = mt.relu(module.get_submodule("seq.1")(x) * 2) * module.scale + module.shift
    assert_close(new(X), expected)


def test_a_replacement_brings_its_modules() -> None:
    class Pattern(nn.Module):
        def forward(self, x: Any, y: Any) -> Any:
            return x * y

    class Replacement(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.act = nn.Tanh()

        def forward(self, x: Any, y: Any) -> Any:
            return self.act(x) - y

    _, module = traced()
    places = fx.replace_pattern(module, Pattern(), fx.symbolic_trace(Replacement()))
    assert len(places) == 1
    assert isinstance(module.act, nn.Tanh)
    expected = mt.tanh(mt.relu(module.get_submodule("seq.1")(module.get_submodule("seq.0")(X))))
    assert_close(module(X), expected - module.scale + module.shift)


def test_filters_keep_places_as_they_are() -> None:
    module = fx.symbolic_trace(lambda x: (x + 1) * (x + 2))
    replace = fx.subgraph_rewriter.replace_pattern_with_filters
    only_two = [lambda place, graph, pattern: place.anchors[0].args[1] == 2]
    done = replace(module, lambda x: x + 7, lambda x: x - 7, only_two, ignore_literals=True)
    assert len(done) == 1
    assert [n.name for n in done[0].replacements] == ["sub"]
    assert module(10) == 11 * 3


def test_passes_have_a_check_before_and_after() -> None:
    seen = []

    class Watched(PassBase):
        def requires(self, graph_module: Any) -> None:
            seen.append("before")

        def call(self, graph_module: Any) -> PassResult:
            return PassResult(graph_module, False)

        def ensures(self, graph_module: Any) -> None:
            seen.append("after")

    assert not Watched()(fx.symbolic_trace(lambda x: x)).modified
    assert seen == ["before", "after"]
    with pytest.raises(NotImplementedError, match="PassBase is a pass without call"):
        PassBase()(None)


def test_sizes_are_known() -> None:
    from microtensor.fx.experimental import symbolic_shapes as shapes

    assert shapes.guard_or_true(mt.ones(2).shape[0] == 2)
    assert not shapes.statically_known_true(mt.ones(2).shape[0] == 3)
    assert shapes.sym_eq(mt.ones(2).shape, (2,))
    assert shapes.free_symbols(mt.ones(2).shape) == set()
