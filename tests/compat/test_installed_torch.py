"""``install-as-torch``: what is written, when nothing is, and taking it back."""

from __future__ import annotations

import base64
import hashlib
import os
import site
import subprocess
import sys
import sysconfig
import venv
from importlib.metadata import PathDistribution, distributions
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.__main__ import main
from microtensor.compat import installed_torch
from microtensor.compat.installed_torch import HOOK, INFO, InstallError, files, install, uninstall

ROOT = Path(mt.__file__).parents[1]


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty ``site-packages`` of an environment in which there is nothing else."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    real = sysconfig.get_path
    purelib = {"purelib": str(folder), "stdlib": str(tmp_path)}
    monkeypatch.setattr(sysconfig, "get_path", lambda name: purelib.get(name) or real(name))
    monkeypatch.setattr(site, "ENABLE_USER_SITE", False)
    monkeypatch.setattr(sys, "path", [str(folder), sysconfig.get_path("platstdlib")])
    return folder


def contents(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_metadata_are_those_of_a_torch_and_list_every_file(packages: Path) -> None:
    said = install()
    assert said.startswith(f"wrote {HOOK}.py, {HOOK}.pth and {INFO} into {packages}: ")
    assert contents(packages) == set(files())
    (torch,) = distributions(name="torch", path=[str(packages)])
    assert torch.version == "2.13.0"
    assert torch.read_text("top_level.txt") == "torch\n"
    listed = torch.files or []
    assert {str(path) for path in listed} == contents(packages)
    for path in listed:
        data = Path(str(path.locate())).read_bytes()
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        assert str(path) == f"{INFO}/RECORD" or (path.hash is not None and path.hash.value == digest)


def test_a_second_time_changes_nothing_and_an_older_one_is_replaced(packages: Path) -> None:
    install()
    before = {name: (packages / name).stat().st_mtime_ns for name in files()}
    assert install() == f"`import torch` means microtensor in {packages} already"
    assert before == {name: (packages / name).stat().st_mtime_ns for name in files()}
    (packages / INFO).rename(packages / "torch-2.12.0.dist-info")
    (packages / f"{HOOK}.py").write_text("older")
    assert install().startswith("wrote ")
    assert contents(packages) == set(files())


def test_it_is_taken_back_whole_also_what_pip_left(packages: Path) -> None:
    nothing = "`import torch` does not mean microtensor in this environment: there was nothing to take away"
    assert uninstall() == nothing
    install()
    (packages / "another.py").write_text("")
    cache = packages / "__pycache__" / f"{HOOK}.{sys.implementation.cache_tag}.pyc"
    cache.parent.mkdir()
    cache.write_bytes(b"")
    assert uninstall() == f"took microtensor as torch out of {packages}"
    assert contents(packages) == {"another.py"}
    install()
    for path in (packages / INFO).iterdir():  # metadata gone, as after an uninstall that broke off
        path.unlink()
    (packages / INFO).rmdir()
    assert uninstall() == f"took microtensor as torch out of {packages}"
    assert contents(packages) == {"another.py"}
    assert uninstall() == nothing


@pytest.mark.parametrize("name", ["torch/__init__.py", "torch-2.1.0.dist-info/METADATA"])
def test_beside_a_real_torch_it_refuses(packages: Path, name: str, capsys: Any) -> None:
    (packages / name).parent.mkdir()
    (packages / name).write_text("Metadata-Version: 2.1\nName: torch\nVersion: 2.1.0\n")
    what = f"a package torch ({packages / name})" if name.endswith(".py") else "torch 2.1.0"
    assert main(["install-as-torch"]) == 1
    assert capsys.readouterr().err == (
        f"python -m microtensor install-as-torch: {what} is in this environment: two libraries under one "
        "name would mix their tensors. Use an environment without it, or `pip uninstall torch` first\n"
    )
    assert main(["uninstall-as-torch"]) == 0
    assert "nothing to take away" in capsys.readouterr().out
    assert contents(packages) == {name}


def test_a_folder_that_is_called_torch_is_no_torch(packages: Path) -> None:
    (packages / "torch").mkdir()
    assert install().startswith("wrote ")


@pytest.mark.parametrize("count", range(1, 7))
def test_when_the_disk_refuses_nothing_has_changed(
    packages: Path, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    install()
    (packages / f"{HOOK}.py").write_text("older")
    real, calls = os.replace, []

    def refuse(start: Path, end: Path) -> None:
        calls.append(end)
        if len(calls) == count:
            raise PermissionError(13, "Permission denied", str(start), None, str(end))
        real(start, end)

    monkeypatch.setattr(os, "replace", refuse)
    sentence = r" cannot be written or removed \(Permission denied\): nothing was changed$"
    with pytest.raises(InstallError, match=sentence):
        install()
    assert (packages / f"{HOOK}.py").read_text() == "older"
    assert contents(packages) == set(files())
    assert PathDistribution(packages / INFO).version == "2.13.0"


def test_a_file_in_the_place_of_the_folder(packages: Path) -> None:
    packages.rmdir()
    packages.write_text("")
    with pytest.raises(InstallError, match="cannot be written or removed .*: nothing was changed"):
        install()


def test_the_users_own_packages_where_the_common_ones_cannot_be_written(
    packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(InstallError, match="and this Python has no packages of the user's own"):
        install()
    monkeypatch.setattr(site, "ENABLE_USER_SITE", True)
    monkeypatch.setattr(site, "getusersitepackages", lambda: str(tmp_path / "own"))
    assert f"into {tmp_path / 'own'}: " in install()
    assert contents(packages) == set()
    assert uninstall() == f"took microtensor as torch out of {tmp_path / 'own'}"


def test_a_python_of_the_operating_system_is_left_alone(
    packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "EXTERNALLY-MANAGED").write_text("")
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    with pytest.raises(InstallError, match="belongs to the operating system.*python -m venv"):
        install()


PROGRAM = """
import importlib.util, pickle, sys
found = importlib.util.find_spec("torch")
print(found.name, "numpy" in sys.modules, importlib.util.find_spec("torch.absent") is None)
import torch
import torch.nn.functional as F
from importlib.metadata import packages_distributions, version
from torch.utils.data import Dataset
import microtensor
print(version("torch"), packages_distributions()["torch"], torch.__version__)
print(F.relu is microtensor.nn.functional.relu, Dataset is microtensor.utils.data.Dataset)
print(pickle.loads(pickle.dumps(torch.nn.Linear)) is microtensor.nn.Linear)
print(pickle.loads(pickle.dumps(torch.ones(2))), type(torch.ones(2)).__module__)
import torch.distributed.run
"""


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A fresh environment with NumPy and this package; its Python."""
    venv.create(tmp_path / "env", symlinks=os.name != "nt")
    inside = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    (packages,) = (tmp_path / "env").rglob("site-packages")
    home = Path(np.__file__).parents[1]
    for name in ("numpy", "numpy.libs"):
        if (home / name).exists():
            (packages / name).symlink_to(home / name)
    (packages / "microtensor.pth").write_text(f"{ROOT}\n")
    return inside


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_an_environment_in_which_torch_is_microtensor(environment: Path, tmp_path: Path) -> None:
    plain = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}

    def python(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(environment), *words]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=plain)

    done = python("-m", "microtensor", "install-as-torch")
    assert (done.returncode, done.stderr) == (0, "")
    done = python("-c", PROGRAM)
    assert done.stdout.splitlines() == [
        "torch False True",
        "2.13.0 ['torch'] 2.13.0+microtensor",
        "True True",
        "True",
        "tensor([1., 1.]) torch",
    ]
    sentence = (
        "torch.distributed.run is not in microtensor. `python -m microtensor launch -n 4 --as-torch "
        "train.py` starts a program in several processes"
    )
    assert done.stderr.splitlines()[-1] == f"ModuleNotFoundError: {sentence}"
    done = python("-m", "torch.distributed.run", "train.py")
    assert (done.returncode, done.stderr) == (1, f"{sentence}\n")
    (pth,) = (tmp_path / "env").rglob("microtensor.pth")
    pth.unlink()
    done = python("-c", "import torch")
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: torch is microtensor in this environment, and microtensor is not installed: "
        "install it, or take this away with `pip uninstall torch`"
    )


def test_the_finder_takes_one_line_and_imports_nothing(packages: Path) -> None:
    install()
    (line,) = (packages / f"{HOOK}.pth").read_text().splitlines()
    assert line.startswith("import sys; ")
    before, finders = set(sys.modules), list(sys.meta_path)
    try:
        exec(line, {})
        (finder,) = [found for found in sys.meta_path if found not in finders]
        assert sys.meta_path[-1] is finders[-1]
        assert finder.find_spec("numpy") is None
        assert set(sys.modules) == before
        assert finder.find_spec("torch").name == "torch"
        (packages / "torch").mkdir()
        (packages / "torch" / "__init__.py").write_text("")
        assert finder.find_spec("torch") is None, "a torch that is there goes first"
    finally:
        sys.meta_path[:] = finders
        sys.modules.pop(HOOK, None)


def test_the_file_that_is_copied_is_the_one_of_the_package() -> None:
    hook = Path(installed_torch.__file__).parent / "torch_hook.py"
    assert files()[f"{HOOK}.py"] == hook.read_bytes()
