"""``python -m microtensor``: programs in their own surroundings, and programs that are only read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import microtensor
from microtensor.__main__ import main
from microtensor.compat.check_program import check

ROOT = str(Path(microtensor.__file__).parent.parent)


def microtensor_command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "microtensor", *arguments]
    environment = os.environ | {"PYTHONPATH": ROOT}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment)


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_program_in_its_own_surroundings(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    write(folder / "helper.py", "import torch.nn as nn\nclass Net(nn.Linear): pass\n")
    text = "import os, sys, torch, helper\nprint(__name__, os.path.basename(__file__), sys.argv[1:])\n"
    text += "print(os.path.samefile(sys.path[0], os.path.dirname(__file__)))\n"
    text += "print(sys.modules['__main__'].torch is torch)\n"
    text += "print(helper.Net(1, 1)(torch.ones(1)).shape)\nif len(sys.argv) > 2: sys.exit(7)\n"
    write(folder / "main.py", text)
    done = microtensor_command("run", "project/main.py", "--epochs", "3", cwd=tmp_path)
    assert done.stdout == "__main__ main.py ['--epochs', '3']\nTrue\nTrue\ntorch.Size([1])\n"
    assert (done.returncode, done.stderr) == (7, "")


def test_a_traceback_begins_in_the_program(tmp_path: Path) -> None:
    write(
        tmp_path / "fails.py", "import torch\ndef inner():\n    raise ValueError('of the program')\ninner()\n"
    )
    done = microtensor_command("run", "fails.py", cwd=tmp_path)
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert lines[:2] == ["Traceback (most recent call last):", '  File "fails.py", line 4, in <module>']
    assert lines[-1] == "ValueError: of the program"
    assert "microtensor" not in done.stderr


def test_a_syntax_error_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    write(tmp_path / "broken.py", "import torch\nx = = 1\n")
    done = microtensor_command("run", "broken.py", cwd=tmp_path)
    assert done.returncode == 1
    assert 'File "broken.py", line 2' in done.stderr
    assert "Traceback" not in done.stderr
    done = microtensor_command("run", "nowhere.py", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("python -m microtensor run: ")


PROGRAM = """\
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim
from torch.nn import Linear as L, Lineer
import numpy as np

class Net(nn.Module):
    def forward(self, x: torch.Tensor):
        np.relu(x)
        self.torch.missing
        return F.relu(x) + F.rellu(nn.functional.tanh(x)) + torch.Tensor.nothing

torch.backends.cudnn.deterministic = True
optim.SGD, optim.Sdg
torch.float32.itemsize
import torchtext
"""


def test_a_program_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "program.py", PROGRAM)
    found, missing = check(str(path))
    assert [(use.line, use.name) for use, _ in missing] == [
        (5, "torch.nn.Lineer"),
        (12, "torch.Tensor.nothing"),
        (12, "torch.nn.functional.rellu"),
        (15, "torch.optim.Sdg"),
        (17, "torchtext"),
    ]
    assert {"torch.nn.functional.relu", "torch.nn.functional.tanh", "torch.optim.SGD"} <= {
        u.name for u in found
    }
    assert main(["check", str(path)]) == 1
    out = capsys.readouterr().out
    assert f"{path}:5: torch.nn.Lineer is not in microtensor; what comes close: torch.nn.Linear" in out
    assert "5 uses of missing ones" in out


VARIABLES = """
import pandas as sparse_dim
import torch

class Board:
    def qscheme(self):
        return self.qscheme()

x = torch.ones(3)
y = x.sspaddmm(x)
x.cuda().record_stream(None)
x.view(3).values, x.index, x.sparse_dims
sparse_dim.sspaddmm()
"""


def test_methods_of_variables_are_known_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "program.py", VARIABLES)
    assert [(use.line, use.name) for use, _ in check(str(path))[1]] == [
        (10, ".sspaddmm"),
        (11, ".record_stream"),
    ]
    assert main(["check", str(path)]) == 1
    assert (
        f"{path}:10: a tensor's sspaddmm is not in microtensor: of sparse tensors this is not here"
        in capsys.readouterr().out
    )
    monkeypatch.setattr(microtensor.Tensor, "record_stream", None, raising=False)
    assert len(check(str(path))[1]) == 1


def test_a_program_that_lacks_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "program.py", "from torch.nn import *\nimport torch\ntorch.ones(2)\n")
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: 3 names of torch, 0 uses of missing ones\n"


def test_what_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(write(tmp_path / "x.py", "x = = 1"))]) == 2
    assert main(["check", str(tmp_path / "nowhere.py")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    deep = write(tmp_path / "deep.py", "x = " + "-" * 100_000 + "1")
    assert main(["check", str(deep)]) == 2
    assert f"{deep}: cannot be read: " in capsys.readouterr().err


def test_version_and_info(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert main(["info"]) == 0
    assert capsys.readouterr().out.count(f"microtensor {microtensor.__version__}\n") == 2
