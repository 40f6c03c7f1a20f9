"""The public surface: what is public is documented, and what is promised is there."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import types
from typing import Any

import numpy as np
import pytest

import microtensor as mt

PUBLIC = {
    name: getattr(mt, name)
    for name in dir(mt)
    if not name.startswith("_") and name not in ("LATER", "ABSENT")
}
NAMES = [name for name, value in PUBLIC.items() if callable(value) and not isinstance(value, np.dtype)]
MODULES = [
    info.name
    for info in pkgutil.walk_packages(mt.__path__, "microtensor.")
    if not info.name.startswith(("microtensor.testing", "microtensor.namespaces."))
]


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_documented(name: str) -> None:
    doc = inspect.getdoc(PUBLIC[name])
    assert doc, f"microtensor.{name} has no docstring"
    assert doc.splitlines()[0].strip().endswith((".", ":", "?")) or len(doc.splitlines()) > 1


def test_nothing_leaks_into_the_surface() -> None:
    """Public names are ours (or constants of `math` and NumPy's dtypes); no stray modules."""
    modules = {n: v for n, v in PUBLIC.items() if isinstance(v, types.ModuleType)}
    assert all(v.__name__.startswith("microtensor.") for v in modules.values()), modules
    strangers = [
        n
        for n in NAMES
        if not getattr(PUBLIC[n], "__module__", "microtensor").startswith(("microtensor", "builtins"))
        and n != "dtype"
    ]
    assert strangers == []


@pytest.mark.parametrize("name", MODULES)
def test_a_module_says_why_it_exists_and_what_it_offers(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    for public in getattr(module, "__all__", ()):
        assert hasattr(module, public), f"{name}.__all__ promises {public}"


@pytest.mark.parametrize("owner", [mt.nn, mt.optim, mt.autograd, mt.nn.functional], ids=lambda m: m.__name__)
def test_public_names_of_a_namespace_are_documented(owner: Any) -> None:
    names = getattr(owner, "__all__", None) or [n for n in dir(owner) if not n.startswith("_")]
    mine = [
        n
        for n in names
        if callable(getattr(owner, n)) and getattr(owner, n).__module__.startswith("microtensor")
    ]
    assert mine
    assert [n for n in mine if not inspect.getdoc(getattr(owner, n))] == []


def test_constants_are_maths() -> None:
    assert (mt.pi, mt.e, mt.inf) == (np.pi, np.e, np.inf)
    assert mt.nan != mt.nan
    assert mt.finfo(mt.float32).eps == np.finfo(np.float32).eps


def answer(function: Any, x: mt.Tensor) -> str | None:
    """What a function of one tensor gives, as text; None if one tensor is not enough."""
    mt.manual_seed(0)
    try:
        with np.errstate(all="ignore"):
            return str(function(x))
    except (TypeError, RuntimeError, IndexError):
        return None


@pytest.mark.filterwarnings("ignore:Implicit dimension choice:UserWarning")
def test_functions_and_methods_have_one_meaning() -> None:
    """A function of one tensor that is also a method gives the same; the method `where` needs a condition."""
    x = mt.tensor([[0.3, 0.6], [0.9, 0.1]])
    shared = [name for name in NAMES if hasattr(mt.Tensor, name) and not inspect.isclass(PUBLIC[name])]
    shared = [name for name in shared if name not in ("where", "real", "imag")]  # these are properties
    answers = {
        name: (answer(PUBLIC[name], x.clone()), answer(getattr(mt.Tensor, name), x.clone()))
        for name in shared
    }
    assert {name: pair for name, pair in answers.items() if pair[0] != pair[1]} == {}
    assert sum(pair[0] is not None for pair in answers.values()) > 50


@pytest.mark.parametrize("room", ["distributions", "nn.modules", "optim"])
def test_methods_have_a_docstring_of_their_own_or_of_their_base(room: str) -> None:
    modules = [importlib.import_module(name) for name in MODULES if name.startswith(f"microtensor.{room}.")]
    classes = [c for m in modules for c in vars(m).values() if _is_public_class(c, m.__name__)]
    methods = [
        (c, name) for c in classes for name, value in vars(c).items() if _is_public_method(name, value)
    ]
    assert len(methods) > 50
    assert [f"{c.__name__}.{name}" for c, name in methods if not _doc(c, name)] == []


def _is_public_class(value: Any, module: str) -> bool:
    return isinstance(value, type) and value.__module__ == module and not value.__name__.startswith("_")


def _is_public_method(name: str, value: Any) -> bool:
    kinds = types.FunctionType | property | classmethod | staticmethod
    return not name.startswith("_") and isinstance(value, kinds)


def _doc(owner: type, name: str) -> str | None:
    return next((d for c in owner.__mro__ if (d := getattr(vars(c).get(name), "__doc__", None))), None)
