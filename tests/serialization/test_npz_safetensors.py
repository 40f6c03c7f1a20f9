"""Files of named arrays: the rules of flattening, and every way in which a file can lie."""

from __future__ import annotations

import io
import json
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

import microtensor as mt
from microtensor.serialization import FileFormatError
from microtensor.serialization.npz_safetensors import flatten
from microtensor.serialization.read_archive import Archive


def test_names_are_joined_by_dots() -> None:
    obj = {"model": {"0.weight": mt.ones(1)}, "losses": [mt.ones(2), 0.5], "epoch": 3}
    assert list(flatten(obj)) == ["model.0.weight", "losses.0", "losses.1", "epoch"]
    assert list(flatten(mt.ones(1))) == ["tensor"]


def test_a_state_dict_comes_back_as_it_was(tmp_path: Path) -> None:
    state = mt.nn.Sequential(mt.nn.Linear(2, 3), mt.nn.BatchNorm1d(3)).state_dict()
    for name in ("x.npz", "x.safetensors"):
        mt.save(state, tmp_path / name)
        loaded = mt.load(tmp_path / name)
        assert set(loaded) == set(state)
        assert all(mt.equal(loaded[key], state[key]) for key in state)
        mt.nn.Sequential(mt.nn.Linear(2, 3), mt.nn.BatchNorm1d(3)).load_state_dict(loaded)


def test_two_values_of_one_name() -> None:
    with pytest.raises(pickle.PicklingError, match=r"both be called 'a\.b'"):
        flatten({"a.b": 1, "a": {"b": 2}})


@pytest.mark.parametrize("value", ["text", None, mt.nn.Linear(1, 1)])
def test_what_these_formats_do_not_hold(value: Any, tmp_path: Path) -> None:
    with pytest.raises(pickle.PicklingError, match="hold tensors and numbers only"):
        mt.save({"a": value}, tmp_path / "x.npz")


def test_numpy_opens_our_npz_and_we_open_numpys(tmp_path: Path) -> None:
    mt.save({"a": mt.arange(3)}, tmp_path / "ours.npz")
    assert np.load(tmp_path / "ours.npz")["a"].tolist() == [0, 1, 2]
    np.savez(tmp_path / "theirs.npz", a=np.asfortranarray(np.arange(6.0).reshape(2, 3)), b=np.array(1, ">i4"))
    loaded = mt.load(tmp_path / "theirs.npz")
    assert loaded["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert loaded["b"].dtype == mt.int32
    assert loaded["b"].item() == 1
    np.save(tmp_path / "one.npy", np.ones(2))
    assert mt.load(tmp_path / "one.npy").tolist() == [1, 1]


def npy(**kwargs: Any) -> bytes:
    header = {"descr": "<f4", "fortran_order": False, "shape": (2,)} | kwargs
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + b"\0" * 8


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (npy(shape=(2**40,)), "cut short"),
        (npy(shape=(3,)), "cut short"),
        (npy(shape=(-1,)), "a shape has a size that is none"),
        (npy(shape=(0, 2**61, 2**61)), "a shape has a size that is none"),
        (npy(descr="|O"), "tensors hold numbers of 8 to 128 bits"),
        (npy(descr="<c32", shape=(1,)), "tensors hold numbers|damaged"),
        (npy()[:20], "header of an .npy array is damaged"),
        (b"\x93NUMPY\x03\x00" + npy()[8:], "holds named fields"),
        (npy().replace(b"False", b"len(x"), "header of an .npy array is damaged"),
    ],
)
def test_an_npy_that_lies(data: bytes, words: str) -> None:
    with pytest.raises(FileFormatError, match=words):
        mt.load(io.BytesIO(data))


def test_version_2_of_npy() -> None:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.arange(3), version=(2, 0))
    assert mt.load(io.BytesIO(file.getvalue())).tolist() == [0, 1, 2]


def test_a_compressed_npz(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", a=np.zeros(10**6), b=np.arange(6).reshape(2, 3).T)
    made = mt.load(tmp_path / "a.npz")
    assert (made["a"].shape, made["b"].tolist()) == ((10**6,), [[0, 3], [1, 4], [2, 5]])


@pytest.mark.parametrize("size", [10**7, 2**40])
def test_a_compressed_member_that_says_more_than_it_can_hold(size: int, tmp_path: Path) -> None:
    """Nothing is asked for that deflate cannot make of the bytes that are there."""
    np.savez_compressed(tmp_path / "a.npz", a=np.zeros(10))
    archive = Archive(io.BytesIO((tmp_path / "a.npz").read_bytes()), 500)
    archive.zip.getinfo("a.npy").file_size = size
    with pytest.raises(FileFormatError, match=f"'a.npy' declares {size} bytes, more than it can hold"):
        archive.unpacked("a.npy")


def safe(header: Any, body: bytes = b"\0" * 8) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def spot(begin: Any, end: Any, shape: Any = (2,), dtype: Any = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def test_a_sound_safetensors_file_with_metadata() -> None:
    assert mt.load(io.BytesIO(safe({"__metadata__": {"a": "b"}, "x": spot(0, 8)})))["x"].tolist() == [0, 0]


def test_bfloat16_becomes_float32_without_ml_dtypes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    data = safe({"x": spot(0, 4, dtype="BF16")}, b"\x80\x3f\x00\xc0")
    with pytest.warns(UserWarning, match="bfloat16 tensors are loaded as float32"):
        loaded = mt.load(io.BytesIO(data))
    assert loaded["x"].tolist() == [1, -2]


@pytest.mark.parametrize(
    "data",
    [
        safe({"x": spot(0, 8), "y": spot(4, 8, (1,))}),
        safe({"x": spot(0, 16)}),
        safe({"x": spot(-8, 8)}),
        safe({"x": spot(8, 0)}),
        safe({"x": spot(0, 8, dtype="nothing")}),
        safe({"x": spot(0, 8, dtype=[1])}),
        safe({"x": [1]}),
        safe({"x": spot(0, 8, shape=[3])}),
        safe({"x": spot(0, 8, shape=[2**61, 2**61])}),
        safe({"x": spot(0, 8, shape=None)}),
        safe(b"{" + b"[" * 100_000),
        safe(b'{"a": '),
        (1 << 62).to_bytes(8, "little") + b"{}",
    ],
)
def test_a_safetensors_file_that_lies(data: bytes) -> None:
    with pytest.raises(FileFormatError, match="the .safetensors file is damaged"):
        mt.load(io.BytesIO(data))


def test_sizes_beside_0_that_no_machine_has() -> None:
    data = safe({"x": spot(0, 0, shape=[0, 2**61, 2**61])}, b"")
    with pytest.raises(FileFormatError, match="a shape has a size that is none"):
        mt.load(io.BytesIO(data))


@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
def test_a_file_of_nothing(suffix: str, tmp_path: Path) -> None:
    mt.save({}, tmp_path / f"x.{suffix}")
    assert mt.load(tmp_path / f"x.{suffix}") == {}


def test_complex_numbers_in_a_safetensors_file() -> None:
    data = safe({"x": spot(0, 8, (1,), "C64")}, np.complex64(1 + 2j).tobytes())
    assert mt.load(io.BytesIO(data))["x"].tolist() == [1 + 2j]
    with pytest.raises(FileFormatError, match="dtype F6_E2M3, which no tensor has"):
        mt.load(io.BytesIO(safe({"x": spot(0, 3, (4,), "F6_E2M3")}, b"   ")))


def test_without_the_library_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    words = r'a .safetensors file needs the safetensors package: pip install "microtensor\[io\]"'
    with pytest.raises(ImportError, match=f"writing {words}"):
        mt.save({"x": mt.ones(1)}, tmp_path / "x.safetensors")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ImportError, match=f"reading {words}"):
        mt.load(io.BytesIO(safe({"x": spot(0, 8)})))


def test_the_safetensors_package_reads_ours_and_we_read_its(tmp_path: Path) -> None:
    package = safetensors.numpy
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    mt.save({"x": mt.from_numpy(x).t(), "n": mt.tensor(True)}, tmp_path / "ours.safetensors")
    loaded = package.load_file(tmp_path / "ours.safetensors")
    assert loaded["x"].tolist() == x.T.tolist()
    package.save_file({"x": x}, tmp_path / "theirs.safetensors")
    assert mt.load(tmp_path / "theirs.safetensors")["x"].tolist() == x.tolist()


def test_what_a_safetensors_file_cannot_hold_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    with pytest.raises(TypeError, match=r"cannot hold complex128, which 'b' is: save it as \.pt"):
        mt.save({"a": mt.ones(1), "b": mt.ones(1, dtype=mt.complex128)}, path)
    assert not path.exists()
