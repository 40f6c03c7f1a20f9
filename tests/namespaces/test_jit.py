"""``torch.jit``: what is scripted or traced does the same, and says once that Python runs it."""

from __future__ import annotations

import copy
import logging
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from microtensor.jit import scripting

import microtensor as mt
from microtensor import jit, nn
from microtensor.testing import assert_close


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.seq = nn.Sequential(nn.ReLU(), self.fc)
        self.register_buffer("b", mt.ones(2))

    def forward(self, x: Any) -> Any:
        return self.seq(x) + self.b

    @jit.export
    def other(self, x: Any) -> Any:
        return x - self.b


X = mt.tensor([[1.0, -2.0]])


@jit.script
def positive(x: Any) -> Any:
    return x if x.sum() > 0 else -x


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[Any]:
    scripting._say_so.cache_clear()
    with caplog.at_level(logging.DEBUG, logger="microtensor.jit"):
        yield caplog


def test_one_line_in_the_log(lines: Any) -> None:
    model = Net()
    for made in (jit.script(model), jit.trace(model, X), jit.trace_module(model, {"forward": X, "other": X})):
        assert_close(made(X), model(X))
        assert_close(made.other(X), model.other(X))
    jit.script(lambda x: x)
    assert [record.message for record in lines.records] == [
        "torch.jit: there is no TorchScript here: what is scripted or traced is run by Python as it is"
    ]


def test_a_scripted_module_is_the_module_in_another_class() -> None:
    model = Net()
    made = jit.script(model)
    assert isinstance(made, jit.ScriptModule)
    assert isinstance(made, mt.ScriptModule)
    assert made.fc.weight is model.fc.weight
    assert made.seq[1] is made.fc
    assert made.fc is not model.fc
    assert list(made.state_dict()) == list(model.state_dict())
    made.eval()
    assert model.training
    assert not made.fc.training
    made(X).sum().backward()
    assert model.fc.weight.grad is not None
    assert repr(made).startswith(
        "RecursiveScriptModule(\n  original_name=Net\n  (fc): RecursiveScriptModule("
    )
    assert jit.script(made) is made
    assert made.original_name == "Net"


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_of_a_scripted_module(twin: Any) -> None:
    made = jit.script(Net())
    other = twin(made)
    assert_close(other(X), made(X))
    assert isinstance(other, jit.ScriptModule)
    assert other.fc.weight is not made.fc.weight


def test_code_is_shown_where_it_can_be_followed() -> None:
    made = jit.script(Net())
    assert "linear = torch._C._nn.linear(relu, fc_weight, fc_bias)" in made.code
    assert [node.op for node in made.graph.nodes][-1] == "output"
    assert "return add" in jit.trace(lambda x: x + 1, X).code
    with pytest.raises(RuntimeError, match="cannot follow it: symbolically traced variables cannot be used"):
        _ = positive.code
    with pytest.raises(RuntimeError, match="ScriptFunction.graph: Python runs this program"):
        _ = positive.graph


def test_functions_stay_functions() -> None:
    assert positive(mt.tensor([-1.0])).item() == 1.0
    assert isinstance(positive, mt.ScriptFunction)
    assert positive.name == "positive"
    assert pickle.loads(pickle.dumps(positive)) is positive
    assert jit.script(positive) is positive
    assert [jit.script(x) for x in (Net, [1], {"a": 1})] == [Net, [1], {"a": 1}]


def test_a_trace_runs_the_example() -> None:
    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes cannot be multiplied"):
        jit.trace(Net(), mt.ones(1, 3))
    with pytest.raises(RuntimeError, match="example_inputs or example_kwarg_inputs is needed"):
        jit.trace(Net())
    with pytest.raises(AttributeError, match="none"):
        jit.trace_module(Net(), {"none": X})
    made = jit.trace(lambda a, b: a + b, example_kwarg_inputs={"a": X, "b": X})
    assert_close(made(X, b=X), 2 * X)


def test_frozen_modules() -> None:
    made = jit.script(Net())
    with pytest.raises(RuntimeError, match="jit.freeze: the module is in training"):
        jit.freeze(made)
    with pytest.raises(RuntimeError, match="expected what script or trace gives, got Net"):
        jit.freeze(Net())
    assert jit.optimize_for_inference(made) is jit.freeze(made) is made


def test_archives_are_refused(tmp_path: Any) -> None:
    made, file = jit.script(Net()), tmp_path / "m.pt"
    for call in (lambda: jit.save(made, file), lambda: made.save(file), lambda: positive.save(file)):
        with pytest.raises(RuntimeError, match="there is no TorchScript program to write"):
            call()
    with pytest.raises(RuntimeError, match="TorchScript program, which is not run here: open it in PyTorch"):
        jit.load(file)
    assert not file.exists()


def test_marks_leave_things_as_they_are() -> None:
    for mark in (jit.export, jit.unused, jit.interface, jit.script_method, jit.script_if_tracing, jit.ignore):
        assert mark(len) is len
    assert jit._overload(len) is jit._overload_method(len) is jit.ignore(drop=True)(len) is len
    assert jit.is_scripting() is jit.is_tracing() is False
    assert jit.Attribute(1, int).type is int
    assert issubclass(jit.TracerWarning, Warning)

    class Said(nn.Module):
        fast: jit.Final[bool] = True

    assert Said().fast


def test_types_are_asked_with_what_they_hold() -> None:
    cases = {
        (1, int): True, (1, str): False, ((1, "a"), tuple[int, str]): True, ((1, 2), tuple[int, str]): False,
        ((1, 2), tuple[int, ...]): True, (None, int | None): True, ("a", int | None): False,
        (1, (str, int)): True, (None, None): True, ((), Any): True,
    }  # fmt: skip
    for (value, kind), expected in cases.items():
        assert jit.isinstance(value, kind) is expected
    assert jit.isinstance({"a": [1]}, dict[str, list[int]])
    assert not jit.isinstance({"a": [1.0]}, dict[str, list[int]])


def test_tasks() -> None:
    assert jit.wait(jit.fork(lambda a, b: a + b, 1, b=2)) == 3
    failed = jit.fork(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        jit.wait(failed)


def test_settings_are_kept() -> None:
    jit.enable_onednn_fusion(True)
    assert jit.onednn_fusion_enabled()
    jit.enable_onednn_fusion(False)
    with jit.fuser("fuser1"), jit.strict_fusion():
        pass
    jit.TracerWarning.ignore_lib_warnings()
    jit.run_frozen_optimizations(None)
