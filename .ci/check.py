"""Everything that must hold, from nothing but git, a Python with venv, and the package index.

    python .ci/check.py              all steps, in order, up to the first that fails
    python .ci/check.py lint docs    these steps
    python .ci/check.py --list       what there is

Each step makes the environments that it needs in a temporary folder; only the README's command makes
``.venv`` in the repository, as it does for whoever types it. Nothing here needs a shell, so that it runs
where there is none.
"""

from __future__ import annotations

import argparse
import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WINDOWS = os.name == "nt"
TORCH = "torch==2.13.0"
OPTIONAL = ["gguf", "keras", "ml_dtypes", "mpi4py", "mpich", "onnx", "onnxruntime", "playwright"]
"""What tests of optional parts need, beside the extras: without them they are skipped."""

started = time.monotonic()


class Environment:
    """A fresh environment with some packages, gone when the process ends."""

    def __init__(self, name: str, python: str = sys.executable) -> None:
        self.folder = temporary() / name
        run(python, "-m", "venv", self.folder)
        self.python = program(self.folder, "python")

    def install(self, *requirements: str | Path) -> Environment:
        """Install with pip; ``-e`` and options are passed on."""
        run(self.python, "-m", "pip", "install", "-q", *requirements)
        return self

    def run(self, *command: str | Path, **options: str) -> None:
        """Run a module or a file with the environment's Python; options are environment variables."""
        run(self.python, *command, **options)


@cache
def temporary() -> Path:
    """A folder for environments, removed at exit."""
    folder = Path(tempfile.mkdtemp(prefix="microtensor-check-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def program(environment: Path, name: str) -> Path:
    """A program of an environment, where this system keeps it."""
    return environment / ("Scripts" if WINDOWS else "bin") / (f"{name}.exe" if WINDOWS else name)


def variables(**more: str) -> dict[str, str]:
    """The environment variables of every command: one BLAS thread, UTF-8, nothing of the caller's Python."""
    plain = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    fixed = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    return plain | fixed | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"} | more


def run(*command: str | Path, cwd: Path = ROOT, **more: str) -> None:
    """Run a command; it must succeed."""
    subprocess.run([str(word) for word in command], check=True, cwd=cwd, env=variables(**more))


def python_of(*versions: str) -> str | None:
    """A Python of the first of these versions that is here and can make environments.

    Debian packs ``venv`` apart, and a Python without it is of no use here.
    """
    for version in versions:
        for candidate in candidates(version):
            try:
                test = [*candidate, "-c", "import ensurepip, sys, venv; print(sys.executable)"]
                found = subprocess.run(test, capture_output=True, text=True, check=True, env=variables())
            except (OSError, subprocess.CalledProcessError):
                continue
            return found.stdout.strip()
    return None


def candidates(version: str) -> list[list[str]]:
    """Ways to call a Python of a version: by name, by Windows' launcher, under pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    held = [[str(p)] for p in sorted(pyenv.glob(f"{version}.*/bin/python"))]
    return [[f"python{version}"], *([["py", f"-{version}"]] if WINDOWS else []), *held]


# --------------------------------------------------------------------------- steps

STEPS: dict[str, Callable[[], None]] = {}
PARTS = ("fast", "test")
"""Steps that are parts of others, and run only when they are named."""


def step(function: Callable[[], None]) -> Callable[[], None]:
    """Register a step under its name; its docstring's first line is what it says."""
    STEPS[function.__name__] = function
    return function


@step
def fast() -> None:
    """The engine and the laws, in seconds."""
    env = Environment("fast").install("-e", ".[test]")
    env.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "fast", "tests")


@step
def test() -> None:
    """All tests, with what the extra `test` installs."""
    env = Environment("test").install("-e", ".[test]")
    env.run("-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "tests")


@step
def readme() -> None:
    """The README's test command."""
    if WINDOWS:
        print("It is for sh: the step `test` stands for it here.")
        return
    found = re.search(r"^python3 -m venv .*pytest.*$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise SystemExit("the README has no line that begins with python3 -m venv and runs pytest")
    print(found[0], flush=True)
    subprocess.run(found[0], shell=True, check=True, cwd=ROOT, env=variables())


@step
def lint() -> None:
    """Ruff, mypy --strict, the types that a user sees, the table of names."""
    env = Environment("lint").install("-e", ".[dev]")
    env.run("-m", "ruff", "check", ".")
    env.run("-m", "ruff", "format", "--check", ".")
    env.run("-m", "mypy", "--strict", "microtensor")
    env.run("-m", "mypy", "--strict", "tests/typing")
    env.run(".ci/names.py", "--check")
    env.run(".ci/method_types.py", "--check")


@step
def docs() -> None:
    """The site, built without a network, and every link of it."""
    env = Environment("docs").install("-e", ".[docs]")
    site = temporary() / "site"
    refuse = "import socket, sys; socket.getaddrinfo = socket.socket.connect = None; "
    build = "from sphinx.cmd.build import main; sys.exit(main(sys.argv[1:]))"
    env.run("-c", refuse + build, "-q", "-W", "--keep-going", "docs", site)
    env.run("docs/sitegen/check_links.py", site)


@step
def browser() -> None:
    """A browser for the tests of pages."""
    names = ("chromium", "chromium-browser", "google-chrome")
    if any(map(shutil.which, names)) or not shutil.which("apt-get"):
        return
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    try:
        run(*as_root, "apt-get", "update", "-qq")
        run(*as_root, "apt-get", "install", "-y", "-qq", "chromium")
    except (OSError, subprocess.CalledProcessError):
        print("Chromium is missing, and apt-get may not or cannot install it: tests of pages are skipped.")


@step
def parity() -> None:
    """Parity with torch 2.13.0, thoroughly, optional parts, and branch coverage of the engine."""
    extras = "-e", ".[test,plot,progress,special,lowp]"
    env = Environment("parity").install(TORCH, *extras, "pytest-cov", *OPTIONAL)
    cover = "--cov=microtensor", "--cov-branch", "--cov-report="
    thorough = {"HYPOTHESIS_PROFILE": "thorough", "FULL_EXAMPLES": "1"}
    env.run("-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", *cover, "tests", **thorough)
    env.run(".ci/surface.py", "--table")
    engine = ",".join((ROOT / ".ci" / "engine").read_text("utf-8").split())
    env.run("-m", "coverage", "report", f"--include={engine}", "--show-missing", "--fail-under=100")


@step
def wheel() -> None:
    """A wheel carries the files of the page, and needs nothing but NumPy."""
    built = temporary() / "wheel"
    run(sys.executable, "-m", "venv", temporary() / "pip")
    run(program(temporary() / "pip", "python"), "-m", "pip", "wheel", "-q", "--no-deps", "-w", built, ".")
    (file,) = built.glob("*.whl")
    check_pages(file)
    env = Environment("alone").install(file)
    run(env.python, "-W", "error", "-c", ALONE, cwd=temporary())


def check_pages(file: Path) -> None:
    """A wheel has the HTML, CSS and JavaScript of the pages that `viz` and the playground show."""
    missing = page_files() - set(zipfile.ZipFile(file).namelist())
    if missing:
        raise SystemExit(f"{file.name} lacks {sorted(missing)}")


def page_files() -> set[str]:
    """The names of all HTML, CSS and JavaScript files of the package."""
    files = (ROOT / "microtensor").rglob("*")
    return {p.relative_to(ROOT).as_posix() for p in files if p.suffix in (".html", ".css", ".js")}


ALONE = """
import microtensor as torch
from microtensor import viz
viz.draw(torch.nn.Linear(2, 1)(torch.ones(1, 2)).sum()).save('page.html')
"""


@step
def oldest() -> None:
    """NumPy 2.0, whose wheels end with Python 3.12."""
    env = Environment("oldest", python_of("3.11", "3.12") or sys.executable)
    env.install("numpy==2.0.*", "-e", ".[test]")
    env.run("-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "tests")


@step
def newest() -> None:
    """The newest Python that is here."""
    python = python_of("3.14", "3.13", "3.12")
    if python is None:
        print("No Python later than 3.11 is here.")
        return
    env = Environment("newest", python).install("-e", ".[test]")
    env.run("-V")
    env.run("-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "tests")


def main(arguments: list[str]) -> None:
    """Run the steps that are named, or all that are no part of another."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("steps", nargs="*", metavar="step", help="which; all if none is named")
    parser.add_argument("--list", action="store_true", help="say which there are")
    asked = parser.parse_args(arguments)
    if asked.list:
        print(*(f"{name:8} {function.__doc__}" for name, function in STEPS.items()), sep="\n")
        return
    if unknown := sorted(set(asked.steps) - set(STEPS)):
        raise SystemExit(f"there is no step {unknown[0]!r}; there are {', '.join(STEPS)}")
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs before anything is installed
        raise SystemExit(f"Python 3.11 or later is needed, with venv: this is {sys.version}")
    for name in asked.steps or [name for name in STEPS if name not in PARTS]:
        print(f"\n== {name}: {STEPS[name].__doc__} ({time.monotonic() - started:.0f} s)", flush=True)
        try:
            STEPS[name]()
        except subprocess.CalledProcessError as error:
            raise SystemExit(f"== {name} failed: {error}") from None
    print(f"\n== all of it holds ({time.monotonic() - started:.0f} s)")


if __name__ == "__main__":
    main(sys.argv[1:])
