"""``torch.utils.tensorboard``: the records that PyTorch's writer makes, read by TensorBoard itself."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")
pytest.importorskip("tensorboard", reason="the writer is the package tensorboard's")
Image = pytest.importorskip("PIL.Image")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

RNG = np.random.default_rng(0)
VALUES = RNG.normal(size=300)
LABELS, GUESSES = RNG.integers(0, 2, 50), RNG.random(50)
CUBE = np.array([[[1, 1, 1], [-1, -1, 1], [1, -1, -1], [-1, 1, -1]]], np.float32)

CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "scalar": lambda w, t: w.add_scalar("a/b", t.tensor(0.1), 3, walltime=7.5),
    "scalar of a number": lambda w, t: w.add_scalar("x", 2, np.int64(4)),
    "new scalar": lambda w, t: w.add_scalar("x", 0.1, 1, new_style=True),
    "double scalar": lambda w, t: w.add_scalar("x", 0.1, 1, new_style=True, double_precision=True),
    "scalars": lambda w, t: w.add_scalars("run/x", {"sin": 0.5, "cos": t.ones(1)}, 2),
    "histogram": lambda w, t: w.add_histogram("h", t.tensor(VALUES), 1),
    "histogram auto": lambda w, t: w.add_histogram("h", t.tensor(VALUES).float(), 1, bins="auto"),
    "histogram few bins": lambda w, t: w.add_histogram("h", VALUES, 1, max_bins=5),
    "histogram of one value": lambda w, t: w.add_histogram("h", t.full((4,), 0.5), 1),
    "raw histogram": lambda w, t: w.add_histogram_raw("h", 0, 3, 6, 5.0, 7.0, [1, 2, 3], [1, 2, 3], 1),
    "image": lambda w, t: w.add_image("i", (t.arange(60.0).reshape(3, 4, 5) - 10) / 32, 1),
    "image of bytes": lambda w, t: w.add_image(
        "i", t.arange(60, dtype=t.uint8).reshape(4, 5, 3), dataformats="HWC"
    ),
    "grey image": lambda w, t: w.add_image("i", t.arange(20.0).reshape(4, 5) / 32, dataformats="HW"),
    "grey with a channel": lambda w, t: w.add_image("i", t.arange(20.0).reshape(1, 4, 5) / 32),
    "images": lambda w, t: w.add_images("i", t.arange(132.0).reshape(11, 3, 2, 2) / 128),
    "grey images": lambda w, t: w.add_images("i", t.arange(18.0).reshape(3, 1, 2, 3) / 32),
    "audio": lambda w, t: w.add_audio("s", (t.arange(50.0).reshape(1, 50) - 25) / 16, 1),
    "text": lambda w, t: w.add_text("t", "**bold** ä", 2),
    "tensor": lambda w, t: w.add_tensor("t", t.arange(6.0).reshape(2, 3), 2),
    "complex tensor": lambda w, t: w.add_tensor("t", t.tensor([1 + 2j, 3j]), 2),
    "bytes as tensor": lambda w, t: w.add_tensor("t", t.tensor([1, 200], dtype=t.uint8), 2),
    "curve": lambda w, t: w.add_pr_curve("c", t.tensor(LABELS), t.tensor(GUESSES), 1, num_thresholds=20),
    "raw curve": lambda w, t: w.add_pr_curve_raw("c", [3, 2], [2, 1], [0, 1], [0, 1], [0.6, 0.6], [1, 0.6]),
    "chart": lambda w, t: w.add_custom_scalars_multilinechart(["a", "b"], "cat", "title"),
    "margins": lambda w, t: w.add_custom_scalars_marginchart(["a", "b", "c"]),
    "mesh": lambda w, t: w.add_mesh(
        "m", t.tensor(CUBE), t.ones(1, 4, 3), t.tensor([[[0, 1, 2]]]), config_dict={"lights": 1}
    ),
    "purged": lambda w, t: w.add_scalar("x", 1.0, 6),
}


def records(folder: Path) -> list[Any]:
    """What stands in the files of a folder and those in it: folder, step, and each value without picture."""
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
    from tensorboard.compat.proto.event_pb2 import Event

    found = []
    for file in sorted(folder.rglob("events*"), key=lambda f: str(f.parent)):
        for event in map(Event.FromString, RawEventFileLoader(str(file)).Load()):
            inside = str(file.parent.relative_to(folder))
            found.append((inside, event.step, event.session_log.status, *map(_value, event.summary.value)))
    return found


def _value(value: Any) -> Any:
    """A value and its picture's pixels."""
    pixels = None
    if value.HasField("image"):
        pixels = np.asarray(Image.open(io.BytesIO(value.image.encoded_image_string))).tolist()
        value.image.encoded_image_string = b""
    return str(value), pixels


def logged(library: Any, folder: Path, call: Callable[[Any, Any], Any], **options: Any) -> list[Any]:
    writer = __import__(f"{library.__name__}.utils.tensorboard", fromlist=["SummaryWriter"]).SummaryWriter
    with writer(folder, **options) as opened:
        call(opened, library)
    return records(folder)


@pytest.mark.parametrize("name", CALLS)
def test_records(name: str, tmp_path: Path) -> None:
    options = {"purge_step": 5} if name == "purged" else {}
    ours, theirs = (logged(lib, tmp_path / lib.__name__, CALLS[name], **options) for lib in (mt, torch))
    assert len(ours) > 1
    assert ours == theirs


def test_hyperparameters(tmp_path: Path) -> None:
    def call(writer: Any, library: Any) -> None:
        values = {"lr": 0.1, "n": 3, "name": "a", "flag": True, "no": None, "t": library.tensor([2.5])}
        writer.add_hparams(values, {"acc": 0.5}, {"name": ["a", "b"], "n": [1, 2]}, run_name="one")

    ours, theirs = (logged(lib, tmp_path / lib.__name__, call) for lib in (mt, torch))
    assert len(ours) == 6
    assert ours == theirs


def test_embeddings(tmp_path: Path) -> None:
    def call(writer: Any, library: Any) -> None:
        points, pictures = (
            library.arange(6.0).reshape(3, 2) / 3,
            library.arange(36.0).reshape(3, 3, 2, 2) / 64,
        )
        writer.add_embedding(points, ["a", "b", "c"], pictures, 2, "tag/one")
        writer.add_embedding(points, [["a", 1], ["b", 2], ["c", 3]], metadata_header=["l", "n"])

    files = {}
    for lib in (mt, torch):
        logged(lib, tmp_path / lib.__name__, call)
        found = [f for f in (tmp_path / lib.__name__).rglob("*.*") if f.suffix in (".tsv", ".pbtxt", ".png")]
        files[lib] = {str(f.relative_to(tmp_path / lib.__name__)): _content(f) for f in found}
    assert len(files[mt]) == 6
    assert files[mt] == files[torch]


def _content(file: Path) -> Any:
    return np.asarray(Image.open(file)).tolist() if file.suffix == ".png" else file.read_text()


def test_a_figure(tmp_path: Path) -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")

    def call(writer: Any, library: Any) -> None:
        figure = pyplot.figure(figsize=(2, 1))
        figure.add_subplot().plot([1, 2])
        writer.add_figure("f", figure)
        assert not pyplot.fignum_exists(figure.number)

    ours, theirs = (logged(lib, tmp_path / lib.__name__, call) for lib in (mt, torch))
    assert ours == theirs


def test_the_accumulator_reads_them(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from microtensor.utils.tensorboard import SummaryWriter

    with SummaryWriter(tmp_path) as writer:
        for step in range(3):
            writer.add_scalar("loss", mt.tensor(1.0 / (step + 1)), step)
    read = EventAccumulator(str(tmp_path)).Reload()
    assert [(e.step, round(e.value, 3)) for e in read.Scalars("loss")] == [(0, 1.0), (1, 0.5), (2, 0.333)]


ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "several numbers": lambda w, t: w.add_scalar("x", t.ones(2)),
    "no number": lambda w, t: w.add_scalar("x", [1]),
    "no values": lambda w, t: w.add_histogram("x", t.ones(0)),
    "limits": lambda w, t: w.add_histogram_raw("h", 0, 3, 6, 5.0, 7.0, [1, 2], [1, 2, 3]),
    "order": lambda w, t: w.add_image("x", t.ones(3, 4), dataformats="CHW"),
    "order twice": lambda w, t: w.add_image("x", t.ones(3, 4, 2), dataformats="CHH"),
    "hparams": lambda w, t: w.add_hparams([1], {}),
    "hparam": lambda w, t: w.add_hparams({"a": [1]}, {}),
    "domain": lambda w, t: w.add_hparams({"a": 1}, {}, {"a": ["b"]}),
    "margins": lambda w, t: w.add_custom_scalars_marginchart(["a"]),
    "points": lambda w, t: w.add_embedding(t.ones(3)),
    "labels": lambda w, t: w.add_embedding(t.ones(3, 2), ["a"]),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_of_pytorchs_classes(name: str, tmp_path: Path) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        logged(torch, tmp_path / "torch", ERRORS[name])
    with pytest.raises(theirs.type):
        logged(mt, tmp_path / "mt", ERRORS[name])


def test_half_tensors_are_read_back() -> None:
    """# differs: PyTorch stores the bits of a float32 where TensorBoard reads those of a float16."""
    from tensorboard.util.tensor_util import make_ndarray

    from microtensor.utils.tensorboard.summary import tensor_proto

    read = make_ndarray(tensor_proto("t", mt.tensor([[0.1, 2.0]]).half()).value[0].tensor)
    assert read.dtype == np.float16
    assert read.tolist() == [[np.float16(0.1), 2.0]]


X = """
import sys, microtensor
microtensor.as_torch()
import torch
from tensorboardX import SummaryWriter
with SummaryWriter(sys.argv[1]) as writer:
    writer.add_scalar("x", torch.tensor(0.5), 1)
    writer.add_histogram("h", torch.arange(9.0), 1)
    writer.add_image("i", torch.ones(3, 4, 5), 1)
"""


def test_tensorboardx_takes_our_tensors(tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX")
    subprocess.run([sys.executable, "-W", "ignore", "-c", X, str(tmp_path)], check=True)
    found = "".join(value[0] for _, _, _, *rest in records(tmp_path) for value in rest)
    for words in ('tag: "x"', 'tag: "h"', 'tag: "i"', "simple_value: 0.5"):
        assert words in found
