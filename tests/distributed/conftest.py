"""Jobs of several processes: each has a time limit, after which it is killed and what it said is shown.

A test module that lists ``FILES`` and asks for a `check` is run once for each check in these files of
``checks/``; all checks of a module run in one job.
"""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SECONDS = 90
END = "the end of the job"
Job = subprocess.CompletedProcess[str]
LAUNCH = (sys.executable, "-m", "microtensor", "launch", "-n")
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node")


def run(*command: str, seconds: float = SECONDS, **variables: str) -> Job:
    """What a job says and its exit code; ``AssertionError`` if it does not end in time."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **variables}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise AssertionError(f"the job did not end in {seconds} s:\n{out}\n{err}") from None
    return Job(command, process.returncode, out, err)


def checks(file: str) -> list[str]:
    """The names of the checks in a file."""
    tree = ast.parse((HERE / "checks" / f"{file}.py").read_text())
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [name for name in names if name.startswith("check_")]


def checks_of(files: Iterable[str]) -> list[str]:
    """The names of the checks in several files."""
    return [name for file in files for name in checks(file)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "check" in metafunc.fixturenames:
        metafunc.parametrize("check", [*checks_of(metafunc.module.FILES), END])


@pytest.fixture(scope="session")
def launch() -> Callable[..., Job]:
    """Start a job of microtensor's: ``launch(2, "--as-torch", "train.py")``."""
    if find_spec("mpi4py") is None:
        pytest.skip("several processes need mpi4py and mpich, the extra mpi")
    return lambda ranks, *arguments, **options: run(*LAUNCH, str(ranks), *arguments, **options)


@pytest.fixture(scope="session")
def mpiexec(launch: Callable[..., Job]) -> Callable[..., Job]:
    """Start Python processes without the launcher: ``mpiexec(2, "train.py")``."""
    start = str(Path(sysconfig.get_path("scripts")) / "mpiexec")
    return lambda ranks, *arguments: run(start, "-n", str(ranks), sys.executable, *arguments)


@pytest.fixture(scope="session")
def torchrun() -> Callable[..., Job]:
    """Start a job of PyTorch's."""
    if find_spec("torch") is None:
        pytest.skip("parity tests need torch==2.13.0")
    return lambda ranks, *arguments, **options: run(*TORCHRUN, str(ranks), *arguments, **options)


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[dict[str, str]]]:
    """What became of each check of some files, by rank; a job runs once in a session."""

    @cache
    def found(
        start: Callable[..., Job], options: tuple[str, ...], ranks: int, files: tuple[str, ...]
    ) -> list[dict[str, str]]:
        report = tmp_path_factory.mktemp("job") / "report"
        paths = [str(HERE / "checks" / f"{file}.py") for file in files]
        timeout = "0" if ranks == 2 else "60"
        try:
            job = start(ranks, *options, str(HERE / "run_checks.py"), str(report), timeout, *paths)
            why = f"the job ended with {job.returncode}:\n{job.stdout}{job.stderr}" * bool(job.returncode)
        except AssertionError as error:
            why = str(error)
        reports = [Path(f"{report}.{rank}") for rank in range(ranks)]
        return [
            dict.fromkeys([*checks_of(files), END], why or "ok")
            | (json.loads(part.read_text()) if part.exists() else {})
            for part in reports
        ]

    return found


@pytest.fixture
def judge() -> Callable[[str, list[dict[str, str]]], None]:
    """Fail if a check failed on any rank."""

    def judged(check: str, found: list[dict[str, str]]) -> None:
        wrong = [
            f"rank {rank}:\n{result[check]}" for rank, result in enumerate(found) if result[check] != "ok"
        ]
        assert not wrong, "\n".join(wrong)

    return judged
