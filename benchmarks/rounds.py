"""Taking turns: every library runs a little, again and again, in the order A B C A B C.

On a shared machine the speed of the moment changes more than most libraries differ.  Within a
round all of them see about the same moment, so a ratio is taken round by round, and the median of
these ratios is what the table shows.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from math import nan
from pathlib import Path
from statistics import median
from typing import Any

WORKER = Path(__file__).with_name("worker.py")
TOLERANCE = 1e-4
"""Of losses after a few steps, relative: float32 sums in another order, a few steps apart."""


def single(threads: int) -> dict[str, str]:
    """The environment in which BLAS, OpenMP and XLA use this many threads."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC", "PJRT_NPROC")
    wanted = dict.fromkeys((*names, "VECLIB_MAXIMUM_THREADS"), str(threads))
    eigen = str(threads > 1).lower()
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_multi_thread_eigen={eigen}"
    return os.environ | wanted | {"XLA_FLAGS": flags.strip(), "JAX_PLATFORMS": "cpu"}


class Worker:
    """The near end of the pipe to ``worker.py``, which runs `library` under `python`."""

    def __init__(self, library: str, python: str, threads: int) -> None:
        self.library = library
        self.process = subprocess.Popen(
            [python, str(WORKER)], env=single(threads), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Run a command over there and wait for its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"error": "the process ended"}

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def python_of(library: str, chosen: dict[str, str]) -> str:
    """The interpreter for `library`: the option's, the environment's, or this one."""
    own = sys.executable
    return chosen.get(library) or os.environ.get(f"BENCHMARK_PYTHON_{library.upper()}") or own


def start(libraries: list[str], chosen: dict[str, str], threads: int) -> dict[str, Any]:
    """A worker for each library that its interpreter can import, versions, and why some have none."""
    workers, versions, absent = {}, {}, {}
    for library in libraries:
        python = python_of(library, chosen)
        if shutil.which(python) is None:
            absent[library] = f"there is no interpreter {python}"
            continue
        worker = Worker(library, python, threads)
        reply = worker.ask("start", library=library, threads=threads)
        if "error" in reply:
            absent[library] = reply["error"]
            worker.close()
        else:
            workers[library], versions[library] = worker, reply["version"]
    return {"workers": workers, "versions": versions, "absent": absent}


def race(
    workers: dict[str, Worker], workload: str, rounds: int, seconds: float, steps: int
) -> dict[str, Any]:
    """One row of the table: the losses of all libraries, then their times in turns."""
    columns = {
        name: worker.ask("build", library=name, workload=workload, steps=steps)
        for name, worker in workers.items()
    }
    running = [name for name in workers if "losses" in columns[name]]
    for name in running:
        columns[name]["rounds"] = []
    for turn in range(rounds + 1):
        for name in running:
            reply = workers[name].ask("measure", workload=workload, seconds=seconds)
            if turn or rounds == 1:  # the first round is a warm-up
                columns[name]["rounds"].append(reply["us"])
    for name in running:
        columns[name]["us"] = median(columns[name]["rounds"])
    return {
        "columns": columns, "ratios": ratios(columns), "spread": spread(columns),
        "compiled": {f"{a} to {b}": against(columns, a, b) for a, b in COMPARED},
    }  # fmt: skip


def ratios(columns: dict[str, Any]) -> dict[str, float]:
    """How many times PyTorch's duration each library takes, by the median over rounds."""
    theirs = columns.get("torch", {}).get("rounds")
    return {
        name: median(mine / other for mine, other in zip(column["rounds"], theirs, strict=True))
        for name, column in columns.items()
        if theirs and "rounds" in column
    }


COMPARED = (
    ("compiled-c", "torch"), ("compiled-c", "jax"), ("compiled-c", "microtensor"),
    ("compiled-numpy", "microtensor"),
)  # fmt: skip
"""Pairs of columns whose ratios are reported for compiled steps."""


def against(columns: dict[str, Any], mine: str, other: str) -> float | None:
    """The median over rounds of how many times the other column's duration this one takes."""
    pair = [columns.get(name, {}).get("rounds") for name in (mine, other)]
    if pair[0] is None or pair[1] is None:
        return None
    return median(a / b for a, b in zip(*pair, strict=True))


def spread(columns: dict[str, Any]) -> float:
    """The largest relative difference between two libraries' losses at the same step."""
    losses = [column["losses"] for column in columns.values() if "losses" in column]
    steps = list(zip(*losses, strict=True))
    gaps: list[float] = [(max(step) - min(step)) / abs(max(step)) for step in steps]
    return max(gaps, default=nan)
