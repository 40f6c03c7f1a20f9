"""The overloads with a number before a tensor: today's values, PyTorch's warning, and no third meaning."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
from microtensor.engine.calls.scalar_first import TENSORS
from microtensor.testing import assert_close

V = mt.tensor([1.0, 2.0])
W = mt.tensor([3.0, 5.0])
M = mt.tensor([[1.0, 2.0], [3.0, 4.0]])
B = mt.stack([M, M + 1])
OPERANDS: dict[str, tuple[Any, ...]] = {
    "add": (V, W), "sub": (V, W), "addcmul": (V, W, V), "addcdiv": (V, W, V), "addmm": (M, M, M),
    "addmv": (V, M, W), "addr": (M, V, W), "baddbmm": (B, B, B), "addbmm": (M, B, B),
}  # fmt: skip
ONE = {"add": "alpha", "sub": "alpha", "addcmul": "value", "addcdiv": "value"}


@pytest.mark.parametrize("name", TENSORS)
def test_functions_methods_and_in_place(name: str) -> None:
    x, *rest = OPERANDS[name]
    numbers = {ONE[name]: -0.5} if name in ONE else {"beta": 2, "alpha": -0.5}
    expected = getattr(mt, name)(x, *rest, **numbers)
    head = (x, -0.5) if name in ONE else (2, x, -0.5)
    for by, call in {
        name: lambda: getattr(mt, name)(*head, *rest),
        f"{name} ": lambda: getattr(x, name)(*numbers.values(), *rest),
        f"{name}_": lambda: getattr(x.clone(), f"{name}_")(*numbers.values(), *rest),
        f"{name}  ": lambda: getattr(mt, name)(*head, *rest, out=mt.empty(0)),
    }.items():
        with pytest.warns(UserWarning, match=rf"This overload of {by.strip()} is deprecated:\n") as caught:
            assert_close(call(), expected)
        assert caught[0].filename == __file__


def test_alpha_may_be_left_out() -> None:
    with pytest.warns(UserWarning, match=r"addmm\(Number beta, Tensor input, Tensor mat1, Tensor mat2"):
        assert_close(mt.addmm(2, M, M, M), 2 * M + M @ M)
    with pytest.warns(UserWarning, match=r"\taddmm_\(Tensor mat1, Tensor mat2, \*, Number beta = 1,"):
        assert_close(M.clone().addmm_(2, M, M), 2 * M + M @ M)


def test_gradients_pass() -> None:
    w = mt.ones(2, requires_grad=True)
    with pytest.warns(UserWarning, match="deprecated"):
        mt.add(V, 3, w).sum().backward()
    assert w.grad.tolist() == [3.0, 3.0]


@pytest.mark.parametrize(
    "call",
    [
        lambda: mt.add(V, W, 2), lambda: V.add_(W, 2), lambda: mt.addcdiv(V, 2, W, V, value=3),
        lambda: mt.addmm(M, M, M, M), lambda: mt.addmm(2, M, 3, M, M, alpha=1.5), lambda: mt.add(V, 1, 2, W),
        lambda: mt.addmm(M, 1, M, M, 2, M), lambda: M.addmm(1, 2, M, M, M),
    ],
)  # fmt: skip
def test_what_is_in_no_order_is_refused(call: Any) -> None:
    with pytest.raises(TypeError, match="received an invalid combination of arguments"):
        call()
    assert V.tolist() == [1.0, 2.0]
