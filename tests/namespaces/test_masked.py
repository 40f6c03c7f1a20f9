"""``torch.masked``: as if the elements that are left out were not there."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
from microtensor.testing import assert_close

M = mt.masked
X = mt.tensor([[1.0, -9.0, 4.0], [2.0, 8.0, 16.0]])
KEPT = mt.tensor([[True, False, True], [True, True, True]])
REDUCTIONS: dict[str, Any] = {
    "sum": lambda x: x.sum(), "prod": lambda x: x.prod(),
    "mean": lambda x: x.mean(),
    "amax": lambda x: x.amax(), "amin": lambda x: x.amin(),
    "logsumexp": lambda x: x.logsumexp(0), "norm": lambda x: x.norm(),
    "var": lambda x: x.var(), "std": lambda x: x.std(),
}  # fmt: skip


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions(name: str) -> None:
    function, plain = getattr(M, name), REDUCTIONS[name]
    rows = mt.stack([plain(X[i][KEPT[i]]) for i in range(2)])
    assert_close(function(X, dim=1, mask=KEPT), rows)
    assert_close(function(X, dim=1, keepdim=True, mask=KEPT), rows[:, None])
    assert_close(function(X, mask=KEPT), plain(X[KEPT]))
    assert_close(function(X, dim=(0, 1)), plain(X.reshape(-1)))
    assert function(X, 1, dtype=mt.float64, mask=KEPT).dtype == mt.float64


def test_nothing_is_left() -> None:
    none = mt.zeros(3, dtype=mt.bool)
    assert M.sum(X[0], mask=none) == 0
    assert M.prod(X[0], mask=none) == 1
    assert M.mean(X[0], mask=none).isnan()
    assert M.amax(X[0], mask=none) == -mt.inf
    assert M.softmax(X[0], 0, mask=none).isnan().all()


def test_places_middles_and_lines() -> None:
    assert M.argmin(X, 1, mask=KEPT).tolist() == [0.0, 0.0]
    assert M.argmax(X, mask=KEPT).item() == 5.0
    assert M.median(X, 1, mask=KEPT).tolist() == [1.0, 8.0]
    assert M.cumsum(X, 1, mask=KEPT)[0].tolist() == [1.0, 1.0, 5.0]
    assert M.cumprod(X, 1, mask=KEPT)[0].tolist() == [1.0, 1.0, 4.0]


def test_softmax_and_its_kin_are_those_of_what_is_kept() -> None:
    kept = X[0][KEPT[0]]
    assert_close(M.softmax(X, 1, mask=KEPT)[0][KEPT[0]], kept.softmax(0))
    assert_close(M.log_softmax(X, 1, mask=KEPT)[0][KEPT[0]], kept.log_softmax(0))
    assert_close(M.softmin(X, 1, mask=KEPT)[0][KEPT[0]], (-kept).softmax(0))
    assert_close(M.normalize(X, 2.0, 1, mask=KEPT)[0], mt.tensor([1.0, 0.0, 4.0]) / kept.norm())
    assert_close(M.logaddexp(X, X, input_mask=KEPT, other_mask=~KEPT), X)


def test_integers_and_corrections() -> None:
    whole = X.long()
    assert M.sum(whole, 1, mask=KEPT).tolist() == [5, 26]
    assert M.amin(whole, 1, mask=KEPT).tolist() == [1, 2]
    assert_close(M.mean(whole, 1, dtype=mt.float32, mask=KEPT), mt.tensor([2.5, 26 / 3]))
    assert_close(M.var(X, 1, False, mask=KEPT), M.var(X, 1, correction=0, mask=KEPT))


def test_gradients_do_not_reach_what_is_left_out() -> None:
    w = X.clone().requires_grad_()
    M.var(w, mask=KEPT).backward()
    assert w.grad[0, 1] == 0
    assert w.grad[1, 2] != 0


def test_refusals() -> None:
    with pytest.raises(TypeError, match="mask must be a bool tensor, got torch.float32"):
        M.sum(X, mask=X)
    with pytest.raises(ValueError, match="Could not infer output dtype"):
        M.mean(X.long())
    with pytest.raises(RuntimeError, match="Only one of unbiased and correction"):
        M.var(X, unbiased=True, correction=1)
    assert not M.is_masked_tensor(X)


def test_integers_keep_their_dtype() -> None:
    x, keep = mt.tensor([5, 1, 3], dtype=mt.uint8), mt.tensor([True, False, True])
    assert repr(M.cumsum(x, 0, mask=keep)) == "tensor([5, 5, 8], dtype=torch.uint8)"
    assert repr(M.cumprod(x, 0, mask=keep)) == "tensor([ 5,  5, 15], dtype=torch.uint8)"
    assert repr(M.median(x, 0, mask=keep)) == "tensor(3, dtype=torch.uint8)"
    assert repr(M.logsumexp(x, mask=keep)) == "tensor(5, dtype=torch.uint8)"
    assert repr(M.var(x, mask=keep)) == "tensor(2.)"
    with pytest.raises(ValueError, match="expects no fully masked out rows if dtype is not floating"):
        M.median(x, 0, mask=~(keep | True))


@pytest.mark.parametrize("name", ["amax", "amin", "argmax", "argmin", "logsumexp", "softmin", "softmax"])
def test_bools_have_nothing_to_put_in_the_place_of_what_is_left_out(name: str) -> None:
    keep = mt.tensor([True, False])
    with pytest.raises(NotImplementedError, match=r"identity of \w+ on torch.bool input"):
        getattr(M, name)(keep, 0, mask=keep)


@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_bools_do_not_run_on(name: str) -> None:
    with pytest.raises(NotImplementedError, match=f"\"{name}_out_cpu\" not implemented for 'Bool'"):
        getattr(M, name)(mt.tensor([True, False]), 0)
