"""What `numpy_module` writes is a file to read, and one that needs NumPy alone."""

from __future__ import annotations

import inspect
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.export import helpers
from microtensor.export.expressions import writers
from microtensor.export.text import PRODUCT, SUM, Text, binary

nn, F = mt.nn, mt.nn.functional


@pytest.fixture(autouse=True)
def seeded() -> None:
    mt.manual_seed(0)


def source(tmp_path: Path, model: Any, *args: Any, **how: Any) -> str:
    """The body of the function that is written for a model."""
    text = mt.export.numpy_module(model, args, tmp_path / "program.py", **how).read_text()
    return text[text.index("def forward") :]


def test_a_network_is_a_file_that_one_can_read(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    path = mt.export.numpy_module(model, mt.ones(4, 2), tmp_path / "net.py", dynamic_shapes=({0: "batch"},))
    assert (
        path.read_text()
        == '''"""The forward pass of Sequential, with NumPy alone.

Takes input (float32: batch, 2);
gives linear (float32: batch, 1).
"""

from pathlib import Path

import numpy as np

weights = dict(np.load(Path(__file__).with_suffix(".npz")))


@np.errstate(all="ignore")
def forward(input):
    # 0
    gemm = input @ weights["0.weight"].T + weights["0.bias"]

    # 2
    linear = np.maximum(gemm, 0) @ weights["2.weight"].T + weights["2.bias"]
    return linear
'''
    )
    assert sorted(np.load(tmp_path / "net.npz")) == ["0.bias", "0.weight", "2.bias", "2.weight"]


def test_it_runs_where_there_is_nothing_but_numpy(tmp_path: Path) -> None:
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.GELU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(8, 2),
    ).eval()  # fmt: skip
    x = mt.randn(3, 1, 4, 4)
    mt.export.numpy_module(model, x, tmp_path / "net.py")
    np.save(tmp_path / "x.npy", x.numpy())
    code = (
        "import sys, numpy as np, net; np.save('y.npy', net.forward(np.load('x.npy'))); "
        "print('microtensor' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "False"
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), model(x).detach().numpy(), 1e-5, 1e-5)


def test_lines_are_no_longer_than_one_can_read(tmp_path: Path) -> None:
    model = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2).eval()
    lines = source(tmp_path, model, mt.randn(2, 5, 8)).splitlines()
    assert max(map(len, lines)) <= 120
    assert sum(line.startswith("    # layers.") for line in lines) >= 6


def test_parentheses_where_they_are_needed_and_nowhere_else(tmp_path: Path) -> None:
    x, y = mt.rand(2, 2) + 1, mt.rand(2, 2) + 2
    cases = {
        "(x + y) * x": lambda x, y: (x + y) * x,
        "x + y * x": lambda x, y: x + y * x,
        "x - (y - x)": lambda x, y: x - (y - x),
        "x / (y * x)": lambda x, y: x / (y * x),
        "-(x + y)": lambda x, y: -(x + y),
        "(x @ y).T": lambda x, y: (x @ y).T,
        "(-x)[:, :1]": lambda x, y: (-x)[:, :1],
        "-x * y": lambda x, y: -x * y,
    }
    for text, program in cases.items():
        assert f" = {text}\n" in source(tmp_path, program, x, y)
        forward = runpy.run_path(str(tmp_path / "program.py"))["forward"]
        np.testing.assert_allclose(forward(x.numpy(), y.numpy()), program(x, y).numpy(), 1e-6)


def test_text_knows_how_tightly_it_binds() -> None:
    total = binary("+", Text("a"), Text("b"), SUM)
    assert binary("*", total, Text("c"), PRODUCT) == "(a + b) * c"
    assert binary("+", total, Text("c"), SUM) == "a + b + c"
    assert binary("-", Text("c"), total, SUM) == "c - (a + b)"


def test_constants_are_computed_once(tmp_path: Path) -> None:
    """The weights of an LSTM, whose gates stand in another order, are in the .npz in that order."""
    text = source(tmp_path, nn.LSTM(3, 4), mt.randn(5, 2, 3))
    assert "concatenate" not in text
    assert text.count("lstm(") == 1


def test_names_that_python_or_the_file_has_already(tmp_path: Path) -> None:
    def program(np: Any, weights: Any, forward: Any) -> Any:
        return (np + weights) * forward

    text = source(tmp_path, program, mt.ones(2), mt.ones(2), mt.ones(2), output_names=["class"])
    assert text.startswith("def forward(np2, weights2, forward2):")
    assert "class2 = (np2 + weights2) * forward2" in text


def test_no_npz_without_weights(tmp_path: Path) -> None:
    mt.export.numpy_module(lambda x: x * 2, mt.ones(2), tmp_path / "double.py")
    assert not (tmp_path / "double.npz").exists()
    assert "np.load" not in (tmp_path / "double.py").read_text()


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"name it with the suffix \.py, not 'net\.txt'"):
        mt.export.numpy_module(nn.Linear(1, 1), mt.ones(1, 1), tmp_path / "net.txt")


def test_a_dim_is_a_name() -> None:
    batch = mt.export.Dim("batch", min=2)
    assert repr(batch) == "Dim('batch')"
    assert batch.min == 2


def test_dims_instead_of_names(tmp_path: Path) -> None:
    batch = mt.export.Dim("batch")
    text = mt.export.numpy_module(
        nn.Flatten(), mt.ones(2, 3, 4), tmp_path / "flat.py", dynamic_shapes=({0: batch},)
    )
    assert "input (float32: batch, 3, 4)" in text.read_text()
    assert ".reshape(-1, 12)" in text.read_text()


@pytest.mark.parametrize("name", [n for n, f in vars(helpers).items() if inspect.isfunction(f)])
def test_every_helper_is_used(name: str) -> None:
    package = Path(helpers.__file__).parent
    texts = [file.read_text() for file in [*(package / "expressions").glob("*.py"), package / "helpers.py"]]
    words = [f'"{name}"', f" {name}(", f"({name}(", f"-{name}(", f"[{name}("]
    assert sum(text.count(word) for text in texts for word in words) > 1 or name in ("lstm", "gru", "rnn")


def test_erf_is_good_to_the_last_digits() -> None:
    import math

    x = np.linspace(-6, 6, 501)
    np.testing.assert_allclose(helpers.erf(x), np.vectorize(math.erf)(x), 1e-15, 1e-15)
    assert helpers.erf(np.float32([0.3])).dtype == np.float32


def test_what_is_written_in_onnx_is_written_in_numpy() -> None:
    """All that a lowering says, but for what is said to be missing."""
    lowering = Path(helpers.__file__).parents[1] / "onnx" / "lowering"
    import re

    said = {op for file in lowering.glob("*.py") for op in re.findall(r"\bb\.([A-Z]\w+)\(", file.read_text())}
    assert said - set(writers) == {"BitShift", "GridSample"}
