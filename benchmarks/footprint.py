"""What it costs to have the library at all: the time to import it and the size to download it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from rounds import python_of, single

ROOT = Path(__file__).parents[1]
_TIMER = """
import sys
sys.path.append({root!r})
from time import perf_counter
begin = perf_counter()
import numpy
middle = perf_counter()
import {library}
print(middle - begin, perf_counter() - middle)
"""


def imports(libraries: list[str], chosen: dict[str, str], repeats: int) -> dict[str, float | None]:
    """Milliseconds to import NumPy, and each of the others when NumPy is there already."""
    times: dict[str, list[float]] = {"numpy": []}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(repeats + 1):
            for library in libraries:
                pair = _once(library, python_of(library, chosen), folder)
                if pair and (turn or repeats == 1):  # the first turn compiles
                    times.setdefault(library, []).append(pair[1])
                    times["numpy"].append(pair[0])
    return {name: median(held) * 1e3 for name, held in times.items() if held}


def _once(library: str, python: str, folder: str) -> list[float] | None:
    """Compiled files of a checkout go to `folder`: an installed library has them, too."""
    text, environment = _TIMER.format(root=str(ROOT), library=library), single(1)
    if library == "microtensor":
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPYCACHEPREFIX"] = folder
    ran = subprocess.run([python, "-c", text], env=environment, capture_output=True, text=True)
    return [float(word) for word in ran.stdout.split()] if ran.returncode == 0 else None


def wheel() -> int | None:
    """Bytes of the built wheel; None where it cannot be built, as without a package index."""
    with tempfile.TemporaryDirectory() as folder:
        build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, str(ROOT)]
        try:
            subprocess.run(build, check=True, capture_output=True, timeout=180)
        except (subprocess.SubprocessError, OSError):
            return None
        return max(path.stat().st_size for path in Path(folder).glob("*.whl"))


def measure(libraries: list[str], chosen: dict[str, str], quick: bool) -> dict[str, Any]:
    """Both; a quick run imports once and builds nothing."""
    return {
        "import ms": imports(libraries, chosen, 1 if quick else 7),
        "wheel bytes": None if quick else wheel(),
    }
