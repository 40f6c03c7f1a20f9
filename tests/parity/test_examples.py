"""The examples that use nothing but PyTorch's names print the same numbers under PyTorch."""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the examples are run by PyTorch")
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")

EXAMPLES = Path(__file__).parents[2] / "examples"
NUMBER = re.compile(r"-?\d+\.?\d*(?:e[-+]?\d+)?")
OURS_ALONE = re.compile(r"import .*\bviz\b|from microtensor\.train|as_torch\(\)")


def only_torch() -> list[str]:
    """The names of the scripts that use neither the drawings nor the trainer, nor are `torch` themselves."""
    scripts = {path.name: path.read_text() for path in sorted(EXAMPLES.glob("*.py"))}
    return [n for n, text in scripts.items() if "from common" in text and not OURS_ALONE.search(text)]


def run(name: str, library: str, monkeypatch: Any, capsys: Any) -> str:
    """What the script prints in a quick run without pictures, with `library` in the place of ours."""
    text = (EXAMPLES / name).read_text().replace("import microtensor as torch", f"import {library} as torch")
    text = text.replace("from microtensor", f"from {library}")
    monkeypatch.setattr(sys, "argv", [name, "--quick"])
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.delitem(sys.modules, "common", raising=False)
    capsys.readouterr()
    exec(compile(text, name, "exec"), {"__name__": "__main__", "__file__": str(EXAMPLES / name)})
    return capsys.readouterr().out


def close(ours: str, theirs: str) -> bool:
    """Equal to three digits; of what is mere rounding, the size."""
    a, b = float(ours), float(theirs)
    if max(abs(a), abs(b)) < 1e-5:
        return max(abs(a), abs(b)) < 1e-12 or abs(math.log10(a / b)) < 1.5
    return math.isclose(a, b, rel_tol=2e-3, abs_tol=1.1e-4)


def test_the_scripts_are_found() -> None:
    found = set(only_torch())
    assert {"accuracy_control.py", "adaline.py", "cross_entropy_or_mse.py", "logic_gates.py"} < found
    assert {"lotka_volterra.py", "partial_derivatives.py", "policy_gradient.py", "xor_by_hand.py"} < found
    assert "vanishing.py" not in found


@pytest.mark.parametrize("name", only_torch())
def test_an_example_prints_what_it_prints_under_torch(name: str, monkeypatch: Any, capsys: Any) -> None:
    ours = run(name, "microtensor", monkeypatch, capsys)
    theirs = run(name, "torch", monkeypatch, capsys)
    assert len(NUMBER.findall(ours)) > 10
    assert NUMBER.sub("", ours).split() == NUMBER.sub("", theirs).split()
    pairs = zip(NUMBER.findall(ours), NUMBER.findall(theirs), strict=True)
    assert [pair for pair in pairs if not close(*pair)] == []
