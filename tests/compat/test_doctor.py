"""``doctor``: libraries that run, and libraries that do not, told apart without running them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from microtensor.__main__ import main
from microtensor.compat.doctor import examine

GUARDED = '''
"""A library that does without what is missing."""
from __future__ import annotations
import typing, torch
from contextlib import suppress
from packaging import version
if typing.TYPE_CHECKING:
    from torch.absent_types import Thing
try:
    from torch.absent import one
except ImportError:
    one = None
with suppress(AttributeError):
    two = torch.absent_two
if hasattr(torch, "absent_three"):
    three = torch.absent_three
four = torch.absent_four if version.parse(torch.__version__) >= version.parse("99") else None
five = hasattr(torch, "absent_five") and torch.absent_five
def six(x: torch.AbsentSix):
    if not hasattr(torch, "absent_six"):
        return torch.relu(x)
    return torch.absent_six(x)
def seven(torch):
    return torch.absent_seven
if __name__ == "__main__":
    torch.absent_eight()
'''
LAZY = {
    "__init__.py": "from . import layers\nimport torch.nn as nn\nclass Net(nn.Module):\n    pass\n",
    "layers.py": "import torch\ndef f(x):\n    return torch.rellu(x)\n\ng = lambda x: torch.rellu(x)\n",
    "never.py": "from torch import rellu\n",
    "tests/test_f.py": "import torch\ntorch.absent_in_a_test\n",
}
RUN = {
    "plain": {"__init__.py": "import torch\nx = torch.nn.functional.relu(torch.ones(2))\n"},
    "guarded": {"__init__.py": GUARDED},
    "lazy": LAZY,
}
STOP = {
    "base_class": (
        {"__init__.py": "import torch\nclass Net(torch.nn.Modul):\n    pass\n"},
        1,
        "torch.nn.Modul",
    ),
    "deep": (
        {
            "__init__.py": "from .a.b import f\n",
            "a/__init__.py": "",
            "a/b.py": "from ..c import *\n",
            "c.py": "\n\nfrom torch.absent import nothing\n",
        },
        1,
        "torch.absent is not",
    ),
    "decorated": (
        {"__init__.py": "import torch\n@torch.decorat\ndef f(x: torch.Tensr = torch.defalt):\n    pass\n"},
        3,
        "torch.Tensr",
    ),
}


@pytest.fixture(autouse=True)
def only_these_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path


def written(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.mark.parametrize("name", RUN)
def test_a_library_that_runs(name: str, tmp_path: Path) -> None:
    written(tmp_path / f"doctored_{name}", RUN[name])
    assert main(["doctor", f"doctored_{name}"]) == 0
    assert not [row for row in examine(f"doctored_{name}").missing if row.group == "import"]


@pytest.mark.parametrize("name", STOP)
def test_a_library_that_cannot_be_imported(name: str, tmp_path: Path) -> None:
    files, count, told = STOP[name]
    written(tmp_path / f"doctored_{name}", files)
    assert main(["doctor", f"doctored_{name}"]) == 1
    rows = [row for row in examine(f"doctored_{name}").missing if row.group == "import"]
    assert sum(len(row.places) for row in rows) == count
    assert any(told in row.sentence for row in rows)


def test_what_is_guarded_is_found_and_told_apart(tmp_path: Path) -> None:
    written(tmp_path / "doctored", {"__init__.py": GUARDED})
    found = examine("doctored").missing
    assert {row.group for row in found} == {"guard"}
    names = {row.sentence.split(" ")[0].rpartition(".")[2] for row in found}
    assert names == {
        "absent_types", "absent", "absent_two", "absent_three", "absent_four", "absent_five", "absent_six",
        "AbsentSix", "absent_eight",
    }  # fmt: skip


def test_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path / "doctored", LAZY | {"more.py": "import torch\ntorch.relluu\n" * 4})
    (tmp_path / "doctored" / "broken.py").write_text("{{ a template }} = ")
    assert main(["doctor", "doctored"]) == 0
    near = "; what comes close: "
    assert [line.partition(near)[0] for line in capsys.readouterr().out.splitlines()] == [
        "doctored: 4 files, 5 names of torch; missing: 0 at import, 2 when called, 0 guarded",
        "",
        "missed when it is called:",
        "    4 torch.relluu is not in microtensor",
        "        doctored/more.py:2",
        "        doctored/more.py:4",
        "        doctored/more.py:6",
        "        and 1 more",
        "    3 torch.rellu is not in microtensor",
        "        doctored/layers.py:3",
        "        doctored/layers.py:5",
        "        doctored/never.py:1",
    ]


def test_a_library_of_one_file_and_one_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "doctored_file.py").write_text("from torch import rellu\n")
    assert main(["doctor", "doctored_file"]) == 1
    assert "doctored_file.py:1" in capsys.readouterr().out
    assert main(["doctor", "doctored-elsewhere"]) == 2
    assert capsys.readouterr().err == (
        "python -m microtensor doctor: no package or distribution 'doctored-elsewhere' is installed in this "
        "environment\n"
    )


def test_a_name_in_pip_and_its_version(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path / "doctored_inside", {"__init__.py": "import torch\n"})
    info = {"METADATA": "Metadata-Version: 2.1\nName: Doctored-Lib\nVersion: 1.5\n"}
    written(tmp_path / "doctored_lib-1.5.dist-info", info | {"top_level.txt": "doctored_inside\n"})
    assert main(["doctor", "doctored.lib"]) == 0
    assert capsys.readouterr().out.startswith("doctored.lib 1.5: 1 files, 1 names of torch; ")
