"""``torch.profiler``: counts, memory, schedules, steps and tables as PyTorch's."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from microtensor.profiler import events as our_events

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")
their_events = pytest.importorskip("torch.autograd.profiler_util")
pytestmark = pytest.mark.filterwarnings("ignore:.*Profiler clears events:UserWarning")


def trained(library: Any, **options: Any) -> Any:
    """The profile of a step of training, with a part that has a name."""
    library.manual_seed(0)
    model = library.nn.Sequential(library.nn.Linear(8, 16), library.nn.ReLU(), library.nn.Linear(16, 2))
    optimizer = library.optim.SGD(model.parameters(), lr=0.1)
    x, y = library.ones(4, 8), library.ones(4, 2)
    activity = library.profiler.ProfilerActivity.CPU
    with library.profiler.profile(activities=[activity], **options) as prof:
        optimizer.zero_grad()
        with library.profiler.record_function("forward"):
            out = model(x)
        loss = library.nn.functional.mse_loss(out, y) + (out.exp() * 2).mean()
        loss.backward()
        optimizer.step()
    return prof


NAMES = [
    "forward", "aten::linear", "aten::relu", "aten::mse_loss", "aten::exp", "AddmmBackward0",
    "ReluBackward0", "MseLossBackward0", "ExpBackward0", "MeanBackward0", "AddBackward0",
    "torch::autograd::AccumulateGrad", "autograd::engine::evaluate_function: ReluBackward0",
    "Optimizer.step#SGD.step", "Optimizer.zero_grad#SGD.zero_grad",
]  # fmt: skip


def test_counts_and_memory_of_a_step_of_training() -> None:
    found = []
    for library in (mt, torch):
        averages = {e.key: e for e in trained(library, profile_memory=True).key_averages()}
        assert all(averages[name].cpu_time_total > 0 for name in NAMES)
        counts = {name: averages[name].count for name in NAMES}
        memory = {
            name: averages[name].cpu_memory_usage for name in ("aten::linear", "aten::relu", "aten::exp")
        }
        found.append((counts, memory))
    assert found[0] == found[1]


def test_shapes_group_the_averages() -> None:
    found = []
    for library in (mt, torch):
        averages = trained(library, record_shapes=True).key_averages(group_by_input_shape=True)
        found.append(sorted((str(e.input_shapes), e.count) for e in averages if e.key == "aten::linear"))
    assert found[0] == found[1]
    assert len(found[0]) == 2


def test_events_lie_in_each_other() -> None:
    for library in (mt, torch):
        events = trained(library).events()
        (forward,) = [e for e in events if e.name == "forward"]
        assert [e.name for e in forward.cpu_children] == ["aten::linear", "aten::relu", "aten::linear"]
        assert forward.self_cpu_time_total < forward.cpu_time_total
        assert all(e.cpu_parent is forward for e in forward.cpu_children)


@pytest.mark.parametrize(
    "options", [{}, {"repeat": 2}, {"skip_first": 3}, {"skip_first": 2, "skip_first_wait": 1}]
)
@pytest.mark.filterwarnings("ignore:Profiler won't be using warmup")
def test_schedules(options: dict[str, int]) -> None:
    for wait, warmup, active in itertools.product((0, 2), (0, 1), (1, 3)):
        ours, theirs = (
            lib.profiler.schedule(wait=wait, warmup=warmup, active=active, **options) for lib in (mt, torch)
        )
        assert [ours(n).name for n in range(20)] == [theirs(n).name for n in range(20)]


def test_schedules_that_are_none() -> None:
    for library in (mt, torch):
        with pytest.raises(AssertionError, match=r"active=0 \(need > 0\)"):
            library.profiler.schedule(wait=0, warmup=1, active=0)
        with pytest.raises(AssertionError, match="Step must be non-negative"):
            library.profiler.schedule(wait=0, warmup=1, active=1)(-1)
        with pytest.warns(UserWarning, match="won't be using warmup"):
            library.profiler.schedule(wait=0, warmup=0, active=1)


def test_steps_and_their_traces(tmp_path: Path) -> None:
    found = []
    for library in (mt, torch):
        seen: list[Any] = []

        def ready(prof: Any, seen: list[Any] = seen, library: Any = library) -> None:
            seen.append(
                sorted(
                    e.name for e in prof.events() if e.name in ("aten::mm", "aten::exp") or "Step" in e.name
                )
            )
            library.profiler.tensorboard_trace_handler(str(tmp_path / library.__name__))(prof)

        steps = library.profiler.schedule(wait=1, warmup=1, active=2, repeat=2)
        cpu = library.profiler.ProfilerActivity.CPU
        with library.profiler.profile(activities=[cpu], schedule=steps, on_trace_ready=ready) as prof:
            for number in range(9):
                x = library.ones(2, 2)
                x.mm(x) if number % 2 else x.exp()
                prof.step()
        files = list((tmp_path / library.__name__).glob("*.pt.trace.json"))
        found.append((seen, len(files)))
    assert found[0] == found[1]
    assert found[0][1] == 2


def test_traces_have_the_same_form(tmp_path: Path) -> None:
    traces = []
    for library in (mt, torch):
        path = tmp_path / f"{library.__name__}.json"
        trained(library, record_shapes=True).export_chrome_trace(str(path))
        traces.append(json.loads(path.read_text()))
    ours, theirs = traces
    assert ours.keys() - {"traceName"} <= theirs.keys()
    for category in ("cpu_op", "user_annotation"):
        keys = [
            {name: type(value) for name, value in event.items()}
            for event in (next(e for e in t["traceEvents"] if e.get("cat") == category) for t in traces)
        ]
        assert keys[0] == keys[1]
    dims = [
        [e["args"]["Input Dims"] for e in t["traceEvents"] if e["name"] == "aten::linear"] for t in traces
    ]
    assert dims[0] == dims[1]


# ---------------------------------------------------------------- tables


LONG = "a name that is too long for the column of names in a table of events"


def listed(library: Any, **options: Any) -> Any:
    """The same events by hand, in a list of either library."""
    rows = [
        ("aten::linear", 0.0, 1500.5, [[4, 8], [16, 8], []], ["a.py(3): f", "b.py(9): main"], 512, 3000),
        ("aten::addmm", 10.0, 900.25, [[16], [4, 8]], [], 256, 2_000_000),
        (LONG, 1501.0, 2_600_000.0, [], [], -4096, 0),
        ("aten::linear", 2_600_001.0, 2_600_002.5, [[4, 8], [16, 8], []], ["a.py(3): f"], 0, 40),
    ]  # fmt: skip
    made = []
    for number, (name, start, end, shapes, stack, memory, flops) in enumerate(rows):
        made.append(
            library.FunctionEvent(
                number, name, thread=1, start_us=start, end_us=end, input_shapes=shapes,
                stack=[] if options.get("with_flops") else stack, trace_name=name,
                cpu_memory_usage=memory, flops=flops,
            )
        )  # fmt: skip
    events = library.EventList(made, **options)
    events._build_tree()
    return events


TABLES: list[dict[str, Any]] = [
    {}, {"sort_by": "self_cpu_time_total"}, {"sort_by": "count", "row_limit": 2}, {"row_limit": -1},
    {"header": "A header"}, {"top_level_events_only": True}, {"time_unit": "ms"}, {"time_unit": "s"},
    {"max_name_column_width": 20}, {"max_shapes_column_width": 9, "max_name_column_width": None},
    {"max_src_column_width": 8}, {"sort_by": "cpu_memory_usage"},
]  # fmt: skip


@pytest.mark.parametrize("memory", [False, True])
@pytest.mark.parametrize("options", TABLES, ids=str)
def test_tables(options: dict[str, Any], memory: bool) -> None:
    ours, theirs = (
        listed(lib, profile_memory=memory, with_flops=memory) for lib in (our_events, their_events)
    )
    if not memory:
        assert ours.table(**options) == theirs.table(**options)
    for grouping in ({}, {"group_by_input_shapes": True}, {"group_by_stack_n": 1}):
        assert ours.key_averages(**grouping).table(**options) == theirs.key_averages(**grouping).table(
            **options
        )
    assert str(ours.key_averages()) == str(theirs.key_averages())


def test_sums() -> None:
    ours, theirs = listed(our_events), listed(their_events)
    assert ours.self_cpu_time_total == theirs.self_cpu_time_total
    for name in ("cpu_time_total", "self_cpu_time_total", "count", "cpu_memory_usage", "cpu_time", "key"):
        assert getattr(ours.total_average(), name) == getattr(theirs.total_average(), name)


def test_files_of_lists(tmp_path: Path) -> None:
    found = []
    for number, library in enumerate((our_events, their_events)):
        trace, stacks = tmp_path / f"{number}.json", tmp_path / f"{number}.txt"
        events = listed(library)
        events.export_chrome_trace(str(trace))
        events.export_stacks(str(stacks), "self_cpu_time_total")
        found.append((json.loads(trace.read_text()), stacks.read_text()))
        with pytest.raises(ValueError, match="metric should be one of"):
            events.export_stacks(str(stacks), "count")
    assert found[0] == found[1]
