"""What `inspect` and `help` show: the op's own block, its signature and its docstring."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import microtensor as mt
from microtensor import _lazy

_lazy.load_all()
FUNCTIONS = [n for n in dir(mt) if inspect.isfunction(getattr(mt, n)) and not n.startswith("_")]
METHODS = [n for n in dir(mt.Tensor) if inspect.isfunction(getattr(mt.Tensor, n))]


@pytest.mark.parametrize("name", sorted(mt.registry))
def test_the_source_of_an_op_is_its_own_block(name: str) -> None:
    op = mt.registry[name]
    assert inspect.getsource(op.call) == inspect.getsource(op.function)
    assert inspect.getdoc(op.call) == inspect.getdoc(op.function)


def test_the_block_of_an_op_holds_its_partial_derivative() -> None:
    assert "x=lambda g, out: g * out" in inspect.getsource(mt.exp)
    mt.exp(mt.ones(1))
    assert "x=lambda g, out: g * out" in inspect.getsource(mt.exp)


@pytest.mark.parametrize(
    ("owner", "name"), [*((mt, n) for n in FUNCTIONS), *((mt.Tensor, n) for n in METHODS)]
)
def test_the_source_of_a_function_is_found(owner: Any, name: str) -> None:
    function = getattr(owner, name)
    assert Path(inspect.getsourcefile(inspect.unwrap(function)) or "").is_relative_to(
        Path(mt.__file__).parent
    )
    assert inspect.getsource(function)
    inspect.signature(function)


def test_all_of_it_before_a_first_call() -> None:
    code = (
        "import inspect, microtensor as mt; "
        "print(inspect.signature(mt.exp), inspect.signature(mt.Tensor.median)); "
        "print('def exp(x' in inspect.getsource(mt.exp), 'lower one' in mt.Tensor.median.__doc__); "
        "print('lower one' in inspect.getdoc(mt.Tensor.median))"
    )
    here = Path(mt.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=here)
    assert done.stdout.splitlines()[1:] == ["True True", "True"]
