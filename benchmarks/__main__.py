"""How fast, beside whom: training steps of nine networks in six libraries, and the cost of an op.

    python benchmarks                                 # the libraries of this interpreter
    python benchmarks --python torch=/path/to/python  # one that lives somewhere else
    python benchmarks --quick                         # everything once, small
    python benchmarks --accuracy                      # no times: how many digits (``accuracy.py``)

Each library runs in a process of its own, and they take turns (``rounds.py``); each network is
written once for all PyTorch-like libraries, once in NumPy by hand and once as a function for jax,
autograd and mygrad (``workloads/``); all start from the same weights, and their losses are
compared before anything is timed.  A dash names what a library lacks.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import footprint
import micro
import rounds
import table
from adapters import LIBRARIES
from workloads import NAMES

PYTORCH_LIKE = ("microtensor", "torch")
STEADY = ("microtensor", "compiled-c", "compiled-numpy", "torch", "jax")
"""The columns whose memory is measured while a workload's steps run."""

OURS = ("microtensor", "numpy")
"""The columns that every machine has: without them the run has failed."""


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser("python benchmarks", description=(__doc__ or "").split("\n")[0])
    add = parser.add_argument
    add("--quick", action="store_true", help="everything once, small")
    add("--rounds", type=int, default=15, help="how often each library has its turn")
    add("--seconds", type=float, default=0.1, help="how long a turn is")
    add("--threads", type=int, default=1, help="of BLAS, of torch and of jax")
    add("--only", nargs="+", choices=NAMES, default=NAMES, help="some of the networks")
    add("--libraries", nargs="+", choices=LIBRARIES, default=LIBRARIES, help="some of the columns")
    add("--accuracy", action="store_true", help="the digits of every op, in the place of all times")
    add("--no-ops", action="store_true", help="the networks alone")
    add("--python", action="append", default=[], metavar="LIBRARY=PATH",
        help="its interpreter; or BENCHMARK_PYTHON_LIBRARY in the environment")  # fmt: skip
    add("--json", type=Path, default=Path("out/benchmarks.json"), help="where the numbers go")
    chosen = parser.parse_args()
    chosen.python = dict(text.split("=", 1) for text in chosen.python)
    return chosen


def networks(workers: dict[str, rounds.Worker], chosen: argparse.Namespace) -> list[dict[str, Any]]:
    """The rows of the table, each shown as soon as it is there."""
    count, seconds, steps = (1, 0.01, 3) if chosen.quick else (chosen.rounds, chosen.seconds, 10)
    found = []
    for name in chosen.only:
        row = rounds.race(workers, name, count, seconds, steps)
        title = import_module(f"workloads.{name}").TITLE
        found.append({"name": name, "title": title, "agree": table.agree(row["spread"]), **row})
        print(f"{title}: {len(row['ratios'])} columns", file=sys.stderr)
    return found


def ops(workers: dict[str, rounds.Worker], chosen: argparse.Namespace) -> dict[str, Any]:
    """The cost of one op and of its node, in the libraries that speak PyTorch."""
    like = {name: worker for name, worker in workers.items() if name in PYTORCH_LIKE}
    shapes = micro.SHAPES[:3] if chosen.quick else micro.SHAPES
    seconds, scale = (0.002, 0.02) if chosen.quick else (0.05, 1.0)
    sizes: dict[str, Any] = {"seconds": seconds, "shapes": shapes}
    return {
        "overhead": {name: w.ask("overhead", library=name, **sizes) for name, w in like.items()},
        "chains": {name: w.ask("chains", library=name, scale=scale) for name, w in like.items()},
        "memory": memory(like, chosen),
        "footprint": footprint.measure(list(like), chosen.python, chosen.quick),
    }


def memory(workers: dict[str, rounds.Worker], chosen: argparse.Namespace) -> dict[str, Any]:
    """Of one node, where Python can see it, and of deep networks, in fresh processes."""
    layers, side = (10, 256) if chosen.quick else (micro.LAYERS, micro.SIDE)
    fresh = rounds.start(list(workers), chosen.python, chosen.threads)["workers"]
    peaks = {n: w.ask("peak", library=n, layers=layers, side=side)["MiB"] for n, w in fresh.items()}
    for worker in fresh.values():
        worker.close()
    ours = workers.get("microtensor")
    deep = {name: _steady(name, chosen) for name in (("xor",) if chosen.quick else chosen.only)}
    node = ours.ask("node_bytes", library="microtensor")["bytes"] if ours else None
    return {"node bytes": node, "peak MiB": peaks, "layers": layers, "side": side, "steps MiB": deep}


def _steady(workload: str, chosen: argparse.Namespace) -> dict[str, Any]:
    """The memory of warm steps, of each column in processes of its own: the whole one's, and arrays'."""
    wanted = [name for name in STEADY if name in chosen.libraries]
    found: dict[str, Any] = {}
    for do, key in (("peak_of_steps", "MiB"), ("arrays_of_steps", "arrays MiB")):
        fresh = rounds.start(wanted, chosen.python, chosen.threads)["workers"]
        for name, worker in fresh.items():
            found.setdefault(name, {})[key] = worker.ask(do, library=name, workload=workload).get("MiB")
            worker.close()
    return found


def report(results: dict[str, Any], libraries: list[str]) -> str:
    """All tables."""
    parts = [table.steps(results["networks"], libraries)]
    if "compiled-c" in libraries or "compiled-numpy" in libraries:
        parts.append(table.compiled(results["networks"]))
    if "ops" in results:
        found = results["ops"]
        parts.append(table.steady(found["memory"]["steps MiB"]))
        parts += [table.overhead(found["overhead"]), table.chains(found["chains"]), table.rest(found)]
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    system = f"Python {results['python']}, {results['machine']}, threads: {results['threads']}"
    return "\n\n".join([*parts, f"{system}; {versions}"])


def failures(found: list[dict[str, Any]]) -> list[str]:
    """Sentences about what must not happen: a library that fails, or computes something else."""
    said = [f"{row['name']}: the losses differ by {row['spread']:.1e}" for row in found if not row["agree"]]
    said += [
        f"{row['name']}: {name} failed\n{column['traceback']}"
        for row in found
        for name, column in row["columns"].items()
        if "traceback" in column
    ]
    return said


def digits(path: Path) -> str | None:
    """The errors of all ops, printed and written; a sentence if too many digits are lost."""
    import accuracy

    rows = accuracy.report()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"accuracy": rows}, indent=1))
    lost = [row["op"] for row in rows if not accuracy.holds(row) and row["op"] not in accuracy.KNOWN]
    return f"digits are lost by {', '.join(lost)}" if lost else None


def main() -> None:
    """Run, print, write; status 1 if the libraries did not compute the same."""
    chosen = options()
    if chosen.accuracy:
        sys.exit(digits(chosen.json))
    started = rounds.start(list(chosen.libraries), chosen.python, chosen.threads)
    workers = started["workers"]
    for library, reason in started["absent"].items():
        print(f"no column for {library}: {reason}", file=sys.stderr)
    results: dict[str, Any] = {
        "python": platform.python_version(), "machine": platform.machine(), "quick": chosen.quick,
        "threads": chosen.threads, "versions": started["versions"], "networks": networks(workers, chosen),
    }  # fmt: skip
    if not chosen.no_ops:
        results["ops"] = ops(workers, chosen)
    for worker in workers.values():
        worker.close()
    print(report(results, list(workers)))
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(results, indent=1))
    missing = [f"{name} has to run" for name in OURS if name in started["absent"]]
    sys.exit("\n".join([*missing, *failures(results["networks"])]) or None)


if __name__ == "__main__":
    main()
