"""What several ranks give: samples a second against one rank, with the batch of each rank the same.

    python -m microtensor launch -n 2 benchmarks/scaling.py [--seconds 20] [--workloads mlp cnn]

In turns, for a moment each, rank 0 trains alone while the others sleep; all ranks train, each for itself;
and all train one model.  The second says what the machine's cores and memory allow, the third what is left
of that after communication.  Each number comes twice: as the median over turns that follow each other, on
which falls what else the machine does; and from those steps alone in which no rank had to wait for a
core (Linux counts that), as if the machine were quiet.  The last part compares an all_reduce with mpi4py's
own.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1]))  # this checkout, where nothing is installed

import microtensor as mt
import microtensor.distributed as dist
from microtensor.distributed.work import Work
from microtensor.nn.parallel import DistributedDataParallel

Array = np.ndarray[Any, Any]
Step = Callable[[], Any]
TURN, QUEUED = 0.05, 0.05
waited = [0.0]


def watch_waits() -> None:
    """Add up how long this rank waits for others."""
    wait = Work.wait

    def watched(self: Work, *args: Any) -> bool:
        begin = time.perf_counter()
        found = wait(self, *args)
        waited[0] += time.perf_counter() - begin
        return found

    Work.wait = watched  # type: ignore[method-assign]


class Shared:
    """The package, with models that all ranks train as one."""

    def __init__(self) -> None:
        layers = {name: getattr(mt.nn, name) for name in dir(mt.nn)}
        layers["Sequential"] = lambda *parts: DistributedDataParallel(mt.nn.Sequential(*parts))
        self.nn = SimpleNamespace(**layers)

    def __getattr__(self, name: str) -> Any:
        return getattr(mt, name)


def steps(workload: Any) -> tuple[Step, Step]:
    """The training step of a workload for a rank by itself, and for one model on all ranks."""
    weights, x, y = workload.data(np.random.RandomState(0))
    return workload.program(mt, weights, x, y), workload.program(Shared(), weights, x, y)


def times(step: Step, count: int) -> Array:
    """Of each of `count` steps the seconds, those in waits, and those in which no core was free for it."""
    found = np.empty((count, 3))
    for row in found:
        queued, begin, waited[0] = _queued(), time.perf_counter(), 0.0
        step()
        row[:2] = time.perf_counter() - begin, waited[0]
        row[2] = _queued() - queued
    return found


def _queued() -> float:
    """Seconds that this process was ready to run and did not, by Linux's count."""
    return int(Path("/proc/self/schedstat").read_text().split()[1]) / 1e9


def slowest(mine: Array) -> Array:
    """Each number of the rank where it was largest."""
    found = mt.from_numpy(mine.copy())
    dist.all_reduce(found, dist.ReduceOp.MAX)
    return found.array


def sleep_until_called() -> None:
    """A barrier that leaves the core to others."""
    work = dist.barrier(async_op=True)
    while work is not None and not work.is_completed():
        time.sleep(1e-3)


def take_turns(alone: Step, together: Step, seconds: float) -> tuple[Array, Array, Array]:
    """The times of each turn: one rank alone, all ranks apart, all together."""
    count = max(3, int(TURN / slowest(times(alone, 3)).min(0)[0]))
    times(together, 3)
    turns: list[tuple[Array, Array, Array]] = []
    end = time.monotonic() + seconds
    while len(turns) < 3 or _rank_zeros(time.monotonic() < end):
        one = times(alone, count) if dist.get_rank() == 0 else np.zeros((count, 3))
        sleep_until_called()
        apart = slowest(times(alone, count))
        dist.barrier()
        turns.append((one, apart, slowest(times(together, count))))
    one, apart, shared = (np.array(part) for part in zip(*turns, strict=True))
    return one, apart, shared


def _rank_zeros(answer: bool) -> bool:
    """What rank 0 says, for everybody."""
    found = mt.tensor([answer])
    dist.broadcast(found, 0)
    return bool(found)


def scaling(workload: Any, seconds: float) -> dict[str, float]:
    """The ratios for one workload, on rank 0."""
    one, apart, together = take_turns(*steps(workload), seconds)
    size = dist.get_world_size()
    turn = [part[:, :, 0].mean(1) for part in (one, apart, together)]
    calm = [_undisturbed(part) for part in (one, apart, together)]
    ms = [float(np.median(part[:, 0])) * 1e3 for part in calm]
    return {
        "apart": size * float(np.median(turn[0] / turn[1])),
        "together": size * float(np.median(turn[0] / turn[2])),
        "of apart": float(np.median(turn[1] / turn[2])),
        "waiting": float(np.median(together[:, :, 1].sum(1) / together[:, :, 0].sum(1))),
        "calm steps": min(int(np.isfinite(part[:, 0]).sum()) for part in calm),
        "calm ms": ms[0],
        "calm apart": size * ms[0] / ms[1],
        "calm together": size * ms[0] / ms[2],
        "calm of apart": ms[1] / ms[2],
        "calm waiting": float(calm[2][:, 1].sum() / calm[2][:, 0].sum()),
    }


def _undisturbed(turns: Array) -> Array:
    """The steps in which every rank had a core nearly all the time; one of NaN if there was none."""
    rows = turns.reshape(-1, 3)
    calm = rows[rows[:, 2] < QUEUED * rows[:, 0]]
    return calm if len(calm) else np.full((1, 3), np.nan)


def reduction(kilobytes: float, rounds: int) -> dict[str, float]:
    """Microseconds of an all_reduce and of mpi4py's own, and the median of the paired ratios."""
    from mpi4py import MPI

    x = mt.zeros(int(kilobytes * 1024 / 4))
    comm, array = MPI.COMM_WORLD, np.zeros_like(x.array)
    calls = (lambda: dist.all_reduce(x), lambda: comm.Allreduce(MPI.IN_PLACE, array))
    found = np.empty((rounds, 2))
    for row in found:
        for i, call in enumerate(calls):
            call()
            comm.Barrier()
            row[i] = np.median(times(call, 5)[:, 0]) * 1e6
    ours, theirs = np.median(found, 0)
    return {"us": float(ours), "mpi4py": float(theirs), "ratio": float(np.median(found[:, 0] / found[:, 1]))}


def say(what: str, found: dict[str, float]) -> None:
    """One line, from rank 0."""
    if dist.get_rank() == 0:
        numbers = ", ".join(f"{key} {value:.2f}" for key, value in found.items())
        print(f"{what} on {dist.get_world_size()} ranks: {numbers}", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="for each workload")
    parser.add_argument("--workloads", nargs="*", default=["mlp", "cnn"])
    options = parser.parse_args(arguments)
    dist.init_process_group()
    watch_waits()
    for name in options.workloads:
        say(name, scaling(import_module(f"workloads.{name}"), options.seconds))
    for kilobytes in (1, 1024, 4096):
        say(f"all_reduce of {kilobytes} KiB", reduction(kilobytes, max(3, int(5 * options.seconds))))
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
