"""What an assignment to a module does: PyTorch calls methods for it, which a program may have replaced."""

from __future__ import annotations

import pytest

import microtensor as mt


def test_a_registration_that_a_program_replaced_sees_assignments(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    for name in ("register_parameter", "register_buffer"):
        ours = getattr(mt.nn.Module, name)
        monkeypatch.setattr(
            mt.nn.Module, name, lambda m, key, *rest, ours=ours: (seen.append(key), ours(m, key, *rest))
        )
    module = mt.nn.Module()
    module.weight = mt.nn.Parameter(mt.ones(1))
    module.mean = mt.nn.Buffer(mt.ones(1), persistent=False)
    assert seen == ["weight", "mean"]
    assert list(module.state_dict()) == ["weight"]
