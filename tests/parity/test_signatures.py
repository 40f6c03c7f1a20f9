"""Every documented function and method takes PyTorch's arguments: the list of misses is empty."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

_FILE = Path(__file__).parents[2] / ".ci" / "signatures.py"
_SPEC = importlib.util.spec_from_file_location("signatures", _FILE)
signatures: Any = importlib.util.module_from_spec(_SPEC)  # type: ignore[arg-type]
_SPEC.loader.exec_module(signatures)  # type: ignore[union-attr]


@pytest.mark.parametrize("namespace", signatures.surface.NAMESPACES)
@pytest.mark.filterwarnings("ignore")
def test_no_parameter_is_missing(namespace: str) -> None:
    count, missed, silent = signatures.compare([namespace])[namespace]
    assert [f"{name}  {why}" for name, why in missed] == []
    assert count > 0
    assert len(silent) <= 3


def test_what_is_refused_is_found() -> None:
    def form_of(text: str) -> Any:
        return signatures.signature_of(signatures.ast.parse(text).body[0].args)

    form = form_of("def f(input, *, out=None): ...")

    def plain(input: Any) -> Any:
        return input

    def other(input: Any, *, out: Any = 3) -> Any:
        return input

    found = list(signatures.misses(form, signatures.own(plain)[0], False))
    assert found[0].startswith("0 by position, input, out by name: got an unexpected keyword argument 'out'")
    assert list(signatures.misses(form, signatures.own(other)[0], False)) == []
    kept = form_of("def f(input, *, out=1): ...")
    assert list(signatures.other_defaults([kept], signatures.own(other)[0])) == [
        "default of out is 1, here 3"
    ]
