"""Settings: what is taken, what is refused, and that texts say all of them."""

from __future__ import annotations

from typing import Any

import pytest
from cases import CASES
from hypothesis import given
from hypothesis import strategies as st

from microtensor.playground import Settings
from microtensor.playground.reading import READERS

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_texts_say_everything(case: dict[str, Any]) -> None:
    settings = Settings.of(case)
    assert Settings.of(settings.texts()) == settings


@given(st.dictionaries(st.sampled_from([*READERS, "other"]), JSON, max_size=3))
def test_whatever_is_given_is_taken_whole_or_refused(nonsense: dict[str, Any]) -> None:
    try:
        settings = Settings.of(nonsense)
    except ValueError:
        return
    assert Settings.of(settings.texts()) == settings


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"datum": "xor"}, "there is no setting 'datum': expected one of data"),
        ({"data": "cats"}, "data: expected one of circle, xor"),
        ({"data": ["xor"]}, "got a list"),
        ({"lr": "fast"}, "lr: expected a number from 1e-06 to 1e\\+06, got 'fast'"),
        ({"lr": float("nan")}, "lr: expected a number"),
        ({"lr": -1}, "lr: expected a number"),
        ({"lr": True}, "lr: expected a number"),
        ({"seed": 1.5}, "seed: expected a whole number from 0"),
        ({"batch": 10**400}, "batch: expected a whole number"),
        ({"layers": "9-Tanh"}, "units: expected a whole number from 1 to 8"),
        ({"layers": "4-Tahn"}, "layers: expected one of Tanh, ReLU"),
        ({"layers": "4-ReLU-drop1"}, "dropout: expected a number from 0 to 0.9"),
        ({"layers": ",".join(["2-Tanh"] * 7)}, "layers: expected 6 at most, got 7"),
        ({"layers": "4-Tanh-norm", "batch": 1}, "BatchNorm has no variance"),
        ({"features": ""}, "features: expected at least one"),
        ({"data": "sine", "features": "x2"}, "the feature x2 needs two coordinates"),
        ({"data": "sine", "loss": "CE"}, "loss=CE does not go with sine: expected MSE"),
        ({"data": "three", "loss": "BCE"}, "loss=BCE does not go with three: expected CE or MSE"),
        ({"own": "1,2"}, "own: expected x1,x2,class in each point, got '1,2'"),
        ({"own": "1,2,3"}, "class: expected a whole number from 0 to 2"),
        ({"own": "1,nan,1"}, "coordinate: expected a number"),
        ({"own": "1,2,1;" * 501}, "own: expected 500 points at most, got 501"),
        ({"changes": "20:0.1,10:0.1"}, "changes: expected steps that increase"),
        ({"changes": "a:0.1"}, "step: expected a whole number"),
    ],
)
def test_what_is_refused_says_what_was_expected(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Settings.of(wrong)


def test_a_data_set_brings_its_loss_and_its_features() -> None:
    sine = Settings.of({"features": "x1,x2"}).changed({"data": "sine"})
    assert (sine.loss, sine.features, sine.outputs) == ("MSE", ("x1",), 1)
    assert sine.changed({"data": "three"}).features == ("x1", "x2")
    assert sine.changed({"data": "three"}).loss == "CE"
    assert Settings.of({"loss": "CE"}).changed({"data": "xor"}).loss == "CE"


def test_own_points_outside_are_scaled_into_the_plane() -> None:
    own = Settings.of({"data": "own", "own": "0,100,0;10,300,1;5,200,0;2,100,1"}).own
    assert [p[:2] for p in own[:2]] == [(-2.5, -2.5), (2.5, 2.5)]
    kept = Settings.of({"own": "-3,3,0;1,1,1"}).own
    assert kept == ((-3.0, 3.0, 0), (1.0, 1.0, 1))
    flat = Settings.of({"own": "7,1,0;7,2,1"}).own
    assert [p[0] for p in flat] == [0.0, 0.0]


def test_own_points_decide_what_the_task_is() -> None:
    two = Settings.of({"data": "own", "own": "1,1,0;1,2,1"})
    assert (two.task, two.loss, two.outputs) == ("binary", "BCE", 1)
    three = two.changed({"own": "1,1,0;1,2,1;0,0,2"})
    assert (three.task, three.loss, three.outputs) == ("classes", "CE", 3)


def test_the_learning_rate_of_each_step() -> None:
    settings = Settings.of({"lr": 1.0, "changes": "3:0.5,7:0.25"})
    assert [settings.rate_at(step) for step in (0, 2, 3, 6, 7, 99)] == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
