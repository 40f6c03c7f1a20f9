"""A rank that fails ends the job: the others would wait for it for ever.

An exception that nobody catches is printed with the rank before every line, as PyTorch does it, and then MPI
is told to end all processes.
"""

from __future__ import annotations

import sys
import traceback
from types import TracebackType

from . import mpi

__all__ = ["end_job_on_errors"]


def end_job_on_errors(rank: int) -> None:
    """From now on, an exception that reaches the top of this program ends the whole job."""

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        lines = "".join(f"[rank{rank}]: {line}\n" for line in text.splitlines())
        sys.stderr.write(lines)
        mpi.abort(130 if issubclass(kind, KeyboardInterrupt) else 1)

    sys.excepthook = report
