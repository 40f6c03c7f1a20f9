"""Whole modules and other objects: what is saved, who may load it, and what is allowed by name."""

from __future__ import annotations

import collections
import dataclasses
import enum
import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.serialization import FileFormatError, add_safe_globals, get_safe_globals, safe_globals


class Net(mt.nn.Module):
    """Something of everything."""

    class Inner:
        """A class in a class."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.kind, self.function = mt.nn.Linear(2, 3), Net.Inner, len
        self.tied = self.layer.weight
        self.register_buffer("scale", mt.full((3,), 2.0))
        self.register_buffer("hidden", mt.ones(1), persistent=False)
        self.register_parameter("absent", None)

    def forward(self, x: Any) -> Any:
        return self.layer(x) * self.scale


class Colour(enum.Enum):
    """Made by a call."""

    RED = 1


@dataclasses.dataclass
class Point:
    """With a state of its own."""

    x: Any
    y: Any = None


class Slotted:
    """With slots."""

    __slots__ = ("a",)

    def __init__(self, a: Any) -> None:
        self.a = a


class Rows(list[Any]):
    """A list with an attribute."""


class Runs:
    """Says what to call when it is loaded."""

    def __reduce__(self) -> Any:
        return exec, ("raise SystemExit('it ran')",)


def saved(obj: Any) -> bytes:
    """The bytes of a file."""
    file = io.BytesIO()
    mt.save(obj, file)
    return file.getvalue()


def loaded(data: bytes, **options: Any) -> Any:
    """What is in them."""
    return mt.load(io.BytesIO(data), **options)


def test_a_module_comes_back_whole() -> None:
    """Parameters, buffers, what is shared, absent or of another kind; it computes and learns as before."""
    net = Net()
    again = loaded(saved(net), weights_only=False)
    assert type(again) is Net
    assert list(again.state_dict()) == list(net.state_dict())
    assert [name for name, _ in again.named_buffers()] == ["scale", "hidden"]
    assert again.tied is again.layer.weight
    assert (again.absent, again.kind, again.function) == (None, Net.Inner, len)
    x = mt.rand(4, 2)
    assert mt.equal(again(x), net(x))
    again(x).sum().backward()
    assert again.layer.weight.grad.shape == (3, 2)


def test_other_objects_come_back() -> None:
    """As Python's pickle would bring them, and what is one object stays one."""
    point = Point(mt.arange(3), Slotted(mt.ones(2)))
    rows = Rows([1, point])
    rows.note = "n"  # type: ignore[attr-defined]
    data = {
        "point": point, "rows": rows, "colour": Colour.RED, "array": np.arange(3),
        "moment": np.datetime64("2020"), "queue": collections.deque([1, 2]), "range": range(3),
        "function": mt.relu, "kind": mt.nn.ReLU,
    }  # fmt: skip
    made = loaded(saved(data), weights_only=False)
    assert made["rows"][1] is made["point"]
    assert (made["rows"].note, made["colour"], made["range"]) == ("n", Colour.RED, range(3))
    assert (made["function"], made["kind"]) == (mt.relu, mt.nn.ReLU)
    assert made["point"].y.a.tolist() == [1.0, 1.0]
    assert made["array"].tolist() == [0, 1, 2]
    assert (made["moment"], made["queue"]) == (data["moment"], data["queue"])


@pytest.mark.parametrize("obj", [Net(), Point(1), Colour.RED, Net.Inner, Runs(), np.ones(2)], ids=range(6))
def test_by_default_no_class_of_a_file_is_touched(obj: Any) -> None:
    """Neither imported nor called, and the sentence says what to do."""
    with pytest.raises(
        FileFormatError, match=r"Weights only load failed: .*add_safe_globals.*weights_only=False"
    ):
        loaded(saved(obj))


def test_a_file_that_is_trusted_runs() -> None:
    with pytest.raises(SystemExit, match="it ran"):
        loaded(saved(Runs()), weights_only=False)


def test_what_is_allowed_is_built() -> None:
    """In the block, and no longer; the rest is refused as before."""
    data = saved([Point(mt.arange(2), 1), Slotted(3), Colour.RED])
    with safe_globals([Point, Slotted, Colour]):
        point, slotted, colour = loaded(data)
        assert (point.x.tolist(), point.y, slotted.a, colour) == ([0, 1], 1, 3, Colour.RED)
        with pytest.raises(
            FileFormatError, match="Unsupported global: GLOBAL .*Net was not an allowed global"
        ):
            loaded(saved(Net()))
    with pytest.raises(FileFormatError, match="asks for .*Point"):
        loaded(data)


def test_a_module_of_allowed_classes() -> None:
    net = mt.nn.Sequential(mt.nn.Linear(2, 1), mt.nn.ReLU())
    with safe_globals([mt.nn.Sequential, mt.nn.Linear, mt.nn.ReLU]):
        assert mt.equal(loaded(saved(net))(mt.ones(2)), net(mt.ones(2)))


def test_the_list_of_what_is_allowed() -> None:
    """Things, or pairs of one and its name in files."""
    try:
        add_safe_globals([Point, (Slotted, "old_name.Slotted")])
        assert get_safe_globals() == [Point, (Slotted, "old_name.Slotted")]
        with safe_globals([Net]):
            assert get_safe_globals() == [Point, (Slotted, "old_name.Slotted"), Net]
        assert get_safe_globals() == [Point, (Slotted, "old_name.Slotted")]
    finally:
        mt.serialization.clear_safe_globals()
    assert get_safe_globals() == []


def test_layers_have_the_names_of_pytorch() -> None:
    assert b"ctorch.nn.modules.linear\nLinear\n" in saved(mt.nn.Linear(1, 1))
    assert b"ctorch.nn.modules.activation\nReLU\n" in saved(mt.nn.ReLU())


def test_a_state_given_to_a_class_that_is_not_allowed() -> None:
    """A file may not set attributes of what it was not told to build."""
    state = b"\x80\x02ccollections\nOrderedDict\n)R}X\x04\x00\x00\x00keysK\x01sb."
    with safe_globals([Point]), pytest.raises(FileFormatError, match="replace a method"):
        mt.serialization.unpickler.Machine(state, mt.serialization.allowlist.find, lambda pid: None).run()


def test_memory_instead_of_reading(tmp_path: Path) -> None:
    """Tensors stay in the file until they are looked at; what is written to them does not reach it."""
    x = mt.rand(1000)
    mt.save({"x": x, "half": x[::2], "flag": mt.tensor([True])}, tmp_path / "x.pt")
    made = mt.load(tmp_path / "x.pt", mmap=True)
    assert mt.equal(made["x"], x)
    assert made["flag"].tolist() == [True]
    made["x"].zero_()
    assert made["half"].sum().item() == 0
    assert mt.equal(mt.load(tmp_path / "x.pt")["x"], x)
    with pytest.raises(ValueError, match="f must be a file path in order to use the mmap argument"):
        mt.load(io.BytesIO(saved(x)), mmap=True)
    mt.save({"x": x}, tmp_path / "x.npz")
    mt.load(tmp_path / "x.npz", mmap=True)
    (tmp_path / "old.pt").write_bytes(pickle.dumps(1))
    with pytest.raises(RuntimeError, match="mmap can only be used with files saved with"):
        mt.load(tmp_path / "old.pt", mmap=True)
