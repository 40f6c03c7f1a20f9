"""`autograd.Function` under the transforms: its own rule for batches, and what PyTorch asks of it."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import microtensor as mt
from microtensor.func import grad, vmap
from microtensor.testing import assert_close


class Cube(mt.autograd.Function):
    """A function of the kind that PyTorch's transforms take."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Any) -> Any:
        return x**3

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 3 * g * x**2


class Marked(Cube):
    """One with a rule of its own, whose results can be told from the function's."""

    generate_vmap_rule = False
    seen: ClassVar[list[Any]] = []

    @staticmethod
    def vmap(info: Any, in_dims: Any, x: Any) -> Any:
        Marked.seen.append((info.batch_size, info.randomness, in_dims, tuple(x.shape)))
        return x.movedim(in_dims[0], -1) * 7, -1


def test_a_rule_is_made_of_forward_and_backward() -> None:
    x = mt.randn(4, 3, dtype=mt.float64)
    assert_close(vmap(Cube.apply)(x), x**3, rtol=1e-12)
    assert_close(vmap(grad(lambda a: Cube.apply(a).sum()))(x), 3 * x**2, rtol=1e-12)


def test_a_rule_of_its_own_gets_whole_batches() -> None:
    Marked.seen.clear()
    x = mt.arange(6.0).reshape(3, 2)
    assert_close(vmap(Marked.apply, randomness="same")(x), 7 * x)
    assert Marked.seen == [(3, "same", (0,), (3, 2))]
    nested = vmap(vmap(Marked.apply))(x)
    assert_close(nested, 49 * x if len(Marked.seen) > 2 else 7 * x)


def test_a_rule_may_return_several_results_and_some_without_a_batch() -> None:
    class Split(Cube):
        generate_vmap_rule = False

        @staticmethod
        def vmap(info: Any, in_dims: Any, x: Any) -> Any:
            return (x, mt.ones(2)), (0, None)

    x = mt.arange(6.0).reshape(3, 2)
    first, second = vmap(Split.apply, out_dims=(0, None))(x)
    assert_close(first, x)
    assert_close(second, mt.ones(2))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"generate_vmap_rule": False}, "does not have vmap support"),
        ({"vmap": staticmethod(lambda info, dims, x: (x, 0))}, "it has both generate_vmap_rule=True"),
        ({"generate_vmap_rule": False, "vmap": staticmethod(lambda info, dims, x: x)}, "to have two returns"),
    ],
)
def test_no_rule_two_rules_and_a_wrong_rule_are_refused(changes: dict[str, Any], words: str) -> None:
    function = type("Wrong", (Cube,), changes)
    with pytest.raises(RuntimeError, match=words):
        vmap(function.apply)(mt.ones(3, 2))


def test_transforms_ask_for_a_setup_context() -> None:
    class Old(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

    for transformed in (grad(lambda x: Old.apply(x).sum()), vmap(Old.apply)):
        with pytest.raises(
            RuntimeError, match="must override the setup_context staticmethod, and Old does not"
        ):
            transformed(mt.ones(2))


def test_functions_of_this_package_need_no_rule() -> None:
    alpha = mt.full((4, 3), 2.0, dtype=mt.float64)
    rows = vmap(
        lambda a: mt.distributions.Dirichlet(a, validate_args=False).rsample(), randomness="different"
    )
    assert_close(rows(alpha).sum(-1), mt.ones(4, dtype=mt.float64))


class Hundredfold(mt.autograd.Function):
    """A cube whose jvp tells itself from the derivative by a factor."""

    @staticmethod
    def forward(x: mt.Tensor, y: mt.Tensor, n: int) -> Any:
        return x**3 * y, n

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(*inputs[:2])
        ctx.save_for_forward(*inputs[:2])

    @staticmethod
    def backward(ctx: Any, g: mt.Tensor, _: Any) -> Any:
        x, y = ctx.saved_tensors
        return 3 * x**2 * y * g, x**3 * g, None

    @staticmethod
    def jvp(ctx: Any, dx: mt.Tensor, dy: mt.Tensor, _: None) -> Any:
        x, y = ctx.saved_tensors
        return 100 * (3 * x**2 * y * dx + x**3 * dy), None


def hundredfold(x: mt.Tensor) -> mt.Tensor:
    return Hundredfold.apply(x, x, 1)[0]


def test_forward_transforms_ask_a_functions_own_jvp() -> None:
    x = mt.tensor([1.0, 2.0])
    assert mt.func.jvp(hundredfold, (x,), (mt.ones(2),))[1].tolist() == [400, 3200]
    assert mt.func.jacfwd(hundredfold)(x).diag().tolist() == [400, 3200]
    assert mt.func.linearize(hundredfold, x)[1](mt.ones(2)).tolist() == [400, 3200]
    assert mt.func.grad(lambda x: hundredfold(x).sum())(x).tolist() == [4, 32]
    along = mt.func.grad(lambda x: mt.func.jvp(hundredfold, (x,), (mt.ones(2),))[1].sum())
    assert along(x).tolist() == [1200, 4800]
