"""`DataParallel` on a machine without GPUs."""

from __future__ import annotations

import microtensor as mt
from microtensor import nn


def test_it_runs_the_module_and_names_it_in_state_dicts() -> None:
    inner = nn.Linear(2, 3)
    model = nn.DataParallel(inner, device_ids=[0, 1])
    x = mt.randn(4, 2)
    assert mt.equal(model(x), inner(x))
    assert mt.equal(model(input=x), inner(x))
    assert (list(model.state_dict()), model.device_ids) == (["module.weight", "module.bias"], [])
    assert model.module is inner
    assert nn.parallel.DataParallel is nn.DataParallel


def test_it_gives_what_the_module_gives() -> None:
    class Several(nn.Module):
        def forward(self, *, scale: float = 1.0) -> dict[str, float]:
            return {"scale": scale}

    assert nn.DataParallel(Several())(scale=2.0) == {"scale": 2.0}
