"""What hooks and Functions may ask of the pass that runs, and queue for its end."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
from microtensor import _C

engine = mt.autograd.Variable._execution_engine


def leaf(*values: float) -> mt.Tensor:
    return mt.tensor(list(values), dtype=mt.float32, requires_grad=True)


def during(ask: Any, pass_: Any) -> list[Any]:
    """What `ask` answers in a hook on ``y = x * 2``, in the pass that `pass_` makes of x and y."""
    x = leaf(1, 2)
    y = x * 2
    found: list[Any] = []
    y.register_hook(lambda g: found.append(ask(x, y)))
    pass_(x, y)
    return found


def plain(x: mt.Tensor, y: mt.Tensor) -> None:
    (y.sum() * 2).backward()


def test_a_pass_has_a_number_and_a_node_at_hand() -> None:
    assert _C._current_graph_task_id() == -1
    assert _C._current_autograd_node() is None
    assert during(lambda x, y: _C._current_graph_task_id() != -1, plain) == [True]
    assert during(lambda x, y: _C._current_autograd_node() is y.grad_fn, plain) == [True]


def test_which_nodes_a_pass_will_pull_back() -> None:
    other = (leaf(1) * 2).grad_fn

    def ask(x: mt.Tensor, y: mt.Tensor) -> list[bool]:
        (first, _), _ = y.grad_fn.next_functions
        return [_C._will_engine_execute_node(node) for node in (y.grad_fn, other, first)]

    assert during(ask, plain) == [[True, False, True]]
    assert during(ask, lambda x, y: y.sum().backward(mt.tensor(1.0))) == [[True, False, True]]
    assert during(ask, lambda x, y: y.sum().backward(inputs=[x])) == [[True, False, True]]
    assert during(ask, lambda x, y: y.sum().backward(inputs=[y])) == [[True, False, False]]


def test_where_the_question_of_nodes_is_refused() -> None:
    node = (leaf(1) * 2).grad_fn
    with pytest.raises(RuntimeError, match="only be called during the backward pass"):
        _C._will_engine_execute_node(node)
    with pytest.raises(TypeError, match=r"expects an autograd\.Node, but got int"):
        during(lambda x, y: _C._will_engine_execute_node(3), plain)
    with pytest.raises(RuntimeError, match="currently running autograd.grad"):
        during(
            lambda x, y: _C._will_engine_execute_node(y.grad_fn.next_functions[0][0]),
            lambda x, y: mt.autograd.grad(y.sum(), x),
        )


def test_the_order_of_what_is_left() -> None:
    def names(x: mt.Tensor, y: mt.Tensor) -> list[str]:
        return [node.name().rpartition(":")[2] for node in _C._current_graph_task_execution_order()]

    with mt.autograd.set_multithreading_enabled(False):
        assert not _C._is_multithreading_enabled()
        assert during(names, plain) == [["MulBackward0", "AccumulateGrad"]]
    assert _C._is_multithreading_enabled()
    with pytest.raises(RuntimeError, match="multithreading disabled"):
        during(names, plain)
    with pytest.raises(RuntimeError, match="only be called during the backward pass"):
        _C._current_graph_task_execution_order()


def test_callbacks_run_at_the_end_and_may_queue_more() -> None:
    log: list[str] = []

    def more() -> None:
        log.append("first")
        engine.queue_callback(lambda: log.append("second"))

    def ask(x: mt.Tensor, y: mt.Tensor) -> None:
        engine.queue_callback(more)
        log.append("hook")

    during(ask, plain)
    assert log == ["hook", "first", "second"]
    with pytest.raises(RuntimeError, match="only be installed during backward pass"):
        engine.queue_callback(more)


def test_a_pass_for_some_tensors_alone_is_no_place_for_a_reentrant_checkpoint() -> None:
    assert engine.is_checkpoint_valid()
    assert during(lambda x, y: engine.is_checkpoint_valid(), plain) == [True]
    assert during(lambda x, y: engine.is_checkpoint_valid(), lambda x, y: mt.autograd.grad(y.sum(), x)) == [
        False
    ]


def test_the_places_of_pytorchs_compiled_engine() -> None:
    auto = _C._autograd
    assert auto._saved_tensors_hooks_is_enabled()
    auto._saved_tensors_hooks_disable("not now")
    assert auto._saved_tensors_hooks_get_disabled_error_message() == "not now"
    assert not auto._saved_tensors_hooks_is_enabled()
    auto._saved_tensors_hooks_enable()
    seen: list[Any] = []
    auto._push_saved_tensors_default_hooks(lambda t: seen.append(t) or t, lambda t: t)
    leaf(1).exp()
    auto._pop_saved_tensors_default_hooks()
    leaf(1).exp()
    assert len(seen) == 1


def test_a_delayed_error_and_an_undefined_gradient() -> None:
    x = leaf(1)
    with pytest.raises(RuntimeError, match="Boom"):
        _C._functions.DelayedError("Boom", 1)(x).backward()
    a, b = _C._functions.UndefinedGrad()(x, x)
    (a + b).backward()
    assert x.grad is None


def test_a_callback_may_ask_which_nodes_there_were() -> None:
    x = leaf(1, 2)
    y = x * 2
    found: list[bool] = []
    ask = lambda: found.append(_C._will_engine_execute_node(y.grad_fn))  # noqa: E731
    y.register_hook(lambda g: engine.queue_callback(ask))
    y.backward(mt.ones(2), retain_graph=True)
    y.sum().backward()
    assert found == [True, True]
