"""Every example runs, checks its own claim, and does without matplotlib.

The scripts are discovered; each is started as a user starts it, in a folder of its own, with
warnings as errors. ``FULL_EXAMPLES=1`` in the environment runs them in full length as well.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import microtensor

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.py") if "from common import" in path.read_text())
ROWS = (EXAMPLES.parent / "docs" / "examples.md").read_text()
NEEDS = {"xor_keras.py": "keras"}
"""Examples of a package that is not among the extras which tests install."""
RECORDED = "xor_by_hand_loss.csv"


def start(folder, script, *options, hidden=None, examples=EXAMPLES):
    """Run a script in `folder`; modules named in `hidden` cannot be imported."""
    paths = [str(Path(microtensor.__file__).parents[1])]
    if hidden:
        stub = folder / "hidden"
        stub.mkdir()
        (stub / f"{hidden}.py").write_text("raise ImportError('hidden by this test')")
        paths.insert(0, str(stub))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error", str(examples / script), *options]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def needs(script):
    if script in NEEDS and find_spec(NEEDS[script]) is None:
        pytest.skip(f"{script} needs {NEEDS[script]}")


def claims(ran):
    return [line for line in ran.stdout.splitlines() if line.startswith("checked: ")]


def named(ran):
    return set(re.findall(r"^(?:picture|drawing): (.*)$", ran.stdout, re.MULTILINE))


def written(folder):
    return {path.relative_to(folder).as_posix() for path in folder.glob("out/*")}


def test_the_examples_are_found():
    assert {"circle.py", "restore_function.py", "ten_points.py"} < set(SCRIPTS)
    assert {"xor_by_hand.py", "xor_network.py"} < set(SCRIPTS)
    assert {"look_inside.py", "vanishing.py", "worked_example.py"} < set(SCRIPTS)
    assert {"accuracy_control.py", "adaline.py", "cross_entropy_or_mse.py", "logic_gates.py"} < set(SCRIPTS)
    assert {"fourier_operator.py", "lotka_volterra.py", "partial_derivatives.py", "policy_gradient.py"} < set(
        SCRIPTS
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_an_example_has_its_row_in_the_docs(script):
    """With a picture that exists."""
    (row,) = re.findall(rf"^\| \[`{script}`\]\(\.\./examples/{script}\) \|.*$", ROWS, re.MULTILINE)
    assert [
        (EXAMPLES.parent / "docs" / picture).is_file() for picture in re.findall(r"\((\S*png)\)", row)
    ] == [True]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_quick_run_checks_its_claim_and_needs_no_matplotlib(script, tmp_path):
    needs(script)
    ran = start(tmp_path, script, "--quick", hidden="matplotlib")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stderr == ""
    assert claims(ran)
    assert ran.stdout.count("pip install matplotlib") == ("pyplot" in (EXAMPLES / script).read_text())
    assert "picture: " not in ran.stdout
    assert written(tmp_path) == named(ran)


@pytest.mark.parametrize("script", SCRIPTS)
def test_pictures_are_saved_below_the_current_folder(script, tmp_path):
    pytest.importorskip("matplotlib", reason="the pictures are matplotlib's")
    needs(script)
    ran = start(tmp_path, script, "--quick")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stderr == ""
    assert named(ran)
    assert named(ran) == written(tmp_path)
    assert all((tmp_path / name).stat().st_size > 5_000 for name in named(ran))


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.skipif(not os.environ.get("FULL_EXAMPLES"), reason="needs FULL_EXAMPLES=1")
def test_a_full_run_checks_its_claim(script, tmp_path):
    needs(script)
    ran = start(tmp_path, script)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert claims(ran)


@pytest.mark.parametrize("script", NEEDS)
def test_a_package_that_is_missing_is_named_in_one_sentence(script, tmp_path):
    ran = start(tmp_path, script, "--quick", hidden=NEEDS[script])
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"This example needs Keras: pip install 'microtensor[{NEEDS[script]}]'.\n"


def test_all_recorded_losses_are_reproduced(tmp_path):
    ran = start(tmp_path, "xor_by_hand.py", hidden="matplotlib")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert len([claim for claim in claims(ran) if "the 500 recorded losses" in claim]) == 2


def test_a_claim_that_fails_is_named_in_the_exit(tmp_path):
    examples = tmp_path / "examples"
    shutil.copytree(EXAMPLES, examples, ignore=shutil.ignore_patterns("__pycache__", "out"))
    recorded = examples / "data" / RECORDED
    recorded.write_text(recorded.read_text().replace("7.016030709608875", "7.016030799608875"))
    ran = start(tmp_path, "xor_by_hand.py", "--quick", hidden="matplotlib", examples=examples)
    assert ran.returncode == 1
    assert ran.stderr.startswith("failed: the 50 recorded losses, by hand")


def test_the_examples_record_is_the_tests_record():
    ours = Path(__file__).parent / "data" / RECORDED
    assert (EXAMPLES / "data" / RECORDED).read_bytes() == ours.read_bytes()


@pytest.mark.parametrize("script", SCRIPTS)
def test_an_example_is_short(script):
    assert len((EXAMPLES / script).read_text().splitlines()) < 150
