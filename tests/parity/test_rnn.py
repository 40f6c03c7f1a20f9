"""Recurrent layers and packed sequences against PyTorch: numbers, two orders of gradients, and errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported:UserWarning")
LENGTHS = [2, 5, 3]
OPTIONS = [
    {},
    {"bidirectional": True},
    {"num_layers": 2, "dropout": 0.5},
    {"num_layers": 2, "bidirectional": True, "batch_first": True, "dropout": 0.3},
    {"bias": False, "batch_first": True},
]
KINDS = [
    *(("LSTM", options) for options in [*OPTIONS, {"proj_size": 2}, {**OPTIONS[3], "proj_size": 2}]),
    *(("GRU", options) for options in OPTIONS),
    *(("RNN", options) for options in [*OPTIONS, {"nonlinearity": "relu", "num_layers": 2}]),
]


def tensor(library: Any, array: Any) -> Any:
    return library.tensor(array).requires_grad_()


def draw(dtype: Any, *shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def weighted(library: Any, outs: Any) -> Any:
    """One number in which every element of every result counts differently."""
    total: Any = 0
    for k, out in enumerate(outs):
        shape, count = tuple(out.shape), out.numel()
        weights = np.cos(np.arange(count) + k).reshape(shape).astype(str(out.dtype).removeprefix("torch."))
        total = total + (out * library.tensor(weights)).sum()
    return total


def run(library: Any, kind: str, options: Any, dtype: Any, packed: bool, given: bool) -> list[Any]:
    """Results, gradients and second derivatives of a layer, in training, from a seed."""
    library.manual_seed(3)
    net = getattr(library.nn, kind)(3, 4, dtype=getattr(library, dtype), **options)
    first = options.get("batch_first", False)
    x = tensor(library, draw(dtype, *((3, 5, 3) if first else (5, 3, 3))))
    rows = options.get("num_layers", 1) * (1 + options.get("bidirectional", False))
    h = tensor(library, draw(dtype, rows, 3, options.get("proj_size") or 4, seed=1))
    c = tensor(library, draw(dtype, rows, 3, 4, seed=2))
    hx = ((h, c) if kind == "LSTM" else h) if given else None
    pack = library.nn.utils.rnn
    input = (
        pack.pack_padded_sequence(x, library.tensor(LENGTHS), first, enforce_sorted=False) if packed else x
    )
    out, last = net(input, hx)
    if packed:
        out = pack.pad_packed_sequence(out, first, padding_value=-1.0)[0]
    outs = [out, *(last if isinstance(last, tuple) else (last,))]
    inputs = [x, *net.parameters(), *((h, c)[: 1 + (kind == "LSTM")] if given else ())]
    firsts = library.autograd.grad(weighted(library, outs), inputs, create_graph=True)
    seconds = library.autograd.grad(sum((g * g).sum() for g in firsts), inputs)
    return [a.detach().numpy() for a in (*outs, *firsts, *seconds)]


@pytest.mark.parametrize(("kind", "options"), KINDS, ids=str)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("given", [False, True])
def test_a_layer_and_its_derivatives(kind: str, options: Any, packed: bool, given: bool) -> None:
    for dtype, close in (
        ("float64", {"rtol": 1e-11, "atol": 1e-12}),
        ("float32", {"rtol": 2e-5, "atol": 1e-5}),
    ):
        ours, theirs = [run(lib, kind, options, dtype, packed, given) for lib in (mt, torch)]
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, **close)
            assert a.dtype == b.dtype


@pytest.mark.parametrize(("kind", "options"), KINDS, ids=str)
def test_state_dicts_go_both_ways(kind: str, options: Any) -> None:
    mt.manual_seed(5)
    torch.manual_seed(5)
    ours, theirs = [getattr(lib.nn, kind)(3, 4, **options) for lib in (mt, torch)]
    assert repr(ours) == repr(theirs)
    state = {k: v.detach().numpy() for k, v in theirs.state_dict().items()}
    assert list(state) == list(ours.state_dict())
    for name, value in state.items():
        np.testing.assert_array_equal(ours.state_dict()[name].numpy(), value)
    twins = [getattr(lib.nn, kind)(3, 4, **options) for lib in (mt, torch)]
    twins[0].load_state_dict({k: mt.tensor(v) for k, v in state.items()})
    twins[1].load_state_dict({k: torch.tensor(v.numpy()) for k, v in ours.state_dict().items()})
    x = draw("float32", 2, 3)
    outs = [t.eval()(lib.tensor(x))[0].detach().numpy() for lib, t in zip((mt, torch), twins, strict=True)]
    np.testing.assert_allclose(*outs, atol=1e-6)
    names = [[tuple(w.shape) for w in group] for group in ours.all_weights]
    assert names == [[tuple(w.shape) for w in group] for group in theirs.all_weights]


PROGRAMS = """
# cells, unrolled
torch.manual_seed(2)
cells = [torch.nn.RNNCell(2, 3), torch.nn.RNNCell(2, 3, False, "relu"), torch.nn.GRUCell(2, 3)]
lstm = torch.nn.LSTMCell(2, 3)
x = torch.tensor(np.linspace(-1, 1, 24, dtype=np.float32).reshape(3, 4, 2), requires_grad=True)
h = [None, None, None]
pair = None
for step in x:
    h = [cell(step, state) for cell, state in zip(cells, h)]
    pair = lstm(step, pair)
out = sum(state.sum() for state in h) + (pair[0] * pair[1]).sum()
out.backward()
weights = [w for cell in [*cells, lstm] for w in cell.parameters()]
names = [list(cell.state_dict()) for cell in [*cells, lstm]]
words = [repr(cell) for cell in [*cells, lstm]]

# one sequence without a batch
torch.manual_seed(2)
nets = [torch.nn.RNN(2, 3), torch.nn.GRU(2, 3, batch_first=True), torch.nn.LSTM(2, 3, bidirectional=True)]
x = torch.tensor(np.linspace(-1, 1, 8, dtype=np.float32).reshape(4, 2), requires_grad=True)
made = [net(x) for net in nets]
again = [nets[0](x, torch.ones(1, 3)), nets[2](x, (torch.ones(2, 3), torch.zeros(2, 3)))]
sum(out.sum() for out, _ in made + again).backward()

# states that are one tensor and come from the weights, differentiated twice
torch.manual_seed(2)
net = torch.nn.LSTM(2, 3)
x = torch.tensor(np.linspace(-1, 1, 16).reshape(4, 2, 2), dtype=torch.float32, requires_grad=True)
state = (net.weight_hh_l0[:2] * net.weight_ih_l0[0, 0]).unsqueeze(0)
out, (h, c) = net(x, (state, state))
inputs = [x, *net.parameters()]
firsts = torch.autograd.grad((out * out).sum() + c.sum(), inputs, create_graph=True)
seconds = torch.autograd.grad(sum((g * g).sum() for g in firsts), inputs)
first = [g.detach() for g in firsts]

# the last c alone
torch.manual_seed(2)
net = torch.nn.LSTM(2, 3)
net(torch.ones(4, 2, 2))[1][1].sum().backward()
weights = list(net.parameters())

# evaluation drops nothing
torch.manual_seed(2)
net = torch.nn.LSTM(2, 3, 3, dropout=0.5)
x = torch.ones(2, 1, 2)
net.train()
noisy = net(x)[0]
net.eval()
quiet = net(x)[0]

# dropping everything
torch.manual_seed(2)
net = torch.nn.GRU(2, 3, 2, dropout=1.0)
out, h = net(torch.ones(2, 1, 2))

# bidirectional, packed, sorted
torch.manual_seed(2)
net = torch.nn.GRU(2, 3, 2, bidirectional=True, dropout=0.5)
rnn = torch.nn.utils.rnn
sequences = [torch.ones(n, 2, requires_grad=True) for n in (4, 2, 2, 1)]
packed, h = net(rnn.pack_sequence(sequences))
data, sizes, order, inverse = packed
(data * data).sum().backward()
parts = rnn.unpack_sequence(packed)

# packing and padding
rnn = torch.nn.utils.rnn
x = torch.tensor(np.arange(24.0).reshape(4, 3, 2), requires_grad=True)
a = rnn.pack_padded_sequence(x, [4, 2, 1])
b = rnn.pack_padded_sequence(x, torch.tensor([2, 4, 2]), enforce_sorted=False)
c = rnn.pack_padded_sequence(x, torch.tensor([2, 3, 1, 2]), True, False)
fields = [list(packed) for packed in (a, b, c)]
ways = [(False, 0.0), (True, 2.5), (True, 0.0)]
padded = [rnn.pad_packed_sequence(p, first, value, 5) for p in (a, b, c) for first, value in ways]
total = sum((p * p).sum() for p, _ in padded)
total.backward()
parts = rnn.unpad_sequence(x * 1, torch.tensor([1, 2, 4]))
sides = [rnn.pad_sequence(parts, first, 1.0, side) for first in (False, True) for side in ("left", "right")]
integers = rnn.pad_sequence([torch.tensor([1, 2]), torch.tensor([3])], padding_value=7)
kinds = [str(a.to(torch.float32).data.dtype).removeprefix("torch."), a.is_cuda, a.double() is a, len(a)]
pair = list(rnn.PackedSequence((a.data, a.batch_sizes)))

# an LSTM within a network that learns
torch.manual_seed(4)
net = torch.nn.LSTM(3, 5, num_layers=2, dropout=0.2)
head = torch.nn.Linear(5, 2)
optimizer = torch.optim.Adam([*net.parameters(), *head.parameters()], lr=0.01)
x = torch.randn(6, 4, 3)
y = torch.tensor([0, 1, 1, 0])
losses = []
for _ in range(5):
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(head(net(x)[0][-1]), y)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 0.5)
    optimizer.step()
    losses.append(loss)

# error: a vector
torch.nn.LSTM(2, 3)(torch.ones(2))

# error: another dtype
torch.nn.GRU(2, 3)(torch.ones(4, 2).double())

# error: another width
torch.nn.RNN(2, 3)(torch.ones(4, 3))

# error: a state of another size
torch.nn.GRU(2, 3)(torch.ones(4, 5, 2), torch.ones(1, 4, 3))

# error: a state without a batch
torch.nn.LSTM(2, 3)(torch.ones(4, 5, 2), (torch.ones(1, 3), torch.ones(1, 3)))

# error: no step
torch.nn.GRU(2, 3)(torch.ones(0, 5, 2))

# error: a state that is no pair
torch.nn.LSTM(2, 3)(torch.ones(4, 5, 2), (torch.ones(1, 5, 3),))

# error: a cell's state for a batch
torch.nn.GRUCell(2, 3)(torch.ones(2), torch.ones(1, 3))

# error: a cell's state that is no pair
torch.nn.LSTMCell(2, 3)(torch.ones(4, 2), torch.ones(4, 3))

# error: an unknown nonlinearity
torch.nn.RNN(2, 3, nonlinearity="x")

# error: a projection of a GRU
torch.nn.GRU(2, 3, proj_size=1)

# error: a nonlinearity of an LSTM
torch.nn.LSTM(2, 3, nonlinearity="relu")

# error: lengths that grow
torch.nn.utils.rnn.pack_padded_sequence(torch.ones(4, 2), [1, 2])

# error: too short a rectangle
rnn = torch.nn.utils.rnn
rnn.pad_packed_sequence(rnn.pack_sequence([torch.ones(3)]), total_length=2)
"""


def test_programs(program: str, agree: Any) -> None:
    agree(program)
