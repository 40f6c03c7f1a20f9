"""A frame is a pure function of a training, and says what the network computes."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from cases import CASES

import microtensor as mt
from microtensor.playground import Settings, Trainer
from microtensor.playground.curve import MOST, Curve
from microtensor.playground.frame import frame, scene
from microtensor.playground.packing import maps, number


def levels(text: str) -> np.ndarray[Any, Any]:
    return np.frombuffer(base64.b64decode(text), np.int8).astype(float)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_json_and_changes_nothing(case: dict[str, Any]) -> None:
    trainer = Trainer(Settings.of(case))
    for _ in range(2):
        before = [value.numpy().copy() for value in trainer.model.state_dict().values()]
        found = json.loads(json.dumps([frame(trainer, 8), scene(trainer, 10, 8)], allow_nan=False))
        assert found[0] == json.loads(json.dumps(frame(trainer, 8)))
        after = [value.numpy() for value in trainer.model.state_dict().values()]
        assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
        assert trainer.model.training
        trainer.advance(3)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_maps_are_what_the_layers_say(case: dict[str, Any]) -> None:
    trainer, grid = Trainer(Settings.of(case)), 7
    trainer.advance(10)
    found, inputs = frame(trainer, grid), trainer.settings.inputs
    x = np.array([[-3.0, 3.0][:inputs]], np.float32)  # the first point of a map: the corner at the top left
    features = levels(scene(trainer, grid=grid)["maps"]["map"]).reshape(len(trainer.settings.features), -1)
    if "x1" in trainer.settings.features:
        assert features[0, 0] == -127
    from microtensor.playground.data import featured
    from microtensor.playground.layers import evaluating, through

    with evaluating(trainer.model), mt.no_grad():
        said = through(trainer.blocks, featured(trainer.settings, mt.from_numpy(x)))
    for layer, values in zip(found["layers"][:-1], said, strict=False):
        units = len(layer["bias"])
        shown = levels(layer["map"]).reshape(units, -1)[:, 0] / 127 * np.array(layer["scale"])
        np.testing.assert_allclose(shown, values.numpy()[0], atol=max(layer["scale"]) / 200)


@pytest.mark.parametrize("loss", ["BCE", "CE", "MSE"])
def test_the_output_is_log_odds_and_the_last_units_are_probabilities(loss: str) -> None:
    trainer = Trainer(Settings.of({"data": "gaussians", "loss": loss, "layers": "3-Tanh"}))
    trainer.advance(20)
    found, last = frame(trainer, 9)["output"], frame(trainer, 9)["layers"][-1]
    output = trainer.model(mt.tensor([[-3.0, 3.0]])).detach().numpy().astype(float)[0]
    if loss == "CE":
        odds = output[1] - output[0]
        likely = 1 / (1 + np.exp([odds, -odds]))
    else:
        odds = output[0] if loss == "BCE" else np.log(output[0] / (1 - output[0]))
        likely = 1 / (1 + np.exp([-odds]))
    at_the_corner = levels(found["map"])[0] / 127 * found["scale"][0]
    assert at_the_corner == pytest.approx(np.tanh(odds / 8), abs=found["scale"][0] / 250)
    units = levels(last["map"]).reshape(len(likely), -1)[:, 0] / 127 * last["scale"]
    np.testing.assert_allclose(units, 2 * likely - 1, atol=max(last["scale"]) / 250)
    assert odds != 0


def test_of_three_classes_the_output_is_each_ones_probability() -> None:
    trainer = Trainer(Settings.of({"data": "three"}))
    trainer.advance(20)
    output = trainer.model(mt.tensor([[-3.0, 3.0]])).softmax(1).detach().numpy()[0]
    shown = levels(frame(trainer, 9)["output"]["map"]).reshape(3, -1)[:, 0] / 127
    np.testing.assert_allclose(shown, 2 * output - 1, atol=0.005)


def test_weights_gradients_and_updates() -> None:
    trainer = Trainer(Settings.of({"layers": "3-ReLU"}))
    assert frame(trainer, 4)["layers"][0]["grad"] is None
    trainer.advance(4)
    found = frame(trainer, 4)["layers"][0]
    weight = trainer.blocks[0].weight
    np.testing.assert_allclose(found["weight"], weight.detach().numpy(), rtol=1e-4)
    np.testing.assert_allclose(found["grad"], weight.grad.numpy(), rtol=1e-4)
    np.testing.assert_allclose(found["update"], trainer.updates[0], rtol=1e-4)
    assert np.shape(found["weight"]) == (3, 2)


def test_accuracy_is_the_share_that_is_right() -> None:
    for case in (
        {"loss": "BCE"},
        {"loss": "CE"},
        {"loss": "MSE"},
        {"data": "three"},
        {"data": "three", "loss": "MSE"},
    ):
        trainer = Trainer(Settings.of(case))
        trainer.advance(200)
        output = trainer.model(trainer.train.x)
        likely = output.detach().numpy()
        if likely.shape[1] > 1:
            said = likely.argmax(1)
        else:
            said = (likely[:, 0] > (0.5 if case.get("loss") == "MSE" else 0)).astype(int)
        expected = (said == trainer.train.labels.numpy()).mean()
        assert frame(trainer, 4)["train"]["accuracy"] == pytest.approx(expected)
        assert expected > 0.6


def test_what_is_not_finite_is_none_and_has_a_byte_of_its_own() -> None:
    trainer = Trainer(Settings.of({"data": "plane", "layers": "2-ReLU", "optimizer": "SGD", "lr": 1e4}))
    trainer.advance(500)
    assert trainer.broken
    found = json.dumps(frame(trainer, 4), allow_nan=False)
    assert "null" in found
    assert levels(maps(np.array([[np.nan], [1.0]], np.float32))["map"]).tolist() == [-128, 127]
    assert number(float("inf")) is None


def test_a_curve_never_has_too_many_points_and_can_be_cut() -> None:
    curve = Curve()
    for step in range(5000):
        curve.add(step, 1.0, 2.0)
    curve.add(4000, 9.0, 9.0)
    assert len(curve.rows) <= MOST
    assert (curve.rows[0][0], curve.rows[-1][0]) == (0, 4999)
    curve.cut(100)
    assert all(step <= 100 for step in curve.columns()["step"])
    assert 9.0 not in curve.columns()["train"]
