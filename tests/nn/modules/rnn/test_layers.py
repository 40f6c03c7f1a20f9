"""Laws of recurrent layers, which need no other library: what one form computes, another does too."""

from __future__ import annotations

import copy
import gc
import pickle
import warnings
import weakref
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import nn
from microtensor.func import functional_call, grad, vmap
from microtensor.nn.utils import rnn
from microtensor.testing import assert_close

KINDS = ["RNN", "LSTM", "GRU"]
by_kind = pytest.mark.parametrize("kind", KINDS)
LENGTHS = [2, 5, 3]


def layer(kind: str, **options: Any) -> Any:
    mt.manual_seed(1)
    return getattr(nn, kind)(3, 4, dtype=mt.float64, **options)


def data(*shape: int, seed: int = 0) -> mt.Tensor:
    return mt.tensor(np.random.default_rng(seed).standard_normal(shape))


def states(kind: str, *shape: int) -> Any:
    h, c = data(*shape, seed=1), data(*shape, seed=2)
    return (h, c) if kind == "LSTM" else h


def parts(h: Any) -> tuple[Any, ...]:
    return h if isinstance(h, tuple) else (h,)


@by_kind
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("num_layers", [1, 2])
def test_packed_is_a_loop_over_sequences(kind: str, bidirectional: bool, num_layers: int) -> None:
    net = layer(kind, bidirectional=bidirectional, num_layers=num_layers)
    sequences = [data(n, 3, seed=n) for n in LENGTHS]
    first = states(kind, num_layers * (1 + bidirectional), 3, 4)
    packed, last = net(rnn.pack_sequence(sequences, enforce_sorted=False), first)
    for i, (found, x) in enumerate(zip(rnn.unpack_sequence(packed), sequences, strict=True)):
        mine = tuple(s[:, i] for s in parts(first))
        expected, end = net(x, mine if kind == "LSTM" else mine[0])
        assert_close(found, expected)
        for a, b in zip(parts(last), parts(end), strict=True):
            assert_close(a[:, i], b)


@by_kind
def test_gradients_of_packed_are_those_of_a_loop(kind: str) -> None:
    net = layer(kind, bidirectional=True)
    sequences = [data(n, 3, seed=n).requires_grad_() for n in LENGTHS]
    wanted = [*sequences, *net.parameters()]
    out = net(rnn.pack_sequence(sequences, enforce_sorted=False))[0]
    together = mt.autograd.grad((out.data**2).sum(), wanted)
    alone = mt.autograd.grad(sum((net(x)[0] ** 2).sum() for x in sequences), wanted)
    for a, b in zip(together, alone, strict=True):
        assert_close(a, b)


@by_kind
def test_both_directions_are_two_runs(kind: str) -> None:
    net, x = layer(kind, bidirectional=True), data(5, 2, 3)
    there, back = layer(kind), layer(kind)
    there.load_state_dict({k: v for k, v in net.state_dict().items() if "reverse" not in k})
    back.load_state_dict({k[:-8]: v for k, v in net.state_dict().items() if k.endswith("_reverse")})
    out, h = net(x)
    (forwards, first), (backwards, second) = there(x), back(x.flip(0))
    assert_close(out, mt.cat([forwards, backwards.flip(0)], 2))
    for both, a, b in zip(parts(h), parts(first), parts(second), strict=True):
        assert_close(both, mt.cat([a, b]))


@by_kind
def test_layers_are_one_after_the_other(kind: str) -> None:
    net, x = layer(kind, num_layers=2), data(5, 2, 3)
    one, mid = layer(kind), getattr(nn, kind)(4, 4, dtype=mt.float64)
    one.load_state_dict({k: v for k, v in net.state_dict().items() if "_l0" in k})
    mid.load_state_dict({k.replace("l1", "l0"): v for k, v in net.state_dict().items() if "_l1" in k})
    assert_close(net(x)[0], mid(one(x)[0])[0])


@by_kind
@pytest.mark.parametrize("bias", [True, False])
def test_a_cell_in_a_loop_is_a_layer(kind: str, bias: bool) -> None:
    net, x, h = layer(kind, bias=bias), data(5, 2, 3), states(kind, 1, 2, 4)
    cell = getattr(nn, f"{kind}Cell")(3, 4, bias, dtype=mt.float64)
    cell.load_state_dict({k[:-3]: v for k, v in net.state_dict().items()})
    state = tuple(s[0] for s in h) if kind == "LSTM" else h[0]
    outs = []
    for step in x:
        state = cell(step, state)
        outs.append(parts(state)[0])
    out, last = net(x, h)
    assert_close(out, mt.stack(outs))
    for a, b in zip(parts(last), parts(state), strict=True):
        assert_close(a[0], b)


@by_kind
def test_forms_of_input_agree(kind: str) -> None:
    net, second, x = layer(kind), layer(kind, batch_first=True), data(5, 2, 3)
    out, h = net(x)
    assert_close(second(x.transpose(0, 1))[0], out.transpose(0, 1))
    single, last = net(x[:, 1])
    assert_close(single, out[:, 1])
    assert_close(parts(last)[0], parts(h)[0][:, 1])
    assert_close(second(x[:, 1])[0], single)


@by_kind
def test_no_state_is_a_state_of_zeros(kind: str) -> None:
    net, x = layer(kind, num_layers=2), data(5, 2, 3)
    zeros = mt.zeros(2, 2, 4, dtype=mt.float64)
    assert_close(net(x)[0], net(x, (zeros, zeros) if kind == "LSTM" else zeros)[0])


@by_kind
def test_an_empty_batch_gives_an_empty_result(kind: str) -> None:
    net = layer(kind)
    out, h = net(data(5, 0, 3))
    assert out.shape == (5, 0, 4)
    assert parts(h)[0].shape == (1, 0, 4)
    out.sum().backward()
    assert_close(net.weight_hh_l0.grad, mt.zeros_like(net.weight_hh_l0))


def test_dropout_is_between_layers_in_training_alone() -> None:
    net, x = layer("GRU", num_layers=2, dropout=0.9), data(5, 2, 3)
    assert not mt.equal(net(x)[0], net(x)[0])
    assert_close(net(x)[1][0], net(x)[1][0])
    net.eval()
    assert_close(net(x)[0], net(x)[0])


def test_a_projection_makes_the_states_smaller() -> None:
    net = layer("LSTM", proj_size=2, bidirectional=True, num_layers=2)
    out, (h, c) = net(data(5, 2, 3))
    assert (out.shape, h.shape, c.shape) == ((5, 2, 4), (4, 2, 2), (4, 2, 4))
    assert net.weight_hr_l1_reverse.shape == (2, 4)


def test_an_identity_as_projection_changes_nothing() -> None:
    plain, net = nn.LSTM(3, 2, dtype=mt.float64), nn.LSTM(3, 3, proj_size=2, dtype=mt.float64)
    weights = {k: v.detach().clone() for k, v in plain.state_dict().items()}
    with mt.no_grad():
        for name, value in weights.items():
            wide = net.state_dict()[name]
            wide.fill_(0)
            rows = mt.tensor([g * 3 + k for g in range(4) for k in range(2)])
            wide[rows] = value
        net.weight_hr_l0.copy_(mt.eye(2, 3, dtype=mt.float64))
    x = data(5, 2, 3)
    assert_close(net(x)[0], plain(x)[0])


# ------------------------------------------------------------------ derivatives


@by_kind
def test_derivatives_by_vmap_are_those_of_each_example(kind: str) -> None:
    net, x = layer(kind), data(3, 4, 2, 3)
    weights = dict(net.named_parameters())

    def loss(w: Any, x: Any) -> Any:
        return (functional_call(net, w, (x,))[0] ** 2).sum()

    each = vmap(grad(loss), in_dims=(None, 0))(weights, x)
    for i in range(3):
        for name, value in grad(loss)(weights, x[i]).items():
            assert_close(each[name][i], value, rtol=1e-10, atol=1e-12)


@by_kind
def test_a_network_of_several_weights_runs_under_vmap(kind: str) -> None:
    nets, x = [layer(kind), layer(kind)], data(4, 2, 3)
    nets[1].weight_hh_l0.data.mul_(0.5)
    names = list(nets[0].state_dict())
    stacked = {name: mt.stack([net.state_dict()[name] for net in nets]) for name in names}
    outs = vmap(lambda w: functional_call(nets[0], w, (x,))[0])(stacked)
    for out, net in zip(outs, nets, strict=True):
        assert_close(out, net(x)[0], rtol=1e-12)


def test_gates_kept_for_the_way_back_are_guarded() -> None:
    out, _ = layer("GRU")(data(5, 2, 3))
    with mt.no_grad():
        out.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation: GruBackward0"):
        out.sum().backward()


@by_kind
def test_what_is_not_wanted_is_not_computed(kind: str) -> None:
    net, x = layer(kind), data(5, 2, 3).requires_grad_()
    net.requires_grad_(False)
    net(x)[0].sum().backward()
    assert x.grad is not None
    assert all(w.grad is None for w in net.parameters())
    net.requires_grad_(True)
    net(x.detach())[0].sum().backward()
    assert all(w.grad is not None for w in net.parameters())


@by_kind
def test_gradients_are_no_one_elses_memory(kind: str) -> None:
    net = layer(kind)
    net(data(5, 2, 3))[0].sum().backward()
    with mt.no_grad():
        net.bias_ih_l0.grad.fill_(7)
    assert kind == "GRU" or not (net.bias_hh_l0.grad == 7).any()
    assert not any(
        np.shares_memory(a.grad.array, b.grad.array)
        for a in net.parameters()
        for b in net.parameters()
        if a is not b
    )


@by_kind
def test_the_graph_keeps_no_more_than_states_and_gates(kind: str) -> None:
    """One (N, ...) array of each state and of the gates; all freed by the backward pass."""
    net = getattr(nn, kind)(64, 64)
    x = mt.randn(20, 8, 64)
    out, _ = net(x)
    node = out.grad_fn
    while not node.name().startswith(("Lstm", "Gru", "Elman")):
        node = node.next_functions[0][0]
    arrays = [a for value in node.saved for a in (value if isinstance(value, tuple) else (value,))]
    rows = sum(a.shape[1] for a in arrays if isinstance(a, np.ndarray) and a.shape[0] == 160)
    assert rows - 64 == {"RNN": 64, "LSTM": 2 * 64 + 4 * 64, "GRU": 64 + 4 * 64}[kind]
    kept = arrays[0] if kind == "RNN" else next(a for a in arrays if getattr(a, "shape", ()) == (160, 256))
    gates = weakref.ref(kept)
    del arrays, kept
    gc.disable()
    try:
        out.sum().backward()
        assert kind == "RNN" or gates() is None
    finally:
        gc.enable()
    assert node.saved is None


# ---------------------------------------------------------------- modules


def test_names_shapes_and_order_of_parameters() -> None:
    net = nn.LSTM(2, 3, num_layers=2, bidirectional=True, proj_size=1, bias=False)
    shapes = {k: tuple(v.shape) for k, v in net.named_parameters()}
    assert list(shapes)[:4] == ["weight_ih_l0", "weight_hh_l0", "weight_hr_l0", "weight_ih_l0_reverse"]
    assert shapes["weight_ih_l1"] == (12, 2)
    assert shapes["weight_hh_l1_reverse"] == (12, 1)
    assert [len(w) for w in net.all_weights] == [3, 3, 3, 3]
    assert net.all_weights[0][0] is net.weight_ih_l0 is net._flat_weights[0]
    assert net.flatten_parameters() is None


@by_kind
def test_copies_and_pickles_compute_the_same(kind: str) -> None:
    net, x = layer(kind, num_layers=2), data(5, 2, 3)
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert_close(twin(x)[0], net(x)[0])
        assert twin.all_weights[0][0] is twin.weight_ih_l0


def test_reprs() -> None:
    assert repr(nn.LSTM(2, 3)) == "LSTM(2, 3)"
    assert repr(nn.RNN(2, 3, nonlinearity="relu", bias=False)) == "RNN(2, 3, bias=False)"
    net = nn.LSTM(2, 3, 2, batch_first=True, dropout=0.5, bidirectional=True, proj_size=1)
    words = "proj_size=1, num_layers=2, batch_first=True, dropout=0.5, bidirectional=True"
    assert repr(net) == f"LSTM(2, 3, {words})"


def test_relu_is_the_fourth_argument_or_a_name() -> None:
    assert nn.RNN(2, 3, 1, "relu").mode == nn.RNN(2, 3, nonlinearity="relu").mode == "RNN_RELU"
    assert nn.RNN(2, 3, 1, "relu", False).bias is False


def test_dropout_of_one_layer_warns() -> None:
    with pytest.warns(UserWarning, match=r"LSTM: dropout=0\.5 has no effect with num_layers=1"):
        nn.LSTM(2, 3, dropout=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.LSTM(2, 3, 2, dropout=0.5)


@pytest.mark.parametrize(
    ("error", "sentence", "make"),
    [
        (ValueError, r"a number in range \[0, 1\], and is True", lambda: nn.GRU(2, 3, dropout=True)),
        (ValueError, r"dropout should be a number in range \[0, 1\]", lambda: nn.GRU(2, 3, dropout=1.5)),
        (ValueError, "proj_size 3 has to be smaller than hidden_size 3", lambda: nn.LSTM(2, 3, proj_size=3)),
        (ValueError, "proj_size should be positive, or zero", lambda: nn.LSTM(2, 3, proj_size=-1)),
        (ValueError, "only supported for LSTM", lambda: nn.GRU(2, 3, proj_size=1)),
        (ValueError, "Unknown nonlinearity 'x'", lambda: nn.RNN(2, 3, nonlinearity="x")),
        (ValueError, "hidden_size must be greater than zero, and is 0", lambda: nn.LSTM(2, 0)),
        (ValueError, "num_layers must be greater than zero", lambda: nn.LSTM(2, 3, 0)),
        (ValueError, "Unrecognized RNN mode: X", lambda: nn.RNNBase("X", 2, 3)),
        (TypeError, "hidden_size should be of type int, got: str", lambda: nn.LSTM(2, "a")),
    ],
)  # fmt: skip
def test_sizes_that_make_no_network(error: type[Exception], sentence: str, make: Any) -> None:
    with pytest.raises(error, match=sentence):
        make()


Z = mt.zeros


@pytest.mark.parametrize(
    ("kind", "error", "sentence", "args"),
    [
        ("LSTM", ValueError, "LSTM: Expected input to be 2D or 3D, got 1D instead", (Z(4),)),
        ("GRU", RuntimeError, "Expected 2, got 6", (Z(4, 5, 6),)),
        ("GRU", ValueError, "torch.float64 does not match weight dtype torch.float32", (Z(4, 2).double(),)),
        ("RNN", RuntimeError, "sequence length to be larger than 0", (Z(0, 5, 2),)),
        ("GRU", RuntimeError, r"hidden size \(1, 5, 3\) .* got \[1, 5, 4\]", (Z(4, 5, 2), Z(1, 5, 4))),
        ("GRU", RuntimeError, "batched 3-D input, hx should also be 3-D, and got 2-D", (Z(4, 5, 2), Z(5, 3))),
        ("GRU", RuntimeError, "unbatched 2-D input, hx should also be 2-D", (Z(4, 2), Z(1, 1, 3))),
        ("LSTM", RuntimeError, "hx and cx should also be 3-D, and got 2-D and 2-D",
         (Z(4, 5, 2), (Z(5, 3), Z(5, 3)))),
        ("LSTM", IndexError, "pair of tensors", (Z(4, 5, 2), (Z(1, 5, 3),))),
        ("LSTM", RuntimeError, "lstm: .* expected the same dtype",
         (Z(4, 5, 2), (Z(1, 5, 3).double(), Z(1, 5, 3)))),
        ("LSTM", RuntimeError, "input must have 2 dimensions, got 1",
         (rnn.PackedSequence(Z(3), mt.tensor([2, 1])),)),
    ],
)  # fmt: skip
def test_input_that_does_not_fit(kind: str, error: type[Exception], sentence: str, args: Any) -> None:
    with pytest.raises(error, match=sentence):
        getattr(nn, kind)(2, 3)(*args)


def test_operands_without_a_step_are_refused() -> None:
    from microtensor.ops.recurrent.rnn import elman

    with pytest.raises(RuntimeError, match="elman: Expected sequence length to be larger than 0"):
        elman(Z(0, 2), Z(3, 2), Z(3, 3), Z(1, 3), sizes=())
