"""Recurrent layers: ONNX has LSTM, GRU and RNN of its own, one for each layer of ours.

Gates stand in another order there (LSTM: i, o, f, c; GRU: z, r, h), and both directions in one array, so the
weights are put together again in the file, by nodes that a runtime folds: the parameters keep their names.
"""

# Handlers add nodes by name, which mypy cannot see; what they say is the op that they are registered for.
# mypy: disable-error-code="no-any-return"
# ruff: noqa: D103

from __future__ import annotations

from typing import Any

import numpy as np

from .registry import Unsayable, lowers
from .shapes import vector

ORDER = {"LSTM": (0, 3, 1, 2), "GRU": (1, 0, 2), "RNN_TANH": (0,), "RNN_RELU": (0,)}


def _sayable(arguments: dict[str, Any]) -> bool:
    layer, x = arguments["self"], arguments["input"]
    return hasattr(x, "ndim") and not layer.proj_size and not (layer.training and layer.dropout)


@lowers("nn.RNNBase", when=_sayable)
def recurrent(b: Any, self: Any, input: Any, hx: Any = None) -> Any:
    """All layers, one after the other; between them the directions are put side by side."""
    second = self.batch_first and input.ndim == 3
    x = b.Unsqueeze(input, vector(1)) if input.ndim == 2 else input
    x = b.Transpose(x, perm=[1, 0, 2]) if second else x
    count, lasts = len(self._directions), []
    states = _states(b, self, hx, input.ndim)
    for layer in range(self.num_layers):
        first = [None if s is None else _part(b, s, layer * count, count) for s in states]
        y, *ends = _layer(b, self, x, layer, first)
        lasts.append(ends)
        x = b.Reshape(b.Transpose(y, perm=[0, 2, 1, 3]), vector(0, 0, -1))
    out = b.Squeeze(x, vector(1)) if input.ndim == 2 else b.Transpose(x, perm=[1, 0, 2]) if second else x
    ends = [_joined(b, list(part), input.ndim) for part in zip(*lasts, strict=True)]
    return (out, *ends)


def _states(b: Any, self: Any, hx: Any, ndim: int) -> list[Any]:
    """The first h, and for an LSTM c; None for zeros."""
    parts = [None, None] if hx is None else list(hx) if isinstance(hx, (tuple, list)) else [hx]
    parts = parts[: 2 if self.mode == "LSTM" else 1]
    return [s if s is None or ndim == 3 else b.Unsqueeze(s, vector(1)) for s in parts]


def _part(b: Any, state: Any, start: int, count: int) -> Any:
    return b.Slice(state, vector(start), vector(start + count), vector(0))


def _joined(b: Any, parts: list[Any], ndim: int) -> Any:
    out = parts[0] if len(parts) == 1 else b.Concat(*parts, axis=0)
    return b.Squeeze(out, vector(1)) if ndim == 2 else out


def _layer(b: Any, self: Any, x: Any, layer: int, states: list[Any]) -> Any:
    weights = [_direction(b, self, f"l{layer}{end}") for end in self._directions]
    w, r, bias = (_stacked(b, [one[i] for one in weights]) for i in range(3))
    how: dict[str, Any] = {"hidden_size": self.hidden_size, "results": 3 if self.mode == "LSTM" else 2}
    how["direction"] = "bidirectional" if self.bidirectional else "forward"
    if self.mode == "RNN_RELU":
        how["activations"] = ["Relu"] * len(weights)
    if self.mode == "GRU":
        how["linear_before_reset"] = 1
    return b.node(self.mode.partition("_")[0], x, w, r, bias, None, *states, **how)


def _direction(b: Any, self: Any, end: str) -> list[Any]:
    """The weights of one direction with their gates in ONNX's order; both biases are one."""
    w, r = (_ordered(b, self, f"weight_{kind}_{end}") for kind in ("ih", "hh"))
    if not self.bias:
        return [w, r, None]
    return [w, r, b.Concat(*[_ordered(b, self, f"bias_{kind}_{end}") for kind in ("ih", "hh")], axis=0)]


def _ordered(b: Any, self: Any, name: str) -> Any:
    named = b.parameter(getattr(self, name))
    n, order = self.hidden_size, ORDER[self.mode]
    if len(order) == 1:
        return named
    return b.Gather(named, np.concatenate([np.arange(n) + k * n for k in order]), axis=0)


def _stacked(b: Any, parts: list[Any]) -> Any:
    if parts[0] is None:
        return None
    wide = [b.Unsqueeze(part, vector(0)) for part in parts]
    return wide[0] if len(wide) == 1 else b.Concat(*wide, axis=0)


@lowers("lstm", "gru", "elman")
def layer_op(b: Any, *xs: Any, sizes: Any = None, **how: Any) -> Any:
    raise Unsayable("a packed batch of sequences: pad it, and give the layer the padded tensor")
