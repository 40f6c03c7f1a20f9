"""``out=``: the target is written and returned; what PyTorch refuses is refused, nothing is half changed."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import pytest

import microtensor as mt
from microtensor.engine.op_definition import registry

X = mt.tensor([1.5, 2.5, 3.5])
M = mt.tensor([[2.0, 1.0], [1.0, 3.0]])
RESIZED = r"An output with one or more elements was resized since it had shape \[4\], .* output shape \[3\]"

CALLS: dict[str, Any] = {
    "cat": lambda **o: mt.cat([X, X], **o),
    "clamp": lambda **o: mt.clamp(X, 2.0, **o),
    "cumsum": lambda **o: mt.cumsum(X, 0, **o),
    "gather": lambda **o: mt.gather(X, 0, mt.tensor([2, 0]), **o),
    "linalg.det": lambda **o: mt.linalg.det(M, **o),
    "linalg.inv": lambda **o: mt.linalg.inv(M, **o),
    "linalg.norm": lambda **o: mt.linalg.norm(M, **o),
    "linalg.vector_norm": lambda **o: mt.linalg.vector_norm(M, **o),
    "lerp": lambda **o: mt.lerp(X, X, 0.5, **o),
    "matmul": lambda **o: mt.matmul(M, M, **o),
    "mul": lambda **o: mt.mul(X, 2, **o),
    "special.xlogy": lambda **o: mt.special.xlogy(X, X, **o),
    "special.zeta": lambda **o: mt.special.zeta(X, 2.0, **o),
    "stack": lambda **o: mt.stack([X, X], **o),
    "std": lambda **o: mt.std(X, **o),
    "sum": lambda **o: mt.sum(X, 0, **o),
    "where": lambda **o: mt.where(X > 2, X, mt.zeros(()), **o),
}
SEVERAL: dict[str, Any] = {
    "aminmax": lambda **o: mt.aminmax(X, **o),
    "linalg.eigh": lambda **o: mt.linalg.eigh(M, **o),
    "linalg.qr": lambda **o: mt.linalg.qr(M, **o),
    "linalg.slogdet": lambda **o: mt.linalg.slogdet(M, **o),
    "max": lambda **o: mt.max(X, 0, **o),
    "sort": lambda **o: mt.sort(X, **o),
    "topk": lambda **o: mt.topk(X, 2, **o),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_result_goes_into_the_target(name: str) -> None:
    expected = CALLS[name]()
    out = mt.empty(0, dtype=expected.dtype)
    assert CALLS[name](out=out) is out
    assert out.tolist() == expected.tolist()


@pytest.mark.parametrize("name", SEVERAL)
def test_several_results_go_into_several(name: str) -> None:
    expected = SEVERAL[name]()
    outs = tuple(mt.empty(0, dtype=part.dtype) for part in expected)
    found = SEVERAL[name](out=outs)
    assert type(found) is type(expected)
    assert all(a is b for a, b in zip(found, outs, strict=True))
    assert [o.tolist() for o in outs] == [part.tolist() for part in expected]


@pytest.mark.parametrize(
    ("call", "dtype"),
    [
        (lambda out: mt.zeros(3, out=out), mt.int64), (lambda out: mt.ones(3, out=out), mt.float64),
        (lambda out: mt.full((3,), 1.5, out=out), mt.int32), (lambda out: mt.arange(3, out=out), mt.float64),
        (lambda out: mt.linspace(0, 2, 3, out=out), mt.int32), (lambda out: mt.eye(3, out=out), mt.int8),
        (lambda out: mt.logspace(0, 2, 3, out=out), mt.int64), (lambda out: mt.rand(3, out=out), mt.float64),
        (lambda out: mt.randn(3, out=out), mt.float64), (lambda out: mt.empty(3, out=out), mt.float64),
        (lambda out: mt.randperm(3, out=out), mt.float32),
        (lambda out: mt.randint(5, (3,), out=out), mt.float32),
        (lambda out: mt.normal(0.0, 1.0, (3,), out=out), mt.float64),
        (lambda out: mt.bernoulli(mt.ones(3), out=out), mt.int64),
        (lambda out: mt.sum(X, 0, out=out), mt.int64), (lambda out: mt.cumprod(X, 0, out=out), mt.int64),
    ],
)  # fmt: skip
def test_what_is_new_or_summed_takes_the_dtype_of_the_target(call: Any, dtype: Any) -> None:
    out = mt.empty(0, dtype=dtype)
    assert call(out) is out
    assert out.dtype == dtype


def test_a_new_tensor_resizes_its_target_in_silence_and_keeps_its_memory() -> None:
    memory = mt.zeros(5)
    view = memory[:4]
    assert mt.ones(2, out=view).shape == (2,)
    assert memory.tolist() == [1.0, 1.0, 0.0, 0.0, 0.0]
    with pytest.raises(
        RuntimeError, match=r"zeros: dtype Float does not match dtype of out parameter \(Double\)"
    ):
        mt.zeros(2, out=mt.empty(2, dtype=mt.float64), dtype=mt.float32)
    assert mt.zeros(2, out=mt.empty(2), requires_grad=True).requires_grad


@pytest.mark.parametrize("call", [lambda out: mt.add(X, 1, out=out), lambda out: mt.clamp(X, 1, out=out)])
def test_another_shape_is_resized_with_a_warning_at_the_users_line(call: Any) -> None:
    out = mt.zeros(4)
    with pytest.warns(UserWarning, match=RESIZED) as caught:
        call(out)
    assert caught[0].filename == __file__
    assert out.shape == (3,)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert call(mt.empty(0)).shape == (3,)
        assert call(mt.zeros(2, 3)[0]).shape == (3,)


def test_strides_of_the_target_stay() -> None:
    out = mt.zeros(2, 3).T
    assert mt.add(mt.ones(3, 2), 1, out=out).stride() == (1, 3)
    assert out.tolist() == [[2.0, 2.0]] * 3


@pytest.mark.parametrize(
    ("call", "dtype", "error", "text"),
    [
        (lambda out: mt.sin(X, out=out), mt.int64, RuntimeError,
         r"sin\(\): result type Float can't be cast to the desired output type Long"),
        (lambda out: mt.lerp(X, X, 1.0, out=out), mt.bool, RuntimeError, "can't be cast to .* type Bool"),
        (lambda out: mt.cat([X, X], out=out), mt.int32, TypeError, "can't be cast to .* type Int"),
        (lambda out: mt.mm(M, M, out=out), mt.float64, RuntimeError,
         r"mm\(\): Expected out tensor to have dtype Float, but got Double instead"),
        (lambda out: mt.argmax(X, out=out), mt.int32, RuntimeError, "to have dtype Long, but got Int"),
        (lambda out: mt.linalg.cholesky(M, out=out), mt.float64, RuntimeError, "to have dtype Float"),
        (lambda out: mt.max(X, 0, out=(out, mt.empty(0, dtype=mt.int64))), mt.float64, RuntimeError,
         "to have dtype Float, but got Double"),
        (lambda out: mt.max(X, 0, out=(out,)), mt.float32, TypeError, "tuple of 2 elements but got 1"),
        (lambda out: mt.max(X, 0, out=out), mt.float32, TypeError, "must be tuple of Tensors, not Tensor"),
        (lambda out: mt.add(X, X, out=[out]), mt.float32, TypeError,
         r"add\(\): argument 'out' must be Tensor, not list"),
    ],
)  # fmt: skip
def test_a_target_that_does_not_fit_is_refused_and_stays(
    call: Any, dtype: Any, error: Any, text: str
) -> None:
    out = mt.ones(2, dtype=dtype)
    with pytest.raises(error, match=text):
        call(out)
    assert out.tolist() == mt.ones(2, dtype=dtype).tolist()


def test_of_several_targets_none_is_written_if_one_is_refused() -> None:
    values, wrong = mt.zeros(()), mt.zeros((), dtype=mt.int32)
    with pytest.raises(RuntimeError, match="to have dtype Long, but got Int"):
        mt.max(X, 0, out=(values, wrong))
    assert values.item() == 0.0


def test_a_wider_target_takes_the_result_converted() -> None:
    assert mt.sqrt(mt.tensor([4.0]), out=mt.empty(1, dtype=mt.float64)).tolist() == [2.0]
    assert mt.gt(X, 2, out=mt.empty(3)).tolist() == [0.0, 1.0, 1.0]


def test_a_gradient_is_not_lost() -> None:
    w, text = mt.ones(3, requires_grad=True), "don't support automatic differentiation"
    for call in (
        lambda: mt.mul(w, 2, out=mt.empty(3)),
        lambda: mt.mul(X, 2, out=w),
        lambda: mt.stack([w, w], out=mt.empty(0)),
        lambda: mt.zeros(3, out=w),
        lambda: mt.sort(w, out=(mt.empty(3), mt.empty(3, dtype=mt.int64))),
    ):
        with pytest.raises(RuntimeError, match=text):
            call()
    assert w.tolist() == [1.0] * 3
    with mt.no_grad():
        assert mt.mul(w, 2, out=w) is w
    assert mt.argmax(w, out=mt.empty(0, dtype=mt.int64)) == 0  # has no gradient to lose


def test_a_write_counts_and_expanded_memory_is_refused() -> None:
    w, saved = mt.ones(3, requires_grad=True), mt.ones(3)
    loss = (w * saved).sum()
    mt.add(X, 1, out=saved)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
        mt.add(X, 1, out=mt.zeros(1).expand(3))


def test_the_target_may_be_an_operand() -> None:
    x = mt.tensor([1.0, 2.0, 3.0])
    assert mt.cumsum(x, 0, out=x).tolist() == [1.0, 3.0, 6.0]
    assert mt.mm(M.clone(), M, out=M.clone()).tolist() == mt.mm(M, M).tolist()


def test_the_signature_says_so_and_is_found_late() -> None:
    assert list(inspect.signature(mt.stack).parameters) == ["tensors", "dim", "out"]
    assert "out" in inspect.signature(mt.zeros).parameters
    assert str(inspect.signature(X.lerp)).startswith("(end")


def test_every_op_with_one_result_has_it() -> None:
    assert all("out" in inspect.signature(op.call).parameters for op in registry.values() if not op.variadic)
