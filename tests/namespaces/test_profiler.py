"""The profiler leaves no trace when it is off, sees what it is to see, and says what it cannot."""

from __future__ import annotations

import gzip
import json
import threading
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from microtensor.profiler import profile, record_function, recorder, targets

import microtensor as mt
from microtensor.engine.backward import Sweep


def codes() -> dict[int, tuple[FunctionType, Any]]:
    """The code of every function that is exchanged."""
    targets.load()
    functions: list[Any] = [f for f, _ in targets.operations()] + list(targets.nodes())
    functions += [f for f, _ in targets.modules_steps()] + [Sweep.finish_all]
    return {id(f): (f, f.__code__) for f in functions}


def test_nothing_is_left_of_it() -> None:
    before = codes()
    with profile(), profile():
        assert sum(f.__code__ is not code for f, code in before.values()) > 1000
    assert all(f.__code__ is code for f, code in before.values())
    assert not recorder._running
    assert not recorder._exchanges


def test_nothing_is_left_after_an_error_and_calls() -> None:
    x = mt.ones(2, 3, requires_grad=True)
    with pytest.raises(RuntimeError, match="mm"), profile() as prof:
        mt.mm(x, x)
    assert [e.name for e in prof.events()] == ["aten::mm"]
    mt.mm(x, x.T).sum().backward()
    assert x.grad is not None
    assert mt.mm.__code__.co_filename == "<microtensor mm.call>"


def test_results_and_gradients_are_those_without_it() -> None:
    def gradient() -> list[Any]:
        mt.manual_seed(0)
        model = mt.nn.Sequential(mt.nn.Conv2d(1, 2, 3), mt.nn.BatchNorm2d(2), mt.nn.GELU(), mt.nn.Flatten())
        out = mt.nn.functional.cross_entropy(model(mt.rand(2, 1, 5, 5)), mt.tensor([0, 3]))
        out.backward()
        return [out.tolist(), *(p.grad.tolist() for p in model.parameters() if p.grad is not None)]

    plain = gradient()
    with profile(record_shapes=True, profile_memory=True, with_stack=True, with_flops=True) as prof:
        profiled = gradient()
    assert profiled == plain
    names = {e.name for e in prof.events()}
    assert {"aten::conv2d", "aten::batch_norm", "aten::gelu", "aten::cross_entropy_loss"} <= names
    assert all(e.time_range.start <= e.time_range.end for e in prof.events())


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda x: x + 1, "aten::add"), (lambda x: 1 - x, "aten::rsub"), (lambda x: x @ x, "aten::matmul"),
        (lambda x: x.mul_(2), "aten::mul_"), (lambda x: x > 1, "aten::gt"), (lambda x: -x, "aten::neg"),
        (lambda x: x.sum(0), "aten::sum"), (lambda x: x[0:1], "aten::slice"), (lambda x: x.T, ""),
        (lambda x: mt.nn.functional.softmax(x, 0), "aten::softmax"), (mt.fft.fft, "aten::fft_fft"),
        (lambda x: mt.linalg.inv(x + mt.eye(2)), "aten::linalg_inv"), (lambda x: mt.cat([x, x]), "aten::cat"),
    ],
)  # fmt: skip
def test_one_event_a_call(call: Any, name: str) -> None:
    x = mt.ones(2, 2)
    with profile() as prof:
        call(x)
    assert [e.name for e in prof.events() if e.cpu_parent is None].count(name) == bool(name)


def test_other_threads_are_not_seen() -> None:
    with profile() as prof:
        thread = threading.Thread(target=lambda: mt.ones(2).exp())
        thread.start()
        thread.join()
        mt.ones(2).log()
    assert [e.name for e in prof.events()] == ["aten::ones", "aten::log"]


def test_what_is_noted() -> None:
    x, y = mt.ones(2, 3, requires_grad=True), mt.ones(3, 4)
    with profile(record_shapes=True, profile_memory=True, with_stack=True, with_flops=True) as prof:
        x.mm(y)
        x.reshape(3, 2)
    product, view = prof.events()
    assert (product.input_shapes, product.cpu_memory_usage, product.flops) == ([[2, 3], [3, 4]], 32, 48)
    assert (view.name, view.cpu_memory_usage, view.flops) == ("aten::reshape", 0, 0)
    assert "test_profiler.py" in product.stack[0]
    assert product.stack[0].endswith(": test_what_is_noted")
    assert "Total FLOPs" in prof.key_averages().table()
    assert "test_what_is_noted" in prof.key_averages(group_by_stack_n=1).table()


def test_parts_of_ones_own() -> None:
    @record_function("decorated")
    def part(x: mt.Tensor) -> mt.Tensor:
        return x.exp()

    part(mt.ones(1))  # nothing, while nobody profiles
    with profile(profile_memory=True) as prof:
        part(mt.ones(2))
        with pytest.raises(ZeroDivisionError), record_function("outer"), record_function("inner"):
            raise ZeroDivisionError
    named = {e.name: e for e in prof.events()}
    assert named["aten::exp"].cpu_parent is named["decorated"]
    assert named["decorated"].cpu_memory_usage == 8
    assert named["inner"].cpu_parent is named["outer"]


def test_the_older_profiler() -> None:
    prof = mt.autograd.profiler.profile(profile_memory=True)
    assert str(prof) == "<unfinished profiler>"
    with pytest.raises(RuntimeError, match="didn't finish running"):
        prof.table()
    with prof as entered:
        mt.ones(4).exp()
        with pytest.raises(RuntimeError, match="not reentrant"):
            prof.__enter__()
    assert entered is prof
    assert "aten::exp" in str(prof)
    assert prof.total_average().count == 2
    assert [e.key for e in prof.key_averages()] == ["aten::ones", "aten::exp"]
    assert prof.self_cpu_time_total > 0
    with mt.autograd.profiler.profile(enabled=False) as off:
        mt.ones(1)
    assert off is None
    for call, words in (
        (lambda: mt.autograd.profiler.profile(use_cuda=True), "there is no GPU to profile"),
        (lambda: mt.autograd.profiler.emit_nvtx(), "use torch.profiler.profile"),
    ):
        with pytest.raises(RuntimeError, match=words):
            call()
    assert not hasattr(mt.autograd.profiler, "__nothing__")


def test_steps_without_a_cycle() -> None:
    prof = profile(schedule=mt.profiler.schedule(wait=1, warmup=1, active=1))
    with pytest.raises(AssertionError, match="let it record a step first"):
        prof.events()
    with prof:
        mt.ones(1)
    with pytest.raises(AssertionError):
        prof.key_averages()

    def wrong(step: int) -> mt.profiler.ProfilerAction:
        return mt.profiler.ProfilerAction.NONE if step else mt.profiler.ProfilerAction.RECORD

    with profile(schedule=wrong) as prof:
        mt.ones(1)
        with pytest.warns(UserWarning, match="RECORD followed by NONE"):
            prof.step()
    assert [e.name for e in prof.events()] == ["ProfilerStep*", "aten::ones"]


def test_cycles_add_up_if_they_are_to() -> None:
    steps = mt.profiler.schedule(wait=0, warmup=1, active=1)
    counts = []
    for added in (False, True):
        with profile(schedule=steps, acc_events=added) as prof:
            for _ in range(4):
                mt.ones(1)
                prof.step()
        counts.append(sum(e.name == "aten::ones" for e in prof.events()))
    assert counts == [1, 2]


def test_files(tmp_path: Path) -> None:
    with profile(profile_memory=True, with_stack=True, record_shapes=True) as prof:
        (mt.ones(200, 200) @ mt.ones(200, 200)).log()
    prof.add_metadata("note", "mine")
    prof.add_metadata_json("list", "[1]")
    prof.export_chrome_trace(str(tmp_path / "t.json.gz"))
    with gzip.open(tmp_path / "t.json.gz", "rt") as file:
        trace = json.load(file)
    assert (trace["note"], trace["profile_memory"]) == ("mine", 1)
    done = [e for e in trace["traceEvents"] if e["ph"] == "X"]
    assert [e["name"] for e in done] == ["aten::ones", "aten::ones", "aten::matmul", "aten::mm", "aten::log"]
    assert all(e["dur"] >= 0 and e["cat"] == "cpu_op" and e["pid"] for e in done)
    assert done[2]["args"]["Input Dims"] == [[200, 200], [200, 200]]
    prof.export_stacks(str(tmp_path / "stacks.txt"))
    assert "test_files" in (tmp_path / "stacks.txt").read_text()
    mt.profiler.tensorboard_trace_handler(str(tmp_path / "runs"), "one", use_gzip=True)(prof)
    assert next((tmp_path / "runs").iterdir()).name.startswith("one.")


def test_what_is_not_here_says_so() -> None:
    cuda = mt.profiler.ProfilerActivity.CUDA
    with pytest.raises(RuntimeError, match="ProfilerActivity.CPU among the activities"):
        profile(activities=[cuda])
    with pytest.raises(NotImplementedError, match="use a schedule"):
        profile().toggle_collection_dynamic(True, [cuda])
    with pytest.raises(NotImplementedError, match="profile_memory=True says"):
        profile().export_memory_timeline("x")
    assert not mt.profiler.kineto_available()
    assert mt.profiler.supported_activities() == {mt.profiler.ProfilerActivity.CPU}
