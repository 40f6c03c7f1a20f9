"""Linear algebra: what holds of factorizations, their derivatives by all outputs, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import linalg
from microtensor.testing import assert_close, numerical_gradient

M = np.array([[2.0, 0.5, -0.3], [0.4, 1.7, 0.6], [-0.2, 0.3, 2.5]])
P = M @ M.T
TALL = np.array([[2.0, 0.5], [0.4, 1.7], [-0.2, 0.3], [1.0, -1.0]])


def leaf(array: Any) -> mt.Tensor:
    return mt.tensor(np.array(array, np.float64), requires_grad=True)


def symmetric(x: Any) -> Any:
    return (x + x.mT) * 0.5


# ------------------------------------------------- derivatives by all outputs, to the third order

INVARIANT: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "cholesky": (lambda x: linalg.cholesky(symmetric(x)), P),
    "cholesky, upper": (lambda x: linalg.cholesky(symmetric(x), upper=True), P),
    "eigh": (lambda x: linalg.eigh(symmetric(x)).eigenvalues, P),
    "eigenvectors": (lambda x: linalg.eigh(symmetric(x)).eigenvectors ** 2, P),
    "eigenvectors, upper": (lambda x: linalg.eigh(symmetric(x), "U").eigenvectors ** 2, P),
    "a function of a symmetric matrix": (lambda x: _by_eigenvalues(symmetric(x)), P),
    "eig": (lambda x: linalg.eig(x).eigenvectors.abs() ** 2, M + np.diag([0.0, 3.0, 7.0])),
    "eigvals": (lambda x: mt.view_as_real(linalg.eigvals(x)), M + np.diag([0.0, 3.0, 7.0])),
    "svd": (lambda x: _rebuilt(linalg.svd(x, full_matrices=False), 2), TALL),
    "svd of a wide matrix": (lambda x: _rebuilt(linalg.svd(x, full_matrices=False), 2), TALL.T.copy()),
    "left vectors": (lambda x: linalg.svd(x).U[:, :2] ** 2, TALL),
    "right vectors": (lambda x: linalg.svd(x).Vh[:2] ** 2, TALL.T.copy()),
    "qr": (lambda x: mt.cat([p.reshape(-1) for p in linalg.qr(x)]), TALL),
    "qr of a wide matrix": (lambda x: mt.cat([p.reshape(-1) for p in linalg.qr(x)]), TALL.T.copy()),
    "lu": (lambda x: mt.cat([p.reshape(-1) for p in linalg.lu(x)[1:]]), TALL),
    "lu of a wide matrix": (lambda x: mt.cat([p.reshape(-1) for p in linalg.lu(x)[1:]]), TALL.T.copy()),
    "lu_solve": (lambda x: linalg.lu_solve(*linalg.lu_factor(x), x), M[::-1].copy()),
    "slogdet": (lambda x: linalg.slogdet(x).logabsdet, M),
    "lstsq": (lambda x: linalg.lstsq(x, mt.tensor(TALL)).solution, TALL + 1),
    "residuals": (lambda x: linalg.lstsq(x, mt.tensor(TALL[:, :1]), driver="gels").residuals, TALL + 1),
    "pinv": (linalg.pinv, TALL),
    "einsum": (lambda x: mt.einsum("ij,kj,kl->il", x, x, x), M),
    "cdist": (lambda x: mt.cdist(x, 3 - x * x, p=3.0), M),
    "nuclear norm": (lambda x: linalg.matrix_norm(x, "nuc"), TALL),
    "cond": (linalg.cond, M),
}  # fmt: skip


def _by_eigenvalues(x: Any) -> Any:
    w, v = linalg.eigh(x)
    return v @ mt.diag(w.log()) @ v.mT


def _rebuilt(parts: Any, power: int) -> Any:
    u, s, vh = parts
    return u @ mt.diag(s**power) @ vh


def nested(function: Any, order: int) -> Any:
    """The sum of weighted derivatives of this order, as a function of the point."""

    def value(x: Any) -> Any:
        out = function(x)
        for k in range(order):
            w = mt.tensor(np.random.default_rng(k).uniform(0.5, 1.5, tuple(out.shape)))
            (out,) = mt.autograd.grad((out * w).sum(), x, create_graph=True)
        w = mt.tensor(np.random.default_rng(9).uniform(0.5, 1.5, tuple(out.shape)))
        return (out * w).sum()

    return value


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("name", INVARIANT)
def test_derivatives_equal_differences(name: str, order: int) -> None:
    function, point = INVARIANT[name]
    value = nested(function, order)
    x = leaf(point)
    found = mt.autograd.grad(value(x), x)[0].array
    expected = numerical_gradient(lambda a: float(value(leaf(a)).detach()), point)
    scale = max(1.0, float(np.abs(expected).max()))
    assert_close(found, expected, rtol=0, atol=2e-6 * scale)


def test_several_outputs_that_a_formula_mentions_are_differentiated_through() -> None:
    """An output reached by two ways (its own, and the formula of its sibling) gets the sum."""
    x = leaf(P)
    w, v = linalg.eigh(symmetric(x))
    value = (w**2).sum() + (v[:, 0] ** 4).sum() * w[1]
    (first,) = mt.autograd.grad(value, x, create_graph=True)
    second = mt.autograd.grad((first * first).sum(), x)[0].array

    def squared(a: Any) -> float:
        y = leaf(a)
        w, v = linalg.eigh(symmetric(y))
        (g,) = mt.autograd.grad((w**2).sum() + (v[:, 0] ** 4).sum() * w[1], y)
        return float((g * g).sum())

    assert_close(second, numerical_gradient(squared, P), rtol=1e-5, atol=1e-4)


# ------------------------------------------------------------------------------ singular matrices


@pytest.mark.parametrize("matrix", [[[1.0, 2.0], [2.0, 4.0]], [[0.0, 1.0], [0.0, 2.0]], np.zeros((2, 2))])
def test_the_gradient_of_det_at_a_singular_matrix_is_the_cofactors(matrix: Any) -> None:
    (a, b), (c, d) = np.array(matrix)
    x = leaf(matrix)
    (g,) = mt.autograd.grad(linalg.det(x), x, create_graph=True)
    assert_close(g.detach(), np.array([[d, -c], [-b, a]]), atol=1e-12)
    (h,) = mt.autograd.grad((g * mt.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=mt.float64)).sum(), x)
    assert_close(h, np.array([[4.0, -3.0], [-2.0, 1.0]]), atol=1e-6)


def test_cofactors_of_a_batch_with_one_singular_matrix() -> None:
    batch = np.stack([M, np.ones((3, 3)), np.diag([1.0, 2.0, 0.0])])
    x = leaf(batch)
    linalg.det(x).sum().backward()
    assert_close(x.grad, np.stack([np.linalg.det(M) * np.linalg.inv(M).T, np.zeros((3, 3)),
                                   np.diag([0.0, 0.0, 2.0])]), atol=1e-12)  # fmt: skip


def test_equal_values_have_a_gradient_as_long_as_no_vector_is_asked_for() -> None:
    x = leaf(np.eye(3))
    for function in (linalg.eigvalsh, linalg.svdvals):
        (g,) = mt.autograd.grad((function(x) ** 2).sum(), x)
        assert_close(g, 2 * np.eye(3), atol=1e-12)


def test_a_batch_of_cotangents_is_pulled_back_through_vectors() -> None:
    def squares(x: Any) -> Any:
        return linalg.eigh(symmetric(x)).eigenvectors ** 2

    found = mt.func.jacrev(squares)(mt.tensor(P))
    x = leaf(P)
    rows = [mt.autograd.grad(squares(x)[i, j], x)[0].array for i in range(3) for j in range(3)]
    assert_close(found, np.stack(rows).reshape(3, 3, 3, 3), atol=1e-12)
    _, pull = mt.func.vjp(lambda x: linalg.eigh(symmetric(x)).eigenvectors, mt.tensor(P))
    units = mt.eye(9, dtype=mt.float64).reshape(9, 3, 3)
    assert_close(mt.vmap(pull)(units)[0], np.stack([pull(u)[0].array for u in units]), atol=1e-12)


# ------------------------------------------------------------------------------ what is given


def test_results_have_names_and_say_them() -> None:
    x = mt.tensor(P)
    fields = {
        linalg.eigh: ("eigenvalues", "eigenvectors"), linalg.svd: ("U", "S", "Vh"), linalg.qr: ("Q", "R"),
        linalg.slogdet: ("sign", "logabsdet"), linalg.lu: ("P", "L", "U"), linalg.inv_ex: ("inverse", "info"),
        linalg.lu_factor: ("LU", "pivots"), linalg.cholesky_ex: ("L", "info"), mt.svd: ("U", "S", "V"),
        linalg.eig: ("eigenvalues", "eigenvectors"), linalg.lu_factor_ex: ("LU", "pivots", "info"),
        mt.qr: ("Q", "R"), mt.slogdet: ("sign", "logabsdet"),
    }  # fmt: skip
    for function, names in fields.items():
        given = function(x)
        assert given._fields == names
        text = repr(given)
        assert text.startswith("torch.return_types.")
        assert all(f"{name}=tensor(" in text for name in names)
    assert repr(linalg.slogdet(mt.eye(2))) == (
        "torch.return_types.linalg_slogdet(\nsign=tensor(1.),\nlogabsdet=tensor(0.))"
    )
    assert repr(linalg.lstsq(x, x)).startswith("torch.return_types.linalg_lstsq(\nsolution=")
    assert repr(linalg.solve_ex(x, x)).startswith("torch.return_types.linalg_solve_ex(\nresult=")
    assert repr(mt.triangular_solve(x, x)).startswith("torch.return_types.triangular_solve(\nsolution=")


@pytest.mark.parametrize("shape", [(5, 5), (6, 4), (4, 6), (2, 3, 5), (3, 0), (0, 0)])
def test_factors_give_the_matrix_back(shape: tuple[int, ...]) -> None:
    x = mt.randn(*shape, dtype=mt.float64)
    u, s, vh = linalg.svd(x, full_matrices=False)
    assert_close((u * s[..., None, :]) @ vh, x.array, atol=1e-12)
    for mode in ("reduced", "complete"):
        q, r = linalg.qr(x, mode)
        assert_close(q @ r, x.array, atol=1e-12)
    p, lower, upper = linalg.lu(x)
    assert_close(p @ lower @ upper, x.array, atol=1e-12)
    assert_close(linalg.pinv(x), np.linalg.pinv(x.array), atol=1e-11)


def test_a_cholesky_factor_that_failed_is_nan_and_the_others_keep_their_gradient() -> None:
    x = leaf(np.stack([P, -np.eye(3)]))
    factor, info = linalg.cholesky_ex(x)
    assert info.tolist() == [0, 1]
    assert np.isnan(factor.detach().array[1]).all()
    (g,) = mt.autograd.grad(factor[0].sum(), x)
    assert np.isfinite(g.array[0]).all()


def test_a_singular_matrix_is_reported_beside_regular_ones() -> None:
    x = mt.tensor(np.stack([P, np.zeros((3, 3))]))
    assert linalg.inv_ex(x).info.tolist() == [0, 1]
    assert_close(linalg.inv_ex(x).inverse[0], np.linalg.inv(P), atol=1e-12)
    result, info = linalg.solve_ex(x, mt.ones(2, 3, dtype=mt.float64))
    assert info.tolist() == [0, 1]
    assert np.isnan(result.array[1]).all()
    assert np.isfinite(result.array[0]).all()
    assert np.isnan(linalg.solve_ex(x, mt.tensor(np.stack([P, P]))).result.array[1]).all()
    assert linalg.solve_ex(x[0], x[0], check_errors=True).info.item() == 0
    assert linalg.inv_ex(x[0], check_errors=True).info.item() == 0
    assert linalg.cond(x[1], 1).item() == np.inf


def test_the_exponential_of_large_and_of_nilpotent_matrices() -> None:
    assert_close(
        linalg.matrix_exp(mt.tensor([[0.0, 30.0], [0.0, 0.0]])),
        np.array([[1, 30], [0, 1]], np.float32),
        rtol=1e-6,
    )
    turn = mt.tensor([[0.0, -100.0], [100.0, 0.0]], dtype=mt.float64)
    assert_close(
        linalg.matrix_exp(turn), [[np.cos(100), -np.sin(100)], [np.sin(100), np.cos(100)]], atol=1e-11
    )


def test_what_a_chain_of_matrices_costs_does_not_depend_on_how_it_is_written() -> None:
    sizes = [30, 2, 40, 3, 20]
    chain = [mt.randn(m, n, dtype=mt.float64) for m, n in pairwise(sizes)]
    expected = chain[0].array @ chain[1].array @ chain[2].array @ chain[3].array
    assert_close(linalg.multi_dot(chain), expected, atol=1e-10)


def test_distances_by_a_product_are_those_by_differences() -> None:
    x, y = mt.randn(40, 3, dtype=mt.float64), mt.randn(2, 30, 3, dtype=mt.float64)
    fast, slow = (mt.cdist(x, y, compute_mode=f"{mode}use_mm_for_euclid_dist") for mode in ("", "donot_"))
    assert_close(fast, slow.array, atol=1e-10)


def test_distances_of_equal_rows_have_no_gradient() -> None:
    for p in (1.0, 2.0, 3.0, np.inf):
        x = leaf(np.ones((2, 3)))
        mt.cdist(x, x.detach(), p=p).sum().backward()
        assert x.grad.array.tolist() == np.zeros((2, 3)).tolist(), p
    x = leaf(np.ones((30, 2)))
    mt.cdist(x, x.detach()).sum().backward()
    assert not x.grad.array.any()


# ------------------------------------------------------------------------------ what is refused

ONE = mt.eye(2)
CALLS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "singular inverse": (lambda: linalg.inv(mt.zeros(2, 2)), linalg.LinAlgError, "linalg.inv.*singular"),
    "singular in a batch": (
        lambda: linalg.inv(mt.stack([ONE, 0 * ONE])), linalg.LinAlgError, r"\(Batch element 1\).*singular",
    ),
    "singular system": (lambda: linalg.solve(0 * ONE, ONE), linalg.LinAlgError, "solve.*singular"),
    "not positive": (lambda: mt.cholesky(-ONE), linalg.LinAlgError, "order 1 is not positive-definite"),
    "a pivot of 0": (
        lambda: linalg.lu_factor(0 * ONE), linalg.LinAlgError, r"U\[1,1\] is zero.*lu_factor_ex",
    ),
    "not finite": (lambda: linalg.svd(ONE * mt.nan), linalg.LinAlgError, "svd.*non-finite"),
    "not finite, eig": (lambda: linalg.eig(ONE * mt.nan), linalg.LinAlgError, "eig.*non-finite"),
    "not finite, pinv": (lambda: linalg.pinv(ONE * mt.nan), linalg.LinAlgError, "pinv.*non-finite"),
    "phases": (
        lambda: linalg.eig(mt.tensor([[2.0, 1.0], [0.0, 3.0]], requires_grad=True))[1].imag.sum().backward(),
        RuntimeError, r"eigenvectors .* up to multiplication by e\^\{i phi\}.*ill-defined",
    ),
    "not square": (lambda: mt.det(mt.ones(2, 3)), RuntimeError, r"square matrices.*torch.float32 \(2, 3\)"),
    "no matrix": (lambda: linalg.inv(mt.ones(3)), RuntimeError, r"at least 2 dimensions.*\(3,\)"),
    "no tensor": (lambda: linalg.inv([[1.0]]), TypeError, "expected a Tensor, got list"),
    "integers": (lambda: linalg.inv(mt.ones(2, 2).long()), RuntimeError, r"int64 \(2, 2\).*x\.float\(\)"),
    "two dtypes": (lambda: linalg.solve(ONE, ONE.double()), RuntimeError, "torch.float32 and .*float64"),
    "sizes": (lambda: linalg.solve(ONE, mt.ones(3, 1)), RuntimeError, r"AX = B.*\(2, 2\).*\(3, 1\)"),
    "complete and tall": (
        lambda: linalg.qr(mt.ones(3, 2, requires_grad=True), "complete").Q.sum().backward(), RuntimeError,
        "not differentiable when mode='complete'",
    ),
    "einsum, sizes": (
        lambda: mt.einsum("ij,jk", ONE, mt.ones(3, 3)), RuntimeError, r"subscript j has size 3.*size 2",
    ),
    "einsum, labels": (lambda: mt.einsum("ijk", ONE), RuntimeError, r"'ijk'.*dimensions \(2\)"),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_what_is_refused_says_why(name: str) -> None:
    call, kind, text = CALLS[name]
    with pytest.raises(kind, match=f"(?s){text}"):
        call()


def test_eigenvalues_that_do_not_converge(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        raise np.linalg.LinAlgError("Eigenvalues did not converge")

    monkeypatch.setattr(np.linalg, "eigh", fail)
    with pytest.raises(linalg.LinAlgError, match=r"linalg\.eigh: The algorithm failed to converge"):
        linalg.eigh(ONE)


def test_the_error_is_pytorchs_and_ours() -> None:
    assert linalg.LinAlgError is mt.errors.LinAlgError
    assert issubclass(linalg.LinAlgError, RuntimeError)
