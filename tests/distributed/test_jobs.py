"""Whole jobs: those that go well print what PyTorch prints, and those that go wrong end."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = Path(__file__).parent / "programs"
TRAIN, FAILURES = str(PROGRAMS / "train.py"), str(PROGRAMS / "failures.py")


def losses(job: Any) -> list[float]:
    """The numbers that the training program printed."""
    assert job.returncode == 0, job.stdout + job.stderr
    return [float(number) for number in re.findall(r"loss ([\d.]+)", job.stdout)]


def test_two_ranks_print_what_torchrun_prints(launch: Any, torchrun: Any) -> None:
    ours = losses(launch(2, "--as-torch", TRAIN))
    assert len(ours) == 8
    assert ours == pytest.approx(losses(torchrun(2, TRAIN)), rel=1e-3)
    assert ours[3] < ours[0]
    assert ours[7] < ours[4]


def test_ranks_and_checks_do_not_change_what_is_printed(launch: Any) -> None:
    """A world of one sees other batches, so four ranks are compared with themselves, checked."""
    four = losses(launch(4, "--as-torch", TRAIN))
    assert len(four) == 8
    assert losses(launch(4, "--checked", "--as-torch", TRAIN)) == pytest.approx(four, rel=1e-4)


@pytest.mark.parametrize("how", ["raises", "raises_in_backward"])
def test_a_rank_that_raises_ends_the_job_with_its_error(how: str, launch: Any) -> None:
    job = launch(2, "--as-torch", FAILURES, how)
    assert job.returncode not in (0, None)
    assert "[rank1]: ValueError: rank 1 has had enough" in job.stderr
    assert f'[rank1]:   File "{FAILURES}", line' in job.stderr
    assert "run_rank.py" not in job.stderr
    assert "nobody comes here" not in job.stdout


def test_a_rank_that_exits_gives_its_code(launch: Any) -> None:
    job = launch(4, "--as-torch", FAILURES, "exits")
    assert job.returncode == 3, job.stderr
    assert "nobody comes here" not in job.stdout


def test_without_the_launcher_an_error_ends_the_job_too(mpiexec: Any, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import microtensor as mt\nmt.as_torch()\n" + Path(FAILURES).read_text())
    job = mpiexec(2, str(program), "raises")
    assert job.returncode not in (0, None)
    assert "[rank1]: ValueError: rank 1 has had enough" in job.stderr


def test_a_rank_that_does_not_come_is_waited_for_no_longer_than_the_timeout(launch: Any) -> None:
    job = launch(2, "--as-torch", FAILURES, "is_late")
    assert job.returncode not in (0, None)
    assert "DistBackendError: Timed out waiting 1000ms for all_reduce to complete" in job.stderr


def test_a_monitored_barrier_names_the_rank_that_is_missing(launch: Any) -> None:
    job = launch(2, "--as-torch", FAILURES, "is_late", "monitored")
    assert "[rank0]: RuntimeError: Rank 1 failed to pass monitoredBarrier in 1000 ms" in job.stderr


def test_the_checked_mode_tells_of_a_rank_that_has_come_to_its_end(launch: Any) -> None:
    job = launch(2, "--checked", "--as-torch", FAILURES, "ends")
    assert job.returncode not in (0, None)
    assert "Rank 0 is running collective: all_reduce(torch.float32 (2,), SUM)" in job.stderr
    assert "Rank 1 is running collective: none: it has destroyed the process group" in job.stderr


PLACE = """
import os, microtensor.distributed as dist
names = "RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "OMP_NUM_THREADS"
dist.init_process_group(rank=int(os.environ["RANK"]), world_size=int(os.environ["WORLD_SIZE"]))
values = [os.environ[name] for name in names]
assert dist.get_node_local_rank() == dist.get_rank()
if dist.get_rank() == 1:
    print(*values, os.environ["MASTER_PORT"])
"""


def test_each_rank_finds_its_place_in_the_environment(launch: Any, tmp_path: Path) -> None:
    (tmp_path / "place.py").write_text(PLACE)
    job = launch(2, str(tmp_path / "place.py"))
    assert job.stdout.split() == ["1", "2", "1", "2", "1", "29500"], job.stderr


def test_a_program_that_is_not_there(launch: Any) -> None:
    job = launch(2, "no_such_program.py")
    assert job.returncode == 2
    assert "python -m microtensor launch: [Errno 2] No such file or directory" in job.stderr


def test_processes_that_do_not_know_each_other_in_mpi(launch: Any, tmp_path: Path) -> None:
    text = "import microtensor.distributed as dist\ndist.init_process_group(rank=1, world_size=2)\n"
    (tmp_path / "apart.py").write_text(text)
    job = launch(1, str(tmp_path / "apart.py"))
    assert job.returncode == 1
    assert "world_size is 2 by the program's arguments or WORLD_SIZE, but 1 by MPI" in job.stderr


ROOT = Path(__file__).parents[2]


def test_the_program_in_the_documentation_runs(launch: Any, tmp_path: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "distributed.md").read_text(), re.DOTALL)
    program = tmp_path / "program.py"
    program.write_text(f"import os\nos.chdir({str(tmp_path)!r})\n{block}")
    job = launch(2, str(program))
    assert job.returncode == 0, job.stderr
    found = [float(number) for number in re.findall(r"epoch \d: ([\d.]+)", job.stdout)]
    assert len(found) == 3
    assert found[2] < found[0]


def test_the_benchmark_says_what_it_promises(launch: Any) -> None:
    job = launch(2, str(ROOT / "benchmarks" / "scaling.py"), "--seconds", "0", "--workloads", "xor")
    assert job.returncode == 0, job.stderr
    first, *others = job.stdout.splitlines()
    names = [part.split()[0] for part in first.partition(": ")[2].split(", ")]
    assert names == ["apart", "together", "of", "waiting", *["calm"] * 6]
    assert [line.partition(" on 2")[0] for line in others] == [
        f"all_reduce of {size} KiB" for size in (1, 1024, 4096)
    ]


def test_the_model_on_paper_is_the_documentations() -> None:
    found = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "scaling_on_paper.py")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout in (ROOT / "docs" / "distributed.md").read_text()
