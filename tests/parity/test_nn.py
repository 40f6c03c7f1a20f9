"""The `nn` package against PyTorch's: signatures, reprs, initial weights, values, gradients, state."""

from __future__ import annotations

import inspect
import re
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import nn
from microtensor.nn import init

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

LAYERS = [
    "CELU", "ELU", "GELU", "GLU", "SELU", "BCELoss", "BCEWithLogitsLoss", "BatchNorm1d", "Bilinear",
    "CrossEntropyLoss", "Dropout", "Embedding", "Flatten", "Hardshrink", "Hardsigmoid", "Hardswish",
    "Hardtanh", "HuberLoss", "KLDivLoss", "L1Loss", "LayerNorm", "LeakyReLU", "Linear", "LogSigmoid",
    "LogSoftmax", "MSELoss", "Mish", "ModuleDict", "ModuleList", "NLLLoss", "PReLU", "Parameter",
    "ParameterDict", "ParameterList", "RMSNorm", "ReLU", "ReLU6", "Sequential", "SiLU", "Sigmoid",
    "SmoothL1Loss", "Softmax", "Softmin", "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink",
    "Threshold", "Unflatten",
]  # fmt: skip

Pair = tuple[Any, Any]


def both(make: Callable[[Any], Any], seed: int = 0) -> Pair:
    """What `make` makes of each package, from the same seed."""
    mt.manual_seed(seed)
    ours = make(mt)
    torch.manual_seed(seed)
    return ours, make(torch)


def same(ours: Any, theirs: Any, rtol: float = 1e-5, atol: float = 1e-6) -> None:
    """Assert equal shape, dtype and values."""
    ours, theirs = ours.detach().numpy(), theirs.detach().numpy()
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol)


def same_state(ours: Any, theirs: Any, **tolerance: float) -> None:
    """Assert equal keys, in the same order, and equal values."""
    mine, other = ours.state_dict(), theirs.state_dict()
    assert list(mine) == list(other)
    for name in mine:
        same(mine[name], other[name], **tolerance)


def parameters_of(function: Any) -> list[tuple[str, Any, Any]]:
    hidden = ("self",)
    found = inspect.signature(function).parameters.values()
    return [(p.name, p.kind, p.default) for p in found if p.name not in hidden]


# ------------------------------------------------------------- signatures and reprs


@pytest.mark.parametrize("name", LAYERS)
def test_constructors_take_the_same_arguments(name: str) -> None:
    ours, theirs = parameters_of(getattr(nn, name)), parameters_of(getattr(torch.nn, name))
    if theirs == parameters_of(torch.nn.Sigmoid):  # (*args, **kwargs), all of them refused
        theirs = []
    assert ours == theirs


@pytest.mark.parametrize("name", init.__all__)
def test_initialisers_take_the_same_arguments(name: str) -> None:
    assert parameters_of(getattr(init, name)) == parameters_of(getattr(torch.nn.init, name))


METHODS = [
    "add_module",
    "apply",
    "buffers",
    "children",
    "cpu",
    "cuda",
    "double",
    "eval",
    "extra_repr",
    "float",
    "forward",
    "get_buffer",
    "get_extra_state",
    "get_parameter",
    "get_submodule",
    "half",
    "load_state_dict",
    "modules",
    "named_buffers",
    "named_children",
    "named_modules",
    "named_parameters",
    "parameters",
    "register_buffer",
    "register_forward_hook",
    "register_forward_pre_hook",
    "register_full_backward_hook",
    "register_full_backward_pre_hook",
    "register_load_state_dict_post_hook",
    "register_load_state_dict_pre_hook",
    "register_module",
    "register_parameter",
    "register_state_dict_post_hook",
    "register_state_dict_pre_hook",
    "requires_grad_",
    "set_extra_state",
    "set_submodule",
    "to",
    "train",
    "zero_grad",
]


@pytest.mark.parametrize("name", METHODS)
def test_methods_of_module_take_the_same_arguments(name: str) -> None:
    ours, theirs = (parameters_of(getattr(p.Module, name)) for p in (nn, torch.nn))
    assert [p[0] for p in ours] == [p[0].replace("input", "args") for p in theirs] or name == "forward"
    assert [p[2] for p in ours if p[0] != "kwargs"][: len(theirs)] == [
        p[2] for p in theirs if p[0] != "kwargs"
    ] or name == "forward"


REPRS: list[Callable[[Any], Any]] = [
    lambda t: t.nn.Sequential(),
    lambda t: t.nn.Sequential(t.nn.Linear(2, 3), t.nn.Sequential(t.nn.ReLU(), t.nn.ModuleList())),
    lambda t: t.nn.Sequential(OrderedDict(a=t.nn.Tanh(), b=t.nn.Dropout(0.1, True))),
    lambda t: t.nn.ModuleList([t.nn.Linear(1, 1), t.nn.Linear(1, 1), t.nn.ReLU(), t.nn.Linear(1, 1)]),
    lambda t: t.nn.ModuleList([t.nn.Sequential(t.nn.ReLU(), t.nn.GELU("tanh"))] * 2),
    lambda t: t.nn.ModuleDict({"a": t.nn.BatchNorm1d(3, momentum=None, bias=False)}),
    lambda t: t.nn.Embedding(4, 3, padding_idx=-1),
    lambda t: t.nn.LayerNorm([2, 3], elementwise_affine=False),
    lambda t: t.nn.RMSNorm(3, eps=1e-3),
    lambda t: t.nn.Bilinear(2, 3, 4, bias=False),
    lambda t: t.nn.ParameterList([3, "x"]),
    lambda t: t.nn.ParameterDict({"b": 3, "a": None}),
    lambda t: t.nn.Unflatten(1, (2, 3)),
    lambda t: t.nn.CrossEntropyLoss(t.ones(3)),
    lambda t: t.nn.Identity(3, a=4),
    lambda t: t.nn.Parameter(t.tensor([1.0, -2.5])),
    lambda t: t.nn.Parameter(),
]


@pytest.mark.parametrize("make", REPRS)
def test_reprs(make: Callable[[Any], Any]) -> None:
    assert repr(make(mt)) == repr(make(torch))


# --------------------------------------------------------------- initial weights


LEARNING: list[Callable[[Any], Any]] = [
    lambda t: t.nn.Linear(3, 2),
    lambda t: t.nn.Linear(20, 30),
    lambda t: t.nn.Linear(7, 5, bias=False, dtype=t.float64),
    lambda t: t.nn.Bilinear(3, 4, 5),
    lambda t: t.nn.Embedding(10, 3, padding_idx=2),
    lambda t: t.nn.Embedding(2, 2),
    lambda t: t.nn.BatchNorm1d(3),
    lambda t: t.nn.BatchNorm1d(3, affine=False, track_running_stats=False),
    lambda t: t.nn.LayerNorm((2, 3), bias=False),
    lambda t: t.nn.RMSNorm(3),
    lambda t: t.nn.PReLU(3, init=0.1),
    lambda t: t.nn.Sequential(t.nn.Linear(2, 8), t.nn.Tanh(), t.nn.Linear(8, 8), t.nn.Linear(8, 1)),
    lambda t: t.nn.BCEWithLogitsLoss(pos_weight=t.ones(3)),
    lambda t: t.nn.ParameterDict({"b": t.ones(1), "a": t.ones(1)}),
    lambda t: t.nn.ModuleList([t.nn.Linear(2, 2), t.nn.Embedding(3, 2)]),
]


@pytest.mark.parametrize("make", LEARNING)
def test_the_same_seed_gives_the_same_initial_state(make: Callable[[Any], Any]) -> None:
    same_state(*both(make), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("make", LEARNING)
def test_redrawing_gives_the_same_state_again(make: Callable[[Any], Any]) -> None:
    def redraw(module: Any) -> None:
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()

    same_state(*both(lambda t: make(t).apply(redraw)), rtol=1e-6, atol=1e-7)


FILLS: list[Callable[[Any, Any], Any]] = [
    lambda i, w: i.uniform_(w, -2, 3),
    lambda i, w: i.normal_(w, 1, 2),
    lambda i, w: i.constant_(w, 0.3),
    lambda i, w: i.xavier_uniform_(w, gain=i.calculate_gain("tanh")),
    lambda i, w: i.xavier_normal_(w, 0.5),
    lambda i, w: i.kaiming_uniform_(w, a=0.1, mode="fan_out"),
    lambda i, w: i.kaiming_uniform_(w, nonlinearity="selu"),
    lambda i, w: i.kaiming_normal_(w, nonlinearity="relu"),
    lambda i, w: i.trunc_normal_(w),
    lambda i, w: i.trunc_normal_(w, mean=0.5, std=0.02, a=0.45, b=0.52),
    lambda i, w: i.trunc_normal_(w, a=-0.5, b=0.4),
    lambda i, w: i.trunc_normal_(w, a=1.8, b=4.0),
    lambda i, w: i.trunc_normal_(w, mean=3.0, std=2.0, a=-1.0, b=0.0),
    lambda i, w: i.orthogonal_(w, gain=1.5),
]


@pytest.mark.parametrize("shape", [(3, 2), (4, 7), (30, 20), (5, 3, 2)])
@pytest.mark.parametrize("fill", FILLS)
def test_initialisers_draw_the_same(fill: Callable[[Any, Any], Any], shape: tuple[int, ...]) -> None:
    # orthogonal_ factorizes, and LAPACK adds in an order that depends on the processor
    same(*both(lambda t: fill(t.nn.init, t.empty(*shape))), rtol=2e-6, atol=5e-7)


def test_what_is_drawn_afterwards_is_the_same() -> None:
    """Each initialiser consumed as much of the stream as PyTorch's."""
    for fill in FILLS:
        same(*both(lambda t, fill=fill: (fill(t.nn.init, t.empty(9, 5)), t.rand(4))[1]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_initialisers_of_matrices_and_kernels(dtype: str) -> None:
    def make(t: Any) -> Iterator[Any]:
        kind = getattr(t, dtype)
        yield t.nn.init.eye_(t.empty(3, 4, dtype=kind))
        yield t.nn.init.dirac_(t.empty(4, 3, 3, 5, dtype=kind), groups=2)
        yield t.nn.init.dirac_(t.empty(2, 5, 4, dtype=kind))
        yield t.nn.init.sparse_(t.empty(10, 6, dtype=kind), 0.3, std=0.5)

    for ours, theirs in zip(*both(lambda t: list(make(t))), strict=True):
        same(ours, theirs)


# ----------------------------------------------------- values, gradients and buffers

X = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32) * 2

MODELS: list[Callable[[Any], Any]] = [
    *[(lambda t, n=n: getattr(t.nn, n)()) for n in (
        "CELU", "ELU", "GELU", "GLU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU",
        "LogSigmoid", "Mish", "PReLU", "ReLU", "ReLU6", "SELU", "SiLU", "Sigmoid", "Softplus",
        "Softshrink", "Softsign", "Tanh", "Tanhshrink", "Flatten", "Identity",
    )],
    *[(lambda t, n=n: getattr(t.nn, n)(dim=1)) for n in ("Softmax", "Softmin", "LogSoftmax")],
    lambda t: t.nn.CELU(0.4),
    lambda t: t.nn.ELU(0.4),
    lambda t: t.nn.GELU("tanh"),
    lambda t: t.nn.Hardtanh(-0.3, 0.8),
    lambda t: t.nn.PReLU(4),
    lambda t: t.nn.Softplus(0.5, 1.0),
    lambda t: t.nn.Threshold(0.2, -7.0),
    lambda t: t.nn.Linear(4, 3),
    lambda t: t.nn.Linear(4, 3, bias=False),
    lambda t: t.nn.LayerNorm(4),
    lambda t: t.nn.LayerNorm((6, 4), eps=0.1, bias=False),
    lambda t: t.nn.RMSNorm(4),
    lambda t: t.nn.BatchNorm1d(4),
    lambda t: t.nn.BatchNorm1d(4, momentum=None),
    lambda t: t.nn.BatchNorm1d(4, momentum=0.7, eps=0.1, bias=False),
    lambda t: t.nn.BatchNorm1d(4, affine=False),
    lambda t: t.nn.BatchNorm1d(4, track_running_stats=False),
    lambda t: t.nn.Sequential(t.nn.Unflatten(1, (2, 2)), t.nn.BatchNorm1d(2)),
    lambda t: t.nn.Sequential(t.nn.Linear(4, 8), t.nn.BatchNorm1d(8), t.nn.Tanh(), t.nn.Linear(8, 1)),
    lambda t: t.nn.Dropout(0.4),
    lambda t: t.nn.Sequential(t.nn.Linear(4, 9), t.nn.Dropout(0.5), t.nn.ReLU(inplace=True)),
]  # fmt: skip


def run(t: Any, module: Any) -> tuple[Any, Any]:
    """A forward and a backward pass; the result and the gradient of the input."""
    x = t.from_numpy(X.copy()).requires_grad_()
    result = module(x)
    (result * t.arange(result.numel()).reshape(result.shape).cos()).sum().backward()
    return result, x.grad


def compare(ours: Any, theirs: Any, seed: int = 1) -> None:
    mt.manual_seed(seed)
    torch.manual_seed(seed)
    (mine, my_grad), (other, other_grad) = run(mt, ours), run(torch, theirs)
    same(mine, other, rtol=2e-6, atol=1e-6)
    same(my_grad, other_grad, rtol=2e-5, atol=2e-6)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        same(a.grad, b.grad, rtol=2e-5, atol=5e-6)
    same_state(ours, theirs)


@pytest.mark.parametrize("make", MODELS)
def test_values_gradients_and_buffers_in_training_and_evaluation(make: Callable[[Any], Any]) -> None:
    ours, theirs = both(make)
    for _ in range(3):
        compare(ours, theirs)
    compare(ours.eval(), theirs.eval())
    compare(ours.train(), theirs.train())


@pytest.mark.parametrize("make", MODELS)
def test_state_from_pytorch_gives_the_same_values(make: Callable[[Any], Any]) -> None:
    theirs = make(torch)
    run(torch, theirs)
    ours = make(mt)
    ours.load_state_dict(theirs.state_dict())
    ours.zero_grad()
    theirs.zero_grad()
    compare(ours.eval(), theirs.eval())


def test_bilinear_and_embedding() -> None:
    ours, theirs = both(lambda t: t.nn.Bilinear(4, 4, 3))
    for t, module in ((mt, ours), (torch, theirs)):
        x = t.from_numpy(X)
        module(x, x * 2).sum().backward()
    same(ours(mt.from_numpy(X), mt.from_numpy(X)), theirs(torch.from_numpy(X), torch.from_numpy(X)))
    same(ours.weight.grad, theirs.weight.grad, rtol=1e-6)

    ours, theirs = both(lambda t: t.nn.Embedding(5, 3, padding_idx=1))
    for t, module in ((mt, ours), (torch, theirs)):
        module(t.tensor([[0, 1], [4, 4]])).pow(2).sum().backward()
    same(ours.weight.grad, theirs.weight.grad)


P = 1 / (1 + np.exp(-X))
CLASSES = np.array([0, 1, 2, 3, 0, 1])
WEIGHT = np.float32([1, 2, 3, 4])
LOSSES: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("MSELoss", {}, X, P),
    ("L1Loss", {}, X, P),
    ("SmoothL1Loss", {"beta": 0.4}, X, P),
    ("SmoothL1Loss", {"beta": 0.0}, X, P),
    ("HuberLoss", {"delta": 0.4}, X, P),
    ("BCELoss", {}, P, P[::-1].copy()),
    ("BCELoss", {"weight": WEIGHT}, P, P[::-1].copy()),
    ("BCEWithLogitsLoss", {"pos_weight": WEIGHT}, X, P),
    ("BCEWithLogitsLoss", {"weight": WEIGHT}, X, P),
    ("CrossEntropyLoss", {}, X, CLASSES),
    ("CrossEntropyLoss", {"ignore_index": 1}, X, CLASSES),
    ("CrossEntropyLoss", {"weight": WEIGHT, "label_smoothing": 0.2}, X, CLASSES),
    ("CrossEntropyLoss", {"label_smoothing": 0.2}, X, P),
    ("NLLLoss", {"weight": WEIGHT}, X, CLASSES),
    ("KLDivLoss", {}, np.log(P), P[::-1].copy()),
    ("KLDivLoss", {"log_target": True}, np.log(P), np.log(P[::-1].copy())),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*reduction.*mean. divides")
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(("name", "options", "input", "target"), LOSSES)
def test_losses(name: str, options: dict[str, Any], input: Any, target: Any, reduction: str) -> None:
    compare_losses(name, {**options, "reduction": reduction}, input, target)


def test_the_divergence_per_example() -> None:
    compare_losses("KLDivLoss", {"reduction": "batchmean"}, np.log(P), P[::-1].copy())


def compare_losses(name: str, options: dict[str, Any], input: Any, target: Any) -> None:
    """Up to a rounding of a number near 1, times the largest weight: gradients are differences of such."""
    results, largest = [], max((v.max() for v in options.values() if isinstance(v, np.ndarray)), default=1)
    for t in (mt, torch):
        given = {k: t.from_numpy(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}
        x = t.from_numpy(input.copy()).requires_grad_()
        loss = getattr(t.nn, name)(**given)(x, t.from_numpy(target))
        loss.sum().backward()
        results.append((loss, x.grad))
    for ours, theirs in zip(*results, strict=True):
        same(ours, theirs, rtol=2e-6, atol=max(1e-7, 2**-24 * largest))


# --------------------------------------------------------------------- the rest


def test_errors_of_loading_name_the_same_keys() -> None:
    """The texts differ in how a shape is written, and in our last line."""

    def message(t: Any) -> list[str]:
        model = t.nn.Sequential(t.nn.Linear(2, 3), t.nn.BatchNorm1d(3))
        state = {"0.weight": t.ones(3, 3), "x": t.ones(1), "0.y.z": t.ones(1), "1.bias": t.ones(3)}
        with pytest.raises(RuntimeError) as caught:
            model.load_state_dict(state)
        return re.sub(r"torch\.Size\(\[(.*?)\]\)", r"(\1)", str(caught.value)).split("\n\t")

    ours, theirs = message(mt), message(torch)
    assert ours == [*theirs, "Nothing was loaded."]


def test_hooks_see_the_same_in_the_same_order() -> None:
    def record(t: Any) -> list[Any]:
        log: list[Any] = []

        def note(name: str, kind: str) -> Callable[..., None]:
            return lambda module, *seen: log.append((name, kind, _plain(seen)))

        net = t.nn.Sequential(t.nn.Linear(2, 3), t.nn.Sequential(t.nn.Tanh(), t.nn.Linear(3, 1)))
        for name, module in net.named_modules():
            module.register_forward_pre_hook(note(name, "before"))
            module.register_forward_hook(note(name, "after"))
            module.register_full_backward_pre_hook(note(name, "backward"))
            module.register_full_backward_hook(note(name, "done"))
        x = t.linspace(-1, 1, 8).reshape(4, 2).requires_grad_()
        net(x).pow(2).sum().backward()
        return log

    def _plain(seen: Any) -> Any:
        if isinstance(seen, tuple):
            return [_plain(item) for item in seen]
        return None if seen is None else np.round(np.array(seen.tolist()), 4).tolist()

    ours, theirs = both(record)
    assert [entry[:2] for entry in ours] == [entry[:2] for entry in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        for a, b in zip(mine[2], other[2], strict=True):
            np.testing.assert_allclose(np.ravel(a), np.ravel(b), atol=2e-4)


def test_several_arguments_and_results_in_backward_hooks() -> None:
    def record(t: Any) -> list[Any]:
        class Mixed(t.nn.Module):
            def forward(self, a: Any, b: Any, flag: int = 3) -> Any:
                return a * 2, b * 3, flag, a + b

        module, log = Mixed(), []
        module.register_full_backward_hook(lambda m, *seen: log.append(seen))
        for weights in ((1, 0, 0), (1, 10, 100), (0, 0, 1)):
            for constant in (False, True):
                a, b = (t.ones(2, requires_grad=g) for g in (True, not constant))
                first, second, _, last = module(a, b, 7)
                parts = zip(weights, (first, second, last), strict=True)
                sum(w * part for w, part in parts if w).sum().backward()
        return [[[None if g is None else g.tolist() for g in side] for side in seen] for seen in log]

    assert record(mt) == record(torch)


def test_second_derivatives_with_backward_hooks() -> None:
    def derivatives(t: Any) -> list[Any]:
        class Cube(t.nn.Module):
            def forward(self, x: Any) -> Any:
                return x * x * x

        module, x = Cube(), t.tensor([2.0], requires_grad=True)
        module.register_full_backward_hook(lambda m, given, got: (given[0] * 10,))
        (first,) = t.autograd.grad(module(x), x, create_graph=True)
        (second,) = t.autograd.grad(first, x)
        return [first.tolist(), second.tolist()]

    assert derivatives(mt) == derivatives(torch)


def test_older_options_of_losses() -> None:
    for options in ({"size_average": False}, {"reduce": False}, {"size_average": True, "reduce": True}):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            ours, theirs = (t.nn.L1Loss(**options).reduction for t in (mt, torch))
        assert ours == theirs
        assert str(caught[0].message) == str(caught[1].message)
