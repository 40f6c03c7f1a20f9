"""The incomplete gamma functions under their older names."""

from __future__ import annotations

import math

import pytest

import microtensor as mt


def test_the_sentences() -> None:
    x = mt.ones(2)
    with pytest.raises(TypeError, match="argument 'other' .position 2. must be Tensor, not float"):
        mt.igamma(x, 2.0)
    with pytest.raises(NotImplementedError, match='"igammac_cpu" not implemented for .Long.: convert'):
        mt.igammac(x.long(), x.long())


def test_values_gradients_and_in_place_forms() -> None:
    pytest.importorskip("scipy", reason="these functions are SciPy's")
    a, x = mt.ones(2, dtype=mt.float64), mt.tensor([0.5, 2.0], requires_grad=True)
    both = mt.igamma(a, x), a.igammac(x)
    assert both[0].dtype == mt.float64
    assert mt.allclose(both[0], 1 - (-x.double()).exp())
    assert mt.allclose(sum(both), mt.ones(2, dtype=mt.float64))
    (g,) = mt.autograd.grad(both[1].sum(), x)
    assert mt.allclose(g, -(-x).exp())
    y = a.clone()
    assert y.igamma_(mt.full((2,), 1.0)) is y
    assert y.tolist() == pytest.approx([1 - math.exp(-1)] * 2)
    assert a.clone().igammac_(mt.ones(2)).tolist() == pytest.approx([math.exp(-1)] * 2)
    with pytest.raises(NotImplementedError, match="derivative by the first argument"):
        mt.igamma(a.requires_grad_(), x).sum().backward()
