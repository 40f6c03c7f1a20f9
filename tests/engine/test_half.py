"""float16 is computed with in float32 and rounded once: values, and gradients of both orders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt

F = mt.nn.functional


def half(*values: float, **options: Any) -> Any:
    return mt.tensor(list(values), dtype=mt.float16, **options)


def filled(value: float, *shape: int) -> Any:
    return mt.full(shape, value, dtype=mt.float16)


VALUES: dict[str, tuple[Any, Any]] = {
    "mean": (lambda: filled(1.0, 100_000).mean(), 1.0),
    "sum by rows": (lambda: filled(1.0, 5000, 1).sum(0), [5000.0]),
    "sum too large": (lambda: filled(1.0, 100_000).sum(), np.inf),
    "cumsum": (lambda: filled(1.0, 5000).cumsum(0)[-1], 5000.0),
    "norm": (lambda: half(300.0, 400.0).norm(), 500.0),
    "dist": (lambda: mt.dist(half(300.0, 400.0), half(0.0, 0.0)), 500.0),
    "vector_norm": (lambda: mt.linalg.vector_norm(half(300.0, 400.0)), 500.0),
    "std": (lambda: half(-300.0, 300.0).std(), 424.25),
    "softmax": (lambda: filled(0.0, 70_000).softmax(0)[0], np.float16(1 / 70_000)),
    "log_softmax": (lambda: filled(0.0, 70_000).log_softmax(0)[0], np.float16(-11.156)),
    "logsumexp": (lambda: filled(0.0, 70_000).logsumexp(0), np.float16(11.156)),
    "mse_loss": (lambda: F.mse_loss(filled(0.0, 40_000), filled(3.0, 40_000)), 9.0),
    "layer_norm": (lambda: F.layer_norm(half(16384, 32768, 49152), (3,)), np.float16([-1.2247, 0, 1.2247])),
    "rms_norm": (lambda: F.rms_norm(half(300.0, -300.0), (2,)), [1.0, -1.0]),
    "batch_norm": (
        lambda: F.batch_norm(half(-3e4, 3e4).reshape(2, 1), None, None, training=True).flatten(), [-1.0, 1.0],
    ),
    "normalize": (lambda: F.normalize(half(300.0, 400.0), dim=0), np.float16([0.6, 0.8])),
    "cosine_similarity": (lambda: F.cosine_similarity(half(300.0, 0.0), half(300.0, 0.0), 0), 1.0),
    "matmul": (lambda: filled(1.0, 1, 5000) @ filled(1.0, 5000, 1), [[5000.0]]),
    "gelu": (lambda: F.gelu(half(-4.0)), np.float16([-0.00012669])),
    "x * 1e5": (lambda: half(1e-3) * 1e5, np.float16([100.06])),
    "1e5 * x": (lambda: 1e5 * half(1e-3), np.float16([100.06])),
    "x / 1e5": (lambda: half(100.0) / 1e5, np.float16([1e-3])),
    "1e5 / x": (lambda: 1e5 / half(300.0), np.float16([333.33])),
    "x times a lone float32": (lambda: half(1e-3) * mt.tensor(1e5), np.float16([100.06])),
    "x *= 1e5": (lambda: half(1e-3).mul_(1e5), np.float16([100.06])),
    "addcmul": (lambda: mt.addcmul(half(1.0), half(300.0), half(300.0), value=0.01), [901.0]),
    "addcdiv": (lambda: mt.addcdiv(half(1.0), half(300.0), half(0.001), value=0.01), [3000.0]),
    "a cast beyond the range": (lambda: mt.tensor([1e5, -1e5]).half(), [np.inf, -np.inf]),
    "equality is of float16": (lambda: half(0.1) == 0.1, [True]),
}  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_values(name: str) -> None:
    """Nothing overflows or stops on the way to a number that float16 holds."""
    compute, right = VALUES[name]
    found = compute()
    assert found.dtype in (mt.float16, np.bool_)
    np.testing.assert_array_equal(found.numpy(), right)


GRADIENTS = {
    "tanh": lambda x: x.tanh(), "sigmoid": lambda x: x.sigmoid(), "softmax": lambda x: x.softmax(0),
    "gelu": lambda x: F.gelu(x), "pow": lambda x: x**2, "norm": lambda x: x.norm(), "std": lambda x: x.std(),
    "layer_norm": lambda x: F.layer_norm(x, (3,)), "number": lambda x: 0.1 * (x * 3),
    "linear": lambda x: F.linear(x, x.reshape(1, 3), x[:1]), "mse": lambda x: F.mse_loss(x, -x),
    "max": lambda x: x.max(0).values, "std_mean": lambda x: mt.std_mean(x)[0],
}  # fmt: skip


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_of_both_orders(name: str) -> None:
    """They are float16, and those of float32 within a few units of float16."""
    found = []
    for dtype in (mt.float16, mt.float32):
        x = mt.tensor([-1.5, 0.25, 2.0], dtype=dtype, requires_grad=True)
        y = GRADIENTS[name](x)
        (first,) = mt.autograd.grad((y * y).sum(), x, create_graph=True)
        (second,) = mt.autograd.grad((first * first).sum(), x)
        assert first.dtype == second.dtype == dtype
        found.append((first.detach().numpy(), second.numpy()))
    for low, high in zip(*found, strict=True):
        np.testing.assert_allclose(low, high, rtol=8e-3, atol=4e-3)


def test_the_node_keeps_its_name_and_its_law() -> None:
    """A node of float16 is called as any other, and is freed as any other."""
    x = half(1.0, 2.0, requires_grad=True)
    y = x.softmax(0)
    assert y.grad_fn.name() == "SoftmaxBackward0"
    y.sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.sum().backward()


def test_a_lone_number_with_history_is_cast() -> None:
    """A 0-d float32 tensor that requires grad gets its gradient in its own dtype."""
    scale = mt.tensor(2.0, requires_grad=True)
    out = half(1.0, 2.0) * scale
    out.sum().backward()
    assert out.dtype == mt.float16
    assert scale.grad.dtype == mt.float32
    assert scale.grad == 3
