"""From DOT to a picture, with whatever is there: Graphviz's ``dot``, or ``graphviz-pure``.

A ``dot`` on the PATH comes first.  Else the program ``graphviz-pure``, which ``pip install
"microtensor[viz]"`` brings, with fonts of its own and no system package; pip puts it beside Python's other
scripts, which need not be on the PATH.
"""

from __future__ import annotations

import os
import shutil
import sysconfig
from collections.abc import Sequence
from importlib import metadata

INSTALL = (
    'to draw pictures, install graphviz-pure with `pip install "microtensor[viz]"`, or Graphviz with your '
    "system's package manager"
)
_SECONDS = 120


class RenderError(RuntimeError):
    """A picture cannot be made: what is missing, or what the drawing program said."""


class _TooSlow(RenderError):
    """No other program would be faster."""


def program() -> str | None:
    """The path of the program that draws; None if there is none."""
    return shutil.which("dot") or _pure()


def _pure() -> str | None:
    scripts = sysconfig.get_path("scripts")
    found = shutil.which("graphviz-pure") or shutil.which("graphviz-pure", path=scripts)
    return found or _installed()


def _installed() -> str | None:
    """Where pip says that it has put the program, in an installation of an unusual layout."""
    try:
        package = metadata.distribution("graphviz-pure")
    except metadata.PackageNotFoundError:
        return None
    listed = [path.locate() for path in package.files or () if path.stem == "graphviz-pure"]
    paths = [os.path.realpath(str(p)) for p in (*listed, package.locate_file("bin/graphviz-pure"))]
    return next((path for path in paths if os.path.isfile(path) and os.access(path, os.X_OK)), None)


def render(source: str, kind: str, options: Sequence[str] = ()) -> bytes:
    """The picture of a DOT text as ``svg``, ``png`` or ``pdf``.

    If ``dot`` fails, which a broken installation or a missing plugin may cause, ``graphviz-pure`` tries.
    Raises `RenderError`, with one sentence that says what to do, if no program is there, if it cannot write
    this kind, or if all fail.
    """
    found = program()
    if found is None:
        raise RenderError(f"no program to draw with: {INSTALL}.")
    other = _pure() if os.path.basename(found).startswith("dot") and kind != "pdf" else None
    try:
        return _run(found, source, kind, options)
    except RenderError as error:
        if other is None or isinstance(error, _TooSlow):
            raise
    return _run(other, source, kind, options)


def _run(found: str, source: str, kind: str, options: Sequence[str]) -> bytes:
    if kind == "pdf" and "graphviz-pure" in os.path.basename(found):
        raise RenderError(
            "graphviz-pure writes no PDF: save SVG or PNG, or install Graphviz (its program dot) with your "
            "system's package manager."
        )
    command = [found, f"-T{kind}", *options]
    import subprocess  # which no browser has, where text and pages are drawn all the same

    try:
        done = subprocess.run(
            command, input=source.encode(), capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise _TooSlow(
            f"{found} took more than {_SECONDS} s to lay this graph out: fold it, with depth=1 for example."
        ) from None
    except OSError as error:
        raise RenderError(f"{found} cannot be run: {error.strerror or error}; {INSTALL}.") from None
    if done.returncode or not done.stdout:
        raise RenderError(f"{found} failed: {done.stderr.decode(errors='replace').strip() or 'no output'}.")
    return done.stdout
