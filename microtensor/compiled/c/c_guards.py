"""Tests of Python's state in C: some fifty places are looked at in .1 us, by pointer.

A program is replayed only while what it assumed of closures, modules and tensors holds (`guards`).
Each assumption is that a place holds the very object that it held; in Python each costs as much as an
operation of the step.  Here a place is an address, or a dictionary and its key, and the test compares
pointers.  Where the places are is CPython's own business, so each is tried when the checker is made: what is
not found where it should be, and all of it on another Python, is left to Python's tests.

Nothing is owned by C: the checker keeps holders, keys and expected objects alive, so no address is reused.
"""

from __future__ import annotations

import ctypes
import sys
import sysconfig
import types
from collections.abc import Sequence
from functools import cache, partial
from typing import Any

from ..guards import MISSING, Test
from ..program import Unavailable
from .c_cache import library

SOURCE = """
#include <stdint.h>
#include <string.h>
typedef struct { long how; void *a, *b, *c, *keys; long number; } place;
typedef struct { long count, seeks; place *places; void *get, *next;
                 long references; uint32_t **counts, *limits; long *groups; } table;
static int lies(const place *p) {
  char *keys = *(char **)((char *)p->a + 32), *values = *(char **)((char *)p->a + 40);
  if (!keys || keys != p->keys || keys[10] != 1 || values || p->number >= *(long *)(keys + 24)) return 0;
  void **item = (void **)(keys + 32 + (1L << keys[9])) + 2 * p->number;
  return item[0] == p->b && item[1] == p->c; }
static void seek(place *p) {
  char *keys = *(char **)((char *)p->a + 32);
  p->keys = keys;
  for (p->number = 0; p->number < *(long *)(keys + 24); p->number++) if (lies(p)) return;
  p->keys = 0; }
int holds(table *t) {
  void *(*get)(void *, void *) = (void *(*)(void *, void *))t->get;
  int (*next)(void *, long *, void **, void **) = (int (*)(void *, long *, void **, void **))t->next;
  for (place *p = t->places, *end = p + t->count; p < end; p++) {
    if (p->how == 0) { if (*(void **)p->a != p->c) return 0; }
    else if (p->how == 1) { if (!lies(p) && get(p->a, p->b) != p->c) return 0; }
    else if (p->how == 2) {
      if (*(long *)((char *)p->a + 16) != (long)p->b) return 0;
      if (p->b && memcmp(*(void **)((char *)p->a + 24), p->c, (long)p->b * sizeof(void *))) return 0; }
    else if (p->how == 4) { if (!*(void **)p->a || (*(void **)p->a != p->c) != (long)p->b) return 0; }
    else {
      long at = 0, k = 0; void *key, *value;
      while (next(p->a, &at, &key, &value)) if (k >= (long)p->b || ((void **)p->c)[k++] != key) return 0;
      if (k != (long)p->b) return 0; }
  }
  for (long k = 0; k < t->references; k++) if (*t->counts[k] > t->limits[k]) return 2;
  return 1;
}
int note(table *t) {
  for (place *p = t->places, *end = p + t->count; p < end; p++)
    if (t->seeks && p->how == 1 && p->c) seek(p);
  for (long k = 0; k < t->references; k++) t->limits[k] = 0;
  for (long k = 0; k < t->references; k++) {
    uint32_t *limit = t->limits + t->groups[k];
    if (*t->counts[k] > *limit) *limit = *t->counts[k]; }
  for (long k = 0; k < t->references; k++) t->limits[k] = t->limits[t->groups[k]];
  return 0;
}
"""
"""``holds`` is 0 where a place holds something else, 2 where an object has too many references, else 1.

``note`` takes the references as usual, and ``seek`` remembers where in its dictionary's table an item is:
while it is still there (``lies``), it need not be looked up.
"""

_SLOT, _ITEM, _LIST, _KEYS, _GIVEN = range(5)


class _Place(ctypes.Structure):
    _fields_ = (
        ("how", ctypes.c_long),
        ("a", ctypes.c_void_p),
        ("b", ctypes.c_void_p),
        ("c", ctypes.c_void_p),
        ("keys", ctypes.c_void_p),
        ("number", ctypes.c_long),
    )


class _Table(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_long), ("seeks", ctypes.c_long), ("places", ctypes.c_void_p),
        ("get", ctypes.c_void_p), ("next", ctypes.c_void_p), ("references", ctypes.c_long),
        ("counts", ctypes.c_void_p), ("limits", ctypes.c_void_p), ("groups", ctypes.c_void_p),
    )  # fmt: skip


class Checker(partial[int]):
    """Called without arguments: 0 if a place holds another object, 2 if a reference is kept, else 1.

    `rest` are the tests that are left to Python.  `note` takes the present numbers of references as usual;
    before it is called none is too high.  `table` is the address of what C looks at.
    """

    rest: list[Test]
    note: partial[int]
    table: int
    kept: Any


def checker(tests: Sequence[Test], watched: Sequence[tuple[Any, int]] = ()) -> Checker | None:
    """A checker of the tests, and of the numbers of references of `watched` objects; None where C can't.

    Each watched object comes with the number of its group, the position of the group's first object: the
    largest number of references of a group is usual for all of it.
    """
    if not known():
        return None
    try:
        code = library(SOURCE)
    except Unavailable:
        return None
    places, rest, kept = [], [], list[Any]()
    for test in tests:
        place = _place(test, kept)
        if place is None:
            rest.append(test)
        else:
            places.append(place)
    return _made(code, places, rest, kept, watched)


def known() -> bool:
    """Whether this is a Python whose objects lie as the source assumes."""
    plain = (
        sys.implementation.name == "cpython"
        and sys.byteorder == "little"
        and not hasattr(sys, "gettotalrefcount")
    )
    return plain and ctypes.sizeof(ctypes.c_void_p) == 8 and not sysconfig.get_config_var("Py_GIL_DISABLED")


@cache
def _dictionary_lies_as_known() -> bool:
    """Whether a dictionary's items are where ``lies`` looks for them."""
    probe, at = {"key": object(), "other": object()}, ctypes.c_void_p.from_address
    keys, values = at(id(probe) + 32).value, at(id(probe) + 40).value
    if sys.version_info >= (3, 15) or not keys or values:
        return False
    kind, bytes_ = (ctypes.c_uint8.from_address(keys + place).value for place in (10, 9))
    first = keys + 32 + (1 << bytes_)
    items = [at(first + 8 * k).value for k in range(4)]
    wanted = [id(x) for item in probe.items() for x in item]
    return kind == 1 and ctypes.c_long.from_address(keys + 24).value == 2 and items == wanted


def _made(
    code: Any, places: list[_Place], rest: list[Test], kept: list[Any], watched: Sequence[Any]
) -> Checker:
    api, count = ctypes.pythonapi, len(watched)
    table = (_Place * max(len(places), 1))(*places)
    counts = (ctypes.c_void_p * max(count, 1))(*(id(x) for x, _ in watched))
    limits = (ctypes.c_uint32 * max(count, 1))(*(0xFFFFFFFF for _ in watched))
    groups = (ctypes.c_long * max(count, 1))(*(group for _, group in watched))
    get, following = (
        ctypes.cast(f, ctypes.c_void_p).value for f in (api.PyDict_GetItemWithError, api.PyDict_Next)
    )
    whole = _Table(
        len(places), _dictionary_lies_as_known(), ctypes.addressof(table), get, following, count,
        ctypes.addressof(counts), ctypes.addressof(limits), ctypes.addressof(groups),
    )  # fmt: skip
    argument = ctypes.c_void_p(ctypes.addressof(whole))
    made = Checker(code.holds, argument)
    made.rest, made.note = rest, partial(code.note, argument)
    made.table = ctypes.addressof(whole)
    made.kept = (kept, table, counts, limits, groups, whole, [x for x, _ in watched])
    return made


def _place(test: Test, kept: list[Any]) -> _Place | None:
    """Where the test looks; None if that can't be known."""
    holder, expected = test.holder, test.expected
    kept += [holder, test.key, expected]
    if test.how == "item" and type(holder) is dict:
        return _Place(_ITEM, id(holder), id(test.key), None if expected is MISSING else id(expected))
    if test.how == "cell":
        return _slot(id(holder) + 16, expected)
    if test.how == "attr":
        return _slot(address_of(holder, test.key), expected)
    if test.how == "given":
        place = address_of(holder, test.key)
        return None if place is None else _Place(_GIVEN, place, int(expected), id(None))
    if (test.how, type(holder)) in (("items", list), ("keys", dict)):
        wanted = (ctypes.c_void_p * max(len(expected), 1))(*map(id, expected))
        kept.append(wanted)
        how = _LIST if test.how == "items" else _KEYS
        return _Place(how, id(holder), len(expected), ctypes.addressof(wanted))
    return None


def _slot(address: int | None, expected: Any) -> _Place | None:
    """A pointer to an object at a fixed address, if it points to what is expected."""
    if address is None:
        return None
    wanted = None if expected is MISSING else id(expected)
    found = ctypes.c_void_p.from_address(address).value
    return _Place(_SLOT, address, None, wanted) if found == wanted else None


def address_of(holder: Any, name: str) -> int | None:
    """Where a slot of an object is; None if it has no such slot."""
    descriptor = next((c.__dict__[name] for c in type(holder).__mro__ if name in c.__dict__), None)
    offset = offset_of(descriptor)
    inside = offset is not None and 0 < offset <= type(holder).__basicsize__ - 8
    return id(holder) + offset if inside and offset is not None else None


def offset_of(descriptor: Any) -> int | None:
    """How far from an object's begin a slot lies: its descriptor knows, in the structure PyMemberDef."""
    if type(descriptor) is not types.MemberDescriptorType:
        return None
    definition = ctypes.c_void_p.from_address(id(descriptor) + 40).value
    return ctypes.c_ssize_t.from_address(definition + 16).value if definition else None


__all__ = ["SOURCE", "Checker", "address_of", "checker", "known", "offset_of"]
