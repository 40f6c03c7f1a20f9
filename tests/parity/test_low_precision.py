"""Casts, promotion and arithmetic of the narrow dtypes, beside PyTorch's, over all their bit patterns."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt

torch = pytest.importorskip("torch")
pytest.importorskip("ml_dtypes")

LOW = ["bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"]
PLAIN = ["bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64",
         "float16", "float32", "float64"]  # fmt: skip
BITS = {1: "uint8", 2: "int16", 4: "int32", 8: "int64"}


def patterns(name: str) -> np.ndarray[Any, Any]:
    """All bits of a dtype of up to 16 bits; of a wider one numbers at which narrower ones round or end."""
    if getattr(mt, name).itemsize <= 2 and name != "bool":
        size = getattr(mt, name).itemsize
        return np.arange(256**size, dtype=np.uint64).astype(f"u{size}")
    if name == "bool":
        return np.array([0, 1], np.uint8)
    if name.startswith("float"):
        single = np.arange(0, 2**32, 2**13 + 1, dtype=np.uint64).astype(np.uint32).view(np.float32)
        with np.errstate(invalid="ignore", over="ignore"):
            near = (single[:, None] * (1 + np.array([0, 1e-9, -1e-9, 2**-8, 2**-9, 2**-4]))).astype(name)
        return near.ravel().view(f"u{near.itemsize}")
    edges = [n for e in range(63) for n in (2**e - 1, 2**e, 2**e + 1, 3 * 2**e + 1)]
    edges += [-n for n in edges] if name.startswith("i") else []
    info = np.iinfo(name)
    return np.array([n for n in edges if info.min <= n <= info.max], name).view(f"u{info.bits // 8}")


def tensors(name: str) -> tuple[Any, Any]:
    """The same elements here and in PyTorch."""
    raw = patterns(name)
    theirs = torch.from_numpy(raw.view(BITS[raw.itemsize])).view(getattr(torch, name))
    return mt.from_numpy(raw.view(BITS[raw.itemsize])).view(getattr(mt, name)), theirs


def values(ours: Any, theirs: Any) -> tuple[Any, Any]:
    wide = "int64" if not ours.dtype.is_floating_point else "float64"
    with np.errstate(invalid="ignore"):  # NumPy's word on signalling NaNs
        return ours.to(getattr(mt, wide)).numpy(), theirs.to(getattr(torch, wide)).numpy()


def whole(x: Any, name: str) -> Any:
    """Which elements an integer dtype holds: C leaves the others open."""
    if not x.dtype.is_floating_point or getattr(torch, name).is_floating_point or name == "bool":
        return slice(None)
    info = torch.iinfo(getattr(torch, name))
    return ((x.double() > max(info.min - 1, -(2.0**63))) & (x.double() < min(info.max + 1, 2.0**63))).numpy()


@pytest.mark.parametrize(("source", "target"), [*itertools.product(LOW, LOW + PLAIN)])
def test_casts_of_all_bits(source: str, target: str) -> None:
    ours, theirs = tensors(source)
    kept = whole(theirs, target)
    with np.errstate(all="ignore"):
        mine, other = ours.to(getattr(mt, target)), theirs.to(getattr(torch, target))
    assert mine.dtype is getattr(mt, target)
    a, b = values(mine, other)
    np.testing.assert_array_equal(a[kept], b[kept])
    if target.startswith(("float", "bfloat")):
        np.testing.assert_array_equal(np.signbit(a), np.where(np.isnan(a), np.signbit(a), np.signbit(b)))


@pytest.mark.parametrize(("source", "target"), [*itertools.product(PLAIN, LOW)])
def test_casts_to_narrow_dtypes(source: str, target: str) -> None:
    ours, theirs = tensors(source)
    a, b = values(ours.to(getattr(mt, target)), theirs.to(getattr(torch, target)))
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(np.signbit(a), np.where(np.isnan(a), np.signbit(a), np.signbit(b)))


def told(function: Callable[[], Any]) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return str(function())
    except (RuntimeError, TypeError) as error:
        return type(error).__name__ + " Float8" * ("Float8" in str(error))


def agree(ours: str, theirs: str) -> bool:
    """Equal, or more is here: the unsigned dtypes are promoted; and less: there is no complex32."""
    if theirs == "torch.complex32":
        return ours == "torch.complex64"
    return ours == theirs or (theirs == "RuntimeError" and not ours.endswith("Error"))


NAMES = [*PLAIN, "complex64", "complex128", *LOW]


@pytest.mark.parametrize(("first", "second"), [*itertools.product(NAMES, NAMES)])
def test_promotion(first: str, second: str) -> None:
    def both(library: Any) -> tuple[Any, Any]:
        return getattr(library, first), getattr(library, second)

    assert agree(told(lambda: mt.promote_types(*both(mt))), told(lambda: torch.promote_types(*both(torch))))
    assert told(lambda: mt.can_cast(*both(mt))) == told(lambda: torch.can_cast(*both(torch)))
    for shapes in (((2,), ()), ((), (2,)), ((), ())):

        def met(library: Any, shapes: Any = shapes) -> Any:
            return library.result_type(*[
                library.empty(shape, dtype=d) for shape, d in zip(shapes, both(library), strict=True)
            ])  # fmt: skip

        assert agree(told(lambda: met(mt)), told(lambda: met(torch)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("number", [True, 2, 2.5, 2j])
def test_promotion_with_numbers(name: str, number: Any) -> None:
    def met(library: Any) -> Any:
        return library.result_type(library.empty(2, dtype=getattr(library, name)), number)

    assert agree(told(lambda: met(mt)), told(lambda: met(torch)))


def facts(dtype: Any) -> dict[str, Any]:
    def asked(what: str) -> str:
        return told(lambda: getattr(dtype, what))

    names = ("is_floating_point", "is_complex", "is_signed", "itemsize")
    parts = {"real": told(dtype.to_real), "complex": told(dtype.to_complex)}
    return {**{what: asked(what) for what in names}, **parts, "repr": repr(dtype)}


def test_every_dtype_of_pytorch_is_here() -> None:
    for name in dir(torch):
        theirs = getattr(torch, name)
        if isinstance(theirs, (torch.dtype, torch.layout, torch.memory_format)):
            ours = getattr(mt, name)
            assert repr(ours) == repr(theirs)
            assert type(ours).__name__ == type(theirs).__name__
        if isinstance(theirs, torch.dtype):
            assert facts(getattr(mt, name)) == facts(theirs), name


@pytest.mark.parametrize("name", [*LOW, "float16", "float32", "float64"])
def test_limits(name: str) -> None:
    ours, theirs = mt.finfo(getattr(mt, name)), torch.finfo(getattr(torch, name))
    for what in ("bits", "eps", "min", "max", "tiny", "smallest_normal", "resolution", "dtype"):
        assert getattr(ours, what) == getattr(theirs, what), what
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("name", LOW)
def test_texts(name: str) -> None:
    for numbers in ([1.0, 2.5, -0.5], [0.001, 300.0], [1.0], []):

        def made(library: Any, numbers: Any = numbers) -> Any:
            return library.tensor(numbers, dtype=getattr(library, name))

        assert repr(made(mt)) == repr(made(torch))
        assert str(made(mt).tolist()) == str(made(torch).tolist())


F = "library.nn.functional"
OPERATIONS = [
    "x + y", "x - y", "x * y", "x / y", "-x", "x.abs()", "x * 2.5", "2.5 - x", "x ** 2", "x.exp()",
    "x.abs().log()", "x.tanh()", "x.sigmoid()", "x.sin()", "x.erf()", "x.expm1()", "x.relu()",
    "x.clamp(-0.5, 0.5)", "library.lerp(x, y, 0.3)", f"{F}.gelu(x)", f"{F}.silu(x)", f"{F}.softplus(x)",
    f"{F}.mish(x)", "library.where(x > y, x, y)", "x == 0.1", "x > 0.1", "library.maximum(x, y)", "x.sum()",
    "x.sum(0)", "x.mean(1)", "x.std()", "x.var(0)", "x.norm()", "x.cumsum(1)", "x.amax(0)", "x.argmax(1)",
    "x.sort(1)[0]", "x @ y.T", "x.softmax(1)", f"{F}.layer_norm(x, (6,))", f"{F}.mse_loss(x, y)",
    f"{F}.linear(x, y)", f"{F}.cross_entropy(x, library.tensor([0, 5, 2, 3]))",
    "x.gather(1, library.tensor([[0], [1], [2], [3]]))", "library.cat([x, y.float()])", "x[1:, [0, 2]]",
    "x.masked_fill(x > 0, 0.1)", "library.full_like(x, 0.1)",
    "library.arange(300, dtype=library.bfloat16)[296:]", "x.to(library.int32)", "x.round()", "x.floor()",
]  # fmt: skip


@pytest.mark.parametrize("text", OPERATIONS)
def test_operations_in_bfloat16(text: str) -> None:
    """The same bits in nearly all elements, and one unit of the last place in the others; gradients, too."""
    rng = np.random.default_rng(0)
    numbers = [rng.standard_normal((4, 6)).astype(np.float32) for _ in range(2)]
    found = []
    for library in (mt, torch):
        x, y = (library.tensor(n.tolist()).to(library.bfloat16).requires_grad_() for n in numbers)
        out = eval(text, {"library": library, "x": x, "y": y})
        if out.requires_grad:
            out.float().sum().backward()
        gradient = x.grad.float().tolist() if x.grad is not None else None
        found.append((str(out.dtype), out.detach().double().tolist(), gradient))
    (mine, ours, mine_grad), (theirs, others, their_grad) = found
    assert mine == theirs
    np.testing.assert_allclose(ours, others, rtol=2**-7, atol=1e-3)
    assert (mine_grad is None) == (their_grad is None)
    if their_grad is not None:
        np.testing.assert_allclose(mine_grad, their_grad, rtol=2**-5, atol=2e-2)
