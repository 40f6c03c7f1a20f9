"""The chain rule of one weight: four ways to one number, and the optimizer's update."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from cases import CASES

from microtensor.playground import Settings, Trainer
from microtensor.playground.chain_rule import Weight, by_differences, update_of, why
from microtensor.playground.choices import OPTIMIZERS


def trained(case: dict[str, Any], steps: int = 12) -> Trainer:
    trainer = Trainer(Settings.of(case))
    trainer.advance(steps)
    return trainer


@pytest.mark.parametrize("case", CASES, ids=str)
def test_four_ways_agree(case: dict[str, Any]) -> None:
    trainer = trained(case)
    for layer, block in enumerate(trainer.blocks):
        weight = Weight(layer, block.weight.shape[0] - 1, 0, 1)
        found = why(trainer, weight)
        said = [line["text"] for line in found["lines"] if line["text"].startswith("  w ")]
        by_words = float(re.findall(r"-?\d[\d.]*(?:e[+-]\d+)?", said[-1])[-1])
        forward = "\n".join(line["text"] for line in found["lines"]).split("Backward")[0]
        assert float(forward.split()[-1]) == pytest.approx(found["loss"], rel=1e-3, abs=1e-5)
        ways = [found["paths"]["sum"], by_words, by_differences(trainer, weight)["difference"]]
        np.testing.assert_allclose(ways, found["gradient"], rtol=2e-3, atol=2e-6)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_words_have_the_values_of_the_units(case: dict[str, Any]) -> None:
    trainer = trained(case)
    seen = 0
    for unit in range(trainer.blocks[0].weight.shape[0]):
        found = why(trainer, Weight(0, unit, 0, 0))
        for line in found["lines"][: [line["text"] for line in found["lines"]].index("")]:
            named = re.match(r"  (h|out_)(\d+)(?:_(\d+))? .* = (\S+)$", line["text"])
            if named and line["at"]:
                layer, at = line["at"]
                value = float(named[4].strip("()"))
                assert value == pytest.approx(found["nodes"][layer]["value"][at], rel=1e-3, abs=1e-5)
                seen += 1
    assert seen >= len(trainer.blocks)


def test_all_paths_are_counted_and_the_largest_are_shown() -> None:
    trainer = trained({"layers": "5-Tanh,4-Tanh,3-Tanh"})
    paths = why(trainer, Weight(0, 1, 0, 0))["paths"]
    assert paths["count"] == 4 * 3
    assert [path["units"][0] for path in paths["shown"]] == [1] * 12
    assert len({tuple(path["units"]) for path in paths["shown"]}) == 12
    sizes = [abs(path["product"]) for path in paths["shown"]]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(path["product"] for path in paths["shown"]) == pytest.approx(paths["sum"], abs=1e-5)


def test_at_each_unit_upstream_times_local_is_the_product() -> None:
    trainer = trained({"layers": "3-ReLU,4-Sigmoid"})
    nodes = why(trainer, Weight(0, 0, 0, 2))["nodes"]
    for node in nodes:
        np.testing.assert_allclose(
            np.multiply(node["upstream"], node["local"]), node["product"], rtol=1e-3, atol=1e-7
        )
    for layer in (0, 1):
        weights = trainer.blocks[layer + 1].weight.detach().numpy()
        sent = np.array(nodes[layer + 1]["product"]) @ weights
        np.testing.assert_allclose(nodes[layer]["upstream"], sent, rtol=1e-3, atol=1e-7)


def test_every_line_with_a_name_knows_its_unit() -> None:
    lines = why(trained({"layers": "2-Tanh,3-ReLU"}), Weight(0, 1, 0, 0))["lines"]
    starts = {line["text"].split()[0]: line["at"] for line in lines if line["text"].startswith("  ")}
    assert starts["h1_2"] == starts["z1_2"] == starts["w"] == [0, 1]
    assert starts["h2_3"] == [1, 2]
    assert starts["out_1"] == [2, 0]
    assert {line["at"] is None for line in lines if not line["text"].startswith("  ")} == {True}
    whole = [line for line in lines if line["text"] and not line["text"].startswith("      ")]
    about_the_loss = [line["text"].split()[0] for line in whole if not line["at"]]
    assert set(about_the_loss) <= {"Forward", "Backward,", "loss", "=", "g"}


@pytest.mark.parametrize("penalty", ["none", "L1", "L2"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("steps", [1, 2, 9])
def test_the_updates_formula_gives_the_weight_that_there_is(optimizer: str, penalty: str, steps: int) -> None:
    trainer = trained({"optimizer": optimizer, "penalty": penalty, "rate": 0.1, "lr": 0.05}, steps)
    for layer, unit, source in ((0, 3, 1), (2, 0, 5)):
        found = update_of(trainer, layer, unit, source)
        assert found is not None
        assert found["rows"][-1]["value"] == pytest.approx(found["after"], rel=1e-4, abs=1e-6)
        assert found["after"] == trainer.blocks[layer].weight[unit, source].item()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_each_row_of_an_update_is_what_its_numbers_give(optimizer: str) -> None:
    trainer = trained({"optimizer": optimizer, "penalty": "L2", "rate": 0.1})
    for row in update_of(trainer, 1, 2, 3)["rows"]:
        assert eval(row["numbers"], {"sqrt": np.sqrt}) == pytest.approx(row["value"], rel=1e-2, abs=1e-5)


def test_before_the_first_step_there_is_no_update() -> None:
    assert why(Trainer(Settings()), Weight(0, 0, 0, 0))["update"] is None


@pytest.mark.parametrize(
    "weight", [Weight(3, 0, 0, 0), Weight(0, 8, 0, 0), Weight(0, 0, 2, 0), Weight(-1, 0, 0, 0)]
)
def test_a_weight_that_is_not_there(weight: Weight) -> None:
    with pytest.raises(ValueError, match="there is no weight"):
        why(Trainer(Settings()), weight)
    with pytest.raises(ValueError, match="there is no weight"):
        by_differences(Trainer(Settings()), weight)


def test_a_point_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="there is no point 100: expected 0 to 99"):
        why(Trainer(Settings()), Weight(0, 0, 0, 100))


def test_asking_changes_nothing() -> None:
    trainer, other = trained({}), trained({})
    why(trainer, Weight(0, 0, 0, 0))
    by_differences(trainer, Weight(1, 0, 0, 0))
    trainer.advance(20)
    other.advance(20)
    assert trainer.loss == other.loss
