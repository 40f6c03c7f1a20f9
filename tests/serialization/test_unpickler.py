"""The reader against files that lie: nothing runs, nothing costs more than the file, one class of errors."""

from __future__ import annotations

import io
import os
import pickle
import random
import struct
import sys
import tracemalloc
import zipfile
from collections import Counter, OrderedDict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microtensor as mt
from microtensor.serialization import FileFormatError
from microtensor.serialization.read_archive import Archive
from microtensor.serialization.unpickler import _STEPS


def archive(pickled: bytes, storages: dict[str, bytes] | None = None, **extra: bytes) -> bytes:
    """An archive around a pickle."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        out.writestr("archive/data.pkl", pickled)
        for key, raw in (storages or {}).items():
            out.writestr(f"archive/data/{key}", raw)
        for name, raw in extra.items():
            out.writestr(f"archive/{name.replace('_', '.')}", raw)
    return file.getvalue()


def load(pickled: bytes, storages: dict[str, bytes] | None = None, **extra: bytes) -> Any:
    return mt.load(io.BytesIO(archive(pickled, storages, **extra)))


def saved(obj: Any) -> bytes:
    file = io.BytesIO()
    mt.save(obj, file)
    return file.getvalue()


# ------------------------------------------------------- Python's own pickles


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_pickles_of_data(protocol: int) -> None:
    obj = [1, -1, 300, 70000, 2**40, -(2**70), 1.5, "é", b"\xff", None, True, False, (), (1,), (1, 2),
           (1, 2, 3),
           (1, 2, 3, 4), {}, {"a": [1]}, {1, 2}, frozenset({3}), OrderedDict(a=1), Counter("aab"), 2j,
           bytearray(b"x"), "x" * 300, b"y" * 300, list(range(300)), "z" * 70000]  # fmt: skip
    assert load(pickle.dumps(obj, protocol)) == obj


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_cycle_through_a_tuple(protocol: int) -> None:
    inner: list[Any] = []
    outer = (inner,)
    inner.append(outer)
    made = load(pickle.dumps(outer, protocol))
    assert made[0][0][0] is made[0]


def test_strings_of_python_2() -> None:
    assert load(b"\x80\x02U\x01aT\x02\x00\x00\x00bc\x86.") == ("a", "bc")


def test_long_numbers_of_protocol_2() -> None:
    assert load(b"\x80\x02\x8b\x02\x00\x00\x00\x00\x01.") == 256


# ------------------------------------------------------------- what is refused

EVIL = [
    (b"cos\nsystem\n(X\x04\x00\x00\x00true\x85R.", r"asks for os\.system.*never imports or calls"),
    (b"cbuiltins\neval\nX\x03\x00\x00\x001+1\x85R.", r"asks for builtins\.eval"),
    (b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.", r"asks for os\.system"),
    (b"c__builtin__\ngetattr\n.", r"asks for builtins\.getattr"),
    (b"ctorch\nload\n.", r"asks for torch\.load"),
    (b"ctorch._utils\n_rebuild_qtensor\n.", r"tensors are dense"),
    (b"ctorch\nComplexFloatStorage\nQ.", "describes no storage"),
    (b"(ios\nsystem\n.", "opcode 0x69 is not one of a file of tensors"),
    (b"\x80\x7f.", "protocol that this Python does not know"),
    (b"", "ends too early"),
    (b"X\xff\xff\xff\xff.", "ends too early"),
    (b"\x8a\x05.", "ends too early"),
    (b"\x8b\xff\xff\xff\xff.", "ends too early"),
    (b"R.", "damaged at byte"),
    (b"\x86.", "lacks items"),
    (b"h\x05.", "damaged at byte"),
    (b"t.", "damaged at byte"),
    (b".", "damaged at byte"),
    (b"}(K\x01u.", "lacks the value of its last key"),
    (b"]K\x01K\x02s.", "a dict is needed, not a list"),
    (b"}K\x01a.", "a list is needed, not a dict"),
    (b"](K\x01\x90.", "a set is needed, not a list"),
    (b"}]K\x01s.", "a list cannot be the key of a dict"),
    (b"}\x8a\x09" + b"\x01" * 9 + b"K\x01s.", "more than 64 bits"),
    (b"K\x01K\x02\x93.", "name is no text"),
    (b"K\x01)R.", "calls what cannot be called, a int"),
    (b"ctorch\nTensor\n)R.", "calls what cannot be called"),
    (b"ctorch\nSize\nX\x01\x00\x00\x00a\x85R.", "integers only"),
    (b"ctorch\nSize\nK\x01\x85R.", "torch.Size is given what it does not take"),
    (b"ctorch\ndevice\nK\x01\x85R.", "described by no name"),
    (b"c__builtin__\ncomplex\nK\x01K\x02\x86R.", "no two floats"),
    (b"c__builtin__\nbytearray\nK\x10\x85R.", "neither bytes nor text"),
    (b"c_codecs\nencode\nX\x01\x00\x00\x00aX\x03\x00\x00\x00hex\x86R.", "unknown encoding"),
    (b"ccollections\nCounter\n]\x85R.", "made of no dict"),
    (b"ccollections\nOrderedDict\n)R]b.", "no dict with names"),
    (b"ccollections\nOrderedDict\n)R}X\x05\x00\x00\x00itemsK\x01sb.", "replace a method"),
    (b"]}b.", "a OrderedDict is needed, not a list"),
    (b"ctorch.nn.parameter\nParameter\nK\x01\x85R.", "without a tensor"),
    (b"ctorch._tensor\n_rebuild_from_type_v2\n(ctorch\nSize\nctorch\nTensor\n)}tR.", "describes no tensor"),
]


@pytest.mark.parametrize(("pickled", "words"), EVIL, ids=range(len(EVIL)))
def test_refusals(pickled: bytes, words: str) -> None:
    with pytest.raises(FileFormatError, match=words):
        load(pickled)


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("protocol", range(6))
def test_a_bomb_does_not_go_off(protocol: int, tmp_path: Any) -> None:
    path = str(tmp_path / "boom")
    pickled = pickle.dumps(Bomb(path), protocol)
    with pytest.raises(FileFormatError):
        load(pickled)
    with pytest.raises(pickle.UnpicklingError):
        mt.load(io.BytesIO(pickled))
    assert not os.path.exists(path)


# -------------------------------------------------------- tensors that lie


def described(size: Any, stride: Any, offset: int = 0, numel: int = 4, kind: str = "FloatStorage") -> bytes:
    """The pickle of a tensor, described at will."""
    storage = f"(X\x07\0\0\0storagectorch\n{kind}\nX\x01\0\0\x000X\x03\0\0\0cpu".encode()
    name = b"ctorch._utils\n_rebuild_tensor_v2\n("
    numbers = b"".join(pickle.dumps(part, 2)[2:-1] for part in (offset, size, stride))
    return name + storage + pickle.dumps(numel, 2)[2:-1] + b"tQ" + numbers + b"\x89NtR."


RAW = np.arange(4, dtype="<f4").tobytes()


def test_a_tensor_described_by_hand() -> None:
    assert load(described((2, 2), (1, 2)), {"0": RAW}).tolist() == [[0, 2], [1, 3]]
    assert load(described((2, 0), (5, 7)), {"0": RAW}).shape == (2, 0)


def test_the_byte_order() -> None:
    made = load(described((4,), (1,)), {"0": np.arange(4, dtype=">f4").tobytes()}, byteorder=b"big")
    assert made.tolist() == [0, 1, 2, 3]
    with pytest.raises(FileFormatError, match="the byte order is 'middle'"):
        load(described((4,), (1,)), {"0": RAW}, byteorder=b"middle")


@pytest.mark.parametrize(
    ("pickled", "words"),
    [
        (described((5,), (1,)), "does not fit into its storage of 4 elements"),
        (described((2,), (4,)), "does not fit"),
        (described((2, 2), (3, 1)), "does not fit"),
        (described((1,), (1,), offset=4), "does not fit"),
        (described((1,), (1,), offset=-1), "not all non-negative integers"),
        (described((2,), (-1,), offset=3), "not all non-negative integers"),
        (described((2,), (1.0,)), "not all non-negative integers"),
        (described((True,), (1,)), "not all non-negative integers"),
        (described((2,), ()), "not tuples of one length"),
        (described([2], [1]), "not tuples of one length"),
        (described((1,) * 65, (1,) * 65), "not tuples of one length"),
        (described((2**62, 2**62), (0, 0)), "given what it does not take"),
        (described((4,), (1,), numel=5), "a storage of 5 float32 elements has 16 bytes"),
        (described((4,), (1,), numel=2**60), "has 16 bytes"),
        (described((4,), (1,), numel=-4), "described by the wrong things"),
        (described((2,), (1,), kind="ComplexHalfStorage"), "dense numbers of 8 to 128 bits"),
        (described((2,), (1,), numel=16, kind="UntypedStorage"), "without a storage of its dtype"),
    ],
)
def test_tensors_that_lie(pickled: bytes, words: str) -> None:
    with pytest.raises(FileFormatError, match=words):
        load(pickled, {"0": RAW})


BARE = b"ctorch._utils\n_rebuild_tensor_v2\n(K\x01K\x00)" + b")\x89NtR"
STATED = b"ctorch._utils\n_rebuild_parameter_with_state\n(" + described((4,), (1,))[:-1]


@pytest.mark.parametrize(
    ("pickled", "words"),
    [
        (BARE + b".", "without a storage"),
        (STATED + b"\x88N]tR.", "attributes are no dict"),
        (STATED + b"\x88N}X\x04\0\0\0itemK\x01stR.", "replace a method of a tensor"),
        (
            described((2,), (1,)).replace(b"_v2", b"_v3").replace(b"NtR", b"NK\x01tR"),
            "without a dtype that needs them",
        ),
        (described((2,), (1,)).replace(b"_v2", b"_v3").replace(b"NtR", b"Nctorch\nbool\ntR"), "needs them"),
        (b"(" + described((4,), (1,))[:-1] + described((2,), (1,), numel=2)[:-1] + b"t.", "contradict"),
        (
            b"(" + described((4,), (1,))[:-1] + described((4,), (1,), kind="IntStorage")[:-1] + b"t.",
            "contradict",
        ),
    ],
    ids=range(7),
)
def test_descriptions_that_lie(pickled: bytes, words: str) -> None:
    with pytest.raises(FileFormatError, match=words):
        load(pickled, {"0": RAW})


def stream(*parts: Any, tail: bytes = b"") -> bytes:
    """A stream as PyTorch wrote it before 1.6; pickles are taken as they are."""
    made = [part if type(part) is bytes else pickle.dumps(part, 2) for part in parts]
    return b"".join(made) + tail


def tower(levels: int) -> bytes:
    """Tuples of two, each holding the one below twice: small in memory, endless to walk."""
    out = b"K\x01K\x02\x86"
    for _ in range(levels):
        out += b"q\x00h\x00\x86"  # what is on top, twice
    return out


OLD = described((4,), (1,)).replace(b"tQ", b"NtQ")
COUNT = (4).to_bytes(8, "little")


@pytest.mark.parametrize("little", [True, False])
def test_a_stream_is_little_endian_whatever_wrote_it(little: bool) -> None:
    data = stream(0x1950A86A20F9469CFC6C, 1001, {"little_endian": little}, OLD, ["0"], tail=COUNT + RAW)
    assert mt.load(io.BytesIO(data)).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (stream(0x1950A86A20F9469CFC6C, 1002), "protocol is not 1001"),
        (stream(0x1950A86A20F9469CFC6C, 1 << 100_000), "protocol is not 1001"),
        (stream(0x1950A86A20F9469CFC6C, b"\x80\x02" + tower(60) + b"."), "protocol is not 1001"),
        (stream(OLD), "no file of tensors"),
        (stream(0x1950A86A20F9469CFC6C, 1001, {}, OLD, ["1"]), "not those that its tensors need"),
        (stream(0x1950A86A20F9469CFC6C, 1001, {}, OLD, ["0"], tail=COUNT + RAW[:-1]), "cut short"),
        (stream(0x1950A86A20F9469CFC6C, 1001, {}, OLD, ["0"], tail=bytes(8) + RAW), "not as long"),
        (
            stream(0x1950A86A20F9469CFC6C, 1001, {}, OLD.replace(b"NtQ", b"K\x01tQ"), ["0"]),
            "views of storages",
        ),
    ],
    ids=range(8),
)
def test_streams_that_lie(data: bytes, words: str) -> None:
    with pytest.raises(FileFormatError, match=words):
        mt.load(io.BytesIO(data))


def test_bools_other_than_0_and_1_are_true() -> None:
    made = load(described((4,), (1,), kind="BoolStorage"), {"0": b"\x00\x01\x02\xff"})
    assert made.array.view(np.uint8).tolist() == [0, 1, 1, 1]


def test_bfloat16_without_ml_dtypes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with pytest.warns(UserWarning, match="bfloat16 tensors are loaded as float32"):
        made = load(described((2,), (1,), numel=2, kind="BFloat16Storage"), {"0": b"\x80\x3f\x00\xc0"})
    assert made.dtype == mt.float32
    assert made.tolist() == [1, -2]


# ------------------------------------------------------------------ archives


def test_compressed_members_are_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("archive/data.pkl", b"N" * 10**6)
    with pytest.raises(FileFormatError, match=r"'archive/data\.pkl' is compressed"):
        mt.load(io.BytesIO(file.getvalue()))


def test_members_together_are_no_larger_than_the_file() -> None:
    """Entries of the directory may point at one member, whose bytes would then count again and again."""
    source = Archive(io.BytesIO(archive(b"N.", {"0": bytes(1000)})), 1500)
    source.read("archive/data/0")
    with pytest.raises(FileFormatError, match="more than the file has"):
        source.read("archive/data/0")


@pytest.mark.parametrize("word", ["archive/data/0", "archive/data.pkl"])
def test_members_that_are_missing_or_doubled(word: str) -> None:
    data = archive(described((4,), (1,)), {"0": RAW})
    with pytest.raises(FileFormatError, match="lacks|holds no data.pkl"):
        mt.load(io.BytesIO(data.replace(word.encode(), word.encode()[:-1] + b"x")))
    with pytest.raises(FileFormatError, match="two members of one name"):
        mt.load(io.BytesIO(archive(b"N.", {"0": b"", "1": b""}).replace(b"data/1", b"data/0")))


def test_a_pickle_deeper_in_the_archive_is_not_the_one() -> None:
    data = archive(b"N.").replace(b"archive/data.pkl", b"arc/ive/data.pkl")
    with pytest.raises(FileFormatError, match=r"holds no data\.pkl.*'arc/ive/data\.pkl'"):
        mt.load(io.BytesIO(data))


def test_a_torchscript_program() -> None:
    with pytest.raises(FileFormatError, match="TorchScript program"):
        load(b"N.", constants_pkl=b"N.")


def test_no_file_of_tensors() -> None:
    for data in (b"", b"\x80", b"hello", b"PK\x03\x04", pickle.dumps([1], 2)):
        with pytest.raises(FileFormatError):
            mt.load(io.BytesIO(data))
    with pytest.raises(FileNotFoundError):
        mt.load("no such file.pt")


# ------------------------------------------------------------------- the cost


def measured(data: bytes) -> int:
    """The peak of memory while loading, in bytes."""
    tracemalloc.start()
    try:
        mt.load(io.BytesIO(data))
    except FileFormatError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


PACKED = [struct.pack("<i", n) for n in range(5_000)]
NUMBERS = b"".join(b"J" + n for n in PACKED)
COSTLY = {
    "a tower as a key": b"}" + tower(60) + b"K\x01s.",
    "a tower in a set": b"c__builtin__\nset\n](" + tower(60) + b"e\x85R.",
    "a deep key": b"}" + b"K\x01" + b"\x85" * 20_000 + b"K\x01s.",
    "a set made again and again": b"](" + NUMBERS + b"eq\x00cbuiltins\nset\nq\x01"
    + b"h\x01h\x00\x85R" * 5_000 + b".",
    "an OrderedDict made again and again": b"](" + b"".join(b"J%sN\x86" % n for n in PACKED)
    + b"eq\x00ccollections\nOrderedDict\nq\x01" + b"h\x01h\x00\x85R" * 5_000 + b".",
    "a text encoded again and again": b"X" + struct.pack("<I", 100_000) + b"a" * 100_000
    + b"q\x00X\x06\0\0\0latin1q\x01c_codecs\nencode\nq\x02" + b"h\x02h\x00h\x01\x86R" * 5_000 + b".",
    "a bytearray made again and again": b"B" + struct.pack("<I", 100_000) + b"a" * 100_000
    + b"q\x00cbuiltins\nbytearray\nq\x01" + b"h\x01h\x00\x85R" * 5_000 + b".",
    "a tensor made again and again": described((4,), (1,))[:-2].replace(b"_v2\n(", b"_v2\nq\x01(")
    + b"q\x02" + b"h\x01h\x02R" * 5_000 + b".",
    "attributes given again and again": b"}(" + b"".join(b"X\x04\0\0\0%04dN" % n for n in range(5_000))
    + b"uq\x00ccollections\nOrderedDict\nq\x01" + b"h\x01)Rh\x00b" * 5_000 + b".",
    "a Counter made again and again": b"}(" + b"".join(b"J%sN" % n for n in PACKED)
    + b"uq\x00ccollections\nCounter\nq\x01" + b"h\x01h\x00\x85R" * 5_000 + b".",
    "a Size made again and again": b"(" + b"K\x01" * 5_000 + b"tq\x00ctorch\nSize\nq\x01"
    + b"h\x01h\x00\x85R" * 5_000 + b".",
    "an ordered dict made again and again": b"]("
    + b"".join(b"M" + struct.pack("<H", k) + b"K\x01\x86" for k in range(1_000))
    + b"eq\x00ccollections\nOrderedDict\nq\x01" + b"h\x01h\x00\x85R" * 2_000 + b".",
    "a counter made again and again": b"](}("
    + b"".join(b"M" + struct.pack("<H", k) + b"K\x01" for k in range(1_000))
    + b"uq\x00ccollections\nCounter\nq\x01" + b"h\x01h\x00\x85R" * 2_000 + b"e.",
}  # fmt: skip


@pytest.mark.parametrize("name", COSTLY)
def test_what_would_cost_more_than_the_file(name: str) -> None:
    data = archive(COSTLY[name], {"0": RAW})
    assert measured(data) < 300 * len(data)
    with pytest.raises(FileFormatError, match="repeats itself|nested too deeply"):
        mt.load(io.BytesIO(data))


def test_a_tower_of_data_is_small() -> None:
    made = load(tower(100) + b".")
    assert made[0] is made[1]


def test_deep_lists_are_loaded_without_recursion() -> None:
    made = load(b"]" * 100_000 + b"a" * 99_999 + b".")
    depth = 0
    while made:
        made, depth = made[0], depth + 1
    assert depth == 99_999


def test_the_legacy_stream_allocates_no_more_than_the_file() -> None:
    magic = b"".join(
        pickle.dumps(part, 2) for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})
    )
    lie = described((1,), (1,), numel=2**40)
    lie = lie.replace(b"tQ", b"NtQ")
    with pytest.raises(FileFormatError, match="more than the file has"):
        mt.load(io.BytesIO(magic + lie + pickle.dumps(["0"], 2)))


# ------------------------------------------------------------------- mutations

SEEDS = [
    saved({"w": mt.arange(6).reshape(2, 3).t(), "p": mt.nn.Parameter(mt.ones(2)), "n": [1, "a", {2}, None]}),
    saved(mt.nn.Linear(2, 2).state_dict()),
    archive(pickle.dumps({"a": [1, (2.5, "x")], "s": {1, 2}, "b": b"xyz"}, 4)),
]


def attempt(data: bytes) -> Any:
    """What loading gives, or None for a refusal; any other error fails the test."""
    try:
        return mt.load(io.BytesIO(data))
    except FileFormatError as error:
        return None if str(error) else error


def mutate(data: bytes, rng: random.Random) -> bytes:
    """`data` with a few bytes changed, parts cut out, doubled or moved."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        a, b = sorted(rng.randrange(len(out) + 1) for _ in range(2))
        kind = rng.randrange(5)
        if kind == 0 and out:
            out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del out[a : min(b, a + 8)]
        elif kind == 2:
            out[a:a] = out[a : min(b, a + 40)]
        elif kind == 3:
            out[a:a] = rng.randbytes(rng.randint(1, 4))
        else:
            out[a : a + 4] = rng.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f"])
    return bytes(out)


@settings(max_examples=150)
@given(st.integers(0, len(SEEDS) - 1), st.randoms(use_true_random=False))
def test_mutated_files(which: int, rng: random.Random) -> None:
    attempt(mutate(SEEDS[which], rng))


@pytest.mark.parametrize("seed", SEEDS, ids=range(len(SEEDS)))
def test_every_truncation(seed: bytes) -> None:
    for end in range(len(seed)):
        assert attempt(seed[:end]) is None


@settings(max_examples=150)
@given(st.integers(0, len(SEEDS) - 1), st.randoms(use_true_random=False))
def test_mutated_pickles(which: int, rng: random.Random) -> None:
    """The pickle alone is changed, in an archive that is sound."""
    source = zipfile.ZipFile(io.BytesIO(SEEDS[which]))
    pickled = mutate(source.read("archive/data.pkl"), rng)
    storages = {n.rpartition("/")[2]: source.read(n) for n in source.namelist() if "/data/" in n}
    attempt(archive(pickled, storages))


OPCODES = st.sampled_from(sorted(_STEPS))
NAMES = st.sampled_from([b"ctorch\nSize\n", b"ccollections\nOrderedDict\n", b"cos\nsystem\n",
                         b"ctorch\nFloatStorage\n", b"ctorch._utils\n_rebuild_tensor_v2\n", b"X\x01\0\0\0a",
                         b"K\x01", b")", b"(", b"]", b"}"])  # fmt: skip


@settings(max_examples=300)
@given(
    st.lists(OPCODES.map(lambda code: bytes([code])) | NAMES | st.binary(min_size=1, max_size=3), max_size=40)
)
def test_random_opcodes(parts: list[bytes]) -> None:
    attempt(archive(b"".join(parts) + b"."))


@settings(max_examples=100)
@given(rng=st.randoms(use_true_random=False), suffix=st.sampled_from(["npz", "safetensors"]))
def test_mutated_flat_files(rng: random.Random, suffix: str, tmp_path_factory: Any) -> None:
    path = tmp_path_factory.mktemp("flat") / f"x.{suffix}"
    mt.save({"a": mt.ones(3), "b": mt.arange(4)}, path)
    attempt(mutate(path.read_bytes(), rng))
