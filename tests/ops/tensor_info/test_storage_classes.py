"""Storages: what they hold, share, copy and refuse."""

from __future__ import annotations

import copy
import sys
from pathlib import Path

import pytest

import microtensor as mt


def test_a_buffer_is_read_as_elements_of_the_dtype() -> None:
    assert mt.UntypedStorage.from_buffer(b"ab").tolist() == [97, 98]
    assert mt.FloatStorage.from_buffer(b"\x00\x00\x80\x3f", "little").tolist() == [1.0]
    assert mt.TypedStorage.from_buffer(b"\x3f\x80\x00\x00", "big").tolist() == [1.0]
    assert mt.ByteStorage.from_buffer(b"abcd", count=2, offset=1).tolist() == [98, 99]
    assert mt.TypedStorage.from_buffer(b"\x01\x00\x02\x00", "little", dtype=mt.int16).tolist() == [1, 2]
    assert mt.UntypedStorage.from_buffer(b"\x01\x00\x02\x00", "big", dtype=mt.int16).nbytes() == 4
    assert mt.ByteStorage.from_buffer(b"abc").resize_(2).tolist() == [97, 98]


def test_typed_and_untyped_look_into_one_memory() -> None:
    data = mt.UntypedStorage([0, 0, 128, 63])
    typed = mt.TypedStorage(wrap_storage=data, dtype=mt.float32)
    assert typed.untyped() == typed == data
    typed[0] = 0.0
    assert data.tolist() == [0, 0, 0, 0]
    x = mt.tensor([1.0, 2.0])
    assert x.typed_storage().tolist() == [1, 2]
    assert x.typed_storage().data_ptr() == x.untyped_storage().data_ptr() == x.data_ptr()
    with pytest.raises(RuntimeError, match=r"resize the tensor, with x\.resize_"):
        x.untyped_storage().resize_(3)


def test_a_storage_is_on_the_cpu_and_nowhere_else() -> None:
    x = mt.LongStorage([1, 2])
    assert x.device == mt.device("cpu")
    assert x.cpu() is x.to(device="cpu") is x.share_memory_() is x
    assert not x.is_shared()
    assert not x.is_pinned()
    with pytest.raises(RuntimeError, match="computes on the CPU only"):
        x.to(device="cuda")


def test_copies_have_memory_of_their_own() -> None:
    x = mt.LongStorage([1, 2])
    twin, again = copy.deepcopy([x, x])
    assert twin is again
    assert twin != x
    twin[0] = 7
    assert x.tolist() == [1, 2]
    with pytest.raises(RuntimeError, match="the sizes differ: 2 and 3"):
        x.copy_(mt.LongStorage(3))


def test_a_storage_says_what_it_is() -> None:
    assert repr(mt.UntypedStorage([1, 2])) == " 1\n 2\n[torch.storage.UntypedStorage(device=cpu) of size 2]"
    shown = " 1.5\n[torch.storage.TypedStorage(dtype=torch.float32, device=cpu) of size 1]"
    assert repr(mt.FloatStorage([1.5])) == shown
    assert mt.TypedStorage([1], dtype=mt.bool).pickle_storage_type() == "BoolStorage"


def test_a_slice_is_a_part_of_the_memory() -> None:
    whole = mt.arange(4, dtype=mt.uint8).untyped_storage()
    part = whole[1:3]
    part[0] = 9
    assert whole.tolist() == [0, 9, 2, 3]
    assert part.tolist() == [9, 2]
    assert (part.nbytes(), part.data_ptr() - whole.data_ptr()) == (2, 1)
    mt.asarray(part, dtype=mt.uint8)[1] = 7
    assert whole.tolist() == [0, 9, 7, 3]
    with pytest.raises(RuntimeError, match="slice with a step of 2, but only a step of 1"):
        whole[::2]


def test_memory_of_a_file_is_written_back_only_if_it_is_shared(tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    path.write_bytes(bytes([1, 2, 3, 4]))
    own = mt.UntypedStorage.from_file(str(path), nbytes=3)
    own[0] = 9
    assert own.tolist() == [9, 2, 3]
    assert path.read_bytes() == bytes([1, 2, 3, 4])
    shared = mt.UntypedStorage.from_file(str(path), shared=True, nbytes=6)
    shared[0] = 9
    assert path.read_bytes() == bytes([9, 2, 3, 4, 0, 0])
    with pytest.raises(RuntimeError, match="has 6 bytes, not 8"):
        mt.UntypedStorage.from_file(str(path), nbytes=8)
    assert mt.UntypedStorage.from_file(str(path)).nbytes() == 0
    assert mt.ShortStorage.from_file(str(path), False, 2).tolist() == [0x0209, 0x0403]


@pytest.mark.parametrize(("dtype", "name"), [("float32", "FloatStorage"), ("int64", "LongStorage")])
def test_the_type_of_a_storage(dtype: str, name: str) -> None:
    with pytest.warns(UserWarning, match="TypedStorage is deprecated"):
        assert mt.zeros(1, dtype=dtype).storage_type() is getattr(mt, name)


def test_the_size_of_a_storage_as_an_object_counts_its_memory() -> None:
    empty, full = mt.zeros(0).untyped_storage(), mt.zeros(100).untyped_storage()
    assert sys.getsizeof(full) - sys.getsizeof(empty) == 400
