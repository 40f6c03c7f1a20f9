"""The stub of Tensor's methods is what the script writes, and a result that it calls a Tensor is one."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microtensor as mt

ROOT = Path(__file__).parents[2]
STUB = Path(mt.__file__).parent / "engine" / "_tensor_methods.pyi"


def typed() -> dict[str, str]:
    """What the stub says that each method returns."""
    (body,) = [n.body for n in ast.parse(STUB.read_text("utf-8")).body if isinstance(n, ast.ClassDef)]
    return {f.name: ast.unparse(f.returns) for f in body if isinstance(f, ast.FunctionDef) and f.returns}


def test_the_stub_is_written_anew_after_a_method_has_changed() -> None:
    command = [sys.executable, str(ROOT / ".ci" / "method_types.py"), "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_method_of_the_stub_is_one() -> None:
    found = typed()
    assert len(found) > 400
    assert [name for name in found if not callable(getattr(mt.Tensor, name))] == []


def test_what_is_said_to_be_a_tensor_is_one() -> None:
    """Over all expressions of the parity tests that end in a call of a method."""
    parity = _parity()
    found = typed()
    seen = set()
    done: Counter[str] = Counter()
    for name, program in _calls(parity.TABLES):
        done[name] += 1
        if found.get(name) != "Tensor" or done[name] > 5:
            continue
        if (value := _value(parity, program)) is not None:
            assert isinstance(value, mt.Tensor), f"{program} gives {type(value).__name__}"
            seen.add(name)
    assert len(seen) > 150


def _parity() -> Any:
    pytest.importorskip("torch", reason="the expressions are those of the parity tests")
    (file,) = (ROOT / "tests").rglob("test_expressions.py")
    spec: Any = importlib.util.spec_from_file_location("expressions_of_parity", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _calls(tables: Path) -> list[tuple[str, str]]:
    """Programs whose last expression calls a method, with its name."""
    lines = [
        line.partition("  # ")[0]
        for t in sorted(tables.glob("*.txt"))
        for line in t.read_text("utf-8").splitlines()
    ]
    found = []
    for program in lines:
        try:
            last = ast.parse(program.replace(";", "\n").replace("\n ", "\n")).body[-1:]
        except SyntaxError:
            continue
        for statement in last:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                function = statement.value.func
                if isinstance(function, ast.Attribute) and not _is_module(function.value):
                    found.append((function.attr, program))
    return found


def _is_module(node: ast.expr) -> bool:
    """Whether a function of a module is called, and no method."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in ("torch", "F", "np", "math")


def _value(parity: Any, program: str) -> Any:
    """What a program gives here; None if it raises, which is not the question."""
    scope = parity.names(mt)
    *statements, expression = [part.strip() for part in program.split(";")]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            for statement in statements:
                exec(statement, scope)
            return eval(expression, scope)
        except Exception:
            return None
