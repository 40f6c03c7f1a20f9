"""One process, with MPI or without: programs run unchanged, and what needs more says so."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import microtensor as mt
import microtensor.distributed as dist
from microtensor.__main__ import main
from microtensor.compat import launch
from microtensor.distributed import starting

TRAIN = Path(__file__).parent / "programs" / "train.py"


@pytest.fixture
def without_mpi(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if mpi4py were not installed."""
    for module in (starting, launch):
        monkeypatch.setattr(module, "find_spec", lambda name: None)
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def world(without_mpi: None) -> Iterator[None]:
    """A process group of this process."""
    dist.init_process_group("gloo")
    yield
    if dist.is_initialized():
        dist.destroy_process_group()


@pytest.mark.usefixtures("world")
def test_collectives_of_one() -> None:
    x, y = mt.tensor([1.0, 2.0]), mt.zeros(2)
    assert dist.all_reduce(x, dist.ReduceOp.AVG) is None
    dist.reduce(x, 0)
    dist.broadcast(x, 0)
    dist.all_gather([y], x)
    assert y.tolist() == x.tolist() == [1, 2]
    dist.gather(x + 1, [y], dst=0)
    assert y.tolist() == [2, 3]
    dist.scatter(y, [x + 2], src=0)
    assert y.tolist() == [3, 4]
    dist.reduce_scatter_tensor(y, x)
    assert y.tolist() == [1, 2]
    dist.all_to_all_single(y, x + 1)
    assert y.tolist() == [2, 3]
    dist.barrier()
    dist.monitored_barrier()
    assert dist.new_group([0]).size() == 1
    with pytest.raises(RuntimeError, match="nobody else in a world of one"):
        dist.recv(x)
    with pytest.raises(RuntimeError, match="send: invalid destination rank: 1; ranks are 0 to 0"):
        dist.send(x, 1)


@pytest.mark.usefixtures("world")
def test_a_work_of_one_is_done_at_once() -> None:
    work = dist.all_reduce(mt.ones(2), async_op=True)
    assert work is not None
    assert work.is_completed()
    assert work.is_success()
    assert work.get_future().then(lambda done: done.value()[0].tolist()).wait() == [1, 1]


@pytest.mark.usefixtures("without_mpi")
def test_nothing_is_available() -> None:
    assert dist.is_available() is dist.is_mpi_available() is dist.is_gloo_available() is False


WITHOUT = """
import sys
sys.modules["mpi4py"] = None
from microtensor.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("how", [("run",), ("launch", "-n", "1", "--as-torch")])
def test_a_program_runs_unchanged(how: tuple[str, ...]) -> None:
    command = [sys.executable, "-c", WITHOUT, *how, str(TRAIN)]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.count("loss") == 8


@pytest.mark.usefixtures("without_mpi")
def test_several_processes_need_mpi(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(RuntimeError, match=r"mpi4py is not installed: pip install 'microtensor\[mpi\]'"):
        dist.init_process_group()
    assert not dist.is_initialized()
    assert main(["launch", "-n", "2", str(TRAIN)]) == 2
    assert "mpi4py is not installed: pip install 'microtensor[mpi]'" in capfd.readouterr().err
    assert main(["launch", "-n", "0", str(TRAIN)]) == 2
    assert "-n takes a number of processes, 1 or more, not 0" in capfd.readouterr().err


def test_mpiexec_is_looked_for(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(launch, "find_spec", lambda name: object())
    monkeypatch.setattr(launch.sysconfig, "get_path", lambda name: "nowhere")
    monkeypatch.setenv("PATH", "nowhere")
    assert main(["launch", "-n", "2", str(TRAIN)]) == 2
    assert (
        "mpiexec is neither beside this Python nor on the PATH: pip install mpich" in capfd.readouterr().err
    )


def test_hosts_are_handed_to_mpiexec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "find_spec", lambda name: object())
    monkeypatch.setattr(launch.shutil, "which", lambda name, path: "mpiexec")
    started: list[Any] = []
    monkeypatch.setattr(launch.subprocess, "run", _recorded(started))
    assert main(["launch", "-n", "8", "--hosts", "a,b", "train.py", "-n", "3"]) == 7
    assert started[0][0][:5] == ["mpiexec", "-n", "8", "-hosts", "a,b"]
    assert started[0][0][-3:] == ["train.py", "-n", "3"]
    assert "TORCH_DISTRIBUTED_DEBUG" not in started[0][1]


def _recorded(started: list[Any]) -> Any:
    def run(command: list[str], env: dict[str, str], check: bool) -> Any:
        started.append((command, {key: env[key] for key in env if key.startswith("TORCH_")}))
        return type("Done", (), {"returncode": 7})

    return run


@pytest.mark.usefixtures("without_mpi")
def test_what_init_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match="Distributed package doesn't have NCCL built in"):
        dist.init_process_group("nccl")
    with pytest.raises(ValueError, match="Unknown backend type foo: use 'gloo' or 'mpi'"):
        dist.init_process_group("foo")
    with pytest.raises(TypeError, match=r"to be of type datetime\.timedelta, got timeout=3"):
        dist.init_process_group(timeout=3)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="rank is 1 by the program's arguments or RANK, but 0 by MPI"):
        dist.init_process_group(rank=1, world_size=1)
    monkeypatch.setenv("TORCH_DISTRIBUTED_DEBUG", "LOUD")
    with pytest.raises(RuntimeError, match="must be OFF, INFO or DETAIL, and is 'LOUD'"):
        dist.init_process_group()
    assert not dist.is_initialized()


def test_without_a_group() -> None:
    text = "Default process group has not been initialized, please make sure to call init_process_group"
    for call in (dist.get_rank, dist.get_world_size, dist.barrier, lambda: dist.all_reduce(mt.ones(1))):
        with pytest.raises(ValueError, match=text):
            call()
    with pytest.raises(ValueError, match=text):
        mt.nn.parallel.DistributedDataParallel(mt.nn.Linear(1, 1))
    with pytest.raises(AssertionError, match="Process group cannot be None"):
        dist.destroy_process_group()
    assert dist.group.WORLD is None


@pytest.mark.usefixtures("without_mpi")
def test_backends_and_names() -> None:
    assert [dist.is_nccl_available(), dist.is_ucc_available(), dist.is_xccl_available()] == [False] * 3
    assert dist.is_torchelastic_launched() is False
    assert dist.is_backend_available("nccl") is dist.is_backend_available("gloo") is False
    for name, found in ((None, "mpi"), ("gloo", "gloo"), ("mpi", "mpi"), ("cpu:gloo", "gloo")):
        dist.init_process_group(name)
        assert dist.get_backend() == found
        dist.destroy_process_group()


def test_local_ranks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    assert dist.get_node_local_rank(3) == 3
    with pytest.raises(RuntimeError, match="LOCAL_RANK is not in the environment"):
        dist.get_node_local_rank()
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert dist.get_node_local_rank() == 1


@pytest.mark.usefixtures("world")
def test_a_timeout_is_the_groups() -> None:
    assert dist.new_group([0], timeout=timedelta(seconds=5)).timeout == timedelta(seconds=5)
    assert dist.new_group([0]).timeout is None


@pytest.mark.usefixtures("world")
def test_the_divided_optimizer_refuses_to_overlap() -> None:
    divided = dist.optim.ZeroRedundancyOptimizer
    with pytest.raises(NotImplementedError, match="overlap_with_ddp=True is not here"):
        divided([mt.ones(1, requires_grad=True)], optimizer_class=mt.optim.SGD, lr=1.0, overlap_with_ddp=True)


def test_importing_it_starts_no_mpi() -> None:
    code = "import sys, microtensor.distributed, microtensor.nn.parallel; print('mpi4py' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
