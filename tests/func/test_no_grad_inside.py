"""A derivative that is taken inside ``no_grad`` is a constant for those around it."""

from __future__ import annotations

import microtensor as mt
from microtensor.func import grad, hessian, jvp, vjp


def test_an_inner_gradient_is_constant() -> None:
    """d(x**3 - s)/dx is 12 at 2 for a constant s, and 0 if s = x**3 is differentiated too."""

    def h(x: mt.Tensor) -> mt.Tensor:
        with mt.no_grad():
            s = grad(lambda x: x**4 / 4)(x)
        return x**3 - s

    assert grad(h)(mt.tensor(2.0)) == 12
    assert grad(lambda x: x**3 - grad(lambda x: x**4 / 4)(x))(mt.tensor(2.0)) == 0


def test_transforms_work_inside_no_grad() -> None:
    """Each of them records for itself."""
    with mt.no_grad():
        assert grad(grad(lambda x: x**3))(mt.tensor(2.0)) == 12
        assert hessian(lambda x: x**3)(mt.tensor(2.0)) == 12
        assert jvp(lambda x: x**3, (mt.tensor(2.0),), (mt.tensor(1.0),))[1] == 12
        assert vjp(lambda x: x**3, mt.tensor(2.0))[1](mt.tensor(1.0))[0] == 12
