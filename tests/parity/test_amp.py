"""Autocast beside PyTorch's: the dtypes of results over its lists, casts of one weight, and training."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

import microtensor as mt

torch = pytest.importorskip("torch")
pytest.importorskip("ml_dtypes")


def matrix(t: Any) -> Any:
    return t.eye(3) + t.tensor([[0.5, 0.25, 0.0], [0.25, 0.5, 0.125], [0.0, 0.125, 1.0]])


def cells(t: Any, *size: int) -> Any:
    return (t.arange(int(np.prod(size))) % 7 / 8 + 0.0625).reshape(size)


CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "@": lambda t, c: c(matrix(t)) @ c(matrix(t)),
    "double": lambda t, c: matrix(t).double() @ matrix(t).double(),
    "half": lambda t, c: t.mm(matrix(t).half(), matrix(t).half()),
    "linear": lambda t, c: t.nn.functional.linear(c(matrix(t)), c(matrix(t)), c(cells(t, 3))),
    "vector @": lambda t, c: c(cells(t, 3)) @ c(cells(t, 3)),
    "einsum": lambda t, c: t.einsum("ij,jk->ik", c(matrix(t)), c(matrix(t))),
    "einsum, no sum": lambda t, c: t.einsum("ij,ij->ij", c(matrix(t)), c(matrix(t))),
    "inner of vectors": lambda t, c: t.inner(c(cells(t, 3)), c(cells(t, 3))),
    "out": lambda t, c: t.mm(matrix(t), matrix(t), out=matrix(t)),
    "addmm_": lambda t, c: matrix(t).addmm_(matrix(t), matrix(t)),
    "prelu": lambda t, c: t.nn.functional.prelu(c(matrix(t)), c(cells(t, 1))),
    "attention": lambda t, c: t.nn.functional.scaled_dot_product_attention(*[c(cells(t, 1, 2, 3, 4))] * 3),
    "conv_tbc": lambda t, c: t.conv_tbc(c(cells(t, 6, 2, 3)), c(cells(t, 5, 3, 5)), c(cells(t, 5)), 0),
    "index_copy": lambda t, c: t.index_copy(cells(t, 3), 0, t.tensor([0]), c(cells(t, 1))),
    "cat mixed": lambda t, c: t.cat([c(cells(t, 3)), cells(t, 3)]),
    "cat": lambda t, c: t.cat([c(cells(t, 3)), c(cells(t, 3))]),
    "hstack": lambda t, c: t.hstack([c(cells(t, 3)), cells(t, 3)]),
    "stack": lambda t, c: t.stack([cells(t, 3), c(cells(t, 3))]),
    "sum of mixed": lambda t, c: c(cells(t, 3)) + cells(t, 3),
    "cross_entropy": lambda t, c: t.nn.functional.cross_entropy(c(matrix(t)), t.tensor([0, 1, 2])),
    "nll_loss": lambda t, c: t.nn.functional.nll_loss(c(matrix(t)), t.tensor([0, 1, 2])),
    "RNN": lambda t, c: t.nn.RNN(3, 4)(c(cells(t, 2, 5, 3)))[0],
    "GRU": lambda t, c: t.nn.GRU(3, 4)(c(cells(t, 2, 5, 3)))[0],
    "LSTMCell": lambda t, c: t.nn.LSTMCell(3, 4)(c(cells(t, 2, 3)))[0],
    "GRUCell": lambda t, c: t.nn.GRUCell(3, 4)(c(cells(t, 2, 3))),
    "RNNCell": lambda t, c: t.nn.RNNCell(3, 4)(c(cells(t, 2, 3))),
    "MultiheadAttention": lambda t, c: t.nn.MultiheadAttention(4, 2)(*[c(cells(t, 3, 2, 4))] * 3)[0],
    "TransformerEncoderLayer": lambda t, c: t.nn.TransformerEncoderLayer(4, 2, 8)(c(cells(t, 3, 2, 4))),
    "BatchNorm1d": lambda t, c: t.nn.BatchNorm1d(3)(c(matrix(t))),
    "InstanceNorm1d": lambda t, c: t.nn.InstanceNorm1d(3, affine=True)(c(cells(t, 2, 3, 5))),
    "LayerNorm": lambda t, c: t.nn.LayerNorm(3)(c(matrix(t))),
    "grid_sample": lambda t, c: t.nn.functional.grid_sample(
        c(cells(t, 1, 1, 4, 4)), c(cells(t, 1, 2, 2, 2)), align_corners=False
    ),
    "stft": lambda t, c: t.stft(c(cells(t, 16)), 4, window=t.ones(4), return_complex=True),
    "quantile": lambda t, c: t.quantile(c(cells(t, 3)), 0.5),
    "cdist": lambda t, c: t.cdist(c(matrix(t)), c(matrix(t))),
    "polar": lambda t, c: t.polar(c(cells(t, 3)), c(cells(t, 3))),
}


def _called(path: str, *sizes: Any, **named: Any) -> Callable[[Any, Any], Any]:
    """A call of the function at a place below torch, with tensors of these sizes; others as they are."""

    def call(t: Any, c: Any) -> Any:
        found = t
        for part in path.split("."):
            found = getattr(found, part)
        given = [c(matrix(t)) if s == "M" else c(cells(t, *s)) if isinstance(s, tuple) else s for s in sizes]
        result = found(*given, **named)
        return result[0] if isinstance(result, tuple) else result

    return call


F = "nn.functional."
for _name in ("mm", "matmul", "linalg.matmul", "chain_matmul", "linalg.vecdot", "mv", "outer", "kron"):
    CALLS[_name] = _called(_name, "M", (3,) if _name in ("mv",) else "M" if _name != "outer" else (3,))
CALLS["outer"] = _called("outer", (3,), (3,))
CALLS["addmm"] = _called("addmm", "M", "M", "M")
CALLS["addmv"] = _called("addmv", (3,), "M", (3,))
for _name in ("addbmm", "baddbmm"):
    CALLS[_name] = _called(_name, (3, 3) if _name == "addbmm" else (2, 3, 3), (2, 3, 3), (2, 3, 3))
CALLS["bmm"] = _called("bmm", (2, 3, 3), (2, 3, 3))
CALLS["bilinear"] = _called(F + "bilinear", (2, 3), (2, 3), (4, 3, 3))
for _n in (1, 2, 3):
    for _name in ("conv", "conv_transpose"):
        CALLS[f"{_name}{_n}d"] = _called(f"{F}{_name}{_n}d", (1, 1, *[4] * _n), (1, 1, *[2] * _n))
    for _mode in ("reflect", "replicate", "circular", "constant"):
        CALLS[f"pad {_mode} {_n}"] = _called(F + "pad", (1, 1, *[3] * _n), [1, 1] * _n, mode=_mode)
    for _name in ("avg_pool", "max_pool", "adaptive_avg_pool", "adaptive_max_pool"):
        CALLS[f"{_name}{_n}d"] = _called(f"{F}{_name}{_n}d", (1, 1, *[4] * _n), 2)
for _name in (
    "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "kl_div",
    "binary_cross_entropy_with_logits", "poisson_nll_loss", "soft_margin_loss", "multilabel_soft_margin_loss",
    "hinge_embedding_loss", "pairwise_distance", "cosine_similarity",
):  # fmt: skip
    CALLS[_name] = _called(F + _name, (3, 3), (3, 3))
for _name in ("triplet_margin_loss", "margin_ranking_loss", "gaussian_nll_loss"):
    CALLS[_name] = _called(F + _name, (3, 3), (3, 3), (3, 3))
CALLS["cosine_embedding_loss"] = _called(F + "cosine_embedding_loss", (3, 3), (3, 3), (3,))
for _name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    CALLS[_name] = _called(f"fft.{_name}", (4,))
for _name in ("fft2", "fftn", "rfft2", "rfftn", "ifft2", "fftshift"):
    CALLS[_name] = _called(f"fft.{_name}", (4, 4))
for _name in (
    "inv", "inv_ex", "cholesky", "cholesky_ex", "svd", "svdvals", "eig", "eigh", "eigvals", "eigvalsh", "qr",
    "cond", "norm", "matrix_rank",
):  # fmt: skip
    CALLS[f"linalg.{_name}"] = _called(f"linalg.{_name}", "M")
for _name in ("solve", "lstsq", "tensorsolve"):
    CALLS[f"linalg.{_name}"] = _called(f"linalg.{_name}", "M", (3, 1) if _name == "lstsq" else (3,))
CALLS["linalg.tensorinv"] = _called("linalg.tensorinv", "M", ind=1)
CALLS["linalg.matrix_power"] = _called("linalg.matrix_power", "M", 3)
for _name in ("inverse", "pinverse", "geqrf", "trace", "prod", "cov", "exp", "cholesky_inverse"):
    CALLS[_name] = _called(_name, "M")
CALLS["cholesky_solve"] = _called("cholesky_solve", (3, 1), "M")
CALLS["view_as_complex"] = _called("view_as_complex", (3, 2))
for _name in ("softmax", "log_softmax", "logsumexp", "sum", "cumsum", "mean"):
    CALLS[_name] = _called(_name, "M", 1)
for _name in ("layer_norm", "rms_norm"):
    CALLS[_name] = _called(F + _name, "M", [3])


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("low", ["bfloat16", "float16"])
@pytest.mark.parametrize("name", CALLS)
def test_results_have_pytorchs_dtype(name: str, low: str) -> None:
    for given in ("float32", low):
        found = []
        for t in (torch, mt):
            with t.autocast("cpu", getattr(t, low)):
                dtype = getattr(t, given)
                found.append(str(CALLS[name](t, lambda x, dtype=dtype: x.to(dtype)).dtype))
        assert found[0] == found[1], given


def _model(t: Any) -> Any:
    nn = t.nn
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 8),
        nn.GELU(), nn.LayerNorm(8), nn.Linear(8, 3),
    )  # fmt: skip
    with t.no_grad():
        for number, p in enumerate(model.parameters()):
            values = np.random.default_rng(number).normal(0, 0.3, tuple(p.shape)).astype(np.float32)
            p.copy_(t.from_numpy(values))
    return model


def _losses(t: Any, low: str, scaled: bool) -> list[float]:
    """Twelve steps of training on drawn images; gradients and parameters are float32 throughout."""
    rng, model = np.random.default_rng(1), _model(t)
    optimizer = t.optim.AdamW(model.parameters(), lr=1e-2)
    scaler = t.amp.GradScaler("cpu", init_scale=256.0, growth_interval=3, enabled=scaled)
    x = t.from_numpy(rng.normal(size=(24, 1, 4, 4)).astype(np.float32))
    y = t.from_numpy(rng.integers(0, 3, 24))
    losses = []
    for _ in range(12):
        optimizer.zero_grad()
        with t.autocast("cpu", getattr(t, low)) if low else nullcontext():
            loss = t.nn.functional.cross_entropy(model(x), y)
        scaler.scale(loss).backward()
        assert {str(p.grad.dtype) for p in model.parameters()} == {"torch.float32"}
        scaler.step(optimizer)
        scaler.update()
        losses.append(loss.item())
    return [*losses, scaler.get_scale()]


@pytest.mark.parametrize(("low", "scaled"), [("bfloat16", False), ("float16", True)])
def test_training_goes_as_pytorchs(low: str, scaled: bool) -> None:
    ours, theirs = _losses(mt, low, scaled), _losses(torch, low, scaled)
    assert ours == pytest.approx(theirs, abs=1e-2)
    assert ours[11] < 0.7 * ours[0]
    assert ours != _losses(mt, "", scaled)


def test_scales_move_as_pytorchs() -> None:
    found = []
    for t in (torch, mt):
        weight = t.nn.Parameter(t.ones(2))
        optimizer = t.optim.SGD([weight], lr=0.125)
        scaler = t.amp.GradScaler(
            "cpu", init_scale=3.0, growth_factor=1.7, backoff_factor=0.3, growth_interval=2
        )
        states = []
        for factor in (1.0, 2.0, float("inf"), 1.0, float("nan"), 1.0, 1.0, 1.0):
            optimizer.zero_grad()
            scaler.scale((weight * factor).sum()).backward()
            scaler.step(optimizer)
            scaler.update()
            states.append((scaler.state_dict(), weight.tolist()))
        found.append(states)
    assert found[0] == found[1]


@pytest.mark.parametrize("cached", [True, False])
def test_a_weight_with_two_uses_gets_pytorchs_gradient(cached: bool) -> None:
    found = []
    for t in (torch, mt):
        w = t.tensor([[1.0]], requires_grad=True)
        with t.autocast("cpu", t.bfloat16, cache_enabled=cached):
            out = w @ t.tensor([[256.0]]) + w @ t.tensor([[1.0]])
        out.sum().backward()
        found.append((w.grad.item(), str(w.grad.dtype)))
    assert found[0] == found[1]


def test_warnings_and_refusals_are_of_pytorchs_classes() -> None:
    asks: list[Callable[[Any], Any]] = [
        lambda t: t.autocast(1), lambda t: t.autocast("foo"), lambda t: t.autocast("cpu")(3),
        lambda t: t.amp.custom_fwd(device_type=1), lambda t: t.autocast("cuda"),
        lambda t: t.autocast("cpu", t.float32), lambda t: t.is_autocast_enabled(3),
        lambda t: t.amp.GradScaler("cpu", growth_factor=1.0), lambda t: t.amp.GradScaler(),
        lambda t: t.amp.GradScaler("cpu").update(),
    ]  # fmt: skip
    for ask in asks:
        kinds = []
        for t in (torch, mt):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                with pytest.raises((Exception, Warning)) as caught:
                    ask(t)
            kinds.append(caught.type)
        assert issubclass(kinds[1], kinds[0])
