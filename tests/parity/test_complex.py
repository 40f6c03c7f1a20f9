"""Complex numbers as PyTorch: values, dtypes, and gradients of the first and the second order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

RNG = np.random.default_rng(3)


def drawn(*shape: int) -> Any:
    return RNG.uniform(-1, 1, shape) + 1j * RNG.uniform(-1, 1, shape)


V, W, M = drawn(4), drawn(4), drawn(3, 3) + 2 * np.eye(3)
IMAGE, KERNEL = drawn(1, 2, 5, 5), drawn(3, 2, 3, 3)

UNARY = [
    "abs", "neg", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "square",
    "reciprocal", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh",
    "atanh", "sigmoid", "sinc", "sgn", "angle", "conj", "real", "imag", "sum", "mean", "prod", "var", "std",
    "norm", "flip", "view_as_real",
]  # fmt: skip
CALLS: dict[str, Any] = {
    **{name: (lambda p, x, name=name: _call(p, name, x), V) for name in UNARY},
    "add": (lambda p, x, y: p.add(x, y, alpha=2j), V, W),
    "mul": (lambda p, x, y: x * y, V, W), "div": (lambda p, x, y: x / y, V, W),
    "rdiv": (lambda p, x: (1 + 1j) / x, V), "pow": (lambda p, x, y: x**y, V, W),
    "pow number": (lambda p, x: x**2.5, V), "pow complex": (lambda p, x: x ** (1 - 2j), V),
    "rpow": (lambda p, x: 2**x, V), "real times": (lambda p, x, y: x * y.real + y.imag, V, W),
    "logaddexp": (lambda p, x, y: p.logaddexp(x, y), V, W),
    "logsumexp": (lambda p, x: p.logsumexp(x, 0), V), "cumsum": (lambda p, x: p.cumsum(x, 0), V),
    "cumprod": (lambda p, x: p.cumprod(x, 0), V), "logcumsumexp": (lambda p, x: p.logcumsumexp(x, 0), V),
    "vector_norm 3": (lambda p, x: p.linalg.vector_norm(x, 3), V),
    "vector_norm inf": (lambda p, x: p.linalg.vector_norm(x, np.inf), V),
    "dist": (lambda p, x, y: p.dist(x, y), V, W), "vdot": (lambda p, x, y: p.vdot(x, y), V, W),
    "polar": (lambda p, x: p.polar(x.abs(), x.angle()), V),
    "complex": (lambda p, x: p.complex(x.imag, x.real), V),
    "where": (lambda p, x, y: p.where(x.real > 0, x, y), V, W),
    "index": (lambda p, x: x[[0, 0, 2]], V), "cat": (lambda p, x, y: p.cat([x, y]), V, W),
    "matmul": (lambda p, x, y: x @ y, M, M.T),
    "einsum": (lambda p, x, y: p.einsum("ij,kj->ik", x, y), M, M.T),
    "outer": (lambda p, x, y: p.outer(x, y), V, W), "kron": (lambda p, x, y: p.kron(x, y), M, V),
    "mH": (lambda p, x: x.mH @ x, M), "inv": (lambda p, x: p.linalg.inv(x), M),
    "solve": (lambda p, x, y: p.linalg.solve(x, y), M, M.T), "det": (lambda p, x: p.linalg.det(x), M),
    "slogdet": (lambda p, x: p.linalg.slogdet(x), M), "logdet": (lambda p, x: p.logdet(x), M),
    "cholesky": (lambda p, x: p.linalg.cholesky(x @ x.mH), M), "lu": (lambda p, x: p.linalg.lu(x)[1:], M),
    "pinv": (lambda p, x: p.linalg.pinv(x[:2]), M), "matrix_exp": (lambda p, x: p.matrix_exp(x), M),
    "lstsq": (lambda p, x, y: p.linalg.lstsq(x[:, :2], y).solution, M, M.T),
    "qr": (lambda p, x: p.linalg.qr(x), M), "svdvals": (lambda p, x: p.linalg.svdvals(x), M),
    "svd": (lambda p, x: _rebuilt(p.linalg.svd(x)), M),
    "eigvalsh": (lambda p, x: p.linalg.eigvalsh(x + x.mH), M),
    "eigh": (lambda p, x: p.linalg.eigh(x + x.mH)[1].abs(), M),
    "eigvals": (lambda p, x: p.linalg.eigvals(x).sum(), M),
    "eig": (lambda p, x: p.linalg.eig(x)[1].abs().sum(), M),
    "cov": (lambda p, x: p.cov(x), M), "corrcoef": (lambda p, x: p.corrcoef(x), M),
    "linear": (lambda p, x, y: p.nn.functional.linear(x, y), M, M.T),
    "conv2d": (lambda p, x, y: p.nn.functional.conv2d(x, y, padding=1), IMAGE, KERNEL),
    "conv_transpose2d": (lambda p, x, y: p.nn.functional.conv_transpose2d(x, y), IMAGE, KERNEL[:2]),
    "l1_loss": (lambda p, x, y: p.nn.functional.l1_loss(x, y), V, W),
    "pad": (lambda p, x: p.nn.functional.pad(x, (1, 1), "reflect"), M),
}  # fmt: skip


def _call(p: Any, name: str, x: Any) -> Any:
    return p.flip(x, (0,)) if name == "flip" else getattr(p, name)(x)


def _rebuilt(parts: Any) -> Any:
    u, s, vh = parts
    return (u * s**2) @ vh


def results(p: Any, name: str, dtype: Any) -> list[Any]:
    """Values, gradients, and the gradients of their sum, as arrays."""
    function, *arrays = CALLS[name]
    inputs = [p.from_numpy(a.astype(dtype)).requires_grad_() for a in arrays]
    out = function(p, *inputs)
    outs = [o for o in (out if isinstance(out, tuple) else (out,)) if o.requires_grad]
    loss = sum((o * (o.conj() + 1)).real.sum() if o.is_complex() else (o * o).sum() for o in outs)
    first = p.autograd.grad(loss, inputs, create_graph=True)
    second = p.autograd.grad(sum((g * g.conj()).real.sum() for g in first), inputs)
    return [t.detach().resolve_conj().numpy() for t in (*outs, *first, *second)]


@pytest.mark.parametrize("name", CALLS)
def test_values_and_gradients(name: str) -> None:
    for ours, theirs in zip(results(mt, name, "c16"), results(torch, name, "c16"), strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-8 * max(1, np.abs(theirs).max(initial=0)))


@pytest.mark.parametrize("name", CALLS)
def test_single_precision_stays_single(name: str) -> None:
    function, *arrays = CALLS[name]
    for p in (mt, torch):
        inputs = [p.from_numpy(a.astype("c8")) for a in arrays]
        out = function(p, *inputs)
        dtypes = [str(o.dtype).removeprefix("torch.") for o in (out if isinstance(out, tuple) else (out,))]
        assert set(dtypes) <= {"complex64", "float32"}


def test_printing() -> None:
    for values in (
        [1 + 2.25j, 1000.123 - 3j], [-0.0 - 0j], [1 + 2j], [1e10 + 1j, 2 - 1e-5j], [complex("nan"), 1 + 1j],
        [complex("inf"), -1.5 - 2j], [[1 + 2j, 3], [4j, 5.5 - 1j]], 2j, [],
        [k * (1 + 0.25j) for k in range(40)],
    ):  # fmt: skip
        assert repr(mt.tensor(values, dtype=mt.complex64)).replace("torch.", "") == repr(
            torch.tensor(values, dtype=torch.complex64)
        ).replace("torch.", "")


def test_random_numbers() -> None:
    for p in (mt, torch):
        p.manual_seed(0)
    for n in (3, 20):
        for dtype in ("complex64", "complex128"):
            for draw in ("randn", "rand"):
                ours, theirs = (getattr(p, draw)(n, dtype=getattr(p, dtype)).numpy() for p in (mt, torch))
                np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
    ours, theirs = (p.nn.Linear(3, 2, dtype=p.complex64).weight.detach().numpy() for p in (mt, torch))
    np.testing.assert_allclose(ours, theirs, atol=1e-7)


OPTIMIZERS = [
    "SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam", "ASGD", "Rprop",
    "LBFGS",
]  # fmt: skip


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(name: str) -> None:
    found = []
    for p in (mt, torch):
        w = p.nn.Parameter(p.from_numpy(V.copy()))
        optimizer = getattr(p.optim, name)([w], **({"momentum": 0.9} if name == "SGD" else {}))

        def closure(p: Any = p, w: Any = w, optimizer: Any = optimizer) -> Any:
            optimizer.zero_grad()
            loss = ((w * (1 + 0.5j) - p.from_numpy(W)) ** 2).abs().sum() + (w**3).real.sum() * 0.1
            loss.backward()
            return loss

        for _ in range(5):
            optimizer.step(closure)
        found.append(w.detach().numpy())
    np.testing.assert_allclose(*found, rtol=1e-6, atol=1e-8)


def test_optimizers_of_whole_parameters_refuse() -> None:
    w = mt.nn.Parameter(mt.tensor([[1j]]))
    w.grad = mt.tensor([[1j]])
    with pytest.raises(RuntimeError, match="Adafactor does not support complex parameters"):
        mt.optim.Adafactor([w]).step()


def test_files_with_pending_conjugates(tmp_path: Any) -> None:
    z = torch.tensor([1 + 2j, 3 - 1j])
    torch.save({"z": z, "conj": z.conj(), "p": torch.nn.Parameter(z)}, tmp_path / "z.pt")
    torch.save(z.conj().imag, tmp_path / "imag.pt")
    found = mt.load(tmp_path / "z.pt")
    assert found["conj"].tolist() == [1 - 2j, 3 + 1j]
    assert mt.load(tmp_path / "imag.pt").tolist() == [-2, 1]
    mt.save({"z": found["z"], "p": found["p"]}, tmp_path / "ours.pt")
    theirs = torch.load(tmp_path / "ours.pt")
    assert theirs["z"].equal(z)
    assert theirs["p"].requires_grad


REAL = sorted(o.name for o in mt.registry.values() if o.elementwise and o.complex is not True and o.ours)


@pytest.mark.parametrize("name", [n for n in REAL if hasattr(torch, n) and hasattr(mt, n) and n != "rrelu"])
def test_what_refuses_complex_numbers_does_so_there(name: str) -> None:
    count = len(mt.registry[name].arrays)
    for p in (mt, torch):
        with pytest.raises(RuntimeError):
            getattr(p, name)(*[p.from_numpy(V)] * count)


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_recurrent_layers(name: str) -> None:
    found = []
    for p in (mt, torch):
        p.manual_seed(0)
        layer = getattr(p.nn, name)(3, 2, num_layers=2, bidirectional=True, dtype=p.complex128)
        x = p.from_numpy(M[None].copy()).requires_grad_()
        out, _ = layer(x)
        (out * out.conj()).real.sum().backward()
        found.append([t.detach().numpy() for t in (out, x.grad, *(w.grad for w in layer.parameters()))])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-9)
