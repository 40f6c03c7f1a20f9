"""PyTorch's names that are here: functions and methods go together, and the count is the one we state."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

_FILE = Path(__file__).parents[2] / ".ci" / "surface.py"
_SPEC = importlib.util.spec_from_file_location("surface", _FILE)
surface: Any = importlib.util.module_from_spec(_SPEC)  # type: ignore[arg-type]
_SPEC.loader.exec_module(surface)  # type: ignore[union-attr]


def functions() -> list[str]:
    """PyTorch's functions that are its methods too, as far as we have the function."""
    names = surface.theirs(torch, "torch")
    both = [
        n
        for n in names
        if hasattr(torch.Tensor, n) and not isinstance(getattr(torch, n), (type, torch.dtype))
    ]
    return [n for n in both if hasattr(mt, n)]


@pytest.mark.parametrize("name", functions())
def test_a_function_is_a_method_where_it_is_one_in_pytorch(name: str) -> None:
    assert hasattr(mt.Tensor, name)


@pytest.mark.parametrize("name", [n for n in functions() if hasattr(torch.Tensor, n + "_")])
def test_a_method_has_its_twin_in_place_where_it_has_one_in_pytorch(name: str) -> None:
    assert hasattr(mt.Tensor, name + "_")


def test_every_exclusion_speaks_of_something() -> None:
    """A rule that matches no name of PyTorch has outlived its reason; and it never hides what we have."""
    names = {n for namespace in surface.NAMESPACES for n in dir(surface.find(torch, namespace))}
    for pattern, why in surface.EXCLUDED.items():
        assert any(surface.reason(n) == why for n in names), pattern
        assert len(why) > 10


def test_counting() -> None:
    found = surface.compare(["torch", "torch.random"])
    names, missing = found["torch"]
    assert {"add", "roll", "FloatTensor", "float32"} <= set(names)
    assert not {"sparse_coo_tensor", "cudnn_convolution", "os"} & set(names)
    assert [n for n in missing if hasattr(mt, n)] == []
    assert surface.table(found).startswith(
        f"| namespace | here | of |\n|---|--:|--:|\n| `torch` | {len(names) - len(missing)} |"
    )


def test_the_docs_state_the_count() -> None:
    found = surface.compare(surface.NAMESPACES)
    every = [len(names) for names, _ in found.values()]
    here = sum(every) - sum(len(missing) for _, missing in found.values())
    text = " ".join((_FILE.parents[1] / "docs" / "programs.md").read_text().split())
    assert f"{here} of {sum(every)} are here" in text
    some = ("torch", "torch.Tensor", "torch.nn", "torch.nn.functional", "torch.distributions", "torch.linalg")
    words = ("in `torch`", "of tensors", "in `nn`", "in `nn.functional`", "in `distributions`", "in `linalg`")
    for namespace, word in zip(some, words, strict=True):
        assert f"{len(found[namespace][0])} {word}" in text
