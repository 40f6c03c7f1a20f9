"""``python -m microtensor``: run a PyTorch program, check one, start several, watch a network learn.

python -m microtensor run program.py [arguments]
python -m microtensor check program.py [more.py]
python -m microtensor launch -n 4 train.py [arguments]
python -m microtensor doctor library
python -m microtensor install-as-torch
python -m microtensor uninstall-as-torch
python -m microtensor playground [--record out.html] [name=value ...]
python -m microtensor info
python -m microtensor --version
"""

from __future__ import annotations

import argparse
import platform
import sys
from importlib.util import find_spec

import numpy as np

from . import __version__


def main(arguments: list[str]) -> int:
    """Do what the command line says, and give the exit code."""
    if arguments[:1] == ["run"] and len(arguments) > 1 and not arguments[1].startswith("-"):
        return _run(arguments[1], arguments[2:])
    if arguments[:1] == ["playground"]:
        return _playground(arguments[1:])
    if arguments[:1] == ["launch"]:
        from .compat.launch import main as launch

        return launch(arguments[1:])
    options = _parser().parse_args(arguments)
    if options.command == "check":
        return _check(options.programs)
    if options.command == "doctor":
        return _doctor(options.libraries)
    if options.command in ("install-as-torch", "uninstall-as-torch"):
        return _installed_torch(options.command)
    return _info()


def _run(program: str, arguments: list[str]) -> int:
    from .compat.run_program import run

    try:
        return run(program, arguments)
    except OSError as error:
        print(f"python -m microtensor run: {error}", file=sys.stderr)
        return 2


def _doctor(libraries: list[str]) -> int:
    from .compat.doctor import report

    return max(report(library) for library in libraries)


def _installed_torch(command: str) -> int:
    from .compat.installed_torch import InstallError, install, uninstall

    try:
        print(install() if command == "install-as-torch" else uninstall())
    except InstallError as error:
        print(f"python -m microtensor {command}: {error}", file=sys.stderr)
        return 1
    return 0


def _playground(arguments: list[str]) -> int:
    from .playground.command import main

    return main(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m microtensor", description="PyTorch programs on NumPy alone.")
    parser.add_argument("--version", action="version", version=f"microtensor {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run a program in which torch means microtensor")
    run.add_argument("program")
    run.add_argument("arguments", nargs=argparse.REMAINDER, help="the program's own")
    check = commands.add_parser("check", help="list the names of torch in a program that are not here")
    check.add_argument("programs", nargs="+", metavar="program")
    doctor = commands.add_parser(
        "doctor", help="list what an installed library uses of torch that is missing"
    )
    doctor.add_argument("libraries", nargs="+", metavar="library", help="its name in pip or in an import")
    commands.add_parser("install-as-torch", help="let `import torch` mean microtensor in this environment")
    commands.add_parser("uninstall-as-torch", help="take that back")
    commands.add_parser("playground", help="watch a small network learn, in a page", add_help=False)
    commands.add_parser("launch", help="start a program in several processes: see launch --help")
    commands.add_parser("info", help="versions and optional packages")
    return parser


def _check(programs: list[str]) -> int:
    from .compat.check_program import check

    lacking = 0
    for path in programs:
        try:
            found, missing = check(path)
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            print(f"{path}: cannot be read: {str(error) or 'it is nested too deeply'}", file=sys.stderr)
            return 2
        for use, sentence in missing:
            print(f"{path}:{use.line}: {sentence}")
        lacking += len(missing)
        print(f"{path}: {len({u.name for u in found})} names of torch, {len(missing)} uses of missing ones")
    return 1 if lacking else 0


def _info() -> int:
    extras = ("matplotlib", "graphviz", "tqdm", "safetensors", "scipy", "mpi4py")
    here = [name for name in extras if find_spec(name)]
    print(f"microtensor {__version__}")
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.platform()}")
    print(f"optional packages: {', '.join(here) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
