"""Results lie in memory as PyTorch's do, so that what `view`s or writes them there can do it here."""

from collections.abc import Callable

import pytest

import microtensor as mt

ROWS = mt.tensor([1, 0])
F = mt.nn.functional


def turned() -> mt.Tensor:
    """(3, 2, 4), in the memory of (2, 3, 4)."""
    return mt.arange(24.0).view(2, 3, 4).transpose(0, 1)


CONTIGUOUS: dict[str, Callable[[mt.Tensor, mt.Tensor], mt.Tensor]] = {
    "column index": lambda x, t: x[:, ROWS],
    "last index": lambda x, t: x[..., ROWS],
    "index of a slice": lambda x, t: x[:, 1:, ROWS],
    "mask": lambda x, t: x[:, mt.tensor([True, False, True])],
    "index_select": lambda x, t: t.index_select(1, ROWS),
    "index_add": lambda x, t: x.index_add(1, ROWS, x[:, :2]),
    "gather": lambda x, t: t.gather(1, mt.zeros_like(t, dtype=mt.int64)),
    "repeat": lambda x, t: t.repeat(2, 1, 1),
    "repeat of one": lambda x, t: mt.zeros(4).repeat(3, 1),
    "tile": lambda x, t: mt.zeros(1).tile(5),
    "repeat_interleave": lambda x, t: x.repeat_interleave(2, 1),
    "topk": lambda x, t: x.topk(2).values,
    "places of topk": lambda x, t: x.topk(2, 1).indices,
    "multinomial": lambda x, t: mt.multinomial(mt.ones(3, 5), 2),
    "cat": lambda x, t: mt.cat([t, t], 1),
    "stack": lambda x, t: mt.stack([t, t]),
    "hstack": lambda x, t: mt.hstack([x[0].T, x[0].T]),
    "roll": lambda x, t: t.roll(1, 0),
    "softmax": lambda x, t: t.softmax(0),
    "log_softmax": lambda x, t: t.log_softmax(-1),
    "layer_norm": lambda x, t: F.layer_norm(t, (4,)),
    "batch_norm": lambda x, t: F.batch_norm(t, None, None, training=True),
    "max_pool": lambda x, t: F.max_pool2d(t[None].transpose(2, 3), 2),
    "interpolate": lambda x, t: F.interpolate(x[None], scale_factor=2, mode="bilinear"),
    "adaptive pool": lambda x, t: F.adaptive_avg_pool1d(x, 3),
    "cumsum": lambda x, t: t.cumsum(0),
    "cumprod": lambda x, t: t.cumprod(1),
    "mean": lambda x, t: t.mean(-1),
    "var": lambda x, t: t.var(-1),
    "prod": lambda x, t: t.prod(-1),
    "permute_copy": lambda x, t: mt.permute_copy(x, (2, 0, 1)),
    "lower part of lu": lambda x, t: mt.linalg.lu(mt.rand(3, 5)).L,
}


@pytest.mark.parametrize("name", CONTIGUOUS)
def test_contiguous(name: str) -> None:
    x = mt.arange(24.0).view(2, 3, 4)
    found = CONTIGUOUS[name](x, turned())
    assert found.is_contiguous()
    assert found.view(-1).tolist() == found.flatten().tolist()


def test_a_repeated_tensor_may_be_written_and_is_nobodys_view() -> None:
    once = mt.zeros(3)
    twice = once.repeat(2, 1)
    twice[0, 0] = 1.0
    assert twice.tolist() == [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    assert once.tolist() == [0.0, 0.0, 0.0]


def test_channels_last_stays() -> None:
    x = mt.rand(1, 2, 4, 4).to(memory_format=mt.channels_last)
    assert mt.cat([x, x], 1).is_contiguous(memory_format=mt.channels_last)
