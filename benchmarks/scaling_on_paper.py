"""A model on paper, and no measurement: what many machines would give, from a few measured numbers.

    python benchmarks/scaling_on_paper.py

A step takes a rank's own time and, after it, that of an all-reduce of all gradients, of which nothing is
hidden behind backward: the worst case.  The all-reduce is the better of a ring, of
``2 (p-1) a + 2 (p-1)/p n/b``, and of doubling, ``log2(p) (a + n/b)``, for p machines, n bytes, a seconds a
message and b bytes a second
(Thakur, Rabenseifner and Gropp, "Optimization of collective communication operations in MPICH", 2005).
"""

from __future__ import annotations

from math import log2

MACHINES = (8, 16, 32, 64)
STEPS = {"MLP": (4.1e-3, 4 * 535_818), "CNN": (3.0e-3, 4 * 9_098)}
"""Seconds of a step on one rank, measured; bytes of gradients, counted."""

NETWORKS = {
    "TCP as measured": (105e-6, 0.52e9),
    "10 Gbit/s, assumed": (30e-6, 1.1e9),
    "100 Gbit/s, assumed": (3e-6, 11e9),
}
"""Seconds a message, bytes a second."""


def all_reduce(machines: int, size: float, latency: float, bandwidth: float) -> float:
    """Seconds of an all-reduce of `size` bytes."""
    ring = 2 * (machines - 1) * latency + 2 * (machines - 1) / machines * size / bandwidth
    return min(ring, log2(machines) * (latency + size / bandwidth))


def speedup(machines: int, step: float, size: float, latency: float, bandwidth: float) -> float:
    """Samples a second, in those of one machine."""
    return machines * step / (step + all_reduce(machines, size, latency, bandwidth))


def main() -> None:
    """Print the table."""
    print(f"| | network | {' | '.join(map(str, MACHINES))} |")
    print(f"|---|---|{'--:|' * len(MACHINES)}")
    for name, (step, size) in STEPS.items():
        for network, (latency, bandwidth) in NETWORKS.items():
            row = [f"{speedup(p, step, size, latency, bandwidth):.1f}" for p in MACHINES]
            print(f"| {name} | {network} | {' | '.join(row)} |")


if __name__ == "__main__":
    main()
