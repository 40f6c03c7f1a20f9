"""Running a program file as if Python did, with ``torch`` meaning this package."""

from __future__ import annotations

import io
import os
import sys
from types import ModuleType, TracebackType

from .install import as_torch

__all__ = ["execute", "run"]


def run(path: str, arguments: list[str]) -> int:
    """What `execute` does, with ``torch`` meaning this package."""
    as_torch()
    return execute(path, arguments)


def execute(path: str, arguments: list[str]) -> int:
    """Run the program at `path` as ``__main__``, and give its exit code.

    It sees its own folder first in ``sys.path``, its own ``sys.argv``, and tracebacks that begin in it.  An
    exit of its own (``sys.exit``) goes on as it is.  Raises ``OSError`` if there is no such file.
    """
    with io.open_code(os.path.abspath(path)) as file:
        source = file.read()
    module = ModuleType("__main__")
    vars(module).update(__file__=path, __builtins__=__builtins__, __cached__=None)
    sys.modules["__main__"] = module
    sys.argv = [path, *arguments]
    if not sys.flags.safe_path:  # with python -P there is no place for a folder, here as there
        sys.path[0] = os.path.dirname(os.path.realpath(path))
    return _execute(source, path, module)


def _execute(source: bytes, path: str, module: ModuleType) -> int:
    try:
        exec(compile(source, path, "exec", dont_inherit=True), vars(module))
    except Exception as error:
        return _report(error, path, 1)
    except KeyboardInterrupt as error:
        return _report(error, path, 130)
    return 0


def _report(error: BaseException, path: str, code: int) -> int:
    error = error.with_traceback(_from_program(error.__traceback__, path))
    sys.excepthook(type(error), error, error.__traceback__)
    return code


def _from_program(trace: TracebackType | None, path: str) -> TracebackType | None:
    """The traceback from the program's first line on."""
    while trace is not None and trace.tb_frame.f_code.co_filename != path:
        trace = trace.tb_next
    return trace
