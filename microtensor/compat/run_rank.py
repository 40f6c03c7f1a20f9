"""What `launch` starts in each process: find this one's place, and run the program.

python -m microtensor.compat.run_rank [--as-torch] train.py [arguments]
"""

from __future__ import annotations

import os
import sys

from ..distributed import mpi
from ..distributed.failing import end_job_on_errors
from ..distributed.starting import is_available
from .run_program import execute, run

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the program, and give its exit code; in a job of several, an error ends them all."""
    as_torch = arguments[0] == "--as-torch"
    program, *rest = arguments[as_torch:]
    size = _take_place()
    try:
        return run(program, rest) if as_torch else execute(program, rest)
    except OSError as error:
        print(f"python -m microtensor launch: {error}", file=sys.stderr)
        return _ended(2, size)
    except SystemExit as error:
        return _ended(_code(error), size)


def _take_place() -> int:
    """Set the variables that programs read, as torchrun does; return the number of processes."""
    place = {"RANK": 0, "WORLD_SIZE": 1, "LOCAL_RANK": 0, "LOCAL_WORLD_SIZE": 1}
    if is_available():
        world = mpi.world()
        local, near = mpi.local_rank()
        place = {"RANK": world.rank, "WORLD_SIZE": world.size, "LOCAL_RANK": local, "LOCAL_WORLD_SIZE": near}
        world.free()
    os.environ.update({name: str(value) for name, value in place.items()})
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", "29500")
    if place["WORLD_SIZE"] > 1:
        end_job_on_errors(place["RANK"])
    return place["WORLD_SIZE"]


def _code(error: SystemExit) -> int:
    """The exit code that Python would give, with what it would print."""
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    print(error.code, file=sys.stderr)
    return 1


def _ended(code: int, size: int) -> int:
    if code and size > 1:
        mpi.abort(code)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
