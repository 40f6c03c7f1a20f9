"""``python -m microtensor launch``: start one program in several processes, through mpiexec.

Each process finds its place in the variables ``RANK``, ``WORLD_SIZE``, ``LOCAL_RANK`` and so on, as under
PyTorch's torchrun.  One that ends with an error ends them all, with its exit code.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec

from ..distributed.starting import NEEDS_MPI

__all__ = ["main", "parser"]


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    found = argparse.ArgumentParser("python -m microtensor launch", description="One program, several ranks.")
    found.add_argument("-n", "--nproc-per-node", dest="count", type=int, default=1, help="processes, in all")
    found.add_argument("--hosts", help="machines, separated by commas, for mpiexec's -hosts")
    found.add_argument("--as-torch", action="store_true", help="`import torch` means microtensor")
    found.add_argument("--checked", action="store_true", help="say so when ranks disagree: slower")
    found.add_argument("program")
    found.add_argument("arguments", nargs=argparse.REMAINDER, help="the program's own")
    return found


def main(arguments: list[str]) -> int:
    """Start the processes, wait for all, and give the exit code."""
    options = parser().parse_args(arguments)
    command = [sys.executable, "-m", "microtensor.compat.run_rank"]
    command += ["--as-torch"] * options.as_torch + [options.program, *options.arguments]
    try:
        starter = _mpiexec(options.count, options.hosts)
    except (RuntimeError, ValueError) as error:
        print(f"python -m microtensor launch: {error}", file=sys.stderr)
        return 2
    return subprocess.run([*starter, *command], env=_environment(options), check=False).returncode


def _mpiexec(count: int, hosts: str | None) -> list[str]:
    """What comes before the command; nothing for one process, which needs no MPI."""
    if count < 1:
        raise ValueError(f"-n takes a number of processes, 1 or more, not {count}")
    if count == 1 and hosts is None:
        return []
    if find_spec("mpi4py") is None:
        raise RuntimeError(NEEDS_MPI)
    where = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
    found = shutil.which("mpiexec", path=where)
    if found is None:
        raise RuntimeError("mpiexec is neither beside this Python nor on the PATH: pip install mpich")
    return [found, "-n", str(count), *(("-hosts", hosts) if hosts else ())]


def _environment(options: argparse.Namespace) -> dict[str, str]:
    """One thread for each process, unless the user has said otherwise: they share the cores already."""
    found = dict(os.environ)
    if options.count > 1:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            found.setdefault(name, "1")
    if options.checked:
        found["TORCH_DISTRIBUTED_DEBUG"] = "DETAIL"
    return found
