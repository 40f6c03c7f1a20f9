"""``torch.multiprocessing``: several processes of one function, a queue of tensors, and failures."""

from __future__ import annotations

import multiprocessing
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from microtensor.multiprocessing import ProcessExitedException, ProcessRaisedException

import microtensor as mt

PROGRAM = """
import os, signal, sys, time
import microtensor.multiprocessing as mp
import microtensor as mt

def put(number, queue):
    queue.put((number, mt.full((2,), float(number))))

def fail(number, how):
    if number == 1:
        time.sleep(60)
    if how == "raise":
        raise ValueError("no luck")
    if how == "exit":
        os._exit(7)
    os.kill(os.getpid(), signal.SIGTERM)

if __name__ == "__main__":
    queue = mp.get_context("spawn").SimpleQueue()
    method = "fork" if sys.platform == "linux" else "spawn"
    mp.spawn(put, (queue,))
    number, x = queue.get()
    print(number, x.tolist())
    for how in ("raise", "exit", "signal"):
        try:
            mp.start_processes(fail, (how,), 2, start_method=method)
        except mp.ProcessException as error:
            code, last = getattr(error, "exit_code", None), error.msg.splitlines()[-1]
            print(type(error).__name__, error.error_index, code, last)
    context = mp.start_processes(put, (queue,), join=False, start_method=method)
    queue.get()
    while not context.join():
        pass
    print(len(context.pids()), context.join())
"""


@pytest.mark.thorough  # it starts a dozen processes
@pytest.mark.skipif(sys.platform == "win32", reason="processes end by signals")
def test_processes(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-W", "ignore", "program.py"]
    root = str(Path(mt.__file__).parent.parent)
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": root}, timeout=100
    )
    assert done.stdout.splitlines() == [
        "0 [0.0, 0.0]",
        "ProcessRaisedException 0 None ValueError: no luck",
        "ProcessExitedException 0 7 process 0 terminated with exit code 7",
        "ProcessExitedException 0 -15 process 0 terminated with signal SIGTERM",
        "1 True",
    ], done.stderr


def test_failures_can_be_pickled() -> None:
    raised = pickle.loads(pickle.dumps(ProcessRaisedException("words", 1, 2)))
    assert (str(raised), raised.error_index, raised.error_pid) == ("words", 1, 2)
    exited = pickle.loads(pickle.dumps(ProcessExitedException("words", 1, 2, 3, "SIGTERM")))
    assert (exited.exit_code, exited.signal_name) == (3, "SIGTERM")


def test_pythons_names_are_there() -> None:
    for name in ("Queue", "Process", "Pool", "get_context", "cpu_count", "Barrier", "RLock"):
        assert getattr(mt.multiprocessing, name) == getattr(multiprocessing, name)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = mt.multiprocessing.nothing
    mt.multiprocessing.set_sharing_strategy("file_descriptor")
    assert mt.multiprocessing.get_sharing_strategy() == "file_system"
    with pytest.raises(AssertionError, match="got 'none'"):
        mt.multiprocessing.set_sharing_strategy("none")
