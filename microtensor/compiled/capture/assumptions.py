"""What a captured run takes for granted: tests of what it met, the memory that it found, and names for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...engine import dtypes
from ...engine.grad_mode import dual_levels
from ...engine.versions import owner
from ...func.pullback import open_records
from ..guards import PACKS, Test
from ..program import Array

if TYPE_CHECKING:
    from ..running import Run

__all__ = ["names_in", "outside_of", "scratch_of", "tests_of", "tests_of_modes"]


def names_in(run: Run) -> dict[int, str]:
    """By the owner's id, what the user calls memory: an argument, a parameter, its gradient."""
    found = {
        id(owner(x)): name
        for x, name in zip(run.arguments.arrays(), run.called, strict=True)
        if x is not None
    }
    for tensor, array in run.seen.seen.values():
        if id(tensor) in run.reading.names:
            found.setdefault(id(owner(array)), run.reading.names[id(tensor)])
    for tensor, grad in run.grads():
        if grad is not None and id(tensor) in run.reading.names:
            found.setdefault(id(owner(grad)), f"{run.reading.names[id(tensor)]}.grad")
    for tick in run.seen.ticks:
        packed = {"x": tick.pack._parts[0][0], "g": tick.pack._parts[0][1]} if tick.pack._whole else {}
        for name, vector in {**tick.pack._vectors, **packed}.items():
            found.setdefault(id(owner(vector)), f"{type(tick.optimizer).__name__}.{name}")
    return found


def tests_of(run: Run) -> list[Test]:
    """The tests of the code's reading, and of the tensors that the run met."""
    given = {id(leaf) for leaf in run.arguments.leaves}
    tests = list(run.tests)
    for key, (tensor, array) in run.seen.seen.items():
        if key not in given:
            rg = run.seen.histories[key][0]
            for slot, expected in (("_data", array), ("_rg", rg), ("_extras", None)):
                tests.append(Test("attr", tensor, slot, f"a tensor's {slot}", expected))
    for tensor, was_read, grad in run.seen.first_grads.values():
        if was_read and id(tensor) not in given:
            how, expected = ("attr", grad) if run.matters(grad) else ("given", grad is not None)
            tests.append(Test(how, tensor, "_grad", "a gradient at the start", expected))
    for tick in run.seen.ticks:
        tests += _of_optimizer(tick.optimizer)
    return list({(t.how, id(t.holder), t.key): t for t in tests}.values())


def outside_of(run: Run) -> list[Array]:
    """The owners of memory that the run did not make, and read or wrote."""
    found = dict(run.seen.outside)
    for i in run.seen.instructions:
        for x in [*i.reads(), *([] if i.out is None else [i.out])]:
            found.setdefault(id(owner(x)), owner(x))
    twins = {id(owner(x)) for x in run.arguments.arrays() if x is not None}
    inside = {*run.seen.made, *run.seen.literals, *scratch_of(run), *twins}
    return [x for key, x in found.items() if key not in inside]


def scratch_of(run: Run) -> dict[int, Array]:
    """By id, the owners of the vectors of packs that are filled before they are read."""
    packs = [tick.pack for tick in run.seen.ticks if tick.pack._whole]
    vectors = [owner(vector) for pack in packs for vector in pack._parts[0][:2]]
    return {id(vector): vector for vector in vectors}


def _of_optimizer(optimizer: Any) -> list[Test]:
    held = vars(optimizer)
    tests = [
        Test("item", held, "param_groups", "the optimizer's groups"),
        Test("item", held, "_plans", PACKS),
    ]
    tests.append(Test("item", vars(optimizer), "_trusted", "the optimizer's state", True))
    tests.append(Test("items", optimizer._plans, None, PACKS))
    tests += [Test("items", plan._packs, None, PACKS) for plan in optimizer._plans if plan]
    return tests


def tests_of_modes() -> list[Test]:
    """The default dtype as it is, and no forward mode."""
    levels = Test("items", dual_levels, None, "forward mode", ())
    records = Test("items", open_records, None, "a transform of func", ())
    return [Test("item", vars(dtypes), "_default", "the default dtype"), levels, records]
