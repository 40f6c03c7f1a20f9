"""``torch.utils._pytree``: leaves, specs, paths and errors as PyTorch's."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict, defaultdict, deque
from typing import Any, NamedTuple

import pytest

import microtensor as mt
from microtensor.utils import _pytree as ours

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")
theirs = pytest.importorskip("torch.utils._pytree")


class Point(NamedTuple):
    x: Any
    y: Any


TREE: Any = {
    "a": (1, [2, 3]), "b": OrderedDict(x=1), "c": Point(1, (2,)), "d": deque([1, 2], maxlen=3),
    "e": defaultdict(list, {"k": 1}), "n": None, "empty": [],
}  # fmt: skip
CALLS = """
p.tree_flatten(TREE)[0]
p.tree_leaves([1, [2]], is_leaf=lambda x: x == [2])
str(p.tree_structure(TREE))
p.tree_structure(TREE).num_leaves
p.tree_structure(TREE).num_nodes
p.tree_structure(TREE).num_children
p.tree_structure(TREE).type
p.tree_structure(TREE).unflatten(range(p.tree_structure(TREE).num_leaves))
[p.keystr(path) for path, _ in p.tree_flatten_with_path(TREE)[0]]
p.tree_map(lambda a, b: (a, b), {"b": 1, "a": 2}, {"a": 3, "b": 4})
p.tree_map(lambda a, b: a, [1, 2], [(3, 4), 5])
p.tree_map_only(int, lambda n: -n, [1, "a", (2.0, True)])
p.tree_map_only((int, str), lambda n: n * 2, [1, "a", (2.0,)])
p.tree_map_with_path(lambda path, n: p.keystr(path) * n, [1, {"k": 2}])
p.tree_all(lambda n: n > 0, [1, (2,)]), p.tree_any(lambda n: n > 1, [1, (1,)])
p.tree_all_only(int, lambda n: n > 0, [1, "a"]), p.tree_any_only(str, lambda n: n == "b", [1, "a"])
p._broadcast_to_and_flatten(1, p.tree_structure([1, 2, (3,)]))
p._broadcast_to_and_flatten([1, 2], p.tree_structure([1, (2, 3)]))
p._broadcast_to_and_flatten([1, 2, 3], p.tree_structure([1, (2, 3)]))
p.tree_structure({"b": 1, "a": 2}) == p.tree_structure({"a": 1, "b": 2})
p.tree_structure([1, (2,)]) == p.tree_structure([3, (4,)])
hash(p.tree_structure([1, (2,)])) == hash(p.tree_structure([3, (4,)]))
p.treespec_dumps(p.tree_structure([1, (2, {"a": 3})]))
p.treespec_loads(p.treespec_dumps(p.tree_structure([1, OrderedDict(a=2)]))).unflatten([7, 8])
p.tree_is_leaf(None), p.tree_is_leaf([])
p.is_namedtuple(Point(1, 2)), p.is_namedtuple_class(tuple), p.is_namedtuple_instance((1,))
p.key_get({"a": [1, 2]}, p.tree_flatten_with_path({"a": [1, 2]})[0][1][0])
p.arg_tree_leaves(1, [2], k=3)
""".strip().splitlines()

ERRORS = """
p.tree_map(lambda a, b: a, [1, 2], [1])
p.tree_map(lambda a, b: a, [1, 2], (1, 2))
p.tree_map(lambda a, b: a, {"a": 1}, {"b": 1})
p.tree_unflatten([1], p.tree_structure([1, 2]))
p.tree_unflatten([1], 3)
p.register_pytree_node(list, lambda x: (x, None), lambda x, _: x)
p.treespec_dumps(p.tree_structure(1), protocol=9)
p.treespec_dumps(p.tree_structure(Point(1, 2)))
p.tree_map_only(3, abs, [1])
""".strip().splitlines()


@pytest.mark.parametrize("call", CALLS)
def test_results(call: str) -> None:
    scope = {"TREE": TREE, "Point": Point, "OrderedDict": OrderedDict}
    assert eval(call, scope | {"p": ours}) == eval(call, scope | {"p": theirs})


@pytest.mark.parametrize("call", ERRORS)
def test_errors_are_of_one_class(call: str) -> None:
    kinds = []
    for p in (ours, theirs):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is the question
            eval(call, {"p": p, "Point": Point})
        kinds.append(caught.type)
    assert kinds[0] is kinds[1]


def test_a_registered_class_is_a_node_for_the_transforms_as_well() -> None:
    class Pair:
        def __init__(self, a: Any, b: Any) -> None:
            self.a, self.b = a, b

    ours.register_pytree_node(Pair, lambda p: ([p.a, p.b], None), lambda c, _: Pair(*c))
    try:
        found = mt.func.grad(lambda pair: (pair.a * pair.b).sum())(Pair(mt.tensor(2.0), mt.tensor(3.0)))
        assert isinstance(found, Pair)
        assert (found.a.item(), found.b.item()) == (3, 2)
        with pytest.raises(ValueError, match="Did not find a flatten_with_keys_fn"):
            ours.tree_leaves_with_path(Pair(1, 2))
    finally:
        ours._deregister_pytree_node(Pair)
    assert ours.tree_is_leaf(Pair(1, 2))


def test_dataclasses_and_constants() -> None:
    for p in (ours, theirs):

        @dataclasses.dataclass
        class Pair:
            a: Any
            b: Any = None

        class Name(str): ...

        p.register_dataclass(Pair)
        p.register_constant(Name)
        assert p.tree_leaves([Pair(1, 2), Name("n"), Pair(3)]) == [1, 2, 3]
        twice = p.tree_map(lambda n: 2 * n, Pair(1))
        assert (twice.a, twice.b) == (2, None)
        path = p.tree_leaves_with_path([Pair(1, 2)])[1][0]
        assert p.keystr(path) == "[0].b"


def test_what_tensors_functions_return_are_nodes() -> None:
    for t, p in ((mt, ours), (torch, theirs)):
        assert len(p.tree_leaves(t.max(t.ones(2, 2), 0))) == 2
        assert p.tree_leaves(t.ones(1).shape) == [1]
