"""Workers of a loader, in processes and in threads: batches, orders, random numbers, errors, ends."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.utils import data
from microtensor.utils.data import DataLoader

FORKS = "fork" in multiprocessing.get_all_start_methods()
PROCESSES = "fork" if FORKS else "spawn"
KINDS = ["thread", pytest.param("fork", marks=pytest.mark.skipif(not FORKS, reason="needs fork"))]
both = pytest.mark.parametrize("kind", KINDS)
pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create", "ignore:.*use of fork")


def batches(loader: Any) -> list[Any]:
    """Everything that a pass yields, as lists."""
    return [_plain(batch) for batch in loader]


def _plain(batch: Any) -> Any:
    return [_plain(b) for b in batch] if isinstance(batch, list) else batch.tolist()


class By(data.Dataset[Any]):
    """What a function makes of each index."""

    def __init__(self, n: int, make: Callable[[int], Any]) -> None:
        self.n, self.make = n, make

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> Any:
        return self.make(index)


class Stream(data.IterableDataset[Any]):
    """What a function of the worker's number iterates over."""

    def __init__(self, make: Callable[[int], Any]) -> None:
        self.make = make

    def __iter__(self) -> Iterator[Any]:
        return iter(self.make(worker().id))


def worker() -> data.WorkerInfo:
    """The worker that this is called in."""
    info = data.get_worker_info()
    assert info is not None
    return info


def until(true: Callable[[], bool]) -> bool:
    """Wait for something to come true, five seconds at most."""
    deadline = time.monotonic() + 5
    while not true() and time.monotonic() < deadline:
        time.sleep(0.005)
    return true()


# ---------------------------------------------------------------- batches and their order


def _told(index: int) -> Any:
    time.sleep(0.004 * (8 - index) / 8)
    info = worker()
    return index, info.id, info.num_workers, info.dataset[index - 8] if index > 7 else 0


@both
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_workers_keep_the_order(kind: str, workers: int) -> None:
    """Batches come as without workers, made in turn, and nobody is a worker outside."""
    found = batches(DataLoader(By(8, _told), 2, num_workers=workers, multiprocessing_context=kind))
    assert [batch[0] for batch in found] == [[0, 1], [2, 3], [4, 5], [6, 7]]
    assert [batch[1][0] for batch in found] == [i % workers for i in range(4)]
    assert all(batch[2] == [workers] * 2 for batch in found)
    assert data.get_worker_info() is None


@both
def test_batches_as_they_come(kind: str) -> None:
    """Without `in_order` a slow worker delays its own batches only, and all come."""

    def slow(index: int) -> int:
        time.sleep(0.1 * (index == 0))
        return index

    options: dict[str, Any] = {"num_workers": 2, "multiprocessing_context": kind}
    found = batches(DataLoader(By(8, slow), in_order=False, **options))
    assert found[0] != [0]
    assert sorted(found) == [[i] for i in range(8)]
    assert batches(DataLoader(By(8, slow), **options)) == [[i] for i in range(8)]


@both
def test_workers_draw_the_same_order(kind: str) -> None:
    """Shuffling does not depend on the number of workers, and the stream ends at the same place."""
    found = []
    for options in ({}, {"num_workers": 2, "multiprocessing_context": kind}):
        mt.manual_seed(3)
        loader = DataLoader(range(9), 2, shuffle=True, **options)
        found.append((batches(loader), batches(loader), mt.rand(1).item()))
    assert found[0] == found[1]


@both
@pytest.mark.parametrize("persistent", [False, True])
def test_iterables_in_workers(kind: str, persistent: bool) -> None:
    """Each worker has an iterator of its own; batches come in turn until all are at their end."""
    loader = DataLoader(
        Stream(lambda i: range(100 * i, 100 * i + 3 - 2 * i)), num_workers=2, multiprocessing_context=kind,
        persistent_workers=persistent,
    )  # fmt: skip
    assert batches(loader) == batches(loader) == [[0], [100], [1], [2]]


@both
def test_a_pass_begun_anew_drops_what_the_last_one_left(kind: str) -> None:
    """With workers that stay, as without."""
    loader = DataLoader(range(6), num_workers=2, multiprocessing_context=kind, persistent_workers=True)
    assert next(iter(loader)).item() == next(iter(loader)).item() == 0
    assert batches(loader) == [[i] for i in range(6)]


@both
def test_workers_work_ahead_only_so_far(kind: str, tmp_path: Path) -> None:
    """`prefetch_factor` batches a worker are prepared before they are asked for."""

    def note(index: int) -> int:
        (tmp_path / str(index)).touch()
        return index

    options: dict[str, Any] = {"num_workers": 2, "multiprocessing_context": kind}
    pass_ = iter(DataLoader(By(50, note), prefetch_factor=3, **options))
    next(pass_), next(pass_)
    assert until(lambda: len(os.listdir(tmp_path)) >= 8)
    time.sleep(0.05)
    assert sorted(os.listdir(tmp_path)) == sorted(map(str, range(8)))


# ------------------------------------------------------------------------- random numbers


def _drawn(_: int) -> Any:
    return mt.rand(1).item(), np.random.rand(), random.random()


def test_processes_draw_from_streams_of_their_own() -> None:
    """The same from the same seed, others in the next pass, and the program's streams stay where they are."""
    options: dict[str, Any] = {"num_workers": 2, "multiprocessing_context": PROCESSES}
    loader = DataLoader(By(4, _drawn), **options)
    runs = []
    for _ in range(2):
        mt.manual_seed(0), random.seed(0), np.random.seed(0)
        runs.append((batches(loader), batches(loader), _drawn(0)))
    assert runs[0] == runs[1]
    assert runs[0][0] != runs[0][1]
    mt.manual_seed(0), random.seed(0), np.random.seed(0)
    for _ in range(2):
        batches(DataLoader(range(1)))
    assert _drawn(0) == runs[0][2]


def test_threads_draw_from_streams_of_their_own() -> None:
    """What processes would draw; Python's and NumPy's global generators stay untouched."""

    def drawn(_: int) -> Any:
        rng = worker().rng
        assert rng is not None
        return mt.rand(1).item(), rng.numpy_generator.random(), rng.random_generator.random()

    def run(make: Callable[[int], Any], kind: str) -> Any:
        mt.manual_seed(0)
        return batches(DataLoader(By(4, make), num_workers=2, multiprocessing_context=kind)), mt.rand(
            1
        ).item()

    before = np.random.get_state()[1].tolist(), random.getstate()
    first, again = run(drawn, "thread"), run(drawn, "thread")
    assert first == again
    assert (np.random.get_state()[1].tolist(), random.getstate()) == before
    in_processes = run(_drawn, PROCESSES)
    assert [batch[0] for batch in first[0]] == [batch[0] for batch in in_processes[0]]
    assert [batch[2] for batch in first[0]] == [batch[2] for batch in in_processes[0]]
    assert first[1] == in_processes[1]


@both
def test_seeds_of_workers(kind: str) -> None:
    """Each gets the seed of the pass plus its number; `worker_init_fn` has gone before."""
    seen: dict[int, int] = {}

    def init(number: int) -> None:
        seen[number] = worker().seed

    loader = DataLoader(
        By(2, lambda _: (seen[worker().id], worker().seed)), num_workers=2, worker_init_fn=init,
        multiprocessing_context=kind,
    )  # fmt: skip
    (a, b), (c, d) = batches(loader)
    assert a == b
    assert c == d == [a[0] + 1]
    assert batches(loader)[0][0] != a


@both
def test_persistent_workers(kind: str) -> None:
    """They are started once, and a later pass draws no seed."""
    starts: list[int] = []

    def init(number: int) -> None:
        starts.append(os.getpid())

    loader = DataLoader(
        By(4, lambda i: (i, len(starts), os.getpid())), num_workers=2, worker_init_fn=init,
        persistent_workers=True, multiprocessing_context=kind,
    )  # fmt: skip
    batches(loader)
    mt.manual_seed(0)
    expected = mt.rand(1).item()
    mt.manual_seed(0)
    second = batches(loader)
    assert mt.rand(1).item() == expected
    assert second == batches(loader)
    assert [batch[0] for batch in second] == [[0], [1], [2], [3]]


# ------------------------------------------------------------------------ shared memory


@pytest.mark.parametrize("size", [0, 3, 300_000])
def test_what_comes_from_a_process(size: int) -> None:
    """Tensors of all kinds, arrays, and what is none, small and large; all of it can be written to."""
    kinds = (mt.float32, mt.float64, mt.float16, mt.int64, mt.uint8, mt.bool)
    wide = mt.arange(2 * size).reshape(size, 2)

    def make(index: int) -> Any:
        tensors = {str(kind): mt.arange(size).to(kind) for kind in kinds}
        parts = {"turned": wide.T, "column": wide[:, 1], "array": np.arange(size)}
        return {**tensors, **parts, "text": "é" * size, "one": index}

    loader = DataLoader(By(2, make), None, num_workers=1, multiprocessing_context=PROCESSES)
    for index, found in enumerate(loader):
        expected = make(index)
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            if isinstance(value, mt.Tensor):
                assert found[name].dtype == value.dtype
                assert mt.equal(found[name], value)
                found[name].zero_()
        assert found["text"] == expected["text"]
        assert found["array"].tolist() == expected["array"].tolist()
        assert found["one"] == index


def test_large_tasks_do_not_block() -> None:
    """Indices and texts larger than any pipe, many at a time."""
    count = 200_000
    loader = DataLoader(
        By(count, str), batch_sampler=[list(range(count))] * 6, num_workers=1, prefetch_factor=4,
        collate_fn=lambda texts: "".join(texts), multiprocessing_context=PROCESSES,
    )  # fmt: skip
    pass_ = iter(loader)
    time.sleep(0.2)
    assert len(list(pass_)) == 6


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts what Linux shows")
def test_batches_that_are_kept_hold_no_descriptors() -> None:
    """Nor does anything remain in the system's shared memory."""
    shared = Path("/dev/shm")
    names = set(shared.iterdir()) if shared.is_dir() else set()
    loader = DataLoader(By(30, lambda i: mt.zeros(9_000)), num_workers=2, multiprocessing_context=PROCESSES)
    before = len(os.listdir("/proc/self/fd"))
    kept = list(loader)
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before
    assert sum(batch.numel() for batch in kept) == 270_000
    if shared.is_dir():
        assert not {path for path in set(shared.iterdir()) - names if str(os.getpid()) in path.name}


# --------------------------------------------------------------------------------- errors


def _divide(index: int) -> float:
    return 1 / (index - 2)


class Odd(Exception):
    """An error that no message makes."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(first, second)


def _raise(error: Exception) -> Any:
    raise error


def test_errors_in_threads() -> None:
    """As they are, with the traceback to the data set, where their batch is asked for."""
    pass_ = iter(DataLoader(By(4, _divide), num_workers=2, multiprocessing_context="thread"))
    assert [next(pass_).item(), next(pass_).item()] == [-0.5, -1.0]
    with pytest.raises(ZeroDivisionError) as caught:
        next(pass_)
    assert caught.traceback[-1].name == "_divide"
    assert caught.value.__notes__ == ["raised in worker thread 0 of a DataLoader"]
    assert next(pass_).item() == 1.0


def test_errors_in_processes() -> None:
    """Of the same class, with the traceback in words, as in PyTorch; the pass can go on."""
    pass_ = iter(DataLoader(By(4, _divide), num_workers=2, multiprocessing_context=PROCESSES))
    assert [next(pass_).item(), next(pass_).item()] == [-0.5, -1.0]
    words = "(?s)Caught ZeroDivisionError in DataLoader worker process 0.\nOriginal Traceback .*in _divide\n"
    with pytest.raises(ZeroDivisionError, match=words):
        next(pass_)
    assert next(pass_).item() == 1.0


def test_errors_that_cannot_be_made_again() -> None:
    """Become a ``RuntimeError`` with their text; a KeyError shows its lines as lines."""

    class Local(Exception):
        pass

    cases: list[tuple[Any, type[Exception], str]] = [
        (Odd(1, 2), RuntimeError, r"Caught Odd in DataLoader"),
        (Local("x"), RuntimeError, r"Local: x"),
        (KeyError("k"), KeyError, r"worker process 0.\nOriginal Traceback"),
    ]
    for error, kind, words in cases:
        dataset = By(1, lambda _, error=error: _raise(error))  # type: ignore[misc]
        with pytest.raises(kind, match=words):
            batches(DataLoader(dataset, num_workers=1, multiprocessing_context=PROCESSES))
    with pytest.raises((AttributeError, pickle.PicklingError), match=r"(?s)pickle.*lambda"):
        list(DataLoader(By(1, lambda _: lambda: 0), None, num_workers=1, multiprocessing_context=PROCESSES))


@both
def test_errors_at_the_start_of_a_worker(kind: str) -> None:
    """From `worker_init_fn`, and from the iterator of an iterable data set."""
    options: dict[str, Any] = {"num_workers": 2, "multiprocessing_context": kind}
    with pytest.raises(KeyError):
        batches(DataLoader(range(3), worker_init_fn=lambda i: _raise(KeyError(i)), **options))
    with pytest.raises(OSError, match="no such file"):
        batches(DataLoader(Stream(lambda i: _raise(OSError("no such file"))), **options))


@both
def test_a_batch_that_is_late(kind: str) -> None:
    """`timeout` turns waiting into an error; the data set's own TimeoutError stays one."""
    options: dict[str, Any] = {"num_workers": 1, "multiprocessing_context": kind}
    pass_ = iter(DataLoader(By(1, lambda _: time.sleep(0.3)), timeout=0.05, **options))
    with pytest.raises(RuntimeError, match="timed out after 0.05 seconds"):
        next(pass_)
    with pytest.raises(TimeoutError, match="the server"):
        batches(DataLoader(By(1, lambda _: _raise(TimeoutError("the server"))), timeout=5, **options))


DEATHS: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: os.kill(os.getpid(), signal.SIGKILL),
        "was killed by signal SIGKILL, perhaps for want of memory",
    ),
    (lambda: os._exit(3), "ended with exit code 3"),
    (lambda: sys.exit(0), "ended with exit code 0"),
]


@pytest.mark.skipif(not FORKS, reason="the deaths are lambdas")
@pytest.mark.parametrize(("die", "how"), DEATHS)
def test_a_worker_that_dies(die: Callable[[], Any], how: str) -> None:
    """Is an error that says how, and nobody is left."""
    before = living("fork")
    pass_ = iter(
        DataLoader(By(8, lambda i: die() if i == 3 else i), num_workers=2, multiprocessing_context="fork")
    )
    with pytest.raises(RuntimeError, match=rf"worker \(pid\(s\) \d+\) exited unexpectedly: worker 1 {how}"):
        list(pass_)
    assert not living("fork") - before


def test_a_data_set_that_cannot_be_pickled() -> None:
    """The error of pickle says what to do."""
    with pytest.raises((AttributeError, TypeError)) as caught:
        next(iter(DataLoader(By(1, lambda i: i), num_workers=1, multiprocessing_context="spawn")))
    assert "multiprocessing_context='fork' or 'thread' takes any" in caught.value.__notes__[0]


# ----------------------------------------------------------------------------------- ends


@pytest.fixture
def without_collector() -> Iterator[None]:
    """The garbage collector switched off."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def living(kind: str) -> set[Any]:
    """Threads or processes."""
    return set(threading.enumerate() if kind == "thread" else multiprocessing.active_children())


@both
@pytest.mark.usefixtures("without_collector")
def test_workers_end_with_a_pass(kind: str) -> None:
    """At its end, when it is left in the middle, and at an error, even without the collector."""
    before = living(kind)
    options: dict[str, Any] = {"num_workers": 2, "multiprocessing_context": kind}
    batches(DataLoader(range(9), **options))
    for _ in DataLoader(range(9), **options):
        break
    for init in ({}, {"worker_init_fn": _divide}):
        with suppress(ZeroDivisionError):
            batches(DataLoader(By(4, _divide), **options, **init))
    loader = DataLoader(range(9), persistent_workers=True, **options)
    batches(loader)
    del loader
    assert until(lambda: not living(kind) - before)


PROGRAM = """
import os, signal, sys, time
import microtensor as torch
from microtensor.utils.data import DataLoader

class Slow(torch.utils.data.Dataset):
    def __len__(self):
        return 100
    def __getitem__(self, index):
        print(f"{os.getpid()}\\n", end="", flush=True)
        time.sleep(60 if index else 0)
        return index

for batch in DataLoader(Slow(), num_workers=2, multiprocessing_context="fork"):
    print("first\\n", end="", flush=True)
"""


def alive(pid: int) -> bool:
    """Whether a process is there and not only waited for."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd") or not FORKS, reason="looks for processes on Linux")
@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGKILL])
def test_a_program_that_is_interrupted_leaves_nobody(signal_: int) -> None:
    """By Ctrl-C, which its whole group gets, at once; and killed, when its workers find out."""
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    try:
        seen = {"first"}
        while program.stdout is not None and len(seen) < 3:
            seen.add(program.stdout.readline().strip())
        (os.killpg if signal_ == signal.SIGINT else os.kill)(program.pid, signal_)
        _, errors = program.communicate(timeout=10)
    finally:
        program.kill()
    workers = {int(line) for line in seen - {"first"}}
    assert len(workers) == 2
    assert until(lambda: not any(map(alive, workers)))
    assert errors.count("KeyboardInterrupt") == (signal_ == signal.SIGINT)


@pytest.mark.skipif(not FORKS, reason="needs fork")
def test_a_fork_of_the_program_leaves_the_workers_alone() -> None:
    """It holds the loader too, and lets it go."""
    loader = DataLoader(range(4), num_workers=1, persistent_workers=True, multiprocessing_context="fork")
    batches(loader)
    child = os.fork()
    if child == 0:
        loader._iterator._pool.close()  # type: ignore[union-attr]
        os._exit(0)
    os.waitpid(child, 0)
    assert batches(loader) == [[0], [1], [2], [3]]


# ------------------------------------------------------------------------------- the rest


def test_more_workers_than_processors() -> None:
    """Are warned of, as in PyTorch; threads are not."""
    many = 2 + (os.cpu_count() or 1)
    with pytest.warns(UserWarning, match=f"This DataLoader will create {many} worker processes in total"):
        DataLoader(range(3), num_workers=many)
    DataLoader(range(3), num_workers=many, multiprocessing_context="thread")


def test_contexts() -> None:
    """A name, a context, or threads; anything else is refused."""
    context = multiprocessing.get_context("spawn")
    assert (
        DataLoader(range(3), num_workers=1, multiprocessing_context=context).multiprocessing_context
        is context
    )
    loader = DataLoader(range(3), num_workers=1, multiprocessing_context="spawn")
    assert loader.multiprocessing_context.get_start_method() == "spawn"
    with pytest.raises(
        ValueError, match=r"valid start method in \[.*'spawn'.*got multiprocessing_context='thraed'"
    ):
        DataLoader(range(3), num_workers=1, multiprocessing_context="thraed")
    with pytest.raises(TypeError, match="valid context object or a string"):
        DataLoader(range(3), num_workers=1, multiprocessing_context=3)


SPAWNED = """
import microtensor as torch
from microtensor.utils.data import DataLoader, TensorDataset

class Squares(torch.utils.data.Dataset):
    def __len__(self):
        return 5
    def __getitem__(self, index):
        return index ** 2

if __name__ == "__main__":
    for kind in {kinds}:
        loader = DataLoader(Squares(), batch_size=2, num_workers=1, multiprocessing_context=kind)
        print([batch.tolist() for batch in loader])
"""


def test_other_ways_to_start(tmp_path: Path) -> None:
    """Spawned and served by a fork server, a program's own classes are found again."""
    kinds = [kind for kind in ("spawn", "forkserver") if kind in multiprocessing.get_all_start_methods()]
    program = tmp_path / "program.py"
    program.write_text(SPAWNED.format(kinds=kinds))
    path = str(Path(mt.__file__).parents[1])
    run = subprocess.run(
        [sys.executable, program], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert (run.stdout, run.stderr) == ("[[0, 1], [4, 9], [16]]\n" * len(kinds), "")


def test_words_that_seed_numpy_in_a_worker_are_pytorchs() -> None:
    from microtensor.utils.data._utils.worker import _generate_state

    assert _generate_state(3, 0) == [2613022947, 1532590702, 2872237355, 332208895]
    assert _generate_state(2**40 + 7, 5) == [2893581008, 2523401072, 617217190, 2860790501]
