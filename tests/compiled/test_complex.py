"""Formulas of both kinds of numbers are captured for real ones; complex ones run eagerly, and say why."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt


@pytest.mark.parametrize(
    "function",
    [lambda x: x.var(), lambda x: x.norm(3), lambda x: x.logsumexp(0).sum(), lambda x: (x**x).sum(),
     lambda x: mt.linalg.cholesky(x @ x.mT).sum()],
)  # fmt: skip
def test_conjugates_of_real_numbers_are_the_numbers(function: Any) -> None:
    def step(x: Any) -> Any:
        x = x.detach().requires_grad_()
        function(x).backward()
        return x.grad

    compiled, x = mt.compile(step), mt.rand(3, 3) + 3 * mt.eye(3)
    for _ in range(4):
        assert mt.allclose(compiled(x), step(x))
    assert "1 program" in str(compiled.explain())


def test_complex_numbers_run_as_they_are() -> None:
    def step(x: Any) -> Any:
        return (x * 1j).abs().sum()

    compiled = mt.compile(step)
    for _ in range(4):
        assert compiled(mt.ones(3)).item() == 3
    assert "arrays of complex64 are not captured" in str(compiled.explain())
    whole = mt.compile(step, fullgraph=True)
    whole(mt.ones(3))
    with pytest.raises(RuntimeError, match="arrays of complex64 are not captured"):
        whole(mt.ones(3))
