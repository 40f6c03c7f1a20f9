"""Compiled libraries are kept between runs, in a folder that nobody else can write to.

A library is code that will run in this process, so the folder must be the user's own and closed to
others before anything is loaded from it; where it is not, or can't be written, a library lives in a
temporary folder as long as the process.  A file's name carries a digest of what it was made from and
one of what is in it: a half-written or damaged file is compiled anew, and is never loaded.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import hashlib
import os
import shutil
import stat
import tempfile
import time
from functools import cache
from pathlib import Path

from ..program import Unavailable
from .toolchain import compiled, compiler, identity

LARGEST = 128 << 20
"""Bytes of libraries that are kept; the oldest make room."""

ABANDONED = 3600.0
"""Seconds after which a compilation was ended with its process."""


def folder() -> Path:
    """The cache: ``microtensor`` in ``$XDG_CACHE_HOME``, else in ``~/.cache``."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(home) / "microtensor"


def library(source: str, *, holds_gil: bool = True) -> ctypes.CDLL:
    """The library compiled from the text `source`, from the cache where it is there.

    `holds_gil` for functions so short that giving up Python's lock would cost more than they do.
    """
    command = compiler()
    key = hashlib.sha256((identity(command) + source).encode()).hexdigest()[:32]
    place = _closed(folder()) or _temporary()
    file = _kept(place, key) or _made(place, key, source, command)
    try:
        return (ctypes.PyDLL if holds_gil else ctypes.CDLL)(str(file))
    except OSError as error:
        raise Unavailable(f"the compiled library can't be loaded: {error}") from error


def _closed(place: Path) -> Path | None:
    """`place`, if it is (or can be made) a folder of this user that no other can write to, else None."""
    with contextlib.suppress(OSError):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = place.lstat()
        mine = stat.S_ISDIR(state.st_mode) and state.st_uid == os.getuid()
        if mine and not state.st_mode & 0o077 and os.access(place, os.W_OK):
            return place
    return None


@cache
def _temporary() -> Path:
    place = Path(tempfile.mkdtemp(prefix="microtensor-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place


def _kept(place: Path, key: str) -> Path | None:
    """The whole library of this key; what is left of a damaged one is removed."""
    for file in place.glob(f"{key}.*.so"):
        with contextlib.suppress(OSError):
            if file.name.split(".")[1] == _digest(file):
                os.utime(file)
                return file
            file.unlink()
    return None


def _made(place: Path, key: str, source: str, command: tuple[str, ...]) -> Path:
    with tempfile.TemporaryDirectory(prefix="making-", dir=place) as work:
        text, fresh = Path(work) / "step.c", Path(work) / "step.so"
        text.write_text(source)
        compiled(command, text, fresh)
        target = place / f"{key}.{_digest(fresh)}.so"
        fresh.rename(target)
    _bound(place, target)
    return target


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:32]


def _bound(place: Path, newest: Path) -> None:
    """Remove the libraries that were used longest ago, until the rest fits, and what was never finished."""
    kept = []
    for left in place.glob("making-*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > ABANDONED:
                shutil.rmtree(left, ignore_errors=True)
    for file in place.glob("*.so"):
        with contextlib.suppress(OSError):
            state = file.stat()
            kept.append((file != newest, -state.st_mtime, state.st_size, file))
    total = 0
    for _, _, size, file in sorted(kept):
        total += size
        if total > LARGEST and file != newest:
            with contextlib.suppress(OSError):
                file.unlink()


__all__ = ["LARGEST", "folder", "library"]
