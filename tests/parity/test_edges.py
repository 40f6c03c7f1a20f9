"""No dimension, no element, a number for a tensor, integers out of range: what PyTorch does there."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

VALUES = """
t.tensor(3.0).mean(dim=0, keepdim=True)
t.tensor(3.0).sum(dim=(-1,))
t.tensor(3.0).logsumexp((0,), True)
t.tensor(3.0).logsumexp(0)
t.linalg.vector_norm(t.tensor(-3.0), ord=-math.inf, dim=0, keepdim=True)
t.linalg.vector_norm(t.tensor(-3.0), ord=3, dim=(0,))
t.tensor(3.0).norm(dim=0)
t.tensor(2.0).cumprod(0)
t.tensor(2.0).cumsum(0)
t.cov(t.ones(1, 2))
t.corrcoef(t.tensor([[1.0, 2.0]]))
t.diff(t.arange(3), n=0, prepend=t.tensor([7]))
F.batch_norm(t.ones(0), t.ones(0), t.ones(0), training=True)
F.batch_norm(t.ones(0, 3), t.zeros(3), t.ones(3), training=True)
t.searchsorted(t.zeros(0, 0), t.zeros(0, 0))
t.cholesky_solve(t.zeros(0, 0), t.zeros(0, 0))
t.cholesky_inverse(t.zeros(0, 0))
t.zeros(5).gather(0, t.zeros(2, 0).long())
t.tensor(5.0).gather(0, t.tensor([0]))
t.arange(3).gather(0, t.tensor(2))
t.take_along_dim(t.arange(4), t.tensor([-1, 0]), 0)
F.kl_div(t.tensor(0.5), t.tensor(0.25), reduction="batchmean")
F.multi_margin_loss(t.tensor(0.5), t.tensor(0))
t.linalg.vander(t.tensor(2.0), N=2)
t.tensor([1.0, 2.0, 4.0]).var(dim=None, correction=None)
t.std_mean(t.tensor([1.0, 2.0, 4.0]), correction=None)
t.gradient(t.tensor([1.0, 2.0, 4.0]), spacing=None)[0]
t.tensor([0, 5, 0], dtype=t.uint8).all(), t.tensor([0, 5, 0], dtype=t.uint8).any()
t.tensor([1, 2], dtype=t.int32).cumsum(0, dtype=t.int32)
t.tensor([1, 2], dtype=t.int32).cumprod(0, dtype=t.int32)
t.tensor([1, 2], dtype=t.int32).prod(dtype=t.int32), t.tensor([1, 2]).sum(dtype=t.uint8)
t.arange(0.1, -7.9, -4.0, dtype=t.int64), t.arange(0.0, -8.000001, -4.0, dtype=t.int32)
t.tensor([1, 250], dtype=t.uint8).clamp(min=-1)
t.where(t.tensor([True, False]), t.tensor([1, 250], dtype=t.uint8), -1)
t.sub(t.tensor([1, 250], dtype=t.uint8), 1, alpha=2)
t.pow(300, t.tensor([1, 2], dtype=t.uint8))
t.tensor([1, 2], dtype=t.uint8) + 300
t.sign(t.tensor([math.nan, -2.0, 0.0, math.inf]))
t.scatter_reduce(t.tensor([9, 4]).int(), 0, t.tensor([0, 0]), t.tensor([6, 2]).int(), "mean")
t.addbmm(t.ones(1, 1).int(), t.ones(2, 1, 1).int(), t.ones(2, 1, 1).int())
t.linalg.pinv(t.tensor([[2.0, 9.0], [1.0, 3.0]]), hermitian=True)
t.linalg.matrix_rank(t.tensor([[1.0, 9.0], [1.0, 1.0]]), hermitian=True)
t.tensordot(t.ones(1, 1, 1).int(), t.ones(2, 1, 2).int(), dims=([0, 1], [2, 0]))
t.unravel_index(t.tensor([3], dtype=t.uint8), (4, 1073741824))
t.tensor(3, dtype=t.int32).sum_to_size(())
t.nn.BatchNorm1d(2).train()(t.ones(0, 2))
t.round(t.tensor([1, 2])), t.tensor([1, 2]).ceil()
t.logsumexp(t.tensor([-math.inf, -math.inf]), 0)
t.constant_pad_nd(t.tensor([1, 2]), (1, 0), 7)
t.grid_sampler_2d(t.arange(4.0).view(1, 1, 2, 2), t.zeros(1, 1, 1, 2), 1, 2, True)
t.nn.utils.get_total_norm([t.tensor([1e20, 1e20])])
t.cat([t.zeros(0, dtype=t.float64), t.ones(2, 2)], 1)
t.nansum(t.tensor([1.5, math.nan]), dtype=t.int64)
t.linalg.matrix_power(t.tensor([[True, False], [False, True]]), 0)
t.mm(t.zeros(2, 0).bool(), t.zeros(0, 2).bool())
t.bmm(t.zeros(1, 2, 0).bool(), t.zeros(1, 0, 2).bool())
t.cov(t.tensor([[1.0, 2.0, 4.0]]).half(), aweights=t.tensor([0.3, 0.5, 0.1]))
t.cov(t.tensor([[1.0, 2.0, 4.0]]).double(), aweights=t.tensor([0.3, 0.5, 0.1]), correction=2)
t.pdist(t.ones(1, 3).half()), t.pdist(t.ones(3, 0).half())
t.lu(t.eye(2) * 2, out=(t.empty(0).long(), t.empty(0).int()))
t.histogram(t.tensor([0.0, 0.5, 1.0, 1.5, 2.0, 3.0]), t.tensor([0.0, 3.0, 1.0, 2.0]), density=True)
t.histogram(t.tensor([0.5, 1.0]).half(), t.tensor([0.0, 1.0, 2.0]).half())
t.histogram(t.tensor([0.5, 1.0, math.nan, 2.0, 4.0]), t.tensor([0.0, 1.0, 2.0]))[0]
t.histogram(t.tensor([0.5, 1.0]), t.tensor([5.0, 1.0]), density=True)[0]
t.histogramdd(t.tensor([[[0.0, 0.5]], [[1.0, 1.5]]]), [2, 3], weight=t.ones(2, 1), density=True)[0]
t.histogramdd(t.arange(6.0).view(3, 2), [t.tensor([0.0, 5.0, 1.0]), t.tensor([1.0, 3.0, 2.0])])[0]
t.manual_seed(0) and t.randn(5, 5, out=t.empty(5, 10)[:, ::2])
t.manual_seed(0) and t.randn((5, 5), out=t.empty(5, 5).t())
t.manual_seed(0) and t.empty(2, 3, 4).permute(2, 0, 1).normal_()
t.manual_seed(0) and t.empty(6, 7).t()[1:5].random_(0, 100)
t.manual_seed(0) and t.empty(2, 3).t().bernoulli_(t.linspace(0, 1, 6).view(3, 2))
t.manual_seed(0) and t.rand(5, 5, out=t.empty(5, 10).double()[:, ::2])
t.manual_seed(0) and t.normal(0.0, 2.0, (5, 5), out=t.empty(5, 10)[:, ::2])
t.manual_seed(0) and t.normal(t.arange(25.0).view(5, 5), t.ones(5), out=t.empty(5, 10)[:, ::2])
t.manual_seed(0) and t.normal(t.arange(5.0), 2.0, out=t.empty(5, 5))
t.tensordot(t.ones(2, 2) > 0, t.ones(2, 2) > 0, dims=([0, 1], [1, 0]))
t.tensordot(t.zeros(2, 1, 2) > 0, t.ones(2, 2, 1) > 0, dims=([0, 2], [1, 0]))
t.manual_seed(0) and t.normal(3.0, t.ones(4, 4), out=t.empty(0).half())
"""

REFUSED = """
t.fmod(2, t.ones(2))
t.logical_and(t.ones(2), 2)
t.maximum(t.ones(2), 2)
t.minimum(2, t.ones(2))
t.eq(2, t.ones(2))
t.ge(2, t.ones(2))
t.atan2(t.ones(2), 2)
t.hypot(t.ones(2), 2)
t.gcd(t.arange(2), 2)
t.copysign(2, t.ones(2))
t.clamp_min(2, t.ones(2))
t.heaviside(t.ones(2), 2)
t.ldexp(2, t.ones(2))
t.nextafter(t.ones(2), 2)
t.logaddexp(t.ones(2), 2)
t.rsub(2, t.ones(2))
t.xlogy(2, 3)
t.special.chebyshev_polynomial_t(2, 3)
t.isclose(t.ones(2), 2)
t.isclose(t.ones(2), t.ones(2), rtol=-1)
t.isclose(t.ones(2), t.ones(2).double())
t.where(t.tensor([True]), t.tensor([1], dtype=t.uint8), 300)
t.tensor([1], dtype=t.uint8).clamp(max=300)
t.arange(0, 4, 0.5, out=t.empty(0).long())
t.Tensor.__radd__(2, t.ones(2))
t.Tensor.__rtruediv__(2, t.ones(2))
t.Tensor.__add__(2, t.ones(2))
t.hstack([t.ones(2), t.ones(2)], out=t.empty(4).long())
t.all(t.ones(2), out=t.empty(()))
t.nansum(t.ones(2), out=t.empty(()).long())
t.nn.LSTM(2, 2, bias=1)
t.nn.GRU(2, 2, batch_first=1)
F.batch_norm(t.ones(2, 2), None, None, training=True, eps=0.0)
F.cross_entropy(t.ones(2, 3), t.tensor([0, 1], dtype=t.int32))
F.cross_entropy(t.ones(2, 3), t.tensor([0, 1], dtype=t.int16))
F.nll_loss(t.ones(2, 3), t.tensor([0, 1], dtype=t.int8))
F.cross_entropy(t.ones(2, 3), t.ones(2, 3), ignore_index=0)
F.cross_entropy(t.ones(2, 3), t.tensor([0, 1]), weight=t.ones(3).double())
F.binary_cross_entropy(t.ones(2) / 2, t.ones(2).double())
F.binary_cross_entropy(t.ones(2) / 2, t.ones(2).long())
F.binary_cross_entropy(t.ones(2) / 2, t.ones(2) * 2)
F.binary_cross_entropy_with_logits(t.ones(2), t.ones(2).long())
F.multi_margin_loss(t.ones(2, 3), t.tensor([0, 1], dtype=t.int32))
F.triplet_margin_loss(t.ones(2, 3), t.ones(2, 3), t.ones(2, 3), margin=-1.0)
F.gaussian_nll_loss(t.ones(2, 3), t.ones(2, 3), t.ones(2, 2))
F.adaptive_avg_pool2d(t.ones(2, 2), (2, 2))
t.nn.CircularPad2d(1)(t.ones(2, 3))
t.narrow(t.tensor(1.0), 0, 0, 1)
t.roll(t.tensor(1.0), 0, 0)
t.dstack(())
t.gradient(t.ones(3, 3), dim=(0, 0))
t.histogramdd(t.ones(5, 3), [1, 1])
t.ones(3).mT
t.tensor([1], dtype=t.uint8).new_tensor([300])
t.cov(t.ones(1, 2), aweights=t.ones(2).long())
t.pdist(t.ones(2, 3).half())
t.histogram(t.ones(3).half(), 3)
t.stft(t.ones(20).half(), 10, return_complex=True)
t.stft(t.ones(20) > 0, 10, return_complex=True)
t.stft(t.ones(20) > 0, 10, center=False, return_complex=True)
t.normal(t.ones(5), 1.0, out=t.empty(0))
t.normal(t.ones(5), t.ones(5), out=t.empty(5).long())
t.normal(t.ones(5, requires_grad=True), 1.0, out=t.empty(5))
t.rand(2, out=t.empty(2).long())
t.tensordot(t.ones(2, 2) > 0, t.ones(2, 2) > 0)
t.tensordot(t.ones(2, 1, 2) > 0, t.ones(2, 2, 1) > 0, dims=([0, 2], [0, 1]))
F.nll_loss(t.ones(4, 2), t.ones(5))
F.cross_entropy(t.ones(4, 2), t.ones(5, 2))
F.cross_entropy(t.ones(4, 2, 3), t.ones(4, 2).long())
F.nll_loss(t.ones(4), t.ones(2).long())
F.nll_loss(t.ones(4, 2), t.ones(4, 2).long())
F.linear_cross_entropy(t.ones(4, 3), t.ones(2, 3), t.ones(5))
F.linear_cross_entropy(t.ones(2, 3, 3), t.ones(2, 3), t.ones(3, 2))
t.randn(2, out=t.empty(2), dtype=t.float64)
"""


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


def evaluated(library: Any, text: str) -> Any:
    import math

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return eval(text, {"t": library, "F": library.nn.functional, "math": math})


def described(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(described, value))
    array = np.asarray(value.detach().numpy())
    return str(array.dtype), array.shape, np.round(array.astype(float), 5).tolist()


@pytest.mark.parametrize("text", lines(VALUES))
def test_a_value_at_the_edge(text: str) -> None:
    theirs, ours = described(evaluated(torch, text)), described(evaluated(mt, text))
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("text", lines(REFUSED))
def test_what_is_refused_there_is_refused_here(text: str) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        evaluated(torch, text)
    with pytest.raises(theirs.type):
        evaluated(mt, text)


@pytest.mark.parametrize("smoothing", [0.0, 0.15])
def test_labels_that_are_all_ignored_have_no_gradient(smoothing: float) -> None:
    for library in (torch, mt):
        x, labels = library.ones(2, 3, requires_grad=True), library.tensor([1, 1])
        loss = library.nn.functional.cross_entropy(x, labels, ignore_index=1, label_smoothing=smoothing)
        assert loss.isnan()
        assert not library.autograd.grad(loss, x)[0].any()


NOTHING = """
F.batch_norm(x, z, z + 1)
F.batch_norm(x, z, z + 1, weight=z + 2)
F.batch_norm(x, z, z + 1, weight=z + 2, bias=k)
F.instance_norm(x.view(1, 3, 2).mT, z[:2], z[:2] + 1, use_input_stats=False)
t.ormqr(k.view(3, 1)[:, :0], k[:0], x)
"""
"""Results whose first gradient requires one, of which nothing comes."""


@pytest.mark.parametrize("text", lines(NOTHING))
@pytest.mark.parametrize("library", [torch, mt])
def test_a_second_gradient_of_nothing(text: str, library: Any) -> None:
    x = library.arange(6.0).view(2, 3).requires_grad_()
    x = x.view(3, 2) if "ormqr" in text else x
    k, z = library.ones(3, requires_grad=True), library.zeros(3)
    out = eval(text, {"t": library, "F": library.nn.functional, "x": x, "k": k, "z": z})
    (g,) = library.autograd.grad(out.sum(), x, create_graph=True)
    assert g.requires_grad
    assert library.autograd.grad(g.sum(), x, allow_unused=True) == (None,)


def test_reflections_of_nothing_have_no_gradient() -> None:
    for library in (torch, mt):
        A, tau = library.ones(2, 0, requires_grad=True), library.ones(0, requires_grad=True)
        out = library.linalg.householder_product(A, tau)
        assert library.autograd.grad(out.sum(), (A, tau), allow_unused=True) == (None, None)


WARNED = """
t.tensor([1.0]).std()
t.tensor([1.0]).var()
t.ones(1, 3).var(0)
t.var_mean(t.tensor([1.0]))
t.cov(t.tensor([[1.0], [2.0]]))
t.ones(3).T
t.tensor(1.0).T
t.tensor(1.0).mT
t.nn.TransformerEncoder(t.nn.TransformerEncoderLayer(4, 2), 1)
t.nn.TransformerEncoder(t.nn.TransformerEncoderLayer(3, 1, batch_first=True), 1)
t.nn.TransformerEncoder(t.nn.TransformerEncoderLayer(4, 2, batch_first=True, norm_first=True), 1)
t.utils.checkpoint.checkpoint(t.sin, t.ones(2, requires_grad=True))
"""

PROGRAM = """
import warnings, torch, torch.utils.checkpoint
t = torch
for text in {texts!r}.strip().splitlines():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        eval(text)
    print(str(caught[0].message).partition(" (Triggered")[0])
"""


@pytest.fixture(scope="module")
def theirs() -> list[str]:
    """PyTorch's sentences, of a process of its own: it gives many of them once."""
    import subprocess
    import sys

    run = [sys.executable, "-c", PROGRAM.format(texts=WARNED)]
    return subprocess.run(run, check=True, capture_output=True, text=True).stdout.splitlines()


@pytest.mark.parametrize("number", range(len(lines(WARNED))))
def test_what_is_warned_of(number: int, theirs: list[str]) -> None:
    sentence = re.match(r"[^.:(]*(\(\): [^.]*)?", theirs[number])[0]  # type: ignore[index]
    assert mt.utils.checkpoint
    with pytest.warns(UserWarning, match="^" + re.escape(sentence)):
        eval(lines(WARNED)[number], {"t": mt})


def test_no_warning_of_numpy_where_the_result_is_right() -> None:
    w = mt.ones(3, requires_grad=True)
    w.grad = mt.full((3,), 1e20)
    assert mt.nn.utils.clip_grad_norm_([w], 1.0) == np.inf
    assert w.grad.tolist() == [0, 0, 0]
    assert mt.logsumexp(mt.tensor([-np.inf, -np.inf]), 0) == -np.inf
    assert mt.tensor([1e20, 1e20]).norm() == np.inf


SLOPES = {
    "hardswish": (mt.nn.functional.hardswish, [np.inf, -np.inf, 4.0, -4.0, 1.0], [1, 0, 1, 0, 5 / 6]),
    "abs": (mt.abs, [np.nan, -2.0], [0, -1]),
    "digamma": (mt.digamma, [-np.inf, 1.0], [np.nan, np.pi**2 / 6]),
}


@pytest.mark.parametrize("name", SLOPES)
def test_a_slope_at_infinity(name: str) -> None:
    function, places, slopes = SLOPES[name]
    x = mt.tensor(places, requires_grad=True)
    with np.errstate(invalid="ignore"):
        (found,) = mt.autograd.grad(function(x).sum(), x)
    np.testing.assert_allclose(found.numpy(), slopes, rtol=1e-6)


def test_an_angle_beyond_one_has_no_slope() -> None:
    x = mt.tensor([1e30, -1e30], requires_grad=True)
    for function in (mt.asin, mt.acos):
        with np.errstate(all="ignore"):
            (found,) = mt.autograd.grad(function(x).sum(), x)
        assert found.isnan().all()


WRITTEN = """
z[1:].add_(z[:-1])
z[1:].copy_(z[:-1])
z.view(2, 3).clamp_(max=z[:3])
z.add_(z[:1])
z[:4].view(2, 2).mul_(z[:4].view(2, 2).T)
t.gather(z, 0, t.tensor([2, 1, 0, 0, 0, 0]), out=z)
t.take(z, t.tensor([2, 1]), out=z[:2])
t.cat((z[:3], z[3:]), out=z)
t.masked_select(z, z > 2, out=z)
z[:1].expand(3).add_(1)
z[:1].expand(3).index_add_(0, t.tensor([0]), t.ones(1))
"""
ALLOWED = """
z.add_(z)
z.clamp_(min=z)
z[:3].add_(z[3:])
z[::2].add_(z[1::2])
z.view(2, 3).add_(z.view(2, 3))
z[:3].expand(1, -1).copy_(t.tensor([[4.0, 5.0, 6.0]]))
z[:1].expand(1).add_(1)
z.detach().mul_(z)
"""


@pytest.mark.parametrize("text", lines(WRITTEN))
def test_a_write_into_what_is_read(text: str) -> None:
    for library in (torch, mt):
        z = library.arange(6.0)
        with pytest.raises(RuntimeError, match="refers? to a single memory location. Please clone"):
            eval(text, {"t": library, "z": z})
        assert z.tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("text", lines(ALLOWED))
def test_a_write_beside_what_is_read(text: str) -> None:
    found = []
    for library in (torch, mt):
        z = library.arange(6.0)
        eval(text, {"t": library, "z": z})
        found.append(z.tolist())
    assert found[0] == found[1]


SENTENCES = """
t.ones(4, 3).reshape(4, 2)
t.ones(4, 3).view(-1, -1)
t.ones(0, 5).reshape(0, -1)
t.ones(5, 4) + t.ones(5)
t.ones(5).mul(t.ones(5, 4))
F.l1_loss(t.ones(5, 4), t.ones(5))
t.ones(2, 3) @ t.ones(2, 3)
t.mm(t.ones(2, 3), t.ones(4, 5))
t.ones(3).expand(2, 4)
t.cat([t.ones(2, 3), t.ones(2, 4)])
t.cat([t.ones(2, 3), t.ones(2)])
t.cat([t.tensor(1.0), t.tensor(2.0)])
t.cat(t.ones(2, 3))
t.cat([])
t.ones(2, 3).item()
t.ones(2, 3).sum(4)
t.ones(2, 3).transpose(0, 4)
t.gather(t.ones(2, 2), 1, t.tensor([[0, 23]]))
t.gather(t.ones(2, 2), 1, t.tensor([0]))
t.arange(0, 3, 0)
t.multinomial(t.tensor([-1.0, 2.0]), 1)
t.multinomial(t.tensor([1.0, 2.0]), 3)
t.tensor([True]).abs()
t.dot(t.ones(1, 1), t.ones(3))
t.dot(t.ones(9), t.ones(3))
t.movedim(t.ones(2, 3, 4), (0, 1), (0,))
t.movedim(t.ones(2, 3, 4), (0, -3), (0, 1))
t.movedim(t.ones(2, 3, 4), (0, 1), (1, -2))
t.eye(-1)
t.eye(0, -3)
t.diagonal(t.ones(2, 3), 0, 1, 1)
F.triplet_margin_loss(t.ones(3), t.ones(2, 3), t.ones(2, 3))
F.prelu(t.tensor(1.0), t.ones(2))
F.prelu(t.ones(2, 8, 3), t.ones(9))
F.prelu(t.ones(2, 8, 3), t.ones(2, 4))
t.ones(2).uniform_(3, -1)
t.arange(3).mean()
F.nll_loss(t.ones(2, 3), t.tensor([0, 5]))
F.nll_loss(t.ones(4, 2), t.ones(5))
F.nll_loss(t.ones(4, 2, 3), t.ones(4, 2).long())
F.linear_cross_entropy(t.tensor(1.0), t.ones(2, 3), t.ones(3, 2))
F.linear_cross_entropy(t.ones(2, 3), t.ones(3), t.ones(2, 2))
t.ormqr(t.tensor(1.0), t.tensor(1.0), t.tensor(1.0))
"""


@pytest.mark.parametrize("text", lines(SENTENCES))
def test_the_sentence_is_in_ours(text: str) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        evaluated(torch, text)
    with pytest.raises(theirs.type, match=re.escape(str(theirs.value).rstrip("."))):
        evaluated(mt, text)
