"""Runs programs, each in a process of its own that has its library loaded already.

``python worker.py torch`` or ``python worker.py microtensor``; every line that it reads is a program to run
in the current folder, as JSON ``[path, output]``, and is answered by the program's exit code when its output
has been written to the files ``output.out`` and ``output.err``.  Loading PyTorch for each program would take
most of the time; a fork of a process that has loaded it starts as fresh, and at once.  Where a fork is not
safe, each program is started from the beginning.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import traceback
from collections.abc import Callable


def with_torch(path: str) -> int:
    """Run the program at `path` as Python does."""
    runpy.run_path(path, run_name="__main__")
    return 0


def with_microtensor(path: str) -> int:
    """Run the program at `path` as ``python -m microtensor run`` does."""
    from microtensor.compat.run_program import run

    return run(path, [])


def start(library: str, path: str, output: str) -> int:
    """Run the program as a user does, from a command line."""
    command = [path] if library == "torch" else ["-m", "microtensor", "run", path]
    with open(f"{output}.out", "wb") as out, open(f"{output}.err", "wb") as err:
        return subprocess.call([sys.executable, *command], stdin=subprocess.DEVNULL, stdout=out, stderr=err)


def child(run: Callable[[str], int], path: str, output: str) -> None:
    """Run the program, and leave without returning."""
    for number, kind in ((1, "out"), (2, "err")):
        os.dup2(os.open(f"{output}.{kind}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = [path]
    code = 1
    try:
        code = run(path)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def fork(library: str, path: str, output: str) -> int:
    """Run the program in a copy of this process."""
    process = os.fork()
    if not process:
        child(with_torch if library == "torch" else with_microtensor, path, output)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def main(library: str) -> None:
    """Load the library, and answer every line."""
    run = fork if sys.platform == "linux" else start
    if run is fork:  # PyTorch's optimizers load this, slowly
        __import__("torch._dynamo" if library == "torch" else library)
    for line in sys.stdin:
        print(run(library, *json.loads(line)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
