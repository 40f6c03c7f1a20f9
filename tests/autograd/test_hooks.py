"""Hooks on tensors, leaves and nodes: what they see, what they replace, when they fire."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
from microtensor import nn


def story(torch: Any) -> list[Any]:
    """A program that hangs a hook of every kind, and what they reported."""
    log: list[Any] = []
    x = torch.ones(2, requires_grad=True)
    w = torch.full((2,), 2.0, requires_grad=True)
    y = x * w
    z = torch.tanh(y)
    loss = (z * w).sum()
    x.register_hook(lambda g: log.append("x"))
    w.register_hook(lambda g: log.append("w"))
    y.register_hook(lambda g: (log.append("y"), g * 2)[1])
    y.register_hook(lambda g: log.append("y again"))
    y.retain_grad()
    z.register_hook(lambda g: log.append("z"))
    x.register_post_accumulate_grad_hook(lambda p: log.append(("x done", p.grad is not None)))
    w.register_post_accumulate_grad_hook(lambda p: log.append("w done"))
    node = y.grad_fn
    node.register_prehook(lambda outs: log.append(("before", len(outs))))
    node.register_hook(lambda ins, outs: log.append(("after", len(ins), len(outs))))
    node.next_functions[0][0].register_hook(lambda ins, outs: log.append(("x node", len(ins), len(outs))))
    node.next_functions[1][0].register_prehook(lambda outs: log.append(("w node", len(outs))))
    loss.backward()
    numbers = [x.grad.tolist(), w.grad.tolist(), y.grad.tolist()]
    return [*log, [[round(v, 5) for v in row] for row in numbers]]


ORDER = ["z", "y", "y again", ("before", 1), ("after", 2, 1), "x", ("x done", True), ("x node", 0, 1), "w",
         ("w node", 1), "w done"]  # fmt: skip


def test_the_order() -> None:
    assert story(mt)[:-1] == ORDER


def test_pytorch_tells_the_same_story() -> None:
    torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")
    assert story(torch) == story(mt)


def test_a_removed_hook_is_silent() -> None:
    x = mt.ones(2, requires_grad=True)
    seen: list[Any] = []
    handle = x.register_hook(seen.append)
    handle.remove()
    x.sum().backward()
    assert seen == []


def test_a_node_hook_replaces_what_is_sent_on() -> None:
    x = mt.ones(2, requires_grad=True)
    y = x * 3
    y.grad_fn.register_hook(lambda ins, outs: (ins[0] * 10, None))
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [30.0, 30.0]


def test_a_prehook_replaces_what_arrives() -> None:
    x = mt.ones(2, requires_grad=True)
    y = x * 3
    y.grad_fn.register_prehook(lambda outs: (outs[0] * 10,))
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [30.0, 30.0]


def test_a_prehook_sees_all_outputs_of_a_function() -> None:
    class Two(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2, x * 3

        @staticmethod
        def backward(ctx: Any, a: Any, b: Any) -> Any:
            return 2 * a + 3 * b

    x = mt.ones(2, requires_grad=True)
    first, _ = Two.apply(x)
    seen: list[Any] = []
    first.grad_fn.register_prehook(lambda outs: seen.append([o is None for o in outs]))
    first.sum().backward()
    assert seen == [[False, True]]
    assert x.grad is not None
    assert x.grad.tolist() == [2.0, 2.0]


def test_a_hook_that_returns_another_shape_is_refused_and_leaves_grad_alone() -> None:
    x = mt.ones(2, requires_grad=True)
    y = x * 3
    y.register_hook(lambda g: mt.ones(3))
    with pytest.raises(RuntimeError, match="hook '<lambda>' has changed the size of value"):
        y.sum().backward()
    assert x.grad is None


def test_a_hook_that_returns_another_dtype_or_no_tensor_is_refused() -> None:
    y = mt.ones(2, requires_grad=True) * 3
    handle = y.register_hook(lambda g: g.double())
    with pytest.raises(RuntimeError, match="changed the type of value: .*float32 came in, .*float64"):
        y.sum().backward(retain_graph=True)
    handle.remove()
    y.register_hook(lambda g: "no")
    with pytest.raises(TypeError, match="expected Variable, but hook returned 'str'"):
        y.sum().backward()


def test_a_prehook_cannot_make_a_gradient_of_none() -> None:
    x = mt.tensor([[1.0, 3.0], [2.0, 0.0]], dtype=mt.float64, requires_grad=True)
    s, _ = mt.linalg.eigh(x)
    seen = []
    handle = s.grad_fn.register_prehook(lambda gs: seen.append([g is None for g in gs]))
    s.sum().backward(retain_graph=True)
    assert seen == [[False, True]]
    handle.remove()
    s.grad_fn.register_prehook(lambda gs: (gs[0], mt.ones(2, 2, dtype=mt.float64)))
    with pytest.raises(RuntimeError, match="can't replace a None gradient"):
        s.sum().backward()


def test_a_node_hook_that_returns_too_few_is_refused() -> None:
    x = mt.ones(2, requires_grad=True)
    y = x * x
    y.grad_fn.register_hook(lambda ins, outs: (ins[0],))
    with pytest.raises(RuntimeError, match=r"an incorrect number of values \(got 1, but expected 2\)"):
        y.sum().backward()


def test_where_no_hook_can_hang() -> None:
    with pytest.raises(RuntimeError, match="doesn't require gradient"):
        mt.ones(2).register_hook(print)
    with pytest.raises(RuntimeError, match="doesn't require gradient"):
        mt.ones(2).register_post_accumulate_grad_hook(print)
    with pytest.raises(RuntimeError, match="non-leaf"):
        (mt.ones(2, requires_grad=True) * 2).register_post_accumulate_grad_hook(print)


def test_hooks_are_recorded_under_create_graph() -> None:
    x = mt.tensor(3.0, requires_grad=True)
    y = x * x
    y.register_hook(lambda g: g * x)
    (first,) = mt.autograd.grad(y, x, create_graph=True)  # 2 x * x
    (second,) = mt.autograd.grad(first, x)
    assert second.item() == 12.0


def test_an_optimizer_in_the_backward_pass_frees_each_gradient_at_once() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 1))
    alive: list[int] = []

    def update(p: Any) -> None:
        alive.append(sum(q.grad is not None for q in model.parameters()))
        with mt.no_grad():
            p -= 0.1 * p.grad
        p.grad = None

    for p in model.parameters():
        p.register_post_accumulate_grad_hook(update)
    model(mt.randn(4, 3)).sum().backward()
    assert len(alive) == 4
    assert max(alive) == 1


@pytest.mark.parametrize("kind", ["leaf", "node", "accumulate"])
def test_what_a_hook_keeps_is_not_written_to_later(kind: str) -> None:
    """The gradient of a leaf is not the array that a hook was shown."""
    kept: list[Any] = []
    x = mt.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(2):
        y = x * 3.0
        if kind == "leaf" and not kept:
            x.register_hook(kept.append)
        elif kind == "node":
            y.grad_fn.register_hook(lambda ins, outs: kept.append(ins[0]))
        elif kind == "accumulate" and not kept:
            y.grad_fn.next_functions[0][0].register_hook(lambda ins, outs: kept.append(outs[0]))
        y.sum().backward()
    assert [g.tolist() for g in kept] == [[3.0, 3.0]] * 2
    assert x.grad.tolist() == [6.0, 6.0]


def test_what_a_node_hook_returns_is_not_written_to_later() -> None:
    mine = mt.tensor([5.0, 6.0])
    x = mt.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    y.grad_fn.register_hook(lambda ins, outs: (mine,))
    y.sum().backward()
    x.grad.zero_()
    assert mine.tolist() == [5.0, 6.0]


def test_a_hook_after_accumulation_returns_nothing() -> None:
    x = mt.ones(2, requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda p: p.grad * 2)
    with pytest.raises(RuntimeError, match="post accumulate grad hooks should return None"):
        (x * 2).sum().backward()


def test_a_leaf_that_is_turned_off_after_its_use_runs_its_hooks_and_keeps_no_gradient() -> None:
    x, seen = mt.ones(2, requires_grad=True), []
    x.register_hook(lambda g: seen.append(g.tolist()))
    y = (x * 3).sum()
    x.requires_grad_(False)
    y.backward()
    assert seen == [[3.0, 3.0]]
    assert x.grad is None


def test_what_a_hook_on_a_node_returns_is_checked() -> None:
    for register in ("register_hook", "register_prehook"):
        y = mt.ones(2, requires_grad=True) * 3
        getattr(y.grad_fn, register)(lambda gs, *rest: gs[0])
        with pytest.raises(TypeError, match="expected tuple, but hook returned 'Tensor'"):
            y.sum().backward()


def test_a_prehook_may_take_the_gradient_away() -> None:
    x = mt.ones(2, requires_grad=True)
    y = x * 3
    y.grad_fn.register_prehook(lambda gs: (None,))
    y.sum().backward()
    assert x.grad is None


def test_leaves_that_are_ready_together_are_finished_in_the_order_of_their_edges() -> None:
    p, q = mt.ones(3, 1, requires_grad=True), mt.ones(3, 2, requires_grad=True)
    seen: list[Any] = []
    p.register_post_accumulate_grad_hook(lambda _: seen.append(q.grad))
    (p * q).sum().backward()
    assert seen == [None]


def test_the_hooks_on_a_tensor_can_be_counted() -> None:
    x = mt.ones(2, requires_grad=True)
    y = x * 2
    assert x._backward_hooks is None
    handle = x.register_hook(lambda g: g)
    y.register_hook(lambda g: g)
    assert len(x._backward_hooks) == len(y._backward_hooks) == 1
    handle.remove()
    assert len(x._backward_hooks) == 0


@pytest.mark.parametrize("make", [lambda x: x, lambda x: x * 2], ids=["leaf", "result"])
def test_hooks_of_one_tensor_see_one_gradient(make: Any) -> None:
    """Programs tie an attribute to it, and look for it in the next hook."""
    x = mt.ones(2, requires_grad=True)
    y, seen = make(x), []
    y.register_hook(lambda g: setattr(g, "mark", "first"))
    y.register_hook(lambda g: seen.append(g.mark))
    y.register_hook(lambda g: g * 3)
    y.register_hook(lambda g: seen.append(hasattr(g, "mark")))
    y.sum().backward()
    assert seen == ["first", False]
    assert x.grad.tolist() == ([3, 3] if y is x else [6, 6])
