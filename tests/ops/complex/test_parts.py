"""The parts of complex numbers: shared memory, derivatives of both parts, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.testing import assert_close

Z = [1 + 2j, 3 - 1j]


def leaf() -> Any:
    return mt.tensor(Z, dtype=mt.complex128, requires_grad=True)


def test_real_and_imag_are_views_that_can_be_written_to() -> None:
    z = mt.tensor(Z)
    z.real.mul_(2)
    z.imag[0] = 7
    assert z.tolist() == [2 + 7j, 6 - 1j]
    z.real, z.imag = mt.tensor([5.0, 6.0]), 0
    assert z.tolist() == [5, 6]


def test_a_real_tensor_is_its_own_real_part_and_conjugate() -> None:
    x = mt.ones(2)
    assert x.real is x
    assert x.conj() is x
    assert x.resolve_conj() is x
    with pytest.raises(
        RuntimeError, match="imag is not implemented for tensors with non-complex dtypes.*float32"
    ):
        _ = x.imag


def test_a_conjugate_is_computed_into_memory_of_its_own() -> None:
    z = mt.tensor(Z)
    other = z.conj()
    other.zero_()
    assert z.tolist() == Z
    assert not z.conj().is_conj()
    assert not z.conj().imag.is_neg()


def test_pairs_share_memory_both_ways() -> None:
    z = mt.tensor(Z)
    mt.view_as_real(z)[0, 1] = 9
    assert z[0].item() == 1 + 9j
    pairs = mt.zeros(3, 2)
    mt.view_as_complex(pairs)[1] = 2 + 3j
    assert pairs[1].tolist() == [2, 3]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: mt.view_as_complex(mt.ones(3)), r"last dimension of size 2, not shape \(3,\)"),
        (lambda: mt.view_as_complex(mt.ones(2, dtype=mt.int64)), "only supported for floating point.*int64"),
        (lambda: mt.view_as_complex(mt.ones(2, 4)[:, ::2]), "last dimension with stride 1.*contiguous"),
        (lambda: mt.view_as_complex(mt.ones(3, 3)[:, :2]), "a stride divisible by 2 for all but last"),
        (lambda: mt.view_as_complex(mt.ones(9)[1:3]), "a storage_offset divisible by 2"),
        (lambda: mt.view_as_real(mt.ones(2)), "for complex tensors, and this one is (torch.)?float32"),
        (lambda: mt.complex(mt.ones(1), mt.ones(1).double()), "but got scalar type (torch.)?float64"),
        (lambda: mt.complex(mt.ones(1).long(), mt.ones(1).long()), "tensors but got (torch.)?int64"),
        (lambda: mt.polar(mt.ones(1), mt.ones(1).double()), "for second argument"),
        (lambda: mt.tensor(Z).adjoint(), "only supported on matrices or batches of matrices. Got 1-D"),
    ],
)  # fmt: skip
def test_what_has_no_parts_is_refused(make: Any, words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        make()


def test_pairs_of_nothing_and_pairs_further_on() -> None:
    assert mt.view_as_complex(mt.ones(0, 2)).shape == (0,)
    assert mt.view_as_complex(mt.arange(6.0)[2:4]).item() == 2 + 3j


def test_parts_go_into_out() -> None:
    out = mt.zeros(1, dtype=mt.complex64)
    assert mt.complex(mt.tensor([1.0]), mt.tensor([2.0]), out=out) is out
    assert out.item() == 1 + 2j
    mt.polar(mt.tensor([3.0]), mt.tensor([0.0]), out=out)
    assert out.item() == 3
    with pytest.raises(RuntimeError, match="ComplexFloat, but got ComplexDouble"):
        mt.complex(mt.ones(1), mt.ones(1), out=out.to(mt.complex128))


def test_conjugates_in_place() -> None:
    z = mt.tensor(Z)
    assert z.conj_physical_() is z
    assert z.tolist() == [1 - 2j, 3 + 1j]
    assert mt.ones(1).conj_physical_().item() == 1


def test_adjoints() -> None:
    a = mt.tensor([[1j, 2], [3, 4 - 1j]])
    expected = np.conj(a.numpy()).T
    for found in (a.H, a.mH, a.adjoint()):
        assert np.array_equal(found.numpy(), expected)
    for name in ("H", "mH"):
        with pytest.warns(
            UserWarning, match=f"Tensor.{name} is deprecated on 0-D tensors. Consider using x.conj"
        ):
            assert getattr(mt.tensor(2j), name).item() == -2j


@pytest.mark.parametrize(
    "write",
    [
        lambda y: y.real.mul_(3),
        lambda y: y.imag.add_(y.real),
        lambda y: mt.view_as_real(y)[..., 0].mul_(2.0),
        lambda y: y.imag.__setitem__(0, 5.0),
        lambda y: y[1:].real.pow_(2),
    ],
)
def test_writing_to_a_part_leaves_the_gradient_of_the_other(write: Any) -> None:
    def function(z: Any) -> Any:
        y = z * 1
        write(y)
        return (y * (1 - 2j)).abs()

    assert mt.autograd.gradcheck(function, (leaf(),))


def test_writing_through_pairs_seen_as_complex_numbers() -> None:
    def function(x: Any) -> Any:
        y = x * 1
        mt.view_as_complex(y).mul_(2 + 1j)
        return y * y

    assert mt.autograd.gradcheck(function, (mt.randn(3, 2, dtype=mt.float64, requires_grad=True),))


def test_a_leafs_part_is_not_written_to() -> None:
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad"):
        leaf().real.mul_(2)


@pytest.mark.parametrize("name", ["sgn", "angle", "abs", "conj", "real", "imag"])
def test_gradients_at_zero_are_zero(name: str) -> None:
    z = mt.zeros(2, dtype=mt.complex64, requires_grad=True)
    out = getattr(z, name)
    out = out() if callable(out) else out
    (out.real if out.is_complex() else out).sum().backward()
    if name in ("sgn", "angle", "abs"):
        assert z.grad.tolist() == [0, 0]


def test_angles_of_real_numbers() -> None:
    assert_close(mt.angle(mt.tensor([-1.0, 0.0, 2.0])), mt.tensor([np.pi, 0, 0], dtype=mt.float32))
    assert mt.angle(mt.tensor([mt.nan])).isnan().all()
    assert mt.angle(mt.tensor([1, -1])).dtype == mt.float32


def test_a_border_may_be_complex_under_the_name_of_the_kernel() -> None:
    assert mt.constant_pad_nd(mt.tensor(Z), (1, 0), 2j).tolist() == [2j, *Z]


def test_what_is_filled_gets_no_gradient_and_the_number_all_of_it() -> None:
    z, value = leaf(), mt.tensor(1j, dtype=mt.complex128, requires_grad=True)
    out = mt.fill(z, value)
    out.real.sum().backward()
    assert (out.tolist(), z.grad.tolist(), value.grad.item()) == ([1j, 1j], [0, 0], 2)
    out = mt.fill(leaf(), 2j)
    assert out.requires_grad
    assert out.tolist() == [2j, 2j]
