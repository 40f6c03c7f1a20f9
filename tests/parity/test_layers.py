"""Every layer and every loss of `nn`, made and run by both libraries, line by line from ``layers/*.txt``.

A line says how a module is made and how it is called:

    nn.Linear(3, 2) | r(4, 3)

`nn` is either library's, `r(*shape)` are numbers that require a gradient, `unit(*shape)` numbers between 0
and 1 and `n(*shape)` numbers (neither requires one), `k(high, *shape)` integers below `high`, `T(data)` is a
tensor of the data, `ran(module, *operands)` the module after a first call, `torch` the library, `F` its
`nn.functional`.  Keyword arguments are allowed.  Both start from one seed; then all of this must agree: the
initial state, keys in order, and the repr; what two calls in training give, the gradients in the operands and
parameters, and the state afterwards; the same in evaluation; and what one library gives with the other's
state.  Without ``|`` the module is only made.

A class of `microtensor.nn` without a line fails `test_every_class_has_a_line`: add the line to the file of
its family, or a new file.  The comments ``# differs: why`` (some fact differs, strictly) and ``# repr: why``
are the only excuses.
"""

from __future__ import annotations

import inspect
import math
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

TABLES = Path(__file__).parent / "layers"
CLOSE = {"rtol": 1e-5, "atol": 2e-6, "equal_nan": True}


def ran(module: Any, *operands: Any) -> Any:
    """`module`, after it was called once."""
    module(*operands)
    return module


class Names(dict[str, Any]):
    """What a line may use; operands are numbered: each is different, and the same in both libraries."""

    def __init__(self, library: Any) -> None:
        self.library, self.count, self.operands = library, 0, []
        super().__init__(
            nn=library.nn, torch=library, F=library.nn.functional, T=library.tensor, inf=math.inf,
            r=self.real, n=self.number, unit=self.unit, k=self.integers, ran=ran,
        )  # fmt: skip

    def random(self) -> np.random.Generator:
        self.count += 1
        return np.random.default_rng(self.count)

    def real(self, *shape: int) -> Any:
        made = self.number(*shape).requires_grad_()
        self.operands.append(made)
        return made

    def number(self, *shape: int) -> Any:
        return self.library.tensor(self.random().uniform(-2, 2, shape).astype(np.float32))

    def unit(self, *shape: int) -> Any:
        return self.library.tensor(self.random().uniform(0.05, 0.95, shape).astype(np.float32))

    def integers(self, high: int, *shape: int) -> Any:
        return self.library.tensor(self.random().integers(0, high, shape))


def values(value: Any) -> Any:
    """A result as arrays."""
    if isinstance(value, (mt.Tensor, torch.Tensor)):
        return value.detach().numpy().copy()
    return [values(v) for v in value] if isinstance(value, (list, tuple)) else value


def same(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, dict):
        return list(ours) == list(theirs) and all(same(ours[name], theirs[name]) for name in theirs)
    if isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(theirs, np.ndarray):
        return bool(
            ours.shape == theirs.shape and ours.dtype == theirs.dtype and np.allclose(ours, theirs, **CLOSE)
        )
    return bool(ours == theirs)


def state(module: Any) -> dict[str, Any]:
    return {name: values(value) for name, value in module.state_dict().items()}


def flat(result: Any) -> list[Any]:
    """The parts of a result, also of an LSTM's pair in a pair."""
    return [p for part in result for p in flat(part)] if isinstance(result, tuple) else [result]


def called(library: Any, module: Any, call: str) -> dict[str, Any]:
    """What a call gives, and the gradients of a weighted sum of it."""
    names = Names(library)
    arguments, options = eval(f"(lambda *a, **o: (a, o))({call})", names)
    module.zero_grad()
    library.manual_seed(7)
    result = module(*arguments, **options)
    total = library.zeros(())
    for i, part in enumerate(flat(result)):
        if part is not None and part.requires_grad:
            factors = np.random.default_rng(i).uniform(0.5, 1.5, tuple(part.shape)).astype(np.float32)
            total = total + (part * library.tensor(factors)).sum()
    if total.requires_grad:
        total.backward()
    gradients = {name: p.grad for name, p in module.named_parameters()}
    gradients |= {f"operand {i}": x.grad for i, x in enumerate(names.operands)}
    return {"result": values(result)} | {name: values(g) for name, g in gradients.items()}


def made(library: Any, text: str, facts: dict[str, Any]) -> Any:
    library.manual_seed(0)
    module = eval(text, Names(library))
    facts["initial state"], facts["repr"] = state(module), repr(module)
    return module


def run(library: Any, line: str) -> tuple[dict[str, Any], set[type]]:
    """All facts about a line, and the classes of the warnings that it gave."""
    text, _, call = line.partition(" | ")
    facts: dict[str, Any] = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        module = made(library, text, facts)
        if call:
            for step in ("first step", "second step"):
                facts[step] = called(library, module, call)
            facts["state after training"] = state(module)
            facts["evaluation"] = called(library, module.eval(), call)
    return facts, {w.category for w in caught}


def lines() -> list[Any]:
    found = []
    for table in sorted(TABLES.glob("*.txt")):
        for line in table.read_text(encoding="utf-8").splitlines():
            program, _, note = line.partition("  # ")
            if program.strip() and not line.startswith("#"):
                found.append(pytest.param(program.strip(), note, id=f"{table.stem}: {program.strip()}"))
    return found


@pytest.mark.parametrize(("line", "note"), lines())
def test_both_agree(line: str, note: str) -> None:
    (ours, our_warnings), (theirs, their_warnings) = run(mt, line), run(torch, line)
    different = [name for name in theirs if not same(ours[name], theirs[name])]
    if note.startswith("differs: "):
        assert different, f"this agrees now, and needs no reason: {note}"
        return
    if note.startswith("repr: "):
        assert "repr" in different, f"the reprs agree now: {note}"
        different.remove("repr")
    assert not different, "\n".join(f"{n}: PyTorch has {theirs[n]}, and we {ours[n]}" for n in different)
    assert our_warnings <= their_warnings


@pytest.mark.parametrize(("line", "note"), [p for p in lines() if " | " in p.values[0]])
def test_states_can_be_exchanged(line: str, note: str) -> None:
    """Each library loads the other's state, and gives what the other gives."""
    text, _, call = line.partition(" | ")
    if note.startswith("differs: "):
        pytest.skip(note)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = made(mt, text, {}), made(torch, text, {})
        shift(theirs, 0.9)
        ours.load_state_dict({name: mt.tensor(v.numpy()) for name, v in theirs.state_dict().items()})
        assert same(called(mt, ours.eval(), call), called(torch, theirs.eval(), call))
        shift(ours, 1.1)
        theirs.load_state_dict({name: torch.tensor(v.numpy()) for name, v in ours.state_dict().items()})
        assert same(called(mt, ours, call), called(torch, theirs, call))


def shift(module: Any, factor: float) -> None:
    """A state that no seed gives."""
    for p in module.parameters():
        p.data = p.data * factor


def classes() -> list[str]:
    """All modules of `nn` that can be made, by name."""
    known = [(name, getattr(mt.nn, name)) for name in dir(mt.nn) if not name.startswith("_")]
    return [
        name for name, c in known if inspect.isclass(c) and issubclass(c, mt.nn.Module) and name != "Module"
    ]


def test_every_class_has_a_line() -> None:
    made_by_lines = {name for line in lines() for name in re.findall(r"nn\.(\w+)\(", line.values[0])}
    assert [name for name in classes() if name not in made_by_lines] == []
    assert len(classes()) > 80


@pytest.mark.parametrize("name", classes())
def test_constructors_take_the_same_arguments(name: str) -> None:
    """By name, kind and default; what PyTorch takes as ``*args`` is left out."""

    def parameters(library: Any) -> list[Any]:
        found = inspect.signature(getattr(library.nn, name)).parameters.values()
        kept = [p for p in found if p.name not in ("args", "kwargs")]
        return [(p.name, p.kind, getattr(p.default, "__name__", p.default)) for p in kept]

    theirs = parameters(torch)
    assert parameters(mt) == theirs or not theirs


# Here a lazy norm is from the start the norm that it becomes; in PyTorch only what this inherits from.
LAZY = re.compile("Lazy(Batch|Instance)Norm")


@pytest.mark.parametrize("name", classes())
def test_isinstance_finds_the_same_families(name: str) -> None:
    bases = {base: getattr(torch.nn.modules, module) for base, module in PRIVATE.items()}
    ours = {base: getattr(mt.nn.modules, module) for base, module in PRIVATE.items()}
    families = {base: (getattr(ours[base], base), getattr(bases[base], base)) for base in bases}
    families |= {base: (getattr(mt.nn, base), getattr(torch.nn, base)) for base in classes()}

    def found(library: int, owner: Any) -> set[str]:
        return {base for base, pair in families.items() if issubclass(getattr(owner, name), pair[library])}

    lazy = {name.removeprefix("Lazy")} if LAZY.match(name) else set()
    assert found(0, mt.nn) - lazy == found(1, torch.nn)


PRIVATE = {
    "_BatchNorm": "batchnorm", "_ConvNd": "conv", "_DropoutNd": "dropout", "_InstanceNorm": "instancenorm",
    "_Loss": "loss", "_NormBase": "batchnorm", "_WeightedLoss": "loss",
}  # fmt: skip


def test_a_difference_is_seen() -> None:
    wrong = {
        "nn.Linear(3, 2) | r(4, 3)": "nn.Linear(3, 2, bias=False) | r(4, 3)",
        "nn.Dropout(0.5) | r(4, 3)": "nn.Dropout(0.4) | r(4, 3)",
        "nn.BatchNorm1d(3) | r(4, 3)": "nn.BatchNorm1d(3, momentum=0.2) | r(4, 3)",
        "nn.LayerNorm(3) | r(4, 3)": "nn.LayerNorm(3, 1e-2) | r(4, 3)",
    }
    for right, other in wrong.items():
        assert not same(run(mt, right)[0], run(torch, other)[0]), other
        assert same(run(mt, right)[0], run(torch, right)[0]), right
