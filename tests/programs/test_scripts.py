"""Programs written for PyTorch, run unmodified: they hold what they claim, and print PyTorch's numbers.

Each file of ``scripts`` is a program in one of the styles of published PyTorch code, and ends by asserting
what must hold, as a loss that fell.  It runs as ``python -m microtensor run`` runs it.  Where PyTorch is
installed, it runs with PyTorch as well, and the two print the same: the same text, the same integers, and
the same numbers to 1e-4 of their size, or to the last digit that is printed.
"""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

import microtensor
from microtensor.compat.check_program import check

HERE = Path(__file__).parent
SCRIPTS = sorted((HERE / "scripts").glob("*.py"), key=lambda path: path.name)
NUMBER = re.compile(r"(?<![\w.])-?(?:\d+\.?\d*(?:e[-+]?\d+)?|nan|inf)(?![\w])")
TOLERANCE = 1e-4


class Printed(NamedTuple):
    """What a program did."""

    code: int
    out: str
    err: str


class Worker:
    """A process that has a library loaded, and runs programs one by one in `folder`."""

    def __init__(self, library: str, folder: Path) -> None:
        paths = [str(Path(microtensor.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), library],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=os.environ | threads | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
        )

    def run(self, path: Path) -> Printed:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        output = self.folder / path.stem
        self.process.stdin.write(json.dumps([str(path), str(output)]) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        return Printed(code, *(output.with_suffix(kind).read_text() for kind in (".out", ".err")))

    def stop(self) -> None:
        self.process.communicate()


def started(library: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    worker = Worker(library, tmp_path_factory.mktemp(library))
    yield worker
    worker.stop()


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    yield from started("microtensor", tmp_path_factory)


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    yield from started("torch", tmp_path_factory)


def form(line: str) -> str:
    """A line without its numbers."""
    return " ".join(NUMBER.sub("#", line).split())


def agree(ours: str, theirs: str) -> bool:
    """Equal as text, or as decimals: to `TOLERANCE`, or one unit of the last digit that PyTorch prints."""
    if ours == theirs or not {".", "e"} & set(theirs):
        return ours == theirs
    digits, _, exponent = theirs.partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))
    return abs(float(ours) - float(theirs)) <= max(1.01 * unit, TOLERANCE * abs(float(theirs)))


def differences(ours: str, theirs: str) -> list[str]:
    """The lines in which two outputs differ, and a word about each."""
    mine, its = ours.splitlines(), theirs.splitlines()
    found = [] if len(mine) == len(its) else [f"{len(mine)} lines, and PyTorch's {len(its)}"]
    for number, (a, b) in enumerate(zip(mine, its, strict=False), 1):
        numbers = zip(NUMBER.findall(a), NUMBER.findall(b), strict=False)
        if form(a) != form(b) or not all(agree(p, q) for p, q in numbers):
            found.append(f"line {number}: {a!r}, and PyTorch's {b!r}")
    return found


def named(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", SCRIPTS, ids=named)
def test_a_program_holds_what_it_claims_and_prints_what_pytorch_prints(
    path: Path, ours: Worker, request: pytest.FixtureRequest
) -> None:
    printed = ours.run(path)
    assert printed.code == 0, printed.err
    numbers = [float(text) for text in NUMBER.findall(printed.out)]
    assert len(numbers) >= 20
    assert all(map(math.isfinite, numbers)), "the program prints numbers that are not finite"
    if find_spec("torch"):
        expected = request.getfixturevalue("theirs").run(path)
        assert expected.code == 0, expected.err
        assert not differences(printed.out, expected.out)
        assert not printed.err or expected.err, "a warning where PyTorch gives none"


@pytest.mark.parametrize("path", SCRIPTS, ids=named)
def test_the_reader_finds_nothing_missing(path: Path) -> None:
    used, missing = check(str(path))
    assert used
    assert not missing


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("loss 0.50000", "loss 0.50004", True),
        ("loss 0.50000", "loss 0.50006", False),
        ("loss 0.0012", "loss 0.0013", True),
        ("loss 1.2e-05", "loss 1.4e-05", False),
        ("loss -0.5", "loss 0.5", False),
        ("3 of 10", "4 of 10", False),
        ("torch.Size([2]) float32", "torch.Size([2]) torch.float32", False),
        ("tensor(1., grad_fn=<AddBackward0>)", "tensor(1., grad_fn=<MulBackward0>)", False),
        ("1.0", "1.0\n2.0", False),
        ("nan", "1.0", False),
        ("True", "False", False),
    ],
)
def test_the_comparison_tells_apart(ours: str, theirs: str, same: bool) -> None:
    assert (not differences(ours, theirs)) is same
