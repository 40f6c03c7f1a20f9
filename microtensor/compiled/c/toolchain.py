"""A C compiler, if there is one: how it is found, its flags, and what else decides a library's bits.

The compiler is ``$CC``, else the first of ``cc``, ``gcc`` and ``clang`` on the PATH, else the one that the
package `ziglang` carries in a wheel (the extra ``cc``).  Without any of them the steps run on NumPy.

The flags let loops become vector instructions and leave arithmetic alone: ``+ - * /`` and ``sqrt`` give
NumPy's bits.  Never ``-ffast-math``: loading a library linked with it switches denormal numbers off for
the whole thread, NumPy's included.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from ..program import Unavailable

NATIVE = ("-march=native", "-mprefer-vector-width=512")
"""All that this processor can do; left out where the compiler does not know these flags."""

FLAGS = (
    "-O3",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=off",
    "-fwrapv",
    "-fno-strict-aliasing",
    "-fopenmp-simd",
    "-std=gnu11",
    "-w",
    "-shared",
    "-fPIC",
)  # fmt: skip
"""Integers wrap as NumPy's do, memory may be seen under two dtypes, loops say what is independent."""

PATIENCE = 120.0
"""Seconds after which a compiler is given up."""


def compiler() -> tuple[str, ...]:
    """The command of the C compiler; `Unavailable` if there is none.

    >>> compiler()  # doctest: +SKIP
    ('/usr/bin/cc',)
    """
    if os.name != "posix":
        raise Unavailable("C needs a POSIX system, so steps are replayed on NumPy")
    wanted = os.environ.get("CC")
    return _command(wanted) if wanted else _found()


def _command(text: str) -> tuple[str, ...]:
    first, *rest = shlex.split(text)
    path = shutil.which(first)
    if path is None:
        raise Unavailable(f"the C compiler of the environment's CC, {first!r}, is not there")
    return (path, *rest)


def _found() -> tuple[str, ...]:
    for name in ("cc", "gcc", "clang"):
        path = shutil.which(name)
        if path is not None:
            return (path,)
    zig = importlib.util.find_spec("ziglang")
    if zig is None:
        raise Unavailable("no C compiler (cc, gcc, clang or $CC): install one, or microtensor[cc]")
    return (sys.executable, "-m", "ziglang", "cc")


def identity(command: tuple[str, ...]) -> str:
    """What tells this compiler on this machine from others: its file, the flags and the processor."""
    file = _program(command)
    state = file.stat()
    return repr((command, NATIVE, FLAGS, str(file), state.st_size, state.st_mtime_ns, processor()))


def _program(command: tuple[str, ...]) -> Path:
    spec = importlib.util.find_spec("ziglang") if command[-2:] == ("ziglang", "cc") else None
    return Path(spec.origin if spec is not None and spec.origin else command[0]).resolve()


@cache
def processor() -> str:
    """A digest of the processor's name and instruction sets, for ``-march=native``."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = [platform.processor()]
    told = {line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))}
    return hashlib.sha256("\n".join([platform.machine(), *sorted(told or lines)]).encode()).hexdigest()


def compiled(command: tuple[str, ...], source: Path, library: Path) -> None:
    """Compile the file `source` into the shared `library`; `Unavailable` with the compiler's words if not."""
    try:
        _run([*command, *NATIVE, *FLAGS], source, library)
    except Unavailable:
        _run([*command, *FLAGS], source, library)


def _run(command: list[str], source: Path, library: Path) -> None:
    line = [*command, "-o", str(library), str(source), "-lm"]
    try:
        done = subprocess.run(line, capture_output=True, text=True, errors="replace", timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"the C compiler {command[0]} can't be run: {error}") from error
    if done.returncode or not library.exists():
        words = (done.stderr.strip().splitlines() or ["it said nothing"])[0]
        raise Unavailable(f"the C compiler {command[0]} failed: {words[:300]}")


__all__ = ["FLAGS", "compiled", "compiler", "identity", "processor"]
