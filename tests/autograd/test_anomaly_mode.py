"""Anomaly mode names the operation that made the first NaN or infinity, and the line that called it."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.autograd.anomaly_mode import (
    detect_anomaly,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    set_detect_anomaly,
)
from microtensor.autograd.graph import saved_tensors_hooks
from microtensor.engine.grad_mode import observer, recording


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """NumPy's own warnings of what is planted here are not the subject."""
    with np.errstate(all="ignore"):
        yield


def leaf(*values: float) -> mt.Tensor:
    return mt.tensor(list(values), requires_grad=True)


def line_of(text: str) -> str:
    """``line N`` for the one line of this file that contains `text` and no quotes around it."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    (number,) = [i for i, line in enumerate(lines, 1) if text in line and f'"{text}' not in line]
    return f'"{__file__}", line {number}: '


def failure(run: Callable[[], Any], **options: Any) -> str:
    with pytest.raises(RuntimeError) as caught, set_detect_anomaly(True, **options):
        run()
    assert not hasattr(caught.value, "__notes__")
    return str(caught.value)


def warned(run: Callable[[], Any]) -> warnings.WarningMessage:
    """The one warning that anomaly mode gives."""
    with warnings.catch_warnings(record=True) as caught, detect_anomaly():
        warnings.simplefilter("always")
        run()
    (warning,) = caught
    assert warning.category is UserWarning
    assert warning.filename == __file__
    return warning


class Planted(mt.autograd.Function):
    """Doubles; its backward returns what `factor` makes of the cotangent."""

    factor = float("nan")

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x * 2

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * Planted.factor


# ------------------------------------------------------------------ backward


def test_a_nan_in_backward_is_refused_in_pytorchs_words() -> None:
    x = leaf(0.0, 1.0)
    message = failure(lambda: (x.sqrt() * 0).sum().backward())
    assert message.startswith("Function 'SqrtBackward0' returned nan values in its 0th output.\n")
    assert x.grad is None


def test_the_forward_line_and_the_shapes_are_named() -> None:
    x = leaf(0.0, 1.0)

    def forward() -> Any:
        root = x.sqrt()  # planted: sqrt of 0
        return (root * 0).sum()

    message = failure(lambda: forward().backward())
    assert "recorded by sqrt(torch.float32 (2,)) -> torch.float32 (2,), called at " in message
    assert line_of("x.sqrt()  # planted: sqrt of 0") in message


def test_the_line_is_the_users_even_through_modules_and_numpy() -> None:
    model = mt.nn.Sequential(mt.nn.Linear(2, 2), mt.nn.Linear(2, 1))
    model[0].weight.data.fill_(float("nan"))
    with pytest.raises(RuntimeError) as caught, detect_anomaly():
        model(mt.ones(1, 2)).sum().backward()  # planted: a weight
    assert line_of("model(mt.ones(1, 2)).sum().backward()  # planted: a weight") in str(caught.value)
    x = leaf(0.0)
    message = failure(lambda: (np.sqrt(x) * 0).sum().backward())  # planted: numpy
    assert line_of("(np.sqrt(x) * 0).sum().backward())  # planted: numpy") in message


def test_the_output_that_is_nan_is_counted() -> None:
    x, y = leaf(1.0), leaf(float("nan"))
    message = failure(lambda: (x.detach() * 2 * y + mt.maximum(x, y) * x).sum().backward())
    assert "MulBackward0' returned nan values in its 1th output" in message


def test_a_function_is_named_by_its_class() -> None:
    x = leaf(1.0)
    message = failure(lambda: Planted.apply(x).sum().backward())
    assert "Function 'PlantedBackward' returned nan values in its 0th output" in message
    assert "recorded by Planted(torch.float32 (1,)) -> torch.float32 (1,)" in message


def test_the_first_infinite_gradient_is_warned_of() -> None:
    x = leaf(0.0, 1.0)
    text = str(warned(lambda: (x.log() * 2).sum().backward()).message)
    assert "Function 'LogBackward0' returned infinite values in its 0th output" in text
    assert "The first infinity of the forward pass was made by this operation." in text
    assert x.grad is not None
    assert x.grad.tolist() == [float("inf"), 2.0]


def test_a_nan_after_an_infinite_gradient_names_both() -> None:
    x = leaf(0.0)
    with pytest.warns(UserWarning, match="'LogBackward0' returned infinite"):
        message = failure(lambda: ((x * 0).log() * 1).sum().backward())
    assert message.startswith("Function 'MulBackward0' returned nan values in its 0th output.")
    assert "Before that: Function 'LogBackward0' returned infinite values in its 0th output." in message
    assert "recorded by log(torch.float32 (1,))" in message
    assert message.endswith("The first infinity of the forward pass was made by this operation.")


def test_an_infinity_of_an_earlier_pass_is_not_blamed() -> None:
    x, y = leaf(0.0), leaf(0.0)
    with detect_anomaly():
        with pytest.warns(UserWarning, match="'LogBackward0' returned infinite"):
            x.log().sum().backward()
        with pytest.raises(RuntimeError, match="SqrtBackward0") as caught:
            (y.sqrt() * 0).sum().backward()
    assert "Before that" not in str(caught.value)


def test_create_graph_is_checked_too() -> None:
    x = leaf(0.0)
    message = failure(lambda: mt.autograd.grad((x.sqrt() * 0).sum(), x, create_graph=True))
    assert "'SqrtBackward0'" in message


# ------------------------------------------------------------------ forward


def test_the_operation_that_made_a_nan_is_warned_of_where_it_was_called() -> None:
    x = leaf(-1.0, 1.0)

    def forward() -> Any:
        y = (x + 0).log()  # planted: log of -1
        return (y * 2 + 1).sum()

    warning = warned(forward)
    assert "the forward pass made a nan: log(torch.float32 (2,)) -> torch.float32 (2,), called at" in str(
        warning.message
    )
    assert line_of("(x + 0).log()  # planted: log of -1").endswith(f"line {warning.lineno}: ")


def test_the_infinity_behind_a_nan_is_named() -> None:
    x = leaf(1000.0)

    def forward() -> Any:
        y = x.exp()  # planted: overflow
        return 2 * y - y

    text = str(warned(forward).message)
    assert "made a nan: sub(torch.float32 (1,), torch.float32 (1,))" in text
    assert "The first infinity of the forward pass was made by exp(torch.float32 (1,))" in text
    assert line_of("x.exp()  # planted: overflow") in text


def test_a_nan_in_the_data_is_told_from_one_that_was_made() -> None:
    x = leaf(1.0)
    message = failure(lambda: ((x * 2) * mt.tensor([float("nan")])).sum().backward())
    assert "An operand of this operation held a nan already." in message


def test_an_infinite_mask_is_no_anomaly() -> None:
    scores = leaf(1.0, 2.0, 3.0)
    with detect_anomaly():
        masked = scores.masked_fill(mt.tensor([False, False, True]), float("-inf"))
        masked.softmax(0)[0].backward()
    assert scores.grad is not None
    assert bool(mt.isfinite(scores.grad).all())


# ------------------------------------------------------------------ the switch


def test_check_nan_false_only_notes_lines() -> None:
    x = leaf(0.0)
    with detect_anomaly(check_nan=False):
        assert is_anomaly_enabled()
        assert not is_anomaly_check_nan_enabled()
        (x.sqrt() * 0).sum().backward()
    assert x.grad is not None
    assert np.isnan(x.grad.tolist()).all()


def test_any_error_in_backward_gets_a_note_on_the_forward_line() -> None:
    x = leaf(1.0)

    def stale() -> None:
        y = x.exp()  # planted: stale
        z = y.log()
        with mt.no_grad():
            y.add_(1)
        z.sum().backward()

    with pytest.raises(RuntimeError, match="inplace operation") as caught, detect_anomaly():
        stale()
    (note,) = caught.value.__notes__
    assert note.startswith("Error detected in LogBackward0, which was recorded by log(torch.float32 (1,))")
    assert __file__ in note


def test_a_node_from_outside_says_so() -> None:
    x = leaf(0.0)
    loss = (x.sqrt() * 0).sum()
    assert "switch anomaly mode on for the forward pass, too" in failure(loss.backward)


def test_outside_nothing_is_checked_and_nothing_is_left() -> None:
    x = leaf(0.0)
    with detect_anomaly():
        loss = (x.sqrt() * 0).sum()
    loss.backward()
    assert observer() is None
    assert recording() is True
    assert (x * 2).grad_fn.extras is None


def test_as_a_function_it_stays_until_switched_off() -> None:
    set_detect_anomaly(True)
    try:
        assert is_anomaly_enabled()
        set_detect_anomaly(True)
    finally:
        set_detect_anomaly(False)
    assert not is_anomaly_enabled()
    assert observer() is None


def test_it_nests_and_can_be_off_inside() -> None:
    with detect_anomaly():
        with set_detect_anomaly(False):
            assert not is_anomaly_enabled()
            with detect_anomaly():
                assert is_anomaly_check_nan_enabled()
        assert is_anomaly_enabled()
    assert not is_anomaly_enabled()


def test_it_is_per_thread() -> None:
    seen = []
    with detect_anomaly():
        thread = threading.Thread(target=lambda: seen.append(is_anomaly_enabled()))
        thread.start()
        thread.join()
    assert seen == [False]


@pytest.mark.parametrize("order", ["outside", "inside", "off inside"])
def test_it_shares_a_thread_with_saved_tensors_hooks(order: str) -> None:
    x, packed = leaf(0.0), []
    hooks = saved_tensors_hooks(lambda t: packed.append(t) or t, lambda t: t)
    first, second = (detect_anomaly(), hooks) if order != "inside" else (hooks, detect_anomaly())
    with first, second:
        if order == "off inside":
            with set_detect_anomaly(False):
                (x.sqrt() * 0).sum().backward()
            assert x.grad is not None
        with pytest.raises(RuntimeError, match="SqrtBackward0"):
            (x.sqrt() * 0).sum().backward()
    assert len(packed) == (2 if order == "off inside" else 1)


def test_without_a_frame_of_the_users_there_is_still_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from microtensor.autograd import anomaly_mode as anomaly

    assert anomaly.line_of(None) == "an unknown line"
    monkeypatch.setattr(anomaly, "user_frame", lambda: None)
    with pytest.warns(UserWarning, match="^made of nothing$"):
        anomaly._warn("made of nothing")


def test_a_node_that_nobody_is_making_has_no_witness() -> None:
    from microtensor.autograd import anomaly_mode as anomaly

    assert anomaly.witness(object()) == ([], [])


def test_pytorchs_two_warnings() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with detect_anomaly():
            y = Planted.apply(mt.ones(1, requires_grad=True))
            with pytest.raises(RuntimeError, match="returned nan values in its 0th output"):
                y.backward()
        z = Planted.apply(mt.ones(1, requires_grad=True))
        with pytest.raises(RuntimeError, match="returned nan"), detect_anomaly():
            z.backward()
    texts = [str(warning.message) for warning in caught]
    assert [text.startswith("Anomaly Detection has been enabled") for text in texts] == [True, False] * 2
    assert "Error detected in PlantedBackward. Traceback of forward call that caused the error" in texts[1]
    assert "Error detected in PlantedBackward. No forward pass information available" in texts[3]
    assert all(warning.filename == __file__ for warning in caught)


def test_nodes_know_their_line_and_the_node_that_made_them() -> None:
    x = mt.ones(1, requires_grad=True)
    with set_detect_anomaly(True):
        assert mt.is_anomaly_enabled()
        y = x.exp()
        (line,) = y.grad_fn.metadata["traceback_"]
        assert "y = x.exp()" in line
        assert "parent_" not in y.grad_fn.metadata
        (g,) = mt.autograd.grad(y, x, create_graph=True)
        assert g.grad_fn.metadata["parent_"] is y.grad_fn
