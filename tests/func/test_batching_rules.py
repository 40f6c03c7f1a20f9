"""The law of batching: an op under `vmap` is the op on every example, for every op of the registry."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.engine.op_definition import Op
from microtensor.func import dispatch as rules
from microtensor.func import vmap
from microtensor.func.batched_tensor import Call
from microtensor.testing import assert_close
from microtensor.testing.laws import cotangent
from microtensor.testing.samples import cases_of, draw_all

OPS = list(mt.registry.values())
SIZE = 3
by_name = pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)


def examples(op: Op, arrays: Any, seed: int) -> list[list[Any]]:
    """For each operand, its values in every example; what is no shape is the same in all."""
    rng = np.random.default_rng(seed)
    return list(map(list, zip(*[draw_all(op, arrays, rng) for _ in range(SIZE)], strict=True)))


def subsets(count: int) -> Iterator[tuple[bool, ...]]:
    """Which operands have a batch: every choice of at least one."""
    return (mapped for mapped in itertools.product([True, False], repeat=count) if any(mapped))


def operands(columns: list[list[Any]], mapped: tuple[bool, ...]) -> list[Any]:
    """Tensors with a batch for the mapped operands, the first example for the others."""
    made = [mt.tensor(np.stack(c) if mine else c[0]) for c, mine in zip(columns, mapped, strict=True)]
    return [t.requires_grad_() if t.is_floating_point() or t.is_complex() else t for t in made]


def several(out: Any) -> tuple[Any, ...]:
    return out if isinstance(out, tuple) else (out,)


def gradients(outs: tuple[Any, ...], inputs: list[Any]) -> list[Any]:
    """The gradients of the inputs for fixed cotangents; None where there is none."""
    live = [o for o in outs if o.requires_grad]
    leaves = [x for x in inputs if x.requires_grad]
    if not live:
        return []
    seeds = [mt.tensor(cotangent(o.detach().array)) for o in live]
    return list(mt.autograd.grad(live, leaves, seeds, allow_unused=True))


def one_by_one(op: Op, inputs: list[Any], mapped: tuple[bool, ...], params: Any) -> tuple[Any, ...]:
    """What `vmap` must give: each example by itself, stacked."""
    outs = [
        several(op.call(*[x[i] if mine else x for x, mine in zip(inputs, mapped, strict=True)], **params))
        for i in range(SIZE)
    ]
    return tuple(mt.stack(column) for column in zip(*outs, strict=True))


def batched(
    op: Op, inputs: list[Any], mapped: tuple[bool, ...], params: Any, dims: Any = 0
) -> tuple[Any, ...]:
    in_dims = tuple(dims if mine else None for mine in mapped)
    return several(vmap(lambda *xs: op.call(*xs, **params), in_dims)(*inputs))


def check(found: Any, expected: Any, what: str) -> None:
    assert (found is None) == (expected is None), what
    if found is not None:
        assert_close(found.detach(), expected.detach(), rtol=1e-10, atol=1e-12, msg=what)


@by_name
def test_a_batch_is_its_examples(op: Op) -> None:
    for arrays, params in cases_of(op):
        columns = examples(op, arrays, 0)
        for mapped in subsets(len(columns)):
            what = f"{op.name} {[np.shape(c[0]) for c in columns]} {params} {mapped}: "
            ours, theirs = operands(columns, mapped), operands(columns, mapped)
            found, expected = batched(op, ours, mapped, params), one_by_one(op, theirs, mapped, params)
            for a, b in zip(found, expected, strict=True):
                check(a, b, what)
            used = 1 if op.name == "eig" else None  # a loss may not depend on the phases of eigenvectors
            pairs = zip(gradients(found[:used], ours), gradients(expected[:used], theirs), strict=True)
            for a, b in pairs:
                check(a, b, what + "gradient: ")


@by_name
def test_a_batch_of_batches_is_its_examples(op: Op) -> None:
    """Two levels: operand 0 has both batches, the others the inner one, the outer one, or neither."""
    arrays, params = cases_of(op)[0]
    rows = [examples(op, arrays, seed) for seed in (0, 1)]
    count = len(rows[0])
    for extra in range(4):
        outer = tuple(i == 0 or bool(extra & 1) for i in range(count))
        inner = tuple(i == 0 or bool(extra & 2) for i in range(count))
        parts = [operands(row, inner) for row in rows]
        whole = [
            mt.stack([p[i].detach() for p in parts]) if outer[i] else parts[0][i].detach()
            for i in range(count)
        ]

        def over_examples(*xs: Any, inner: Any = inner) -> Any:
            return batched(op, list(xs), inner, params)

        found = several(vmap(over_examples, tuple(0 if o else None for o in outer))(*whole))
        for k in range(2):
            mine = [parts[k][i] if outer[i] else parts[0][i] for i in range(count)]
            for a, b in zip(found, one_by_one(op, mine, inner, params), strict=True):
                check(a[k], b, f"{op.name} {params} {outer} {inner}: ")


@by_name
def test_the_pull_back_runs_on_a_batch_of_cotangents(op: Op) -> None:
    """Formulas meet a batch where `vmap` maps over cotangents of one recorded call."""
    for arrays, params in cases_of(op):
        inputs = operands(examples(op, arrays, 0), (False,) * len(arrays))
        if not any(x.requires_grad for x in inputs):
            continue
        floats = [i for i, x in enumerate(inputs) if x.requires_grad]

        def call(*xs: Any, inputs: Any = inputs, floats: Any = floats, params: Any = params) -> Any:
            given = dict(zip(floats, xs, strict=True))
            return several(op.call(*[given.get(i, x) for i, x in enumerate(inputs)], **params))[0]

        out, pull = mt.func.vjp(call, *[inputs[i].detach() for i in floats])
        if not out.is_floating_point() and not out.is_complex():
            continue
        units = mt.tensor(cotangent(np.empty((SIZE, *out.shape), out.dtype)))
        found = vmap(pull)(units)
        for k in range(SIZE):
            for a, b in zip(found, pull(units[k]), strict=True):
                check(a[k], b, f"{op.name} {params}: ")


LOOPED = {"elman_back", "fractional_max_pool", "gru_back", "lstm_back"}
"""Ops that go one by one: each example has gradients of the weights, or random windows, of its own."""


def test_every_other_op_has_a_rule() -> None:
    assert {op.name for op in OPS if rules.rule_of(op) is rules.loop} == LOOPED


def test_a_rule_is_of_an_op() -> None:
    assert set(rules.rules) <= set(mt.registry)


@pytest.mark.parametrize("op", [op for op in OPS if op.name not in LOOPED], ids=lambda op: op.name)
def test_rules_do_not_loop(op: Op, monkeypatch: pytest.MonkeyPatch) -> None:
    """No example is taken out of the batch, and the function is called once."""
    arrays, params = cases_of(op)[0]
    inputs = operands(examples(op, arrays, 0), (True,) * len(arrays))
    calls: list[int] = []
    monkeypatch.setattr(Call, "example", lambda *args: calls.append(1))

    def once(*xs: Any) -> Any:
        calls.append(0)
        return op.call(*xs, **params)

    vmap(once)(*inputs)
    assert calls == [0]


@pytest.mark.parametrize("op", [op for op in OPS if op.name in LOOPED], ids=lambda op: op.name)
def test_without_a_rule_a_batch_of_one_is_its_example_and_none_is_refused(op: Op) -> None:
    arrays, params = cases_of(op)[0]
    inputs = operands(examples(op, arrays, 0), (True,) * len(arrays))
    alone = several(op.call(*[x[0] for x in inputs], **params))
    for a, b in zip(batched(op, [x[:1] for x in inputs], (True,) * len(arrays), params), alone, strict=True):
        check(a[0], b, op.name)
    with pytest.raises(RuntimeError, match=f"{op.name} has no batching rule, and the batch is empty"):
        batched(op, [x[:0] for x in inputs], (True,) * len(arrays), params)


@pytest.mark.parametrize("dim", [0, 1, -1, -2])
def test_the_batch_may_lie_in_any_dimension(dim: int) -> None:
    x, y = mt.randn(4, 5), mt.randn(4, 5)
    expected = mt.stack([(a * b.sum()).cumsum(0) for a, b in zip(x.unbind(dim), y.unbind(dim), strict=True)])
    assert_close(vmap(lambda a, b: (a * b.sum()).cumsum(0), dim)(x, y), expected, rtol=1e-6)


@pytest.mark.parametrize("kind", ["bool", "numbers"])
def test_a_mask_of_attention_may_be_an_example_of_a_batch(kind: str) -> None:
    attend = mt.nn.functional.scaled_dot_product_attention
    q, masks = mt.randn(3, 4, 2), mt.rand(3, 4, 4) > 0.5
    masks = masks if kind == "bool" else masks.float()
    found = mt.vmap(lambda q, mask: attend(q, q, q, mask))(q, masks)
    for i in range(3):
        assert mt.allclose(found[i], attend(q[i], q[i], q[i], masks[i]), atol=1e-6)
