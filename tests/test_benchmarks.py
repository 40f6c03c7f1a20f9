"""The benchmarks run, in the shape that they promise, and all columns compute the same losses.

Never a time: how fast something is depends on the machine, and a test must not.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microtensor

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
WORKLOADS = sorted(p.stem for p in BENCHMARKS.glob("workloads/*.py") if p.stem != "__init__")
if os.environ.get("HYPOTHESIS_PROFILE") != "thorough":
    WORKLOADS = [name for name in WORKLOADS if name.startswith("xor")]


@pytest.fixture(scope="module", autouse=True)
def nothing_left_behind() -> Any:
    """The scripts import each other by plain names: take them down again."""
    sys.modules.pop("common", None)  # the examples have a module of that name
    modules, path = set(sys.modules), list(sys.path)
    sys.path.insert(0, str(BENCHMARKS))
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        file = getattr(sys.modules[name], "__file__", None) or ""
        if file.startswith(str(BENCHMARKS)):
            del sys.modules[name]


def run(folder: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    paths = {"PYTHONPATH": str(Path(microtensor.__file__).parents[1])}
    return subprocess.run(
        [sys.executable, str(BENCHMARKS), "--quick", "--json", "found.json", *options],
        cwd=folder, env=os.environ | paths | environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """One quick run: what it printed, and what it wrote.  The thorough profile runs every workload."""
    folder = tmp_path_factory.mktemp("benchmarks")
    process = run(folder, "--only", *WORKLOADS)
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout, json.loads((folder / "found.json").read_text())


def test_every_workload_is_a_row(ran: tuple[str, dict[str, Any]]) -> None:
    printed, found = ran
    assert sorted(row["name"] for row in found["networks"]) == WORKLOADS
    assert all(f"| {row['title']} " in printed for row in found["networks"])
    assert {"microtensor", "numpy"} <= set(found["versions"])


def test_all_columns_compute_the_same_losses(ran: tuple[str, dict[str, Any]]) -> None:
    for row in ran[1]["networks"]:
        losses = {n: c["losses"] for n, c in row["columns"].items() if "losses" in c}
        assert {len(found) for found in losses.values()} == {3}
        for name, found in losses.items():
            np.testing.assert_allclose(found, losses["numpy"], rtol=1e-4, err_msg=f"{row['name']}: {name}")
        assert row["agree"]
        assert losses["numpy"][0] > losses["numpy"][-1]


def test_a_column_is_measured_or_says_what_it_lacks(ran: tuple[str, dict[str, Any]]) -> None:
    printed, found = ran
    for row in found["networks"]:
        assert {"microtensor", "numpy"} <= set(row["columns"])
        for column in row["columns"].values():
            assert ("missing" in column) != (column.get("us", 0) > 0), column
            assert "missing" not in column or f"— {column['missing']}" in printed


def test_compiled_steps_are_replayed(ran: tuple[str, dict[str, Any]]) -> None:
    printed, found = ran
    assert "| compiled steps " in printed
    for row in found["networks"]:
        assert "replayed with NumPy" in row["columns"]["compiled-numpy"]["how"]
        assert row["compiled"]["compiled-numpy to microtensor"] > 0
        if shutil.which("cc"):
            assert "replayed with C" in row["columns"]["compiled-c"]["how"]


def test_every_op_is_measured_beside_numpy(ran: tuple[str, dict[str, Any]]) -> None:
    ours = ran[1]["ops"]["overhead"]["microtensor"]
    assert {case.split()[0] for case in ours} == {"mul", "add", "matmul", "exp", "sum"}
    parts = {"forward", "both", "numpy forward", "numpy both"}
    assert all(set(times) == parts and min(times.values()) > 0 for times in ours.values())


def test_long_graphs_give_the_right_gradient(ran: tuple[str, dict[str, Any]]) -> None:
    chains = ran[1]["ops"]["chains"]["microtensor"]
    assert chains["chain of 1,000"]["gradient"] == pytest.approx(1.0001**1000)
    assert chains["fan-out of 200,000"]["gradient"] == 1 + 200_000 * 0.02


def test_memory_and_imports_are_measured(ran: tuple[str, dict[str, Any]]) -> None:
    found = ran[1]["ops"]
    assert found["memory"]["node bytes"] > 0
    assert found["footprint"]["import ms"]["microtensor"] > 0


def test_a_library_that_cannot_be_started_has_no_column(tmp_path: Path) -> None:
    process = run(
        tmp_path, "--only", "xor", "--no-ops", "--libraries", "microtensor", "numpy", "torch",
        "--python", "torch=/nowhere/python", BENCHMARK_PYTHON_NUMPY=sys.executable,
    )  # fmt: skip
    assert process.returncode == 0, process.stdout + process.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    assert "torch" not in found["versions"]
    assert "no column for torch: there is no interpreter /nowhere/python" in process.stderr
    assert "ops" not in found


def test_a_microtensor_that_cannot_be_imported_fails_the_run(tmp_path: Path) -> None:
    process = run(
        tmp_path, "--only", "xor", "--no-ops", "--libraries", "microtensor", "numpy",
        "--python", "microtensor=/nowhere/python",
    )  # fmt: skip
    assert process.returncode == 1
    assert "microtensor has to run" in process.stderr


def test_other_losses_fail_the_run() -> None:
    """A column that computes something else is an error, however fast it is."""
    rounds, table, main = (load(name) for name in ("rounds", "table", "__main__"))
    spread = rounds.spread({"a": {"losses": [2.0, 1.0]}, "b": {"losses": [2.0, 1.001]}, "c": {}})
    assert spread == pytest.approx(0.001, rel=0.01)
    assert not table.agree(spread)
    assert not table.agree(float("nan"))
    row = {"name": "xor", "agree": False, "spread": spread, "columns": {}}
    assert main.failures([row]) == ["xor: the losses differ by 1.0e-03"]


def test_what_is_missing_is_named_and_found_once_it_exists() -> None:
    adapters = load("adapters")
    with pytest.raises(adapters.MissingError, match=r"^nn\.Nothing$"):
        adapters._require(microtensor, ("nn.Linear", "nn.Nothing"))
    adapters._require(microtensor, ("nn.Linear", "Tensor.split"))


def test_ratios_are_taken_within_a_round() -> None:
    columns = {"torch": {"rounds": [1.0, 10.0, 1.0]}, "microtensor": {"rounds": [2.0, 20.0, 30.0]}}
    assert load("rounds").ratios(columns)["microtensor"] == 2.0
    assert load("rounds").ratios({"numpy": {"rounds": [1.0]}}) == {}


def load(name: str) -> Any:
    """A script of the benchmarks, which are not a package."""
    spec = importlib.util.spec_from_file_location(f"benchmarks_{name.strip('_')}", BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
