"""PyTorch's convention: the gradient of a real loss is its slope along both axes, wherever it is seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.testing import assert_close

Z = np.array([1 + 2j, 3 - 1j])


def leaf() -> Any:
    return mt.tensor(Z, requires_grad=True)


def test_the_gradient_of_a_squared_length_is_twice_the_number() -> None:
    z = leaf()
    (z.abs() ** 2).sum().backward()
    assert_close(z.grad, mt.tensor(2 * Z))


def test_a_holomorphic_function_has_the_conjugate_of_its_slope() -> None:
    z = leaf()
    (z**3).sum().backward(mt.tensor(1 + 0j, dtype=mt.complex128))
    assert_close(z.grad, mt.tensor(np.conj(3 * Z**2)))


def test_descent_goes_down() -> None:
    w = mt.nn.Parameter(mt.tensor([2 + 1j, -1j]))
    optimizer = mt.optim.SGD([w], lr=0.1)
    target = mt.tensor([1j, 0.5])
    losses = []
    for _ in range(50):
        optimizer.zero_grad()
        loss = ((w * (1 + 1j) - target).abs() ** 2).sum()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 1e-6 * losses[0]
    assert sorted(losses, reverse=True) == losses


def test_a_real_operand_of_a_complex_result_gets_a_real_gradient() -> None:
    x = mt.tensor([1.0, 2.0], requires_grad=True)
    (x * (2 + 3j)).abs().sum().backward()
    assert x.grad.dtype == mt.float32
    assert_close(x.grad, mt.tensor([13.0, 13.0]).sqrt())


def test_hooks_and_retained_gradients_see_the_gradient() -> None:
    z, seen = leaf(), []
    y = z * 1
    y.retain_grad()
    y.register_hook(seen.append)
    y.grad_fn.register_prehook(lambda grads: seen.append(grads[0]))
    y.grad_fn.register_hook(lambda grads, outputs: seen.extend([grads[0], outputs[0]]))
    z.register_hook(seen.append)
    (y**2).imag.sum().backward()
    expected = mt.tensor(np.conj(-2j * Z))
    assert len(seen) == 5
    for g in (*seen, y.grad, z.grad):
        assert_close(g, expected)


def test_a_hook_replaces_the_gradient() -> None:
    z = leaf()
    y = z * 1
    y.register_hook(lambda g: g * 1j)
    y.real.sum().backward()
    assert z.grad.tolist() == [1j, 1j]


def test_one_node_by_itself() -> None:
    z = leaf()
    y = z * mt.tensor(2 + 1j, dtype=mt.complex128)
    g = mt.tensor([1j, 2.0], dtype=mt.complex128)
    assert_close(y.grad_fn(g)[0], g * (2 - 1j))


class Square(mt.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * 2 * x.conj()


def test_a_function_of_the_users_speaks_in_gradients() -> None:
    assert mt.autograd.gradcheck(Square.apply, (leaf(),))
    assert mt.autograd.gradgradcheck(Square.apply, (leaf(),))


def test_a_gradient_of_a_function_is_made_real_for_a_real_input() -> None:
    class Turned(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1j

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * -1j

    x = mt.tensor([1.0, 2.0], requires_grad=True)
    Turned.apply(x).imag.sum().backward()
    assert x.grad.tolist() == [1, 1]
    assert x.grad.dtype == mt.float32


def test_a_complex_result_needs_a_gradient_of_its_dtype() -> None:
    with pytest.raises(
        RuntimeError, match="only for real scalar outputs but got ComplexDouble: take the real part"
    ):
        leaf().sum().backward()
    with pytest.raises(RuntimeError, match="both grad_output and output are required to have the same dtype"):
        leaf().sum().backward(mt.tensor(1.0))
    with pytest.raises(RuntimeError, match="only for real scalar outputs"):
        mt.func.grad(lambda z: z.sum())(mt.tensor(Z))


def test_gradients_have_no_minus_zeros() -> None:
    z = leaf()
    z.real.sum().backward()
    assert not np.signbit(z.grad.numpy().imag).any()


def functions() -> dict[str, Any]:
    return {
        "mixed": lambda z, x: (z * x).exp() / (z.conj() + 2j),
        "norms": lambda z, x: z.norm() * x + (z - x).std(),
        "polar": lambda z, x: mt.polar(z.abs() + x * x, z.angle() * x),
        "matrices": lambda z, x: mt.linalg.solve(mt.eye(2) * 3 + mt.outer(z, x), z),
        "sums": lambda z, x: (z * x).cumsum(0).prod() + z.logsumexp(0),
    }


@pytest.mark.parametrize("name", functions())
def test_both_modes_and_both_orders(name: str) -> None:
    x = mt.tensor([0.7, -1.2], dtype=mt.float64, requires_grad=True)
    inputs = (leaf(), x)
    assert mt.autograd.gradcheck(functions()[name], inputs, check_forward_ad=True)
    assert mt.autograd.gradcheck(functions()[name], inputs, fast_mode=True, check_forward_ad=True)
    assert mt.autograd.gradgradcheck(functions()[name], inputs, check_fwd_over_rev=True)


def test_gradcheck_finds_a_missing_conjugate() -> None:
    class Wrong(Square):
        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * 2 * x

    with pytest.raises(mt.autograd.gradcheck.__globals__["GradcheckError"], match=r"input 0.*\[0, 1\]"):
        mt.autograd.gradcheck(Wrong.apply, (leaf(),))


def test_transforms_of_functions() -> None:
    z, v = mt.tensor(Z), mt.tensor([1j, 2.0], dtype=mt.complex128)
    assert_close(mt.func.vjp(lambda z: z * z, z)[1](v)[0], v * (2 * z).conj())
    assert_close(mt.func.jvp(lambda z: z * z, (z,), (v,))[1], v * 2 * z)
    assert_close(mt.func.jvp(lambda z: z.conj(), (z,), (v,))[1], v.conj())
    assert_close(mt.func.vmap(mt.func.grad(lambda z: z.abs() ** 2))(z), 2 * z)
    for table in (mt.func.jacrev, mt.func.jacfwd):
        with pytest.raises(RuntimeError, match="Expected all inputs to be real but received complex tensor"):
            table(lambda z: z * z)(z)
        with pytest.raises(RuntimeError, match="Expected all outputs to be real"):
            table(lambda x: x * 1j)(mt.ones(2))


def test_dual_numbers() -> None:
    from microtensor.autograd import forward_ad

    z, v = mt.tensor(Z), mt.tensor([1j, 2.0], dtype=mt.complex128)
    with forward_ad.dual_level():
        out = forward_ad.make_dual(z, v).exp()
        assert_close(forward_ad.unpack_dual(out).tangent, v * z.exp())


REFUSED = [
    (lambda z: z < z, "\"lt_cpu\" not implemented for 'ComplexDouble'"),
    (lambda z: z.max(), "not implemented for 'ComplexDouble'"),
    (lambda z: mt.maximum(z, z), "maximum not implemented for complex tensors"),
    (lambda z: z.floor(), "floor is not supported for complex inputs"),
    (lambda z: z.clamp(0, 1), "clamp is not supported for complex types"),
    (lambda z: z.relu(), "clamp is not supported for complex types"),
    (lambda z: z.sign(), "Please use torch.sgn instead"),
    (lambda z: z.sort(), "not implemented for 'ComplexDouble'"),
    (lambda z: z % 2, "not implemented for 'ComplexDouble'"),
    (lambda z: z.unique(), '"unique" not implemented'),
    (lambda z: z.softmax(0), "not implemented for 'ComplexDouble'"),
    (lambda z: mt.nn.functional.dropout(z), "bernoulli_scalar_cpu_"),
    (lambda z: mt.arange(3, dtype=mt.complex64), '"arange_cpu" not implemented'),
]


@pytest.mark.parametrize(("ask", "words"), REFUSED)
def test_what_has_no_complex_form_is_refused(ask: Any, words: str) -> None:
    with pytest.raises(NotImplementedError, match=words):
        ask(mt.tensor(Z))


def test_python_numbers() -> None:
    z = mt.tensor(1 + 2j)
    assert complex(z) == 1 + 2j
    assert complex(mt.tensor(2.0)) == 2
    assert float(mt.tensor(2 + 0j)) == 2
    for convert in (float, int):
        with pytest.raises(RuntimeError, match="without overflow.*has an imaginary part; use complex"):
            convert(z)


def test_dtypes_of_mixed_operands() -> None:
    z, one = mt.tensor([1j]), mt.ones(1)
    assert (one * 1j).dtype == (one.long() * 1j).dtype == ((one > 0) * 1j).dtype == mt.complex64
    assert (one.double() * 1j).dtype == (z + one.double()).dtype == mt.complex128
    assert (z + mt.tensor(1.0, dtype=mt.float64)).dtype == mt.complex64
    assert (one + mt.tensor(1j, dtype=mt.complex128)).dtype == mt.complex64
    assert mt.result_type(mt.tensor(1), 1j) == mt.complex64
    assert not mt.can_cast(mt.complex64, mt.float32)
    assert mt.can_cast(mt.float32, mt.complex64)


def test_the_default_dtype_decides_that_of_complex_numbers() -> None:
    mt.set_default_dtype(mt.float64)
    try:
        assert mt.tensor(1j).dtype == mt.full((1,), 1j).dtype == mt.complex128
        assert repr(mt.tensor([1j])) == "tensor([0.+1.j])"
    finally:
        mt.set_default_dtype(mt.float32)
    assert mt.tensor([1, 1j, 2.5]).dtype == mt.complex64


def test_a_real_tensor_takes_no_imaginary_part() -> None:
    x = mt.zeros(2)
    with pytest.raises(RuntimeError, match="can't be cast to the desired output type torch.float32"):
        x += 1j
    with pytest.raises(RuntimeError, match="1j has an imaginary part"):
        x[0] = 1j
    assert x.tolist() == [0, 0]
