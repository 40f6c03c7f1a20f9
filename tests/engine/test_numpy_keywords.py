"""NumPy's names of arguments beside PyTorch's: one meaning, and errors that name the function."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
from microtensor.engine.numpy_keywords import front, numpy_names, respelled
from microtensor.testing import assert_close

REDUCTIONS = [
    "amax",
    "amin",
    "argmax",
    "argmin",
    "logsumexp",
    "prod",
    "std",
    "var",
    "sum",
    "mean",
    "nansum",
    "all",
]
ROW = mt.tensor([0])


def several(result: Any) -> Any:
    return [result] if isinstance(result, mt.Tensor) else result


@pytest.mark.parametrize("name", REDUCTIONS)
def test_a_reduction_takes_axis_and_keepdims(name: str) -> None:
    x = mt.rand(3, 4)
    for function in (getattr(mt, name), lambda t, **named: getattr(t, name)(**named)):
        assert_close(function(x, axis=1, keepdims=True), getattr(mt, name)(x, dim=1, keepdim=True))


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("argsort", {}), ("chunk", {"chunks": 2}), ("cumprod", {}), ("cumsum", {}), ("diff", {}),
        ("gather", {"index": mt.zeros(1, 2, dtype=mt.int64)}), ("index_select", {"index": ROW}),
        ("index_fill", {"index": ROW, "value": 2.0}), ("narrow", {"start": 1, "length": 1}),
        ("softmax", {}), ("log_softmax", {}), ("sort", {}), ("squeeze", {}), ("topk", {"k": 2}),
        ("unbind", {}), ("unsqueeze", {}), ("median", {}), ("repeat_interleave", {"repeats": 2}), ("max", {}),
        ("select", {"index": 0}),
    ],
)  # fmt: skip
def test_other_functions_take_axis(name: str, rest: dict[str, Any]) -> None:
    x = mt.rand(3, 4)
    for axis in (0, 1):
        for function in (getattr(mt, name), lambda t, **named: getattr(t, name)(**named)):
            result, expected = function(x, axis=axis, **rest), getattr(mt, name)(x, dim=axis, **rest)
            pairs = (
                [(result, expected)] if isinstance(result, mt.Tensor) else zip(result, expected, strict=True)
            )
            for a, b in pairs:
                assert_close(a, b)


def test_joining_and_norms_take_axis() -> None:
    x = mt.rand(2, 3)
    assert mt.stack([x, x], axis=2).shape == (2, 3, 2)
    assert mt.concatenate([x, x], axis=1).shape == (2, 6)
    assert_close(mt.linalg.norm(x, axis=1), x.norm(dim=1))


def test_softmax_does_not_guess_a_dimension_that_is_given_as_axis() -> None:
    x = mt.rand(3, 4)
    assert_close(mt.softmax(x, axis=0).sum(0), mt.ones(4))


def test_derivatives_pass() -> None:
    x = mt.rand(3, requires_grad=True)
    x.cumsum(axis=0).sum().backward()
    assert x.grad.tolist() == [3.0, 2.0, 1.0]


def test_an_op_keeps_what_it_is() -> None:
    assert mt.amax.op is mt.registry["amax"]
    assert mt.amax.__name__ == "amax"
    assert mt.Tensor.amax is mt.amax


@pytest.mark.parametrize("name", ["cumsum", "gather"])
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(TypeError, match=rf"{name}\(\) missing .* required positional argument"):
        getattr(mt, name)(mt.rand(2))


def test_both_names_are_refused() -> None:
    with pytest.raises(TypeError, match=r"cumprod\(\) got axis and dim, which are one: give one"):
        mt.rand(2).cumprod(dim=0, axis=0)


def test_a_function_without_dim_has_no_axis_either() -> None:
    def flat(input: Any) -> Any:
        return input

    assert respelled({"axis": 0}, flat) == {"axis": 0}


def test_keyword_only_arguments_pass_and_stay_so() -> None:
    @numpy_names
    def scaled(input: Any, dim: int, *, by: float = 2.0) -> Any:
        return input, dim, by

    assert scaled(1, axis=3, by=4.0) == (1, 3, 4.0)
    assert scaled(1, 3) == (1, 3, 2.0)
    with pytest.raises(TypeError, match="positional"):
        scaled(1, 3, 4.0)


def test_arguments_by_name_are_respelled_for_a_function_that_has_them() -> None:
    def summed(input: Any, dim: int = 0, *, keepdim: bool = False) -> Any:
        return input, dim, keepdim

    assert respelled({"axis": 1, "keepdims": True}, summed) == {"dim": 1, "keepdim": True}
    assert respelled({"dim": 1, "keepdim": True}, summed) == {"dim": 1, "keepdim": True}
    with pytest.raises(TypeError, match=r"summed\(\) got axis and dim, which are one: give one"):
        respelled({"axis": 1, "dim": 1}, summed)


def test_open_ended_arguments_pass_with_and_without_a_target() -> None:
    def named(input: Any, dim: int = 0, **more: Any) -> Any:
        return input, dim, more

    def counted(*inputs: Any, dim: int = 0) -> Any:
        return inputs, dim

    def put(out: Any, function: Any, args: Any, by_name: Any) -> Any:
        return out, function(*args, **by_name)

    call = front(named, {}, put)
    assert call(1, axis=2, scale=3) == (1, 2, {"scale": 3})
    assert call(1, axis=2, scale=3, out="target") == ("target", (1, 2, {"scale": 3}))
    call = front(counted, {}, put)
    assert call(1, 2, axis=3) == ((1, 2), 3)
    assert call(1, 2, axis=3, out="target") == ("target", ((1, 2), 3))
