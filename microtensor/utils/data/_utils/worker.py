"""What a worker knows of itself."""

import numpy as np

from ..worker_info import WorkerInfo, get_worker_info

__all__ = ["WorkerInfo", "get_worker_info"]


def _generate_state(base_seed: int, worker_id: int) -> list[int]:
    """Four words that seed NumPy in a worker: those of NumPy's SeedSequence of the worker and the seed.

    >>> from microtensor.utils.data._utils.worker import _generate_state
    >>> len(_generate_state(3, 0))
    4
    """
    entropy = [worker_id, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]
    words: list[int] = np.random.SeedSequence(entropy).generate_state(4).tolist()
    return words
