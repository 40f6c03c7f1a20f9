"""Run other people's libraries on microtensor and on PyTorch, and compare what they print.

    .ci/libraries                           all of tests/libraries, in fresh environments
    .ci/libraries einops keras --reuse DIR  these, in environments that are kept in DIR
    .ci/libraries --tests                   the libraries' own tests as well
    .ci/libraries --write                   put the results into docs/reference/libraries.md

There are two environments, with the same versions of everything: in one PyTorch, in the other microtensor
after ``python -m microtensor install-as-torch``. What a script of tests/libraries needs stands in its head:
see tests/libraries/README.md.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "tests" / "libraries"
PAGE = ROOT / "docs" / "reference" / "libraries.md"
TORCH = "torch==2.13.0"
COMMON = ["pytest", "pytest-xdist"]
CLOSE = 1e-4
"""The largest relative difference of what counts as the same number, where a script does not say."""


@dataclass(frozen=True)
class Library:
    """A script, and what its head says: see tests/libraries/README.md."""

    name: str
    script: Path
    dependencies: list[str]
    imports: list[str]
    close: float = CLOSE
    tests: dict[str, Any] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The pinned version of the library, which is the first dependency."""
        return self.dependencies[0].partition("==")[2]


def library(script: Path) -> Library:
    """What the head of a script says."""
    head = re.search(r"^# /// script\n((?:#.*\n)+?)# ///$", script.read_text("utf-8"), re.MULTILINE)
    if head is None:
        raise SystemExit(f"{script.name} has no head that begins with '# /// script'")
    told = tomllib.loads(re.sub(r"^# ?", "", head[1], flags=re.MULTILINE))
    if "==" not in (told.get("dependencies") or [""])[0]:
        raise SystemExit(f"{script.name}: its first dependency is to be the library, as NAME==VERSION")
    more = told.get("tool", {}).get("libraries", {})
    imports = more.pop("import", [script.stem])
    return Library(script.stem, script, told["dependencies"], imports, **more)


class Environment:
    """An environment with PyTorch, or with microtensor in its place."""

    def __init__(self, folder: Path, real: bool) -> None:
        self.folder, self.real = folder, real
        self.python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if not (folder / "complete").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            if real:
                self.pip(TORCH, *COMMON)
            else:
                self.pip("-e", str(ROOT), "ml_dtypes", *COMMON)
                subprocess.run([self.python, "-m", "microtensor", "install-as-torch"], check=True)
            (folder / "complete").touch()

    def pip(self, *arguments: str) -> None:
        """``pip install``, which must succeed."""
        command = [str(self.python), "-m", "pip", "install", "-q", *arguments]
        subprocess.run(command, check=True, env=variables())

    def frozen(self) -> dict[str, str]:
        """The versions of all packages."""
        command = [str(self.python), "-m", "pip", "list", "--format=json"]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=variables())
        return {entry["name"].lower(): entry["version"] for entry in json.loads(done.stdout)}

    def run(self, *arguments: str, seconds: int = 600, cwd: Path | None = None) -> tuple[int, str, str]:
        """Exit code, output and errors of this environment's Python, in an empty folder if none is given."""
        with tempfile.TemporaryDirectory(prefix="microtensor-libraries-") as empty:
            try:
                done = subprocess.run(
                    [str(self.python), *arguments], capture_output=True, text=True, cwd=cwd or empty,
                    env=variables(), timeout=seconds,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                return 1, "", f"nothing after {seconds} seconds"
        return done.returncode, done.stdout, done.stderr


def variables() -> dict[str, str]:
    """The environment variables of every command: one thread, no network for models, no window."""
    plain = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    fixed = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1", "MPLBACKEND": "Agg"}
    offline = {"HF_HUB_OFFLINE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    backends = {"KERAS_BACKEND": "torch", "EINOPS_TEST_BACKENDS": "numpy,torch"}
    return plain | fixed | offline | backends


def install(libraries: list[Library], real: Environment, ours: Environment) -> None:
    """Install what the scripts need, first beside PyTorch; the other environment gets the same versions."""
    for environment in (real, ours):
        have = environment.frozen()
        wanted = {word for entry in libraries for word in entry.dependencies}
        lacking = sorted(word for word in wanted if not present(word, have))
        for word in lacking:  # one by one: a library whose demands clash with another's is named by pip
            environment.pip(word, *([] if environment.real else constraints(real)))
    sys.stdout.flush()


def present(requirement: str, have: dict[str, str]) -> bool:
    """Whether a requirement such as ``einops==0.8.2`` or ``scipy`` is met."""
    name, _, version = re.sub(r"\[.*?\]", "", requirement).partition("==")
    found = have.get(name.strip().lower().replace("_", "-"), have.get(name.strip().lower()))
    return found is not None and version in ("", found)


def constraints(real: Environment) -> list[str]:
    """Options that make pip choose what is beside PyTorch."""
    file = real.folder / "constraints.txt"
    kept = {
        n: v for n, v in real.frozen().items() if n not in ("torch", "pip", "setuptools") and "+" not in v
    }
    file.write_text("".join(f"{name}=={version}\n" for name, version in kept.items()))
    return ["-c", str(file)]


# --------------------------------------------------------------------------- scripts


@dataclass
class Result:
    """What is known of a library here, as a row of the table shows it."""

    library: Library
    imports: str = ""
    example: str = ""
    tests: str = ""
    difference: str = ""
    trouble: str = ""

    def row(self) -> str:
        """A line of the table."""
        cells = (self.imports, self.example, self.tests or "-", self.difference or "-")
        return f"| {self.library.name} | {self.library.version} | {' | '.join(cells)} |"


def compared(entry: Library, real: Environment, ours: Environment) -> Result:
    """Import the library and run its script in both environments."""
    result = Result(entry)
    code, _, errors = ours.run("-c", f"import {', '.join(entry.imports)}")
    result.imports = "no" if code else "yes"
    there, expected, complaint = printed(entry, real)
    if not there:
        return told(result, "not beside PyTorch", complaint)
    here, found, complaint = printed(entry, ours) if not code else (False, {}, errors)
    if not here:
        return told(result, "no", complaint)
    return numbers(result, found, expected)


def told(result: Result, answer: str, trouble: str) -> Result:
    """The result with what stands in the way."""
    result.example, result.trouble = answer, "\n".join(trouble.strip().splitlines()[-12:])
    return result


def printed(entry: Library, environment: Environment) -> tuple[bool, dict[str, Any], str]:
    """Whether the script ran, the numbers that it printed as its last line, and its errors."""
    code, output, errors = environment.run(
        "-P", str(entry.script)
    )  # its folder has files of libraries' names
    try:
        return code == 0, json.loads(output.strip().splitlines()[-1]), errors
    except (IndexError, json.JSONDecodeError):
        return False, {}, errors or f"its last line is no JSON: {output[-200:]!r}"


def numbers(result: Result, found: dict[str, Any], expected: dict[str, Any]) -> Result:
    """The result with the largest relative difference among the named numbers."""
    if found.keys() != expected.keys():
        return told(result, "differs", f"names: {sorted(found)} here, {sorted(expected)} there")
    differences = {name: difference(found[name], expected[name]) for name in expected}
    largest = max(differences, key=lambda name: differences[name], default="")
    worst = differences.get(largest, 0.0)
    result.difference = "none" if worst == 0 else f"{worst:.0e}"
    if worst > result.library.close:
        return told(result, "differs", f"{largest}: {found[largest]} here, {expected[largest]} there")
    result.example = "same numbers"
    return result


def difference(found: Any, expected: Any) -> float:
    """The largest difference of nested numbers, relative to the largest of those expected.

    What is no number, or not a finite one, has to be equal.
    """
    here, there = list(leaves(found)), list(leaves(expected))
    if len(here) != len(there):
        return math.inf
    pairs = [pair for pair in zip(here, there, strict=True) if not same(*pair)]
    if not all(finite(value) for pair in pairs for value in pair):
        return math.inf
    scale = max((abs(value) for value in there if finite(value)), default=0.0) or 1.0
    return float(max((abs(one - other) / scale for one, other in pairs), default=0.0))


def leaves(value: Any) -> Iterator[Any]:
    """The numbers and words in nested lists and dictionaries, in their order."""
    if isinstance(value, dict):
        yield from (word for key in sorted(value) for word in (key, *leaves(value[key])))
    elif isinstance(value, list):
        yield from (leaf for item in value for leaf in leaves(item))
    else:
        yield value


def finite(value: object) -> bool:
    """Whether a value is a finite number."""
    return isinstance(value, (int, float)) and math.isfinite(value)


def same(one: object, other: object) -> bool:
    """Equal, or both not a number."""
    return one == other or (one != one and other != other)


# --------------------------------------------------------------------------- the libraries' own tests


def own_tests(entry: Library, real: Environment, ours: Environment, folder: Path) -> str:
    """How many of the library's own tests pass here, of those that pass on PyTorch."""
    there = passed(entry, real, folder)
    here = passed(entry, ours, folder)
    failing = sorted(there - here)
    (folder / f"{entry.name}.failing").write_text("".join(f"{test}\n" for test in failing))
    return f"{len(there & here)} of {len(there)}"


def passed(entry: Library, environment: Environment, folder: Path) -> set[str]:
    """The names of the tests that pass."""
    source = unpacked(entry, environment, folder)
    report = folder / f"{entry.name}.{'real' if environment.real else 'ours'}.xml"
    report.unlink(missing_ok=True)
    options = ["-q", "-p", "no:cacheprovider", "--tb=short", f"--junitxml={report}"]
    what = [*entry.tests.get("options", []), *entry.tests.get("paths", ["tests"])]
    _, output, errors = environment.run("-m", "pytest", *options, *what, cwd=source, seconds=7200)
    report.with_suffix(".log").write_text(output + errors)
    if not report.exists():
        raise SystemExit(f"{entry.name}: its tests do not run: see {report.with_suffix('.log')}")
    cases = ElementTree.parse(report).iter("testcase")
    return {f"{case.get('classname')}::{case.get('name')}" for case in cases if not len(case.findall("*"))}


def unpacked(entry: Library, environment: Environment, folder: Path) -> Path:
    """The folder in which the tests are: the installed package, or the unpacked source distribution."""
    if entry.tests.get("from") != "sdist":
        command = "import sysconfig; print(sysconfig.get_path('purelib'))"
        return Path(environment.run("-c", command)[1].strip())
    place = folder / "sources" / entry.name
    if not place.exists():
        place.mkdir(parents=True)
        name = entry.dependencies[0].partition("==")[0]
        fetch = ["-m", "pip", "download", "-q", "--no-deps", "--no-binary", name]
        _, _, errors = environment.run(*fetch, "-d", str(place), entry.dependencies[0], seconds=1200)
        archives = list(place.glob("*.tar.gz"))
        if not archives:
            place.rmdir()
            raise SystemExit(f"{name} has no source distribution that can be fetched: {errors[-500:]}")
        (archive,) = archives
        with tarfile.open(archive) as file:
            file.extractall(place, filter="data")
    (found,) = (path for path in place.iterdir() if path.is_dir())
    return found


# --------------------------------------------------------------------------- the table


def write(results: list[Result]) -> None:
    """Put the rows into the page; other libraries' stay, and so do counts of tests that were not run."""
    text = PAGE.read_text("utf-8")
    head, begin, rest = text.partition("---:|\n")
    rows, end, tail = rest.partition("<!-- end of the table -->")
    table = {row.split("|")[1].strip(): row for row in rows.splitlines()}
    for result in results:
        old = table.get(result.library.name, "| | | | | - | |").split("|")
        result.tests = result.tests or old[5].strip()
        table[result.library.name] = result.row()
    lines = "".join(f"{table[name]}\n" for name in sorted(table, key=str.lower))
    PAGE.write_text(f"{head}{begin}{lines}{end}{tail}", "utf-8")


def main(arguments: list[str]) -> int:
    """Run the libraries that are named, or all; exit with 1 if one does not print PyTorch's numbers."""
    parser = argparse.ArgumentParser(".ci/libraries", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="library", help="which scripts; all if none is named")
    parser.add_argument("--reuse", type=Path, metavar="DIR", help="keep the environments here")
    parser.add_argument("--tests", action="store_true", help="run the libraries' own tests, too")
    parser.add_argument("--write", action="store_true", help=f"put the rows into {PAGE.relative_to(ROOT)}")
    asked = parser.parse_args(arguments)
    scripts = {path.stem: path for path in sorted(SCRIPTS.glob("*.py"))}
    if unknown := sorted(set(asked.names) - set(scripts)):
        parser.error(f"there is no {unknown[0]}.py in tests/libraries")
    chosen = [library(scripts[name]) for name in asked.names or scripts]
    with tempfile.TemporaryDirectory(prefix="microtensor-libraries-") as scratch:
        results = all_of(chosen, (asked.reuse or Path(scratch)).absolute(), asked.tests)
    if asked.write:
        write(results)
    return 0 if all(result.example == "same numbers" for result in results) else 1


def all_of(chosen: list[Library], folder: Path, tests: bool) -> list[Result]:
    """The results of the libraries, each printed when it is known."""
    folder.mkdir(parents=True, exist_ok=True)
    real, ours = Environment(folder / "real", True), Environment(folder / "ours", False)
    install(chosen, real, ours)
    results = []
    for entry in chosen:
        result = compared(entry, real, ours)
        if tests and entry.tests:
            result.tests = own_tests(entry, real, ours, folder)
        print(result.row(), *result.trouble.splitlines(), sep="\n    ", flush=True)
        results.append(result)
    return results


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
