"""Dictionaries whose keys are objects themselves."""

import gc

import pytest

import microtensor as mt
from microtensor.utils.weak import TensorWeakRef, WeakIdKeyDictionary


def test_keys_are_told_apart_by_identity_and_forgotten_when_they_die() -> None:
    x, y = mt.ones(2), mt.ones(2)
    names = WeakIdKeyDictionary({x: "x"})
    names[y] = "y"
    assert (names[x], names[y], len(names)) == ("x", "y", 2)
    assert list(names.copy().values()) == ["x", "y"]
    del y
    gc.collect()
    assert len(names) == 1
    assert list(names) == [x]
    assert names.keyrefs()[0]() is x
    del names[x]
    with pytest.raises(KeyError):
        names[x]


def test_what_cannot_be_referred_to_weakly_is_not_inside() -> None:
    assert 3 not in WeakIdKeyDictionary()


def test_a_reference_to_what_is_gone_equals_itself_alone() -> None:
    gone, also = TensorWeakRef(mt.ones(2)), TensorWeakRef(mt.ones(2))
    gc.collect()
    assert gone() is None
    assert gone == gone
    assert gone != also
