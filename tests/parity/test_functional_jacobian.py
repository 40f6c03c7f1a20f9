"""autograd.functional does what torch.autograd.functional does: one program, both libraries."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.autograd import functional as ours

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")
theirs = torch.autograd.functional

X, Y = np.array([0.5, 1.0, 2.0]), np.array([[1.0, -1.0, 0.5], [2.0, 0.25, 1.5]])
ONE = np.array([1.5])


def leaves(result: Any) -> Any:
    """A result as nested tuples of arrays; torch's forward mode has lists in place of the inner tuples."""
    if isinstance(result, (tuple, list)):
        return tuple(map(leaves, result))
    return result.detach().numpy()


def same(a: Any, b: Any) -> None:
    assert type(a) is type(b), f"{a} and {b}"
    if isinstance(a, type):
        assert a is b
    elif isinstance(a, tuple):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            same(one, other)
    else:
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def outcome(program: Callable[..., Any], functional: Any, lib: Any) -> Any:
    make = mt.tensor if lib is mt else torch.tensor
    try:
        return leaves(program(functional, *(make(a) for a in (X, Y, ONE))))
    except (RuntimeError, TypeError, AssertionError) as error:
        return type(error) if type(error) in (TypeError, AssertionError) else RuntimeError


def poly(x: Any) -> Any:
    return (x**3).sum() + (x[0] * x[1] * x[2]).sum()


PROGRAMS: dict[str, Callable[..., Any]] = {
    "jacobian": lambda f, x, y, o: f.jacobian(lambda x: y @ x.exp(), x),
    "jacobian of two by two": lambda f, x, y, o: f.jacobian(lambda x, y: (y @ x, (x * y).sum()), (x, y)),
    "jacobian of a tuple of one": lambda f, x, y, o: f.jacobian(lambda x: (x * 2,), (x,)),
    "jacobian vectorized": lambda f, x, y, o: f.jacobian(
        lambda x, y: (y @ x, x.sin()), (x, y), vectorize=True),
    "jacobian of a constant": lambda f, x, y, o: f.jacobian(lambda x: y, x),
    "jacobian forward": lambda f, x, y, o: f.jacobian(
        lambda x, y: (y @ x, x.sin()), (x, y), vectorize=True, strategy="forward-mode"),
    "jacobian strict": lambda f, x, y, o: f.jacobian(lambda x, y: x.sin(), (x, y), strict=True),
    "jacobian strict linear": lambda f, x, y, o: f.jacobian(lambda x: 2 * x, x, strict=True),
    "jacobian strict graph linear": lambda f, x, y, o: f.jacobian(
        lambda x: 2 * x, x, strict=True, create_graph=True),
    "jacobian strict detached": lambda f, x, y, o: f.jacobian(lambda x: x.detach(), x, strict=True),
    "jacobian strict vectorized": lambda f, x, y, o: f.jacobian(
        lambda x: x.sin(), x, strict=True, vectorize=True),
    "jacobian list": lambda f, x, y, o: f.jacobian(lambda x: x, [x]),
    "jacobian list out": lambda f, x, y, o: f.jacobian(lambda x: [x], x),
    "jacobian number": lambda f, x, y, o: f.jacobian(lambda x: x, (x, 3)),
    "jacobian strategy": lambda f, x, y, o: f.jacobian(lambda x: x, x, strategy="none"),
    "hessian": lambda f, x, y, o: f.hessian(poly, x),
    "hessian of two": lambda f, x, y, o: f.hessian(lambda x, y: ((y @ x) ** 2).sum(), (x, y)),
    "hessian of a tuple of one": lambda f, x, y, o: f.hessian(poly, (x,)),
    "hessian linear": lambda f, x, y, o: f.hessian(lambda x: x.sum(), x),
    "hessian linear strict": lambda f, x, y, o: f.hessian(lambda x: x.sum(), x, strict=True),
    "hessian strict": lambda f, x, y, o: f.hessian(poly, x, strict=True),
    "hessian strict graph": lambda f, x, y, o: f.hessian(
        lambda x: (x**2).sum(), x, strict=True, create_graph=True),
    "hessian of shape one": lambda f, x, y, o: f.hessian(lambda x: poly(x).reshape(1), x),
    "hessian of a vector": lambda f, x, y, o: f.hessian(lambda x: x * x, x),
    "hessian of a tuple": lambda f, x, y, o: f.hessian(lambda x: (x.sum(),), x),
    "hessian forward": lambda f, x, y, o: f.hessian(
        poly, x, vectorize=True, outer_jacobian_strategy="forward-mode"),
    "vjp": lambda f, x, y, o: f.vjp(lambda x: y @ x.exp(), x, x[:2]),
    "vjp of two": lambda f, x, y, o: f.vjp(lambda x, y: (y @ x, x.sum()), (x, y), (x[:2], x.sum())),
    "vjp implied": lambda f, x, y, o: f.vjp(poly, x),
    "vjp missing": lambda f, x, y, o: f.vjp(lambda x: x, x),
    "vjp size": lambda f, x, y, o: f.vjp(lambda x: x, x, x[:2]),
    "vjp count": lambda f, x, y, o: f.vjp(lambda x: x, x, (x, x)),
    "vjp constant": lambda f, x, y, o: f.vjp(lambda x: y, x, y),
    "vjp strict": lambda f, x, y, o: f.vjp(lambda x, y: x.sum(), (x, y), strict=True),
    "vjp strict graph": lambda f, x, y, o: f.vjp(lambda x: x.sum(), x, strict=True, create_graph=True),
    "jvp": lambda f, x, y, o: f.jvp(lambda x: y @ x.exp(), x, x),
    "jvp of two": lambda f, x, y, o: f.jvp(lambda x, y: (y @ x, x.sin()), (x, y), (x, y)),
    "jvp implied": lambda f, x, y, o: f.jvp(lambda o: o * x, o),
    "jvp missing": lambda f, x, y, o: f.jvp(lambda x: x, x),
    "jvp constant": lambda f, x, y, o: f.jvp(lambda x: y, x, x),
    "jvp strict": lambda f, x, y, o: f.jvp(lambda x, y: x.sin(), (x, y), (x, y), strict=True),
    "jvp strict linear graph": lambda f, x, y, o: f.jvp(
        lambda x: 2 * x, x, x, strict=True, create_graph=True),
    "vhp": lambda f, x, y, o: f.vhp(poly, x, x),
    "vhp of two": lambda f, x, y, o: f.vhp(lambda x, y: ((y @ x) ** 2).sum(), (x, y), (x, y)),
    "vhp linear": lambda f, x, y, o: f.vhp(lambda x: x.sum(), x, x),
    "vhp strict linear": lambda f, x, y, o: f.vhp(lambda x: x.sum(), x, x, strict=True),
    "vhp of a vector": lambda f, x, y, o: f.vhp(lambda x: x * x, x, x),
    "vhp implied": lambda f, x, y, o: f.vhp(lambda o: (o**3).sum(), o),
    "hvp": lambda f, x, y, o: f.hvp(poly, x, x),
    "hvp of two": lambda f, x, y, o: f.hvp(lambda x, y: ((y @ x) ** 2).sum(), (x, y), (x, y)),
    "hvp linear": lambda f, x, y, o: f.hvp(lambda x: x.sum(), x, x),
    "hvp of a tuple": lambda f, x, y, o: f.hvp(lambda x: (poly(x),), x, x),
    "hvp strict quadratic": lambda f, x, y, o: f.hvp(lambda x: (x**2).sum(), x, x, strict=True),
    "hvp strict quadratic graph": lambda f, x, y, o: f.hvp(
        lambda x: (x**2).sum(), x, x, strict=True, create_graph=True),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is:DeprecationWarning")
@pytest.mark.parametrize("name", PROGRAMS)
def test_same_outcome(name: str) -> None:
    same(outcome(PROGRAMS[name], ours, mt), outcome(PROGRAMS[name], theirs, torch))


@pytest.mark.parametrize("name", ours.__all__)
def test_same_signature(name: str) -> None:
    mine, other = (inspect.signature(getattr(module, name)).parameters for module in (ours, theirs))
    assert [(p.name, p.default, p.kind) for p in mine.values()] == [
        (p.name, p.default, p.kind) for p in other.values()
    ]
