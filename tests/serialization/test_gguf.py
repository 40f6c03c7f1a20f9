"""Files of llama.cpp, written by the gguf package."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.serialization import FileFormatError


@pytest.fixture
def gguf() -> Any:
    return pytest.importorskip("gguf", reason='needs the gguf package: pip install "microtensor[gguf]"')


def written(gguf: Any, path: Path) -> dict[str, Any]:
    """A file with tensors of several kinds, and what they are to be read as."""
    random = np.random.default_rng(0)
    arrays = {
        "single": random.standard_normal((3, 4)).astype(np.float32),
        "half": random.standard_normal((2, 3, 4)).astype(np.float16),
        "whole": np.arange(5, dtype=np.int32),
    }
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(1)
    for name, array in arrays.items():
        writer.add_tensor(name, array)
    weight = random.standard_normal((4, 64)).astype(np.float32)
    for kind in (
        gguf.GGMLQuantizationType.Q8_0,
        gguf.GGMLQuantizationType.Q4_0,
        gguf.GGMLQuantizationType.BF16,
    ):
        blocks = gguf.quants.quantize(weight, kind)
        writer.add_tensor(kind.name, blocks, raw_dtype=kind)
        arrays[kind.name] = gguf.quants.dequantize(blocks, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return arrays


def test_tensors_of_all_kinds(gguf: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    expected = written(gguf, path)
    for found in (mt.load(path), mt.load(io.BytesIO(path.read_bytes()))):
        assert list(found) == list(expected)
        for name, array in expected.items():
            assert found[name].numpy().dtype == array.dtype
            np.testing.assert_array_equal(found[name].numpy(), array)
    assert found["Q8_0"].shape == (4, 64)
    found["single"].add_(1)  # memory of its own, and not the file's


def test_a_damaged_file(gguf: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    written(gguf, path)
    for size in (4, 12, 60, path.stat().st_size // 2):
        with pytest.raises(FileFormatError, match=r"the \.gguf file is damaged"):
            mt.load(io.BytesIO(path.read_bytes()[:size]))


def test_without_the_package_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(ImportError, match=r'needs the gguf package: pip install "microtensor\[gguf\]"'):
        mt.load(io.BytesIO(b"GGUF\x03\x00\x00\x00" + b"\0" * 16))
