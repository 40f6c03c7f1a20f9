"""Ops on any arrays: every shape, layout and awkward value, forward and backward, as PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

VALUES = st.one_of(st.integers(-3, 3).map(float), st.floats(-4, 4, width=32))
"""Small integers are frequent, so that ties and zeros are."""

UNARY = [
    "abs", "neg", "exp", "sin", "cos", "tanh", "sigmoid", "erf", "floor", "ceil", "round", "trunc", "square",
    "relu", "expm1", "atan", "sinh", "cosh", "asinh", "sum", "mean", "prod", "max", "min", "amax", "amin",
    "flatten", "ravel", "squeeze", "clone", "t", "nan_to_num",
]  # fmt: skip
BINARY = [
    "add",
    "sub",
    "mul",
    "maximum",
    "minimum",
    "clamp_min",
    "clamp_max",
    "logaddexp",
    "rsub",
    "atan2",
    "hypot",
]
ALONG = [
    "sum", "mean", "prod", "max", "min", "amax", "amin", "softmax", "log_softmax", "logsumexp", "cumsum",
    "argmax", "unbind", "var", "std", "norm", "sort",
]  # fmt: skip
ACTIVATIONS = [
    "relu", "leaky_relu", "elu", "celu", "selu", "silu", "mish", "gelu", "softplus", "logsigmoid", "hardtanh",
    "relu6", "hardsigmoid", "hardswish", "softsign", "tanhshrink", "softshrink", "hardshrink",
]  # fmt: skip
LOSSES = ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy_with_logits"]


def arrays(shape: Any, dtype: Any = np.float64) -> st.SearchStrategy[Any]:
    """Arrays of this shape in any layout that NumPy and PyTorch share."""
    whole = hnp.arrays(dtype, shape, elements=VALUES)
    return st.tuples(whole, st.integers(0, 2)).map(lambda pair: laid_out(*pair))


def laid_out(array: Any, layout: int) -> Any:
    if array.ndim == 0 or layout == 0:
        return array
    if layout == 1:
        return array.T.copy().T
    return np.repeat(array, 2, axis=-1)[..., ::2]


def pulled(library: Any, function: Any, data: list[Any]) -> tuple[list[Any], list[Any]]:
    """The results of a function, and the gradients of its operands for a fixed cotangent."""
    leaves = [library.from_numpy(a).requires_grad_() for a in data]
    with np.errstate(all="ignore"):
        out = function(library, *leaves)
        results = list(out) if isinstance(out, (tuple, list)) else [out]
        total = sum((r * weights(library, r)).sum() for r in results if r.requires_grad)
        tracked = isinstance(total, library.Tensor)
        grads = library.autograd.grad(total, leaves, allow_unused=True) if tracked else []
    return [r.detach().numpy() for r in results], [None if g is None else g.numpy() for g in grads]


def weights(library: Any, result: Any) -> Any:
    """A cotangent that is different everywhere."""
    return 0.5 + library.arange(result.numel()).reshape(tuple(result.shape))


def check(function: Any, *data: Any) -> None:
    """Both libraries give the same results and gradients."""
    ours, theirs = (pulled(lib, function, [np.asarray(a) for a in data]) for lib in (mt, torch))
    for mine, yours in zip(ours, theirs, strict=True):
        assert len(mine) == len(yours)
        for a, b in zip(mine, yours, strict=True):
            assert (a is None) == (b is None), f"PyTorch has {b}, and we {a}"
            if a is not None:
                assert (a.shape, a.dtype) == (b.shape, b.dtype)
                np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9)


def shapes(low: int = 0, high: int = 3) -> st.SearchStrategy[Any]:
    return hnp.array_shapes(min_dims=low, max_dims=high, min_side=1, max_side=3)


@pytest.mark.parametrize("name", UNARY)
@given(data=st.data())
def test_one_operand(name: str, data: st.DataObject) -> None:
    x = data.draw(arrays(data.draw(shapes(high=2 if name == "t" else 3))))
    check(lambda lib, a: getattr(lib, name)(a), x)


@pytest.mark.parametrize("name", BINARY)
@given(data=st.data())
def test_two_operands_that_broadcast(name: str, data: st.DataObject) -> None:
    sides = data.draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3)).input_shapes
    x, y = (data.draw(arrays(side)) for side in sides)
    if name in ("atan2", "hypot"):
        y = y + 5.0  # away from the origin, which has no slope
    check(lambda lib, a, b: getattr(lib, name)(a, b), x, y)


@pytest.mark.parametrize("name", ALONG)
@given(data=st.data())
def test_along_a_dimension(name: str, data: st.DataObject) -> None:
    x = data.draw(arrays(data.draw(shapes(1))))
    dim = data.draw(st.integers(-x.ndim, x.ndim - 1))
    if name in ("std", "var"):
        x = np.concatenate([x, x + 1], axis=dim)  # one value alone has no variance
    options: dict[str, Any] = {"stable": True} if name == "sort" else {}
    check(lambda lib, a: getattr(lib, name)(a, dim=dim, **options), x)


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(data=st.data())
def test_activations(name: str, data: st.DataObject) -> None:
    x = data.draw(arrays(data.draw(shapes())))
    check(lambda lib, a: getattr(lib.nn.functional, name)(a), x)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@given(data=st.data())
def test_losses(name: str, reduction: str, data: st.DataObject) -> None:
    shape = data.draw(shapes())
    x, y = data.draw(arrays(shape)), data.draw(arrays(shape))
    check(lambda lib, a, b: getattr(lib.nn.functional, name)(a, b, reduction=reduction), x, y)


@given(data=st.data())
def test_cross_entropy(data: st.DataObject) -> None:
    """Labels, ignored labels, weights, smoothing and every reduction."""
    n, classes = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    x = data.draw(arrays((n, classes)))
    labels = data.draw(hnp.arrays(np.int64, n, elements=st.integers(0, classes - 1)))
    labels[0] = data.draw(st.sampled_from([labels[0], -100])) if n > 1 else labels[0]
    options: dict[str, Any] = {"reduction": data.draw(st.sampled_from(["mean", "sum", "none"]))}
    options["label_smoothing"] = data.draw(st.sampled_from([0.0, 0.3]))
    weight = data.draw(st.none() | hnp.arrays(np.float64, classes, elements=st.floats(0.5, 2)))

    def loss(library: Any, a: Any) -> Any:
        w = None if weight is None else library.from_numpy(weight)
        return library.nn.functional.cross_entropy(a, library.from_numpy(labels), w, **options)

    check(loss, x)


@pytest.mark.parametrize("exponent", [-2, -1, 0, 0.5, 1, 2, 2.5, 3])
@given(data=st.data())
def test_powers(exponent: float, data: st.DataObject) -> None:
    """A number as exponent, a number as base, and a tensor as both; zeros among the bases."""
    x = np.abs(data.draw(arrays(data.draw(shapes()))))
    check(lambda lib, a: a**exponent, x)
    check(lambda lib, a: abs(exponent) ** a, x)
    check(lambda lib, a, b: a**b, x, np.full_like(x, exponent))


@st.composite
def keys(draw: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Integers, slices, None, Ellipsis, index arrays and masks in any mixture that fits a shape."""
    key: list[Any] = []
    for n in shape:
        kinds = ["integer", "slice", "all"] + (["array", "list"] if len(key) < 3 else [])
        kind = draw(st.sampled_from(kinds))
        start = draw(st.integers(-n, n - 1))
        key += {
            "integer": [start], "slice": [slice(start, None, draw(st.integers(1, 2)))], "all": [slice(None)],
            "array": [np.array([0, start])], "list": [[start, 0]],
        }[kind]  # fmt: skip
        if draw(st.integers(0, 5)) == 0:
            key.append(None)
    return tuple(key[: draw(st.integers(0, len(key)))])


@given(data=st.data())
def test_reading_by_any_key(data: st.DataObject) -> None:
    x = data.draw(arrays(data.draw(shapes(1))))
    key = data.draw(keys(x.shape))
    check(lambda lib, a: a[as_key(lib, key)] * 1, x)


@given(data=st.data())
def test_writing_by_any_key(data: st.DataObject) -> None:
    """A number, a tensor with history, and both into a tensor with history and one without."""
    x = data.draw(arrays(data.draw(shapes(1))))
    key = data.draw(keys(x.shape))
    value = data.draw(arrays(()))

    def write(library: Any, a: Any, b: Any) -> Any:
        first, second = a * 1, library.zeros(a.shape, dtype=a.dtype)
        first[as_key(library, key)] = 7
        second[as_key(library, key)] = b
        third = a * 2
        third[as_key(library, key)] = b * 3
        return first, second * 1, third

    check(write, x, value)


def as_key(library: Any, key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(library.from_numpy(k) if isinstance(k, np.ndarray) else k for k in key)


@given(data=st.data())
def test_reading_and_writing_by_a_mask(data: st.DataObject) -> None:
    x = data.draw(arrays(data.draw(shapes(1))))
    mask = data.draw(hnp.arrays(bool, x.shape[: data.draw(st.integers(1, x.ndim))]))

    def program(library: Any, a: Any) -> Any:
        chosen = library.from_numpy(mask)
        written = a * 2
        written[chosen] = 5
        return a[chosen] * 1, written

    check(program, x)


@given(data=st.data())
def test_gather_and_scatter(data: st.DataObject) -> None:
    x = data.draw(arrays(data.draw(shapes(1))))
    dim = data.draw(st.integers(-x.ndim, x.ndim - 1))
    index = data.draw(hnp.arrays(np.int64, x.shape, elements=st.integers(0, x.shape[dim] - 1)))

    def program(library: Any, a: Any, b: Any) -> Any:
        places = library.from_numpy(index)
        return library.gather(a, dim, places), library.scatter_add(a, dim, places, b)

    check(program, x, x + 1)


@given(data=st.data())
def test_matrix_products(data: st.DataObject) -> None:
    """Vectors, matrices and stacks in every pairing that fits."""
    k = data.draw(st.integers(1, 3))
    stacks = data.draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=3)).input_shapes
    left = data.draw(st.sampled_from([(k,), (2, k), (*stacks[0], 2, k)]))
    right = data.draw(st.sampled_from([(k,), (k, 3), (*stacks[1], k, 3)]))
    check(lambda lib, a, b: a @ b, data.draw(arrays(left)), data.draw(arrays(right)))
