"""Pictures as TensorBoard wants them, and the sentence without the package that writes the files."""

from __future__ import annotations

import importlib
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.utils.tensorboard.images import as_bytes, encoded, make_grid, make_np, to_hwc
from microtensor.utils.tensorboard.writer import SummaryWriter


def test_without_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "tensorboard"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(ImportError, match=r"pip install \"microtensor\[tensorboard\]\".*tensorboardX"):
        SummaryWriter(tmp_path)
    assert importlib.import_module("microtensor.utils.tensorboard").SummaryWriter is SummaryWriter


def test_other_missing_packages_are_not_taken_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from microtensor.utils.tensorboard import protos

    def missing(name: str) -> Any:
        raise ModuleNotFoundError("No module named 'grpc'", name="grpc")

    monkeypatch.setattr(protos, "import_module", missing)
    with pytest.raises(ModuleNotFoundError, match="grpc"):
        protos.load("anything")


def pixels(png: bytes) -> np.ndarray[Any, Any]:
    """What a PNG file without filters holds, by the lengths and checksums of its parts."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    parts, rest = {}, png[8:]
    while rest:
        length, kind = struct.unpack(">I", rest[:4])[0], rest[4:8]
        parts[kind] = rest[8 : 8 + length]
        assert struct.unpack(">I", rest[8 + length : 12 + length])[0] == zlib.crc32(kind + parts[kind])
        rest = rest[12 + length :]
    width, height, depth, colour = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    assert (depth, list(parts)) == (8, [b"IHDR", b"IDAT", b"IEND"])
    colours = {0: 1, 4: 2, 2: 3, 6: 4}[colour]
    rows = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, 1 + width * colours)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, colours)


@pytest.mark.parametrize("colours", [1, 2, 3, 4])
def test_a_png_file_holds_the_picture(colours: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (3, 5, colours), dtype=np.uint8)
    assert (pixels(encoded(picture)) == picture).all()


def test_orders_of_dimensions() -> None:
    image = np.arange(24.0).reshape(2, 3, 4)
    assert (to_hwc(image, "CHW") == image.transpose(1, 2, 0)).all()
    assert (to_hwc(image[:1], "chw") == image[0][:, :, None]).all()
    assert to_hwc(image[0], "WH").shape == (4, 3, 3)
    with pytest.raises(AssertionError, match="dimension shorthand twice"):
        to_hwc(image, "HHW")
    with pytest.raises(AssertionError, match="are different"):
        to_hwc(image, "HW")


def test_a_grid_of_pictures() -> None:
    images = np.arange(3 * 3 * 4).reshape(3, 3, 2, 2)
    grid = make_grid(images, 2)
    assert (grid[:, :2, 2:] == images[1]).all()
    assert (grid[:, 2:, :2] == images[2]).all()
    assert not grid[:, 2:, 2:].any()
    with pytest.raises(AssertionError, match="3 channels"):
        make_grid(np.zeros((2, 2, 3, 3)))


def test_numbers_become_bytes() -> None:
    assert as_bytes(np.array([[[-1.0, 0.5, 3.0]]])).tolist() == [[[0, 127, 255]]]
    assert as_bytes(np.array([[[7]]], np.uint8)).tolist() == [[[7]]]
    assert make_np(mt.ones(2, requires_grad=True)).tolist() == [1, 1]
    with pytest.raises(NotImplementedError, match="numpy array or torch tensor are expected"):
        make_np([1])


def test_what_is_refused_says_what_to_do() -> None:
    writer = SummaryWriter.__new__(SummaryWriter)
    for call in (lambda: writer.add_graph(None), lambda: writer.add_onnx_graph("")):
        with pytest.raises(NotImplementedError, match=r"microtensor\.viz draws the graph"):
            call()
    with pytest.raises(NotImplementedError, match="add_images"):
        writer.add_video("x", mt.ones(1))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = importlib.import_module("microtensor.utils.tensorboard").nothing
