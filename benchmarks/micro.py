"""What one op costs: beside NumPy, in long chains, and in memory.

Every function here takes the name of a PyTorch-like library, runs in that library's worker, and
uses nothing but names that PyTorch has.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

SHAPES: tuple[tuple[int, ...], ...] = ((1, 1), (4, 4), (256, 256), (1024, 1024))
LAYERS, SIDE = 100, 1024

OPS: dict[str, tuple[Any, Any, Any]] = {
    "mul": (
        lambda torch, x, y: x * y,
        lambda x, y: x * y,
        lambda g, x, y, out: (g * y, g * x),
    ),
    "add": (
        lambda torch, x, y: x + y,
        lambda x, y: x + y,
        lambda g, x, y, out: (g.copy(), g.copy()),
    ),
    "matmul": (
        lambda torch, x, y: x @ y,
        lambda x, y: x.dot(y),
        lambda g, x, y, out: (g.dot(y.T), x.T.dot(g)),
    ),
    "exp": (
        lambda torch, x, y: torch.exp(x),
        lambda x, y: np.exp(x),
        lambda g, x, y, out: g * out,
    ),
    "sum": (
        lambda torch, x, y: x.sum(),
        lambda x, y: np.add.reduce(x, axis=None),
        lambda g, x, y, out: np.full(x.shape, g),
    ),
}
"""For each op: the library's way, NumPy's, and the gradients by hand."""


def overhead(library: str, seconds: float, shapes: Any = SHAPES) -> dict[str, Any]:
    """Microseconds of each op on each shape, and of NumPy doing the same, taking turns."""
    torch = import_module(library)
    return {
        f"{name} {'x'.join(map(str, shape))}": _one_op(torch, op, tuple(shape), seconds)
        for name, op in OPS.items()
        for shape in shapes
    }


def _one_op(torch: Any, op: Any, shape: tuple[int, ...], seconds: float) -> dict[str, float]:
    theirs, forward, backward = op
    a, b = (np.random.RandomState(s).uniform(-1, 1, shape).astype(np.float32) for s in (0, 1))
    x, y = (torch.from_numpy(v.copy()).requires_grad_() for v in (a, b))
    g = np.ones(np.shape(forward(a, b)), np.float32)
    seed = torch.from_numpy(g.copy())

    def both() -> None:
        theirs(torch, x, y).backward(seed)
        x.grad = y.grad = None

    pairs = {
        "forward": (lambda: theirs(torch, x, y), lambda: forward(a, b)),
        "both": (both, lambda: backward(g, a, b, forward(a, b))),
    }
    return {
        key: value
        for name, (ours, numpys) in pairs.items()
        for key, value in zip((name, f"numpy {name}"), in_turns(ours, numpys, seconds), strict=True)
    }


def in_turns(first: Callable[[], Any], second: Callable[[], Any], seconds: float) -> list[float]:
    """Microseconds of two functions, called in blocks that alternate."""
    counts = [_count(function, seconds) for function in (first, second)]
    blocks: list[list[float]] = [[], []]
    for _ in range(5):
        for block, function, count in zip(blocks, (first, second), counts, strict=True):
            block.append(_block(function, count))
    return [median(block) for block in blocks]


def _count(function: Callable[[], Any], seconds: float) -> int:
    function()
    return max(1, min(2_000, int(seconds * 1e5 / max(_block(function, 3), 0.1))))


def _block(function: Callable[[], Any], count: int) -> float:
    begin = perf_counter()
    for _ in range(count):
        function()
    return (perf_counter() - begin) / count * 1e6


# -------------------------------------------------------------- long graphs


def chains(library: str, scale: float = 1.0) -> dict[str, Any]:
    """Microseconds an op, forward and backward, of chains of scalars and of a wide fan-out."""
    torch = import_module(library)
    sizes = {"chain of 1,000": 1_000, "chain of 100,000": int(100_000 * scale)}
    found = {name: _repeated(torch, _chain, n) for name, n in sizes.items()}
    found["fan-out of 200,000"] = _repeated(torch, _fan_out, int(200_000 * scale))
    return found


def _chain(torch: Any, x: Any, n: int) -> Any:
    for _ in range(n):
        x = x * 1.0001
    return x


def _fan_out(torch: Any, x: Any, n: int) -> Any:
    total = x
    for _ in range(n):
        total = total + x
    return total


def _repeated(torch: Any, grow: Any, n: int) -> dict[str, float]:
    runs = [_grown(torch, grow, n) for _ in range(max(1, min(20, 100_000 // n)))]
    names = ("forward", "backward", "gradient")
    return {name: median(run[i] for run in runs) for i, name in enumerate(names)}


def _grown(torch: Any, grow: Any, n: int) -> tuple[float, float, float]:
    x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    begin = perf_counter()
    y = grow(torch, x, n)
    middle = perf_counter()
    y.backward()
    end = perf_counter()
    return (middle - begin) / n * 1e6, (end - middle) / n * 1e6, float(x.grad.item())


def node_bytes(library: str, n: int = 10_000) -> dict[str, Any]:
    """Bytes that one op of a chain leaves in memory, if Python allocates them."""
    torch = import_module(library)
    x = torch.tensor(1.0, requires_grad=True)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    y = _chain(torch, x, n)
    size = (tracemalloc.get_traced_memory()[0] - before) / n
    tracemalloc.stop()
    return {"bytes": size, "requires_grad": y.requires_grad}


def peak(library: str, layers: int = LAYERS, side: int = SIDE) -> dict[str, Any]:
    """MiB that the process grows by in one pass through elementwise layers, for a fresh process."""
    torch = import_module(library)
    x = torch.ones(side, side, requires_grad=True)
    (x * 0.5).tanh().sum().backward()
    before, h = _high_water(), x
    for _ in range(layers // 2):
        h = (h * 0.5).tanh()
    h.sum().backward()
    return {"MiB": None if before is None else _high_water() - before}


def peak_of_steps(library: str, workload: str) -> dict[str, Any]:
    """MiB by which some steps of a workload, warm, raise what the process holds; None where Linux is not.

    What came before (capturing, compiling) is given back first and does not count.
    """
    import ctypes
    import gc

    import adapters

    before = _status("VmRSS")
    step = adapters.build(library, import_module(f"workloads.{workload}"))
    for _ in range(8):
        step()
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
    except (OSError, AttributeError):
        return {"MiB": None}
    for _ in range(5):
        step()
    return {"MiB": None if before is None else _status("VmHWM") - before}


def arrays_of_steps(library: str, workload: str) -> dict[str, Any]:
    """MiB of NumPy's arrays at the peak of warm steps, those included that they hold all the time.

    None for a library whose arrays are not NumPy's.
    """
    import gc

    import adapters
    import numpy as np

    if library not in ("microtensor", *adapters.COMPILED):
        return {"MiB": None}
    tracemalloc.start()
    step = adapters.build(library, import_module(f"workloads.{workload}"))
    for _ in range(8):
        step()
    gc.collect()
    domain = tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)
    traces = tracemalloc.take_snapshot().filter_traces([domain]).traces
    held, begun = sum(trace.size for trace in traces), tracemalloc.get_traced_memory()[0]
    del traces
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(5):
        step()
    peak = tracemalloc.get_traced_memory()[1] - min(begun, before)
    tracemalloc.stop()
    return {"MiB": (held + peak) / 2**20}


def _status(field: str) -> Any:
    """A number of MiB from what Linux says of this process."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def _high_water() -> Any:
    """The most memory that this process has held, in MiB; None on Windows."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
