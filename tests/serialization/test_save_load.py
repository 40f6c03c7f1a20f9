"""`save` and `load`: what comes back, what is refused, and what a failed write leaves behind."""

from __future__ import annotations

import io
import os
import pickle
import stat
import threading
import zipfile
from collections import Counter, OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import microtensor as mt
from microtensor.serialization.storages import DTYPES


def again(obj: Any) -> Any:
    """`obj` after a trip through a file."""
    file = io.BytesIO()
    mt.save(obj, file)
    return mt.load(io.BytesIO(file.getvalue()))


def same(a: Any, b: Any) -> bool:
    """Equal in type, values, dtypes and shapes."""
    if isinstance(a, mt.Tensor):
        equal = a.dtype == b.dtype and a.shape == b.shape and a.array.tobytes() == b.array.tobytes()
        return type(a) is type(b) and equal and a.requires_grad == b.requires_grad
    if isinstance(a, dict):
        return type(a) is type(b) and list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and bool(a == b)


numbers = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False)
keys = st.text(max_size=5) | st.integers() | st.tuples(st.integers(0, 9), st.text(max_size=2))
leaves = numbers | st.text(max_size=8) | st.binary(max_size=8)
objects = st.recursive(
    leaves,
    lambda part: (
        st.lists(part, max_size=4)
        | st.tuples(part, part)
        | st.dictionaries(st.text(max_size=5) | st.integers(-(2**40), 2**40), part, max_size=4)
    ),
    max_leaves=12,
)


@given(objects)
def test_containers_come_back(obj: Any) -> None:
    assert same(again(obj), obj)


@given(
    hnp.arrays(st.sampled_from(list(DTYPES.values())), hnp.array_shapes(min_dims=0, min_side=0)), st.data()
)
def test_tensors_come_back(array: Any, data: Any) -> None:
    axes = data.draw(st.permutations(range(array.ndim)))
    tensor = mt.from_numpy(array.transpose(axes)[..., ::2] if array.ndim else array)
    assert same(again({"x": [tensor]}), {"x": [tensor]})


@pytest.mark.parametrize("suffix", ["npz", "safetensors", "pt"])
@given(
    array=hnp.arrays(st.sampled_from(list(DTYPES.values())), hnp.array_shapes(min_dims=1, min_side=0)),
    data=st.data(),
)
def test_transposed_views_come_back(suffix: str, array: Any, data: Any, tmp_path_factory: Any) -> None:
    assume(suffix != "safetensors" or array.dtype != np.complex128)  # the format has no name for it
    path = tmp_path_factory.mktemp("file") / f"x.{suffix}"
    axes = data.draw(st.permutations(range(array.ndim)))
    tensor = mt.from_numpy(array).permute(tuple(axes))
    mt.save({"x": tensor, "y": tensor[1:]}, path)
    assert same(mt.load(path), {"x": tensor, "y": tensor[1:]})


def test_views_share_memory_again() -> None:
    base = mt.arange(12).reshape(3, 4)
    whole, turned, part = again([base, base.t(), base[1:, ::2]])
    whole[1, 2] = 100
    assert turned[2, 1] == 100
    assert part[0, 1] == 100
    assert turned.stride() == (1, 4)
    assert part.storage_offset() == 4


def test_a_negative_stride_and_a_wide_stride_are_copied() -> None:
    backwards = mt.as_tensor(np.arange(4)[::-1])
    field = np.zeros(3, [("a", "<f4"), ("b", "<f8")])["b"]
    assert same(again(backwards), mt.tensor([3, 2, 1, 0]))
    assert same(again(mt.from_numpy(field)), mt.zeros(3, dtype=mt.float64))


def test_memory_with_gaps_is_copied() -> None:
    gaps = np.ndarray((3,), np.float32, bytearray(np.arange(6, dtype=np.float32).tobytes()), 0, (8,))
    assert same(again(mt.from_numpy(gaps)), mt.tensor([0.0, 2.0, 4.0]))


def test_many_sets_are_not_taken_for_one_another() -> None:
    obj = [{n} for n in range(50)] + [Counter({n: 1}) for n in range(50)]
    assert again(obj) == obj


def test_an_expanded_tensor_is_written_once() -> None:
    file = io.BytesIO()
    mt.save(mt.ones(1).expand(10**6), file)
    assert file.tell() < 3000
    assert mt.load(io.BytesIO(file.getvalue())).shape == (10**6,)


def test_one_object_in_two_places_stays_one_and_cycles_come_back() -> None:
    inner: list[Any] = [1]
    inner.append(inner)
    first, second = again([inner, inner])
    assert first is second
    assert first[1] is first


def test_classes_of_the_library_come_back() -> None:
    weight = mt.nn.Parameter(mt.ones(2), requires_grad=False)
    weight.note = "kept"
    marked = mt.ones(1)
    marked.note = [1]
    obj = {
        "p": weight, "q": mt.nn.Parameter(mt.ones(1)), "m": marked, "g": mt.ones(1, requires_grad=True),
        "size": mt.Size([1, 2]), "device": mt.device("cpu"), "dtype": mt.int32, "set": {1, "a"},
        "counter": Counter("aab"), "number": np.float32(0.5), "whole": np.int64(3), "double": np.float64(0.1),
        "bytes": bytearray(b"\xff\x00"), "complex": 1j, "deep": OrderedDict(a=OrderedDict()),
    }  # fmt: skip
    made = again(obj)
    assert type(made["p"]) is mt.nn.Parameter
    assert not made["p"].requires_grad
    assert made["p"].note == "kept"
    assert made["q"].requires_grad
    assert made["m"].note == [1]
    assert made["g"].requires_grad
    assert made["g"].is_leaf
    assert made["number"] == 0.5
    assert type(made["whole"]) is int
    for name in ("size", "device", "dtype", "set", "counter", "bytes", "complex", "deep", "double"):
        assert made[name] == obj[name]
        assert name == "double" or type(made[name]) is type(obj[name])


def test_a_state_dict_keeps_its_versions() -> None:
    state = mt.nn.Sequential(mt.nn.Linear(2, 3), mt.nn.BatchNorm1d(3)).state_dict()
    assert again(state)._metadata == state._metadata


def step(model: Any, optimizer: Any) -> None:
    optimizer.zero_grad()
    model(mt.ones(4, 2)).square().sum().backward()
    optimizer.step()


OPTIMIZERS = [
    "SGD", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam", "RMSprop", "Rprop", "ASGD"
]  # fmt: skip


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_goes_on_where_it_stopped(name: str) -> None:
    """After loading model, optimizer, scheduler and random state, the next steps are the same."""
    model = mt.nn.Linear(2, 3)
    optimizer = getattr(mt.optim, name)(model.parameters(), lr=0.1)
    scheduler = mt.optim.lr_scheduler.MultiStepLR(optimizer, [1, 2])
    step(model, optimizer)
    scheduler.step()
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
    saved = again({key: part.state_dict() for key, part in parts.items()} | {"rng": mt.get_rng_state()})
    expected = mt.rand(2).tolist()
    step(model, optimizer)
    other = mt.nn.Linear(2, 3)
    second = getattr(mt.optim, name)(other.parameters(), lr=0.5)
    third = mt.optim.lr_scheduler.MultiStepLR(second, [7])
    other.load_state_dict(saved["model"])
    second.load_state_dict(saved["optimizer"])
    third.load_state_dict(saved["scheduler"])
    mt.set_rng_state(saved["rng"])
    assert mt.rand(2).tolist() == expected
    step(other, second)
    assert same(other.state_dict(), model.state_dict())
    assert third.state_dict() == scheduler.state_dict()


SCHEDULERS = {
    "StepLR": (2,), "MultiStepLR": ([1, 3],), "ExponentialLR": (0.9,), "CosineAnnealingLR": (5,),
    "LinearLR": (), "ConstantLR": (), "PolynomialLR": (), "CosineAnnealingWarmRestarts": (3,),
    "CyclicLR": (0.1, 0.5), "OneCycleLR": (0.5, 10), "ReduceLROnPlateau": (),
    "LambdaLR": (lambda epoch: 0.9**epoch,),
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEDULERS)
def test_schedulers_come_back(name: str) -> None:
    optimizer = mt.optim.SGD([mt.nn.Parameter(mt.ones(1))], lr=0.1, momentum=0.9)
    scheduler = getattr(mt.optim.lr_scheduler, name)(optimizer, *SCHEDULERS[name])
    state = scheduler.state_dict()
    assert again(state) == state


# ------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("obj", "words"),
    [
        ({"a": [lambda: 0]}, r"<lambda> is not found under its name.*model\.state_dict\(\)"),
        (threading.Lock(), r"cannot pickle .*lock.*save what it is made of"),
        (1 << 5000, r"an integer of 5001 bits is too long"),
    ],
)
def test_what_cannot_be_saved(obj: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(pickle.PicklingError, match=words):
        mt.save(obj, tmp_path / "x.pt")
    assert os.listdir(tmp_path) == []


def test_two_dtypes_in_one_memory() -> None:
    array = np.zeros(4, np.float32)
    with pytest.raises(pickle.PicklingError, match=r"torch.float32 and torch.int32 look into the same"):
        mt.save([mt.from_numpy(array), mt.from_numpy(array.view(np.int32))], io.BytesIO())


def test_map_location() -> None:
    file = io.BytesIO()
    mt.save(mt.ones(1), file)
    assert mt.load(io.BytesIO(file.getvalue()), map_location="cpu") == 1
    assert mt.load(io.BytesIO(file.getvalue()), lambda storage, location: storage, weights_only=False) == 1
    with pytest.raises(RuntimeError, match=r"device 'cuda' is not here"):
        mt.load(io.BytesIO(file.getvalue()), map_location="cuda")


# ------------------------------------------------------------------ the disk


class Full(io.BytesIO):
    """A disk that is full after some bytes."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > self.room:
            raise OSError(28, "No space left on device")
        return super().write(data)


@pytest.mark.parametrize("suffix", ["pt", "npz", "safetensors"])
def test_a_write_that_fails_leaves_the_old_file(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"x.{suffix}"
    mt.save({"a": mt.ones(3)}, path)
    before = path.read_bytes()

    def fail(fd: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output error"):
        mt.save({"a": mt.zeros(3)}, path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]


def test_an_object_that_cannot_be_saved_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    mt.save(1, path)
    with pytest.raises(pickle.PicklingError):
        mt.save([mt.ones(1000), lambda: 0], path)
    assert mt.load(path) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_file_object_that_is_full() -> None:
    with pytest.raises(OSError, match="No space"):
        mt.save(mt.ones(100), Full(200))


def test_a_file_keeps_its_mode_and_a_link_its_target(tmp_path: Path) -> None:
    real, link = tmp_path / "real.pt", tmp_path / "link.pt"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    mt.save(7, link)
    assert link.is_symlink()
    assert mt.load(real) == 7
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="needs a device")
def test_a_device_is_written_to_and_stays(tmp_path: Path) -> None:
    mt.save(mt.ones(3), os.devnull)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_a_file_that_may_not_be_written_to_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "best.pt"
    mt.save(1, path)
    path.chmod(0o400)
    monkeypatch.setattr(os, "access", lambda name, mode: os.stat(name).st_mode & 0o200 != 0)  # also for root
    with pytest.raises(PermissionError, match=r"is not replaced: '.*best\.pt'"):
        mt.save(2, path)
    assert mt.load(path) == 1
    assert os.listdir(tmp_path) == ["best.pt"]


class OneWay(io.RawIOBase):
    """A pipe: it can be written to, and not gone back in."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        return len(self.parts[-1])


def test_a_pipe() -> None:
    pipe = OneWay()
    mt.save({"x": mt.arange(3)}, pipe)
    assert mt.load(io.BytesIO(b"".join(pipe.parts)))["x"].tolist() == [0, 1, 2]


def test_storages_are_aligned_and_stored() -> None:
    file = io.BytesIO()
    mt.save([mt.ones(n) for n in (1, 3, 100)], file)
    for info in zipfile.ZipFile(file).infolist():
        begin = info.header_offset + 30 + len(info.filename) + len(info.extra)
        assert begin % 64 == 0
        assert info.compress_type == zipfile.ZIP_STORED


def test_equal_content_gives_equal_files() -> None:
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        mt.save({"x": mt.arange(3)}, file)
    assert files[0].getvalue() == files[1].getvalue()


def test_what_is_no_file_of_tensors_says_so(tmp_path: Path) -> None:
    (tmp_path / "page.pt").write_text("<html>Not found</html>")
    with pytest.raises(mt.serialization.FileFormatError, match="no file of tensors: neither a zip archive"):
        mt.load(tmp_path / "page.pt")


def test_a_folder_that_is_missing_is_named_as_pytorch_names_it(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"Parent directory .*models does not exist\."):
        mt.save({}, tmp_path / "models" / "a.pt")
