"""Python objects between ranks, as JSON.

PyTorch pickles them, and whoever unpickles what another process sends runs what it says.  Here objects are
text: None, bools, numbers, strings, and lists and dictionaries of them.  Anything that would not come back as
it went (a tuple, a key that is no string, an array) is refused before anything is sent; tensors have
collectives of their own.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ..creation.from_data import from_numpy
from ..engine.tensor import Tensor
from .collectives import broadcast
from .gathering import all_gather, gather, scatter
from .point_to_point import recv, send
from .process_group import member, rank_in_group

__all__ = [
    "all_gather_object", "broadcast_object_list", "gather_object", "recv_object_list", "scatter_object_list",
    "send_object_list",
]  # fmt: skip

_PLAIN = (type(None), bool, int, float, str)


def _check(value: Any, place: str) -> None:
    """Raise ``TypeError`` for what JSON would change."""
    if type(value) is list:
        for index, part in enumerate(value):
            _check(part, f"{place}[{index}]")
    elif type(value) is dict and all(type(key) is str for key in value):
        for key, part in value.items():
            _check(part, f"{place}[{key!r}]")
    elif type(value) not in _PLAIN:
        what = "a dict with keys that are no strings" if type(value) is dict else f"a {type(value).__name__}"
        raise TypeError(
            f"{place} is {what}: objects go between ranks as JSON, never pickled, so they are made of None, "
            "bools, numbers, strings, lists and dicts with strings as keys. Send a tensor with broadcast, "
            "all_gather or send; turn a tuple into a list"
        )


def encode(value: Any) -> Tensor:
    """An object as bytes; ``TypeError`` if it would not come back as it is.

    >>> from microtensor.distributed.objects import encode
    >>> encode((1, 2))
    Traceback (most recent call last):
    TypeError: the object is a tuple: objects go between ranks as JSON, never pickled, so they are made of \
None, bools, numbers, strings, lists and dicts with strings as keys. Send a tensor with broadcast, \
all_gather or send; turn a tuple into a list
    """
    _check(value, "the object")
    return from_numpy(np.frombuffer(json.dumps(value).encode(), np.uint8).copy())


def decode(letters: Tensor, count: int) -> Any:
    """The object in the first `count` bytes."""
    return json.loads(letters.array[:count].tobytes())


def _length(value: int) -> Tensor:
    return from_numpy(np.array([value], np.int64))


def _zeros(count: int) -> Tensor:
    return from_numpy(np.zeros(count, np.uint8))


def _padded(letters: Tensor, count: int) -> Tensor:
    found = _zeros(count)
    found.array[: letters.numel()] = letters.array
    return found


def _lengths(letters: Tensor, size: int, group: Any) -> list[int]:
    found = [_length(0) for _ in range(size)]
    all_gather(found, _length(letters.numel()), group)
    return [int(length) for length in found]


def all_gather_object(object_list: list[Any], obj: Any, group: Any = None) -> None:
    """Put every rank's object into `object_list`, on every rank.

    Raises ``TypeError`` for what JSON cannot carry unchanged, before anything is sent.

    >>> mt.distributed.init_process_group()
    >>> found = [None]
    >>> mt.distributed.all_gather_object(found, {"loss": 0.5})
    >>> found
    [{'loss': 0.5}]
    >>> mt.distributed.destroy_process_group()
    """
    world = member(group, "all_gather_object")
    if world is None:
        return
    mine = encode(obj)
    lengths = _lengths(mine, world.size(), world)
    found = [_zeros(max(lengths)) for _ in lengths]
    all_gather(found, _padded(mine, max(lengths)), world)
    object_list[: world.size()] = [decode(part, n) for part, n in zip(found, lengths, strict=True)]


def gather_object(
    obj: Any, object_gather_list: list[Any] | None = None, dst: int | None = None, group: Any = None,
    group_dst: int | None = None,
) -> None:  # fmt: skip
    """Put every rank's object into the list on rank `dst` (0); the others give no list."""
    world = member(group, "gather_object")
    if world is None:
        return
    root = rank_in_group("gather_object", world, 0 if dst is None and group_dst is None else dst, group_dst)
    if (world.rank() == root) != bool(object_gather_list):
        raise ValueError("gather_object: object_gather_list must be given on rank dst, and nowhere else")
    mine = encode(obj)
    lengths = _lengths(mine, world.size(), world)
    found = [_zeros(max(lengths)) for _ in lengths] if object_gather_list else None
    gather(_padded(mine, max(lengths)), found, group=world, group_dst=root)
    if object_gather_list and found:
        object_gather_list[:] = [decode(part, n) for part, n in zip(found, lengths, strict=True)]


def broadcast_object_list(
    object_list: list[Any], src: int | None = None, group: Any = None, device: Any = None,
    group_src: int | None = None,
) -> None:  # fmt: skip
    """Overwrite the list's objects, on every rank, with those of rank `src` (0).

    Raises ``TypeError`` for what JSON cannot carry unchanged.
    """
    world = member(group, "broadcast_object_list")
    if world is None:
        return
    root = rank_in_group("broadcast", world, 0 if src is None and group_src is None else src, group_src)
    letters = encode(list(object_list)) if world.rank() == root else _zeros(0)
    length = _length(letters.numel())
    broadcast(length, group=world, group_src=root)
    letters = letters if world.rank() == root else _zeros(int(length))
    broadcast(letters, group=world, group_src=root)
    object_list[:] = decode(letters, int(length))


def scatter_object_list(
    scatter_object_output_list: list[Any], scatter_object_input_list: list[Any] | None = None,
    src: int | None = None, group: Any = None, group_src: int | None = None,
) -> None:  # fmt: skip
    """Put this rank's object of rank `src`'s (0) list into the first place of the output list."""
    world = member(group, "scatter_object_list")
    if world is None:
        return
    if not isinstance(scatter_object_output_list, list) or not scatter_object_output_list:
        raise ValueError("Expected argument scatter_object_output_list to be a list of size at least 1.")
    root = rank_in_group("scatter", world, 0 if src is None and group_src is None else src, group_src)
    parts = [encode(value) for value in scatter_object_input_list or []] if world.rank() == root else []
    size, length = _length(max([part.numel() for part in parts], default=0)), _length(0)
    broadcast(size, group=world, group_src=root)
    scatter(length, [_length(part.numel()) for part in parts] or None, group=world, group_src=root)
    mine = _zeros(int(size))
    scatter(mine, [_padded(part, int(size)) for part in parts] or None, group=world, group_src=root)
    scatter_object_output_list[0] = decode(mine, int(length))


def send_object_list(
    object_list: list[Any], dst: int | None = None, group: Any = None, device: Any = None,
    group_dst: int | None = None,
) -> None:  # fmt: skip
    """Hand the objects to rank `dst`, which calls `recv_object_list` with a list of the same length."""
    letters = encode(list(object_list))
    send(_length(letters.numel()), dst, group, group_dst=group_dst)
    send(letters, dst, group, group_dst=group_dst)


def recv_object_list(
    object_list: list[Any], src: int | None = None, group: Any = None, device: Any = None,
    group_src: int | None = None,
) -> int:  # fmt: skip
    """Overwrite the list's objects with those that rank `src`, or any, sends; return whose they were."""
    length = _length(0)
    source = recv(length, src, group, group_src=group_src)
    letters = _zeros(int(length))
    recv(letters, source, group)
    object_list[:] = decode(letters, int(length))
    return source
