"""Checkpoints in several files, and the ways in which an index can lie."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

import microtensor as mt
from microtensor.serialization import FileFormatError


def checkpoint(folder: Path, state: dict[str, Any], suffix: str = ".safetensors", **changes: Any) -> Path:
    """A state dict in two shards with an index, as Hugging Face's libraries write it."""
    names = list(state)
    shards = {f"model-0000{i + 1}-of-00002{suffix}": names[i::2] for i in range(2)}
    for file, part in shards.items():
        mt.save({name: state[name] for name in part}, folder / file)
    places = {name: file for file, part in shards.items() for name in part} | changes
    index = folder / f"model{suffix}.index.json"
    index.write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": places}))
    return index


@pytest.fixture
def state() -> dict[str, Any]:
    return mt.nn.Sequential(mt.nn.Linear(2, 3), mt.nn.Linear(3, 1)).state_dict()


@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ".bin"])
def test_all_shards_are_one_state_dict(suffix: str, state: dict[str, Any], tmp_path: Path) -> None:
    found = mt.load(checkpoint(tmp_path, state, suffix))
    assert set(found) == set(state)
    assert all(mt.equal(found[name], state[name]) for name in state)
    mt.nn.Sequential(mt.nn.Linear(2, 3), mt.nn.Linear(3, 1)).load_state_dict(found)


def test_only_what_the_index_names(state: dict[str, Any], tmp_path: Path) -> None:
    index = checkpoint(tmp_path, state)
    content = json.loads(index.read_text())
    del content["weight_map"]["0.bias"]
    index.write_text(json.dumps(content, indent=2))
    assert set(mt.load(index)) == set(state) - {"0.bias"}


def test_a_file_that_lies_elsewhere_is_not_read(state: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    mt.save(state, tmp_path / "secret.safetensors")
    for file in (
        "../secret.safetensors",
        str(tmp_path / "secret.safetensors"),
        "..\\secret.safetensors",
        "..",
    ):
        index = checkpoint(tmp_path / "inside", state, **{"0.bias": file})
        with pytest.raises((FileFormatError, OSError), match="does not lie beside it|directory"):
            mt.load(index)


def test_what_an_index_may_get_wrong(state: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="the index names 'none.safetensors', which is missing"):
        mt.load(checkpoint(tmp_path, state, **{"0.bias": "none.safetensors"}))
    with pytest.raises(FileFormatError, match=r"says that 'model-00001-of-00002.safetensors' holds 'extra'"):
        mt.load(checkpoint(tmp_path, state, extra="model-00001-of-00002.safetensors"))
    with pytest.raises(FileFormatError, match="has a file name for each tensor's name"):
        mt.load(checkpoint(tmp_path, state, extra=3))
    for text in ("{}", '{"weight_map": 3}', "{", '{"weight_map": {"a": '):
        (tmp_path / "index.json").write_text(text)
        with pytest.raises(FileFormatError, match="is no index of shards"):
            mt.load(tmp_path / "index.json")


def test_an_open_file_has_no_neighbours(state: dict[str, Any], tmp_path: Path) -> None:
    content = checkpoint(tmp_path, state).read_bytes()
    with pytest.raises(FileFormatError, match="give its path, not an open file"):
        mt.load(io.BytesIO(content))
