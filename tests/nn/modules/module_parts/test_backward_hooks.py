"""RemovableHandle on its own."""

from __future__ import annotations

import copy
import pickle
import weakref
from collections import OrderedDict
from typing import Any

from microtensor.engine.hook_handle import RemovableHandle


def hung_up(hook: Any = print) -> tuple[OrderedDict[int, Any], RemovableHandle]:
    hooks: OrderedDict[int, Any] = OrderedDict()
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return hooks, handle


def test_removing_takes_down_one_hook_and_may_be_repeated() -> None:
    hooks, handle = hung_up()
    other = RemovableHandle(hooks)
    hooks[other.id] = repr
    handle.remove()
    handle.remove()
    assert list(hooks.values()) == [repr]


def test_leaving_the_block_removes() -> None:
    hooks, handle = hung_up()
    with handle as entered:
        assert entered is handle
        assert hooks
    assert not hooks


def test_ids_are_never_reused() -> None:
    hooks, handle = hung_up()
    handle.remove()
    assert RemovableHandle(hooks).id != handle.id


def test_a_handle_keeps_no_hook_alive() -> None:
    class Owner:
        def hook(self) -> None: ...

    owner = Owner()
    seen = weakref.ref(owner)
    hooks, handle = hung_up(owner.hook)
    del owner, hooks
    assert seen() is None
    handle.remove()


def test_a_handle_outlives_its_owner() -> None:
    hooks, handle = hung_up()
    del hooks
    handle.remove()


def test_copied_together_the_copied_handle_removes_the_copied_hook() -> None:
    for duplicate in (copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))):
        hooks, handle = hung_up()
        twin_hooks, twin = duplicate((hooks, handle))
        twin.remove()
        assert not twin_hooks
        assert hooks


def test_a_handle_whose_owner_is_gone_can_be_pickled() -> None:
    hooks, handle = hung_up()
    del hooks
    pickle.loads(pickle.dumps(handle)).remove()
