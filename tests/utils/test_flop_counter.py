"""How many operations a program takes: with PyTorch's numbers, which the table holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import microtensor as mt
from microtensor import nn
from microtensor.errors import ShapeError
from microtensor.nn import functional as F
from microtensor.utils.flop_counter import FlopCounterMode


def leaf(*shape: int) -> Any:
    return mt.ones(*shape, requires_grad=True)


PYTORCHS: dict[str, tuple[Callable[[], Any], int, int]] = {
    "mm": (lambda: mt.mm(leaf(2, 3), leaf(3, 4)), 48, 144),
    "one factor": (lambda: mt.ones(2, 3) @ leaf(3, 4), 48, 96),
    "no gradient": (lambda: mt.ones(2, 3) @ mt.ones(3, 4), 48, 48),
    "vectors": (lambda: mt.dot(leaf(3), leaf(3)) + mt.mv(leaf(2, 3), leaf(3)).sum(), 0, 0),
    "folded": (lambda: leaf(2, 5, 3) @ leaf(3, 4), 240, 720),
    "bmm": (lambda: mt.bmm(leaf(2, 5, 3), leaf(2, 3, 4)), 240, 720),
    "addmm": (lambda: mt.addmm(leaf(4), leaf(2, 3), leaf(3, 4)), 48, 144),
    "baddbmm": (lambda: mt.baddbmm(leaf(2, 5, 4), leaf(2, 5, 3), leaf(2, 3, 4)), 240, 720),
    "linear": (lambda: F.linear(leaf(2, 5, 3), leaf(4, 3), leaf(4)), 240, 720),
    "einsum": (lambda: mt.einsum("bij,jk->bik", leaf(2, 2, 3), leaf(3, 4)), 96, 288),
    "tensordot": (lambda: mt.tensordot(leaf(2, 3), leaf(3, 4), 1), 48, 144),
    "conv2d": (lambda: F.conv2d(leaf(1, 3, 8, 8), leaf(4, 3, 3, 3), leaf(4)), 7776, 23328),
    "groups": (lambda: F.conv2d(leaf(2, 4, 8, 8), leaf(6, 2, 3, 3), None, 2, 1, 1, 2), 6912, 27648),
    "no batch": (lambda: F.conv2d(leaf(3, 8, 8), leaf(4, 3, 3, 3)), 7776, 23328),
    "transposed": (lambda: F.conv_transpose2d(leaf(1, 3, 8, 8), leaf(3, 4, 3, 3)), 13824, 41472),
    "conv3d": (lambda: F.conv3d(leaf(1, 3, 8, 8, 8), leaf(4, 3, 3, 3, 3)), 139968, 419904),
    "attention": (
        lambda: F.scaled_dot_product_attention(leaf(2, 5, 4), leaf(2, 6, 4), leaf(2, 6, 4)),
        960,
        2880,
    ),
    "fused": (lambda: F.scaled_dot_product_attention(*(leaf(2, 2, 5, 4) for _ in range(3))), 0, 0),
    "heads": (lambda: nn.MultiheadAttention(8, 2)(*[leaf(5, 2, 8)] * 3)[0], 6720, 20160),
    "elementwise": (lambda: leaf(100) * 2 + 1, 0, 0),
}


@pytest.mark.parametrize("name", PYTORCHS)
def test_pytorchs_numbers(name: str) -> None:
    program, forward, both = PYTORCHS[name]
    if name == "heads":  # one tensor three times: three uses of it, in PyTorch as here
        x = leaf(5, 2, 8)
        program = lambda: nn.MultiheadAttention(8, 2)(x, x, x)[0]  # noqa: E731
    with FlopCounterMode(display=False) as counter:
        result = program()
        assert counter.get_total_flops() == forward
        if result.requires_grad:
            result.sum().backward()
    assert counter.get_total_flops() == both


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Linear(3, 4)
        self.b = nn.Sequential(nn.ReLU(), nn.Linear(4, 2))

    def forward(self, x: Any) -> Any:
        return self.b(self.a(x))


TABLE = """\
Module          FLOP    % Total
------------  ------  ---------
Net              480    100.00%
- aten.addmm     200     41.67%
- aten.mm        280     58.33%
Net.a            240     50.00%
- aten.addmm     120     25.00%
- aten.mm        120     25.00%
Net.b            240     50.00%
- aten.addmm      80     16.67%
- aten.mm        160     33.33%
"""


def test_the_table_is_pytorchs(capsys: pytest.CaptureFixture[str]) -> None:
    with FlopCounterMode() as counter:
        Net()(mt.ones(5, 3)).sum().backward()
    assert capsys.readouterr().out == TABLE
    assert counter.get_table(1) == "\n".join(TABLE.splitlines()[:5])
    counts = counter.get_flop_counts()["Net.b.1"]
    assert {str(name): count for name, count in counts.items()} == {"aten.addmm": 80, "aten.mm": 160}


def test_large_numbers_and_none(capsys: pytest.CaptureFixture[str]) -> None:
    with FlopCounterMode(display=False) as counter:
        mt.ones(1000, 1000) @ mt.ones(1000, 1000)
    assert counter.get_table().splitlines()[2] == "Global     2000.000M    100.00%"
    with FlopCounterMode() as counter:
        mt.ones(2)
    assert capsys.readouterr().out.splitlines()[2].split() == ["Global", "0", "0%"]


def test_formulas_of_ones_own() -> None:
    with FlopCounterMode(display=False, custom_mapping={mt.sin: lambda x: 7 * x.numel()}) as counter:
        mt.sin(mt.ones(3))
    assert counter.get_flop_counts() == {"Global": {mt.sin: 21}}


def test_nothing_is_counted_behind_the_end() -> None:
    layer = nn.Linear(2, 2)
    with FlopCounterMode(display=False) as counter:
        kept = layer(mt.ones(1, 2))
    layer(mt.ones(1, 2))
    kept.sum().backward()
    assert counter.get_total_flops() == 8
    with pytest.raises(ShapeError), FlopCounterMode(display=False):
        layer(mt.ones(1, 3))
    assert kept.shape == layer(mt.ones(1, 2)).shape
