"""Processes that a program under ``microtensor run`` starts see ``torch`` as it does."""

from __future__ import annotations

import multiprocessing.spawn
import os
import subprocess
import sys
from pathlib import Path

import pytest

import microtensor as mt
from microtensor.compat import children

PROGRAM = """\
import multiprocessing, sys
import torch

class Double(torch.nn.Module):
    def forward(self, x):
        return 2 * x

def work(module, answers):
    answers.put((module(torch.ones(2)).tolist(), torch.__name__, type(torch).__name__))

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    answers = context.SimpleQueue()
    process = context.Process(target=work, args=(Double(), answers))
    process.start()
    process.join()
    print(process.exitcode, answers.get() if process.exitcode == 0 else "")
"""
METHODS = [name for name in ("spawn", "forkserver") if name in multiprocessing.get_all_start_methods()]


@pytest.mark.parametrize("method", METHODS)
def test_a_child_that_is_not_forked(method: str, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "microtensor", "run", str(tmp_path / "program.py"), method]
    root = str(Path(mt.__file__).parents[1])
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, env=os.environ.copy())
    assert (done.stdout, done.stderr) == ("0 ([2.0, 2.0], 'torch', 'Facade')\n", "")


def test_what_is_sent_along_ends_with_as_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "torch"]:  # of the parity tests
        monkeypatch.delitem(sys.modules, name)
    spawn = multiprocessing.spawn
    original = spawn.get_preparation_data
    try:
        with mt.as_torch():
            children.arm(spawn)
            assert "torch" in spawn.get_preparation_data("a child")
            server = spawn.get_preparation_data("ignore")  # a fork server would run the main file too early
            assert not {"init_main_from_path", "init_main_from_name"} & set(server)
        assert "torch" not in spawn.get_preparation_data("a child")
    finally:
        vars(spawn)["get_preparation_data"] = original
