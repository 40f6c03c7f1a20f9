"""Arguments by PyTorch's names, where they were ours or missing, and what they do."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
import microtensor.nn.functional as F
from microtensor.testing import assert_close

X = mt.tensor([1.5, -0.25, 0.5])
M = mt.tensor([[2.0, 1.0], [1.0, 3.0]])
CALLS: list[tuple[Any, Any]] = [
    (lambda: mt.split(tensor=X, split_size_or_sections=2)[1], X[2:]),
    (lambda: X.split(split_size=[1, 2])[1], X[1:]),
    (lambda: mt.tile(X, dims=(2,)), mt.cat([X, X])),
    (lambda: X.tile(dims=(1, 1)), X[None]),
    (lambda: X.view(size=(3, 1)), X[:, None]),
    (lambda: X.view(dtype=mt.int32).view(mt.float32), X),
    (lambda: X.clone().resize_(size=(2,)), X[:2]),
    (lambda: mt.broadcast_to(X, size=(2, 3)), mt.stack([X, X])),
    (lambda: X.broadcast_to(2, 3), mt.stack([X, X])),
    (lambda: X.expand(size=(2, 3), implicit=True), mt.stack([X, X])),
    (lambda: X.sum_to_size(size=(1,)), mt.tensor([1.75])),
    (lambda: mt.swapaxes(M[:1], axis0=0, axis1=1), M[:1].T),
    (lambda: X.clone().copy_(other=X + 1), X + 1),
    (lambda: X.clone().map_(other=X, callable=lambda a, b: a + b), X + X),
    (lambda: mt.cholesky_inverse(input=mt.eye(2)), mt.eye(2)),
    (lambda: mt.cholesky_solve(input=M, input2=mt.eye(2)), M),
    (lambda: mt.det(input=M), mt.tensor(5.0)),
    (lambda: mt.linalg.det(A=M), mt.tensor(5.0)),
    (lambda: mt.matrix_power(input=M, n=2), M @ M),
    (lambda: mt.matrix_exp(input=mt.zeros(2, 2)), mt.eye(2)),
    (lambda: mt.isin(element=2.0, test_elements=M), mt.tensor(True)),
    (lambda: mt.isin(elements=X, test_element=0.5), mt.tensor([False, False, True])),
    (lambda: mt.where(X > 0, self=0.0, other=X), mt.tensor([0.0, -0.25, 0.0])),
    (lambda: mt.searchsorted(mt.tensor([1.0, 2.0]), self=1.5), mt.tensor(1)),
    (lambda: mt.xlogy(self=2.0, other=mt.ones(1)), mt.zeros(1)),
    (lambda: mt.tensor_split(X, tensor_indices_or_sections=mt.tensor([1]))[0], X[:1]),
    (lambda: mt.histogram(mt.tensor([0.0, 1.0])).hist.sum(), mt.tensor(2.0)),
    (lambda: F.normalize(mt.tensor([3.0, 4.0]), 2.0, 0, 1e-12, mt.empty(2)), mt.tensor([0.6, 0.8])),
    (lambda: mt.norm(M, 2, 0, False, mt.empty(2)), mt.tensor([5.0, 10.0]).sqrt()),
    (lambda: mt.tensordot(X, X, 1, mt.empty(())), (X * X).sum()),
    (lambda: X.to(mt.float64, False, True), X.double()),
    (lambda: mt.zeros(size=(2,)), mt.zeros(2)),
    (lambda: X.new_full(size=(2,), fill_value=2), mt.full((2,), 2.0)),
    (lambda: mt.repeat_interleave(mt.tensor([2, 1]), output_size=3), mt.tensor([0, 0, 1])),
    (lambda: mt.add(X, 3, alpha=2), X + 6),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(CALLS)))
def test_a_name_is_taken_and_does_what_it_says(number: int) -> None:
    call, expected = CALLS[number]
    assert_close(call(), expected)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: mt.zeros(2, sizes=3), TypeError, "unexpected keyword argument"),
        (lambda: mt.zeros(2, size=3), TypeError, "the size is given twice"),
        (lambda: X.to(foo=1), TypeError, "unexpected keyword argument 'foo'"),
        (lambda: mt.repeat_interleave(X, 2, output_size=5), RuntimeError,
         "allocated size does not match required size: output_size=5, and the repeats give 6"),
        (lambda: X.view(mt.float64), RuntimeError, r"self.size\(-1\) must be divisible by 2 to view Float"),
        (lambda: M.T.view(mt.float64), RuntimeError, r"self.stride\(-1\) must be 1 to view Float as Double"),
        (lambda: mt.tensor(1.0).view(mt.uint8), RuntimeError, r"self.dim\(\) cannot be 0 to view Float"),
        (lambda: mt.randint(high=5), TypeError, r"randint\(\): missing required arguments"),
    ],
)  # fmt: skip
def test_refusals(call: Any, error: Any, text: str) -> None:
    with pytest.raises(error, match=text):
        call()


def test_bounds_of_randint_by_name() -> None:
    assert set(mt.randint(high=3, size=(100,)).tolist()) == {0, 1, 2}
    assert set(mt.randint(low=1, high=3, size=(100,)).tolist()) == {1, 2}
    assert set(mt.randint_like(mt.zeros(100), low=1, high=3).tolist()) == {1.0, 2.0}


def test_old_names_warn() -> None:
    with pytest.warns(FutureWarning, match="`min_value` is deprecated and renamed to `min_val`"):
        assert mt.nn.Hardtanh(min_value=-3.0).min_val == -3.0
    w = mt.ones(1, requires_grad=True)
    with pytest.warns(FutureWarning, match="`grad_variables` is deprecated"):
        mt.autograd.backward([w * 2], grad_variables=[mt.ones(1)])
    assert w.grad.item() == 2.0
