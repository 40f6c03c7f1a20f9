"""gradcheck: right gradients pass, planted wrong ones are found at their entry, kinks are kinks."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.autograd.checking.jacobians import GradcheckError
from microtensor.autograd.gradcheck import KinkWarning, gradcheck, gradgradcheck

F = mt.nn.functional


def leaf(*values: Any) -> mt.Tensor:
    return mt.tensor(list(values), dtype=mt.float64, requires_grad=True)


def random(*shape: int, seed: int = 0) -> mt.Tensor:
    return mt.tensor(np.random.default_rng(seed).uniform(0.5, 1.5, shape)).requires_grad_()


def function(forward: Callable[..., Any], backward: Callable[..., Any]) -> Callable[..., Any]:
    """A Function of one tensor, with whatever gradient the test wants to plant."""

    class Planted(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return forward(x)

        @staticmethod
        def backward(ctx: Any, *g: Any) -> Any:
            return backward(ctx.saved_tensors[0], *g)

    return Planted.apply


def off_at(place: tuple[int, ...]) -> Callable[..., Any]:
    """The square, with a gradient that is wrong at one entry."""
    wrong = mt.zeros(2, 3, dtype=mt.float64)
    wrong[place] = 0.5
    return function(lambda x: x * x, lambda x, g: (2 * x + wrong) * g)


SMOOTH: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "exp": (lambda x: x.exp(), (random(2, 3),)),
    "product of two": (lambda x, y: x @ y, (random(2, 3), random(3, seed=1))),
    "several outputs": (lambda x: (x.sum(), x * 2, x.argmax()), (random(2, 3),)),
    "a list of outputs": (lambda x: [x.sin(), x.cos()], (random(3),)),
    "scalar": (lambda x: x * x, (mt.tensor(3.0, dtype=mt.float64, requires_grad=True),)),
    "empty": (lambda x: x * 2, (random(0, 3),)),
    "an argument without gradient": (lambda x, n: x**n, (random(3), 2)),
    "unused input": (lambda x, y: x * 1, (random(3), random(2))),
    "the same input twice": (lambda x, y: x * y, (random(3, seed=4),) * 2),
    "the input itself": (lambda x: x, (random(3),)),
    "a view": (lambda x: x.t()[0], (random(2, 3),)),
    "constant": (lambda x: mt.ones(2), (random(3),)),
}


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("fast", [False, True])
def test_right_gradients_pass(name: str, fast: bool) -> None:
    func, inputs = SMOOTH[name]
    assert gradcheck(func, inputs, fast_mode=fast, check_forward_ad=True, check_grad_dtypes=True) is True


@pytest.mark.parametrize("name", [name for name in SMOOTH if name != "constant"])
@pytest.mark.parametrize("fast", [False, True])
def test_right_second_derivatives_pass(name: str, fast: bool) -> None:
    func, inputs = SMOOTH[name]
    assert gradgradcheck(func, inputs, fast_mode=fast, check_fwd_over_rev=True) is True


@pytest.mark.parametrize("place", [(0, 0), (0, 2), (1, 1)])
def test_a_planted_error_is_found_at_its_entry(place: tuple[int, int]) -> None:
    x = random(2, 3)
    with pytest.raises(GradcheckError) as caught:
        gradcheck(lambda c, weights: (c, off_at(place)(weights)), (random(1), x))
    i, j = place
    text = str(caught.value)
    entry = rf"d output 1\[{i}, {j}\] / d input 1 \(weights\)\[{i}, {j}\]: analytical (\S+), numerical (\S+)"
    both = re.search(entry, text)
    assert both is not None, text
    number = 2 * float(x[i, j])
    assert (float(both[1]), float(both[2])) == pytest.approx((number + 0.5, number), abs=1e-7)
    assert text.count(" / d ") == 1
    assert "Jacobian mismatch for output 1 with respect to input 1" in text
    assert "1 of 49 entries are off" in text


@pytest.mark.parametrize("fast", [False, True])
def test_no_exception_on_request(fast: bool) -> None:
    assert gradcheck(off_at((1, 2)), random(2, 3), raise_exception=False, fast_mode=fast) is False


def test_fast_mode_names_the_entry_too() -> None:
    with pytest.raises(GradcheckError, match=r"d output 0\[1, 2\] / d input 0\[1, 2\]: analytical"):
        gradcheck(off_at((1, 2)), random(2, 3), fast_mode=True)


@pytest.mark.parametrize("fast", [False, True])
def test_forward_mode_is_checked_by_itself(fast: bool) -> None:
    with pytest.raises(GradcheckError, match="computed with forward mode mismatch"):
        gradcheck(
            off_at((0, 0)), random(2, 3), check_forward_ad=True, check_backward_ad=False, fast_mode=fast
        )


@pytest.mark.parametrize("scale", [1.0, 1e8])
def test_fast_mode_calls_the_function_twice_for_each_input(scale: float) -> None:
    calls = []
    x, y = ((random(20, seed=seed).detach() * scale).requires_grad_() for seed in (0, 1))
    assert gradcheck(lambda x, y: calls.append(1) or (2 * x, 4 * y), (x, y), fast_mode=True)
    assert len(calls) == 1 + 2 * 2


def test_a_wrong_second_derivative_is_found() -> None:
    cut = function(lambda x: x**3, lambda x, g: 3 * x.detach() ** 2 * g)
    assert gradcheck(cut, random(2))
    with pytest.raises(GradcheckError, match=r"d output 0\[0\] / d input 0\[0\]: analytical 0, numerical"):
        gradgradcheck(cut, random(2))
    with pytest.raises(GradcheckError, match="gradgradcheck: .* is the backward pass: these are second"):
        gradgradcheck(cut, random(2))
    assert gradgradcheck(cut, random(2), raise_exception=False) is False


def test_second_derivatives_by_given_cotangents() -> None:
    u = random(2, seed=3)
    assert gradgradcheck(lambda x: x**3, random(2), u)
    assert gradgradcheck(lambda x: x**3, random(2), (u,))
    assert u.grad is None


def test_cotangents_of_another_layout_on_request() -> None:
    layouts: set[bool] = set()
    triple = function(lambda x: x * 3, lambda x, g: layouts.add(g.is_contiguous()) or g * 3)
    assert gradgradcheck(triple, random(4))
    assert layouts == {True}
    assert gradgradcheck(triple, random(4), gen_non_contig_grad_outputs=True)
    assert layouts == {True, False}


# ---------------------------------------------------------------------- what is left behind


def bits(x: mt.Tensor) -> bytes:
    return x.detach().array.tobytes()


@pytest.mark.parametrize("fast", [False, True])
def test_inputs_are_left_bit_for_bit(fast: bool) -> None:
    x = leaf(-0.0, 1e-300, 0.1, 12345.678)
    before, array = bits(x), x.array
    gradcheck(lambda x: x * x, x, fast_mode=fast)
    assert bits(x) == before
    assert x.array is array
    assert x.grad is None
    assert x._version == 0


def test_inputs_are_left_as_they_were_by_a_function_that_raises() -> None:
    x, calls = leaf(1.0, 2.0), []

    def breaks(x: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return x * 2

    with pytest.raises(KeyboardInterrupt):
        gradcheck(breaks, x)
    assert x.tolist() == [1.0, 2.0]


def test_a_module_is_checked_through_its_own_parameters() -> None:
    layer = mt.nn.Linear(3, 2).double()
    data = random(4, 3).detach()
    assert gradcheck(lambda *_: layer(data).tanh(), tuple(layer.parameters()))
    assert all(p.grad is None for p in layer.parameters())


def test_a_tensor_in_the_middle_of_a_graph_is_an_input_too() -> None:
    assert gradcheck(lambda y: y * y, random(3) * 2)


# ---------------------------------------------------------------------------------- kinks

KINKS: dict[str, tuple[Callable[..., Any], Any]] = {
    "relu": (lambda x: x.relu(), leaf(0.0, 1.0, -1.0)),
    "amax of three equals": (lambda x: x.amax(), leaf(2.0, 1.0, 2.0, 2.0)),
    "max and its index": (lambda x: x.max(dim=0)[0], leaf(2.0, 1.0, 2.0)),
    "elu without its slope": (lambda x: F.leaky_relu(x, 0.25), leaf(0.0, 3.0)),
    "clamp at its end": (lambda x: x.clamp(min=0.5), leaf(0.5, 1.0)),
    "hardtanh at its end": (lambda x: F.hardtanh(x), leaf(1.0, 0.0)),
    "right beside": (lambda x: x.abs(), leaf(3e-7, -3e-7, 2e-9)),
}


@pytest.mark.parametrize("name", KINKS)
@pytest.mark.parametrize("fast", [False, True])
def test_a_kink_is_reported_and_not_an_error(name: str, fast: bool) -> None:
    func, x = KINKS[name]
    with pytest.warns(KinkWarning, match=r"entries lie on a kink.*\n.*d output 0.* / d input 0"):
        assert gradcheck(func, x, fast_mode=fast) is True


@pytest.mark.parametrize(
    "func", [lambda x: x.abs(), lambda x: x.amax(), lambda x: mt.maximum(x, mt.zeros(2).double())]
)
def test_a_kink_where_the_central_quotient_agrees_needs_no_word(func: Callable[..., Any]) -> None:
    assert gradcheck(func, leaf(0.0, 0.0)) is True


def test_the_warning_points_at_the_call() -> None:
    with pytest.warns(KinkWarning) as caught:
        gradcheck(lambda x: x.relu(), leaf(0.0))
    assert caught[0].filename == __file__


def test_a_kink_does_not_hide_an_error_elsewhere() -> None:
    wrong = function(lambda x: x.relu(), lambda x, g: mt.where(x > 0, 1.5, 0.0) * g)
    with pytest.raises(GradcheckError) as caught:
        gradcheck(wrong, leaf(0.0, 1.0))
    text = str(caught.value)
    assert "1 of 4 entries are off" in text
    assert "d output 0[1] / d input 0[1]: analytical 1.5, numerical 1\n" in text
    assert "1 of 4 entries lie on a kink" in text


@pytest.mark.parametrize("slope", [1.5, -0.2])
def test_a_number_that_is_no_subgradient_is_an_error_on_a_kink(slope: float) -> None:
    wrong = function(lambda x: x.relu(), lambda x, g: mt.where(x == 0, slope, (x > 0).double()) * g)
    with pytest.raises(GradcheckError, match="1 of 4 entries"):
        gradcheck(wrong, leaf(0.0, 1.0))


def test_beside_a_kink_the_gradient_is_that_of_its_side() -> None:
    coarse = function(lambda x: x.abs(), lambda x, g: -0.4 * g)  # the left quotient at 3e-7 with eps=1e-6
    with pytest.raises(GradcheckError, match="analytical -0.4"):
        gradcheck(coarse, leaf(3e-7))


def test_strong_curvature_is_no_kink() -> None:
    wrong = function(lambda x: (1e4 * x).cos(), lambda x, g: 0.0 * g + 1e-4)
    with pytest.raises(GradcheckError):
        gradcheck(wrong, leaf(0.0))
    steep = function(lambda x: 1e6 * x * x, lambda x, g: 2e6 * x * g + 0.5 * g)
    with pytest.raises(GradcheckError, match="analytical 0.5, numerical"):
        gradcheck(steep, leaf(0.0))


@pytest.mark.parametrize("name", ["floor", "round", "sign"])
def test_a_jump_is_an_error_that_says_so(name: str) -> None:
    at = 0.5 if name == "round" else 0.0
    with pytest.raises(GradcheckError, match=r"function jumps at d output 0\[0\] / d input 0 \(x\)\[0\]"):
        gradcheck(lambda x: getattr(x, name)() + 0 * x, leaf(at))


# --------------------------------------------------------------------------------- reasons


def test_nondeterministic_functions() -> None:
    with pytest.raises(GradcheckError, match="function is not deterministic: two calls"):
        gradcheck(lambda x: F.dropout(x, 0.5), leaf(*range(1, 9)))


def test_nondeterministic_backward() -> None:
    rng = np.random.default_rng(0)
    noisy = function(lambda x: x * 2, lambda x, g: g * (2 + 1e-7 * float(rng.uniform())))
    with pytest.raises(
        GradcheckError, match=r"Backward is not reentrant: .* d output 0\[0\] / d input 0\[0\]"
    ):
        gradcheck(noisy, leaf(1.0))
    with pytest.raises(GradcheckError, match="Backward is not reentrant"):
        gradcheck(noisy, leaf(1.0), fast_mode=True)
    assert gradcheck(noisy, leaf(1.0), nondet_tol=1e-6)


@pytest.mark.parametrize(
    ("func", "reason"),
    [
        (function(lambda x: x * 3, lambda x, g: g * 6), "Each of them is 2 times the numerical one"),
        (function(lambda x: x * 3, lambda x, g: g * -3), "Each of them is -1 times"),
        (lambda x: (x * x).detach() + 0 * x, "The gradient is zero: a detach"),
        (lambda x: (x.float() * x.float()).sum(), "output 0 is torch.float32: .* lost in rounding"),
        (lambda x: (x - 1).sqrt(), "not finite within 1e-06"),
    ],
)  # fmt: skip
def test_the_likely_reason_is_named(func: Callable[..., Any], reason: str) -> None:
    with pytest.raises(GradcheckError, match=reason):
        gradcheck(func, leaf(1.0, 2.0))


def test_only_the_first_entries_are_listed() -> None:
    with pytest.raises(GradcheckError, match="and 3 more\n9 of 81 entries are off"):
        gradcheck(function(lambda x: x * 3, lambda x, g: g * 6), random(9))


def test_a_constant_that_is_none() -> None:
    with pytest.raises(
        GradcheckError, match=r"expected to be zero.* d output 0\[1\] / d input 0 \(x\)\[1\] is 4"
    ):
        gradcheck(lambda x: x.detach() ** 2, leaf(0.0, 2.0))


def test_backward_has_to_be_linear_in_the_cotangent() -> None:
    shifted = function(lambda x: x * 2, lambda x, g: 2 * g + (1.0 if not g.any() else 0.0))
    with pytest.raises(GradcheckError, match=r"not multiplied by grad_output: .* it makes 1\b"):
        gradcheck(shifted, leaf(1.0))


@pytest.mark.parametrize("fast", [False, True])
def test_a_nonlinear_backward_that_is_right_for_single_ones(fast: bool) -> None:
    squared = function(lambda x: x * 2, lambda x, g: 2 * g * g)
    with pytest.raises(GradcheckError, match="backward is not linear in grad_output: by input 0"):
        gradcheck(squared, leaf(1.0, 2.0), fast_mode=fast)


@pytest.mark.parametrize("fast", [False, True])
def test_large_values_are_moved_by_what_they_really_move(fast: bool) -> None:
    assert gradcheck(lambda x: 2 * x, leaf(1.1e8, -3.3e7), fast_mode=fast)


def undefined(answer: Callable[..., Any]) -> Callable[..., Any]:
    class Three(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.set_materialize_grads(False)
            return x * 1, x * 2, x * 3

        @staticmethod
        def backward(ctx: Any, *gs: Any) -> Any:
            return answer(*gs)

    return Three.apply


def pulled(*gs: Any) -> Any:
    return sum(k * g for k, g in enumerate(gs, 1) if g is not None)


def test_outputs_without_a_cotangent() -> None:
    x = leaf(1.0, 2.0)
    assert gradcheck(undefined(pulled), x)
    missing_one = undefined(lambda *gs: pulled(*gs) if gs.count(None) != 1 else gs[0] + gs[1] + gs[2])
    with pytest.raises(GradcheckError, match="without a cotangent for output 0 .* TypeError"):
        gradcheck(missing_one, x)
    assert gradcheck(missing_one, x, check_undefined_grad=False)
    ones = undefined(lambda *gs: pulled(*gs) if gs.count(None) != 1 else mt.ones(2, dtype=mt.float64))
    with pytest.raises(GradcheckError, match="undefined or zero"):
        gradcheck(ones, x)


# -------------------------------------------------------------------------------- refusals


def test_float32_is_checked_with_a_warning_that_has_the_reason_and_the_remedy() -> None:
    x = mt.ones(2, requires_grad=True)
    with pytest.warns(UserWarning, match=r"input 0 \(x\) is torch.float32.*x\.double\(\).* about 0.12"):
        assert not gradcheck(lambda x: (x * 1.1).exp(), x, raise_exception=False)
    with pytest.warns(UserWarning, match="grad_output 0 is torch.float32"):
        gradgradcheck(lambda x: x.float() ** 2, leaf(1.0), raise_exception=False)


def test_float32_passes_with_a_step_that_suits_it() -> None:
    x = mt.ones(2, requires_grad=True)
    with pytest.warns(UserWarning, match="not a double precision") as caught:
        assert gradcheck(lambda x: x * x, x, eps=1e-2, atol=1e-3, rtol=1e-2)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("func", "inputs", "error", "text"),
    [
        (lambda x: x, mt.ones(2), ValueError, "at least one input tensor to require gradient"),
        (lambda x: x, (), ValueError, "at least one input"),
        (lambda x: x, leaf(1.0).detach().expand(3).requires_grad_(), RuntimeError, "share memory"),
        (lambda x: 3, leaf(1.0), TypeError, "output 0 of the function is int"),
        (lambda x: (x, None), leaf(1.0), TypeError, "output 1 of the function is NoneType"),
        (lambda x: x[: 1 + int(x[0] > 1)], leaf(1.0, 2.0), AssertionError, "outputs of the same shapes"),
        (lambda x: x, leaf(1e11), GradcheckError, "cannot move an input of value 1e\\+?11|100000000000"),
    ],
)  # fmt: skip
def test_refusals(func: Any, inputs: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        gradcheck(func, inputs)


def test_windows_that_overlap_are_refused() -> None:
    windows = np.lib.stride_tricks.sliding_window_view(np.arange(4.0), 2, writeable=True)
    with pytest.raises(RuntimeError, match="share memory"):
        gradcheck(lambda x: x * 2, mt.from_numpy(windows).requires_grad_())


def test_read_only_memory_is_refused() -> None:
    array = np.arange(3.0)
    x = mt.from_numpy(array).requires_grad_()
    x.array.flags.writeable = False
    with pytest.raises(RuntimeError, match="read-only memory"):
        gradcheck(lambda x: x * 2, x)


@pytest.mark.parametrize("view", [lambda a: a[::-1], lambda a: a.T, lambda a: a[:, ::2]])
def test_other_layouts_are_fine(view: Callable[..., Any]) -> None:
    x = mt.as_tensor(view(np.random.default_rng(0).uniform(1, 2, (3, 4)))).requires_grad_()
    assert gradcheck(lambda x: (x * x).sum(0), x)


def test_modes_that_contradict_each_other() -> None:
    for bad in (
        {"check_backward_ad": False}, {"check_batched_forward_grad": True},
        {"check_batched_grad": True, "check_backward_ad": False, "check_forward_ad": True},
    ):  # fmt: skip
        with pytest.raises(AssertionError, match="Expected"):
            gradcheck(lambda x: x, leaf(1.0), **bad)
    with pytest.raises(AssertionError, match="Expected check_fwd_over_rev or check_rev_over_rev to be True"):
        gradgradcheck(lambda x: x, leaf(1.0), check_rev_over_rev=False, check_undefined_grad=False)
    with pytest.raises(ValueError, match="no output of the function requires a gradient"):
        gradgradcheck(lambda x: x.detach(), leaf(1.0))


def test_it_works_under_no_grad_and_leaves_no_warning() -> None:
    with mt.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert gradcheck(lambda x: x.log(), leaf(1.0, 2.0))
        assert gradgradcheck(lambda x: x.log(), leaf(1.0, 2.0))


def test_a_function_without_a_signature_is_checked_by_number() -> None:
    from microtensor.autograd.checking.jacobians import argument_names

    assert argument_names(min, 2) == ("input 0", "input 1")
    assert argument_names(5, 1) == ("input 0",)  # type: ignore[arg-type]


def test_a_gradient_of_another_dtype_is_an_error_if_asked() -> None:
    @mt.op(x=lambda g: g.astype(np.float32))
    def narrowed(x: Any, /) -> Any:
        return x * 1

    del mt.registry["narrowed"]
    x = mt.ones(2, dtype=mt.float64, requires_grad=True)
    with pytest.raises(GradcheckError, match="Gradient has dtype mismatch: torch.float32"):
        gradcheck(narrowed, x, check_grad_dtypes=True, atol=1e-3)
