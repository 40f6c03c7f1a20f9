"""Groups, options, hooks and saving: what all optimizers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import microtensor as mt
from microtensor import nn, optim

MATRICES_ALONE = "Muon"
ROWS_ALONE = "SparseAdam"
OTHERS = ("Optimizer", "lr_scheduler", MATRICES_ALONE, ROWS_ALONE)
ALL = [name for name in optim.__all__ if name not in OTHERS]


def leaf(*shape: int) -> mt.Tensor:
    """A parameter of ones."""
    return mt.ones(*shape, requires_grad=True)


# ----------------------------------------------------------------- parameters


@pytest.mark.parametrize("name", ALL)
def test_parameters_in_all_their_forms(name: str) -> None:
    """Lists, generators, named parameters and dictionaries, as in PyTorch."""
    make = getattr(optim, name)
    model = nn.Linear(2, 1)
    for params in ([leaf(2)], (leaf(1) for _ in range(2)), model.parameters()):
        assert "param_names" not in make(params).param_groups[0]
    assert make(model.named_parameters()).param_groups[0]["param_names"] == ["weight", "bias"]
    group = make([{"params": leaf(2), "lr": 0.5}]).param_groups[0]
    assert group["lr"] == 0.5
    assert len(group["params"]) == 1


ERRORS: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (
        lambda: optim.SGD(leaf(2)),
        TypeError,
        r"should be an iterable of Tensors or dicts.*shape \(2,\)",
    ),
    (lambda: optim.SGD([]), ValueError, "empty parameter list"),
    (lambda: optim.SGD([leaf(2) * 2]), ValueError, r"can't optimize a non-leaf Tensor.*\(2,\)"),
    (lambda: optim.SGD([1.0]), TypeError, "can only optimize Tensors.*float"),
    (lambda: optim.SGD([{"params": {leaf(2)}}]), TypeError, "ordered collections"),
    (lambda: optim.SGD([("w", leaf(2)), leaf(2)]), ValueError, "1 of 2 are there"),
    (lambda: optim.SGD([leaf(2)]).add_param_group([leaf(2)]), TypeError, "must be a dict"),
    (
        lambda: optim.SGD([leaf(2)]).add_param_group({"params": [("w", leaf(2))]}),
        ValueError,
        "with/without names, and this group has them",
    ),
    (
        lambda: optim.SGD([leaf(2)], lr=-1),
        ValueError,
        "Invalid learning rate: -1: it must be 0 or more",
    ),
    (lambda: optim.Adam([leaf(2)], lr=mt.ones(2)), ValueError, "Tensor lr must be 1-element.*2"),
    (lambda: optim.Adam([leaf(2)], lr=float("nan")), ValueError, "Invalid learning rate: nan"),
    (lambda: optim.SGD([leaf(2)], momentum=-1), ValueError, "Invalid momentum value: -1"),
    (
        lambda: optim.SGD([leaf(2)], nesterov=True),
        ValueError,
        "Nesterov momentum requires.*momentum=0",
    ),
    (lambda: optim.Adam([leaf(2)], betas=(0.9, 1.0)), ValueError, "beta parameter at index 1: 1.0"),
    (lambda: optim.AdamW([leaf(2)], betas=(0.9, mt.tensor(0.99))), ValueError, "both floats or both Tensors"),
    (lambda: optim.Adam([leaf(2)], lr=mt.tensor(0.1), foreach=True), ValueError, "lr as a Tensor is not"),
    (
        lambda: optim.Adam([leaf(2)], betas=(mt.tensor(0.9), mt.tensor(0.9)), foreach=True),
        ValueError,
        r"betas\[0\] as a Tensor is not supported",
    ),
    (lambda: optim.Adam([leaf(2)], eps=-1), ValueError, "Invalid epsilon value: -1"),
    (lambda: optim.Adadelta([leaf(2)], rho=2), ValueError, "Invalid rho value: 2"),
    (lambda: optim.Rprop([leaf(2)], etas=(2, 3)), ValueError, "Invalid eta values: 2, 3"),
    (
        lambda: optim.Adam([leaf(2)], foreach=True, fused=True),
        RuntimeError,
        "cannot be `True` together",
    ),
    (lambda: optim.NAdam([leaf(2)], capturable=True), NotImplementedError, "there is no GPU"),
    (
        lambda: optim.LBFGS([leaf(2)], line_search_fn="golden"),
        RuntimeError,
        "only 'strong_wolfe'.*golden",
    ),
    (
        lambda: optim.LBFGS([{"params": leaf(2)}, {"params": leaf(2)}]),
        ValueError,
        "parameter groups",
    ),
    (lambda: optim.LBFGS([leaf(2)]).step(), TypeError, "pass step\\(\\) a closure"),
    (
        lambda: optim.Optimizer([leaf(2)], {"lr": 1}).step(),
        NotImplementedError,
        "has to define step",
    ),
]


@pytest.mark.parametrize(("make", "error", "words"), ERRORS)
def test_refusals(make: Callable[[], Any], error: type[Exception], words: str) -> None:
    """What cannot be done is said in words, by the class that PyTorch raises."""
    with pytest.raises(error, match=words):
        make()


def test_flags_without_effect_are_accepted() -> None:
    """`foreach` and `fused` choose between kernels that compute the same."""
    for flag in ("foreach", "fused"):
        optimizer = optim.AdamW([leaf(2)], **{flag: True})
        assert optimizer.param_groups[0][flag] is True


def test_a_group_that_is_refused_leaves_no_trace() -> None:
    """A parameter that is in another group already changes nothing, not even the dictionary."""
    shared = leaf(2)
    optimizer = optim.SGD([shared], lr=0.1)
    group = {"params": [leaf(1), shared]}
    with pytest.raises(ValueError, match="more than one parameter group"):
        optimizer.add_param_group(group)
    assert len(optimizer.param_groups) == 1
    assert list(group) == ["params"]


def test_required_options() -> None:
    """An option without a default has to be in the group or in the constructor."""
    defaults = {"lr": optim.optimizer.required}
    with pytest.raises(ValueError, match="required optimization parameter lr"):
        optim.Optimizer([leaf(2)], defaults)
    assert optim.Optimizer([{"params": leaf(2), "lr": 1}], defaults).param_groups[0]["lr"] == 1


def test_repr() -> None:
    """PyTorch's, sorted by option."""
    optimizer = optim.Adadelta([{"params": leaf(1)}, {"params": leaf(1), "lr": 2}])
    options = (
        "    capturable: False\n    differentiable: False\n    eps: 1e-06\n    foreach: None\n"
        "    lr: {}\n    maximize: False\n    rho: 0.9\n    weight_decay: 0\n"
    )
    first, second = options.format(1.0), options.format(2)
    assert repr(optimizer) == f"Adadelta (\nParameter Group 0\n{first}\nParameter Group 1\n{second})"


# ------------------------------------------------------------------- training


def test_zero_grad() -> None:
    """By default gradients go away; otherwise they are filled with zeros where they exist."""
    w, idle = leaf(2), leaf(2)
    optimizer = optim.SGD([w, idle])
    w.grad = mt.ones(2)
    kept = w.grad
    optimizer.zero_grad(set_to_none=False)
    assert (w.grad == 0).all()
    assert (kept == 0).all()
    assert idle.grad is None
    optimizer.zero_grad()
    assert w.grad is None


def test_zero_grad_forgets_a_gradients_history() -> None:
    """A gradient from ``create_graph=True`` becomes a constant, and its graph goes away."""
    w = leaf(2)
    (w**3).sum().backward(create_graph=True)
    optim.SGD([w]).zero_grad(set_to_none=False)
    assert w.grad is not None
    assert not w.grad.requires_grad
    assert w.grad.tolist() == [0.0, 0.0]


def test_closure_runs_with_recording_on() -> None:
    """`step` returns what the closure returned, also inside ``no_grad``."""
    w = leaf(2)
    optimizer = optim.SGD([w], lr=0.5)

    def closure() -> mt.Tensor:
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    with mt.no_grad():
        assert optimizer.step(closure).item() == 2
    assert w.tolist() == [0.0, 0.0]
    assert optimizer.step() is None


def test_learning_rates_may_change() -> None:
    """Between steps, by group, and as a tensor."""
    a, b = leaf(1), leaf(1)
    optimizer = optim.SGD([{"params": a}, {"params": b, "lr": mt.tensor(0.5)}], lr=0.25)
    for p in (a, b):
        p.grad = mt.ones(1)
    optimizer.step()
    assert (a.item(), b.item()) == (0.75, 0.5)
    optimizer.param_groups[0]["lr"] = 1.0
    optimizer.param_groups[1]["lr"].fill_(0.0)
    optimizer.step()
    assert (a.item(), b.item()) == (-0.25, 0.5)


def test_groups_may_be_added_between_steps() -> None:
    """A new group starts its own state."""
    a, b = leaf(1), leaf(1)
    a.grad, b.grad = mt.ones(1), mt.ones(1)
    optimizer = optim.Adagrad([a], lr=1.0)
    optimizer.step()
    optimizer.add_param_group({"params": b, "lr": 0.5})
    optimizer.step()
    assert b.item() == pytest.approx(0.5)
    assert [optimizer.state[p]["step"].item() for p in (a, b)] == [2, 1]


def test_nothing_is_left_in_the_graph() -> None:
    """Parameters stay leaves, and their gradients stay theirs."""
    w = leaf(2)
    w.grad = mt.ones(2)
    optim.Adam([w]).step()
    assert w.is_leaf
    assert w.requires_grad
    assert w.grad.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("name", [name for name in ALL if name != "LBFGS"])
def test_every_optimizer_descends(name: str) -> None:
    """On a bowl, every optimizer comes closer to the middle."""
    w = mt.tensor([3.0, -2.0], requires_grad=True)
    optimizer = getattr(optim, name)([w], lr=0.05)
    for _ in range(50):
        optimizer.zero_grad()
        (w * w).sum().backward()
        optimizer.step()
    assert (w * w).sum().item() < 12.95


# ---------------------------------------------------------------------- hooks


def test_step_hooks() -> None:
    """They run around the step in order, see the arguments, and can be removed."""
    seen: list[Any] = []
    optimizer = optim.SGD([leaf(1)])
    before = optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append((len(args), kwargs)))
    after = optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(o is optimizer))
    optimizer.step()
    assert seen == [(1, {}), True]
    before.remove()
    after.remove()
    optimizer.step()
    assert len(seen) == 2


def test_a_step_hook_may_change_the_arguments() -> None:
    """It returns new ones, the optimizer first; anything else is an error."""
    optimizer = optim.SGD([leaf(1)])
    hook = optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, lambda: 7), {}))
    assert optimizer.step() == 7
    hook.remove()
    optimizer.register_step_pre_hook(lambda o, args, kwargs: 5)
    with pytest.raises(RuntimeError, match="a tuple of .*returned 5"):
        optimizer.step()


def test_hooks_run_once_for_an_optimizer_of_the_users() -> None:
    """A ``step`` that calls ``super().step()`` is one step."""
    seen = []

    class Counting(optim.SGD):
        def step(self, closure: Any = None) -> Any:
            return super().step(closure)

    optimizer = Counting([leaf(1)])
    optimizer.register_step_pre_hook(lambda *_: seen.append(1))
    optimizer.step()
    assert seen == [1]


def test_saving_hooks() -> None:
    """They see, and may replace, what is saved and what is loaded."""
    optimizer, seen = optim.SGD([leaf(1)], lr=0.5), []
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("second"))
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("first"), prepend=True)
    optimizer.register_state_dict_post_hook(lambda o, saved: saved | {"note": 1})
    saved = optimizer.state_dict()
    assert saved["note"] == 1
    optimizer.register_load_state_dict_pre_hook(lambda o, saved: saved | {"param_groups": _with_lr(saved, 9)})
    optimizer.register_load_state_dict_post_hook(lambda o: seen.append(o.param_groups[0]["lr"]))
    optimizer.load_state_dict(saved)
    assert seen == ["first", "second", 9]


def _with_lr(saved: dict[str, Any], lr: float) -> list[dict[str, Any]]:
    return [group | {"lr": lr} for group in saved["param_groups"]]


# --------------------------------------------------------------------- saving


def descend(optimizer: Any, params: list[mt.Tensor], steps: int) -> None:
    """Some steps down a bowl."""

    def closure() -> mt.Tensor:
        optimizer.zero_grad()
        loss = sum((p * p).sum() for p in params)
        loss.backward()
        return loss

    for _ in range(steps):
        optimizer.step(closure)


@pytest.mark.parametrize("name", ALL)
def test_training_goes_on_from_a_saved_state(name: str) -> None:
    """Save, load into another optimizer, and go on: the same values as without the break."""
    options = {"momentum": 0.9} if name in ("SGD", "RMSprop") else {}
    if name == "LBFGS":
        options = {"max_iter": 2}
    a, b = leaf(2, 2), leaf(3)
    with mt.no_grad():
        b *= 3
    optimizer = getattr(optim, name)([a, b], lr=0.05, **options)
    descend(optimizer, [a, b], 3)
    c, d = (p.detach().clone().requires_grad_() for p in (a, b))
    other = getattr(optim, name)([c, d], lr=123.0, **options)
    other.load_state_dict(optimizer.state_dict())
    for opt, params in ((optimizer, [a, b]), (other, [c, d])):
        descend(opt, params, 3)
    assert a.tolist() == c.tolist()
    assert b.tolist() == d.tolist()
    assert repr(optimizer) == repr(other)


def test_the_state_dict_is_pytorchs() -> None:
    """Positions for parameters, over all groups, and only those with state."""
    a, b, c = leaf(1), leaf(1), leaf(1)
    optimizer = optim.Adam([{"params": [a, b]}, {"params": [c], "lr": 1.0}])
    b.grad, c.grad = mt.ones(1), mt.ones(1)
    optimizer.step()
    saved = optimizer.state_dict()
    assert list(saved) == ["state", "param_groups"]
    assert sorted(saved["state"]) == [1, 2]
    assert list(saved["state"][1]) == ["step", "exp_avg", "exp_avg_sq"]
    assert [group["params"] for group in saved["param_groups"]] == [[0, 1], [2]]
    assert saved["state"][2]["exp_avg"] is optimizer.state[c]["exp_avg"]


def test_loading_copies_and_casts() -> None:
    """What is loaded shares no memory, and takes the parameter's dtype but for the step count."""
    a, b = leaf(2), mt.ones(2, dtype=mt.float64).requires_grad_()
    source, target = optim.Adam([a]), optim.Adam([b])
    a.grad, b.grad = mt.ones(2), mt.ones(2, dtype=mt.float64)
    source.step()
    target.load_state_dict(source.state_dict())
    assert target.state[b]["exp_avg"].dtype == mt.float64
    assert target.state[b]["step"].dtype == mt.float32
    target.step()
    assert source.state[a]["step"].item() == 1
    assert source.state[a]["exp_avg"].tolist() == pytest.approx([0.1, 0.1])


def test_loading_what_does_not_fit() -> None:
    """Another number or size of groups is refused, and nothing changes."""
    two = optim.SGD([{"params": leaf(1)}, {"params": leaf(1)}]).state_dict()
    wide = optim.SGD([leaf(1), leaf(1)]).state_dict()
    optimizer = optim.SGD([leaf(1)], lr=0.5)
    with pytest.raises(ValueError, match="different number of parameter groups: 2, .* has 1"):
        optimizer.load_state_dict(two)
    with pytest.raises(ValueError, match=r"doesn't match the size .* \[2\], .* \[1\]"):
        optimizer.load_state_dict(wide)
    assert optimizer.param_groups[0]["lr"] == 0.5


def test_loading_what_an_older_program_saved() -> None:
    """Options that it did not know take their defaults, and its step count is a Python number."""
    w = leaf(1)
    optimizer = optim.Adam([w], lr=0.5)
    moments = {"exp_avg": mt.ones(1), "exp_avg_sq": mt.ones(1)}
    group = {"lr": 0.1, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "amsgrad": False}
    optimizer.load_state_dict(
        {"state": {0: {"step": 7, **moments}}, "param_groups": [group | {"params": [0]}]}
    )
    w.grad = mt.ones(1)
    optimizer.step()
    assert optimizer.param_groups[0]["maximize"] is False
    assert optimizer.state[w]["step"].item() == 8
    assert w.item() == pytest.approx(1 - 0.1 / (1 - 0.9**8) * (1 - 0.999**8) ** 0.5)


def test_names_survive_loading() -> None:
    """Saved names win; without any, the optimizer's own stay."""
    plain, named = optim.SGD([leaf(1)]), optim.SGD([("w", leaf(1))])
    other = optim.SGD([("v", leaf(1))])
    named.load_state_dict(plain.state_dict())
    assert named.param_groups[0]["param_names"] == ["w"]
    named.load_state_dict(other.state_dict())
    assert named.param_groups[0]["param_names"] == ["v"]


def test_an_optimizer_without_its_bases_constructor() -> None:
    """Published wrappers do without: steps, hooks and states work."""

    class Wrapper(optim.Optimizer):
        def __init__(self, inner: Any) -> None:
            self.inner, self.param_groups, self.state, self.defaults = (
                inner,
                inner.param_groups,
                inner.state,
                {},
            )

        def step(self, closure: Any = None) -> Any:
            return self.inner.step(closure)

    w = leaf(1)
    wrapper = Wrapper(optim.SGD([w], lr=0.5))
    seen: list[Any] = []
    wrapper.register_step_post_hook(lambda *_: seen.append("stepped"))
    w.grad = mt.ones(1)
    before = w.item()
    wrapper.step()
    assert (w.item(), seen) == (before - 0.5, ["stepped"])
    wrapper.state_dict()
    assert not optim.SGD([leaf(1)], lr=1)._hooks["step_post"]
