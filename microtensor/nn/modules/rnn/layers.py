"""Recurrent layers: RNN, LSTM and GRU, in several layers and both directions, on batches and packed ones.

A layer's whole sequence is one op (`ops.lstm`, `ops.gru`, `ops.elman`).  This module has what surrounds
it: parameters under PyTorch's names, the forms of input, and what joins layers and directions.  A
sequence is read backwards by turning it around before and after.
"""

from __future__ import annotations

import math
import numbers
import warnings
from typing import Any, cast

from ....creation import factories as creation
from ....engine.attributes.dtype_objects import DtypeLike
from ....engine.composite import composite
from ....engine.size_device import DeviceLike
from ....ops.joining.cat_split import cat, stack
from ....ops.recurrent.gru import gru
from ....ops.recurrent.lstm import lstm, lstm_unrolled
from ....ops.recurrent.rnn import elman
from ....ops.recurrent.unrolling import Sizes
from ... import functional as F
from ... import init
from ...parameter import Parameter
from ..module import Module
from .batches import Batch, batch_of

GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


class RNNBase(Module):
    """What RNN, LSTM and GRU have in common; `mode` says which of them it is.

    Parameters of layer k are ``weight_ih_lk`` (gates * H, I), ``weight_hh_lk`` (gates * H, H or P),
    ``bias_ih_lk`` and ``bias_hh_lk`` (gates * H), and under `proj_size` ``weight_hr_lk`` (P, H); those of
    the other direction end in ``_reverse``.  All are drawn uniformly within ``1 / sqrt(hidden_size)``.

    Raises ``ValueError`` or ``TypeError`` for sizes that make no network.

    >>> list(mt.nn.RNNBase("GRU", 2, 3).state_dict())
    ['weight_ih_l0', 'weight_hh_l0', 'bias_ih_l0', 'bias_hh_l0']
    """

    def __init__(
        self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0,
        device: DeviceLike = None, dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        super().__init__()
        _check_flags(bias, batch_first)
        _check_sizes(mode, input_size, hidden_size, num_layers, dropout, proj_size)
        self.mode, self.input_size, self.hidden_size = mode, input_size, hidden_size
        self.num_layers, self.bias, self.batch_first = num_layers, bias, batch_first
        self.dropout, self.bidirectional, self.proj_size = float(dropout), bidirectional, proj_size
        self._all_weights = [self._names(k, end) for k in range(num_layers) for end in self._directions]
        for names in self._all_weights:
            for name, shape in zip(names, self._shapes(names[0]), strict=True):
                setattr(self, name, Parameter(creation.empty(*shape, device=device, dtype=dtype)))
        self.reset_parameters()

    @property
    def _directions(self) -> tuple[str, ...]:
        return ("", "_reverse") if self.bidirectional else ("",)

    def _names(self, layer: int, end: str) -> list[str]:
        kinds = ["weight_ih", "weight_hh"]
        kinds += ["bias_ih", "bias_hh"] if self.bias else []
        kinds += ["weight_hr"] if self.proj_size else []
        return [f"{kind}_l{layer}{end}" for kind in kinds]

    def _shapes(self, first: str) -> list[tuple[int, ...]]:
        rows, out = GATES[self.mode] * self.hidden_size, self.proj_size or self.hidden_size
        size = self.input_size if first.startswith("weight_ih_l0") else out * len(self._directions)
        shapes: list[tuple[int, ...]] = [(rows, size), (rows, out)]
        shapes += [(rows,), (rows,)] if self.bias else []
        return [*shapes, (self.proj_size, self.hidden_size)] if self.proj_size else shapes

    @property
    def _flat_weights_names(self) -> list[str]:
        return [name for names in self._all_weights for name in names]

    @property
    def _flat_weights(self) -> list[Parameter]:
        return [getattr(self, name) for name in self._flat_weights_names]

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters, a list for each layer and direction.

        >>> [tuple(w.shape) for w in mt.nn.LSTM(2, 3).all_weights[0]]
        [(12, 2), (12, 3), (12,), (12,)]
        """
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def flatten_parameters(self) -> None:
        """Nothing: PyTorch brings the weights together for cuDNN, and here there is none.

        >>> mt.nn.RNN(1, 1).flatten_parameters()
        """

    def reset_parameters(self) -> None:
        """Draw new weights, all uniform within ``1 / sqrt(hidden_size)``.

        >>> mt.nn.RNN(1, 1).reset_parameters()
        """
        bound = 1 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    @composite("nn.RNNBase")
    @composite("nn.RNNBase")
    @composite("nn.RNNBase")
    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """The last layer's states of all steps, and all layers' last states.

        `input` is (T, B, I), (B, T, I) under `batch_first`, (T, I) without a batch, or a PackedSequence;
        `hx`, zeros if None, (layers * directions, B, H), or without B.  The results have the forms of the
        input and of `hx`.  Raises ``RuntimeError`` and ``ValueError`` for others.
        """
        batch = batch_of(self, input)
        states = [batch.first_state(self, part, size) for part, size in self._parts_of(batch, hx)]
        rows, lasts = self._layers(batch, states)
        ends = tuple(batch.last_state(stack(part)) for part in lasts)
        return batch.restored(rows), ends if self.mode == "LSTM" else ends[0]

    def _parts_of(self, batch: Batch, hx: Any) -> list[tuple[Any, int]]:
        """The states, h, and for an LSTM c, each with the size it must have."""
        if self.mode != "LSTM":
            batch.check_states(("hx",), (hx,))
            return [(hx, self.hidden_size)]
        try:
            h, c = (None, None) if hx is None else (hx[0], hx[1])
        except IndexError:
            raise IndexError(
                "LSTM: expected hx to be a pair of tensors, (h, c), and got one of length 1"
            ) from None
        batch.check_states(("hx", "cx"), (h, c))
        return [(h, self.proj_size or self.hidden_size), (c, self.hidden_size)]

    def _layers(self, batch: Batch, states: list[Any]) -> tuple[Any, list[list[Any]]]:
        """All layers' work: the last one's rows, and the last states by kind of state."""
        rows, way = batch.rows, iter(range(len(self._all_weights)))
        lasts: list[list[Any]] = [[] for _ in states]
        for layer in range(self.num_layers):
            sides = []
            for end in self._directions:
                k = next(way)
                turned = batch.turned(rows) if end else rows
                made = self._run(turned, [s[k] for s in states], self.all_weights[k], batch.sizes)
                for last, part in zip(lasts, made, strict=False):
                    last.append(batch.last(part))
                sides.append(batch.turned(made[0]) if end else made[0])
            rows = sides[0] if len(sides) == 1 else cat(sides, 1)
            if layer < self.num_layers - 1 and self.dropout:
                rows = F.dropout(rows, self.dropout, self.training)
        return rows, lasts

    def _run(self, rows: Any, states: list[Any], weights: list[Any], sizes: Sizes) -> tuple[Any, ...]:
        """One layer in one direction: its states of all steps."""
        xs = [rows, *weights[:2], *states, *weights[2:]]
        wanted = tuple([x.requires_grad for x in xs])
        if self.proj_size:
            *xs, projection = xs
            return lstm_unrolled(*xs, sizes=sizes, w_hr=projection)
        if self.mode == "LSTM":
            return cast("tuple[Any, ...]", lstm(*xs, sizes=sizes, wanted=wanted))[:2]
        if self.mode == "GRU":
            return cast("tuple[Any, ...]", gru(*xs, sizes=sizes, wanted=wanted))[:1]
        return (elman(*xs, sizes=sizes, rectified=self.mode == "RNN_RELU", wanted=wanted),)

    def extra_repr(self) -> str:
        """The arguments of the constructor that are not the default."""
        defaults = {
            "proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0,
            "bidirectional": False,
        }  # fmt: skip
        given = [(name, getattr(self, name), value) for name, value in defaults.items()]
        words = [f"{name}={value}" for name, value, default in given if value != default]
        return ", ".join([str(self.input_size), str(self.hidden_size), *words])


def _check_flags(bias: Any, batch_first: Any) -> None:
    """A number or a word in the place of a flag is an argument in the wrong place."""
    for name, value in (("bias", bias), ("batch_first", batch_first)):
        if not isinstance(value, bool):
            raise TypeError(f"{name} should be of type bool, got: {type(value).__name__}")


def _check_sizes(
    mode: str, input_size: Any, hidden_size: Any, num_layers: Any, dropout: Any, proj_size: int
) -> None:
    if isinstance(dropout, bool) or not isinstance(dropout, numbers.Real) or not 0 <= float(dropout) <= 1:
        raise ValueError(f"{mode}: dropout should be a number in range [0, 1], and is {dropout!r}")
    if dropout and num_layers == 1:
        warnings.warn(
            f"{mode}: dropout={dropout} has no effect with num_layers=1: it comes between layers, after all "
            "but the last", UserWarning, stacklevel=4,
        )  # fmt: skip
    if not isinstance(hidden_size, int):
        raise TypeError(f"{mode}: hidden_size should be of type int, got: {type(hidden_size).__name__}")
    for name, value in (("hidden_size", hidden_size), ("input_size", input_size), ("num_layers", num_layers)):
        if value <= 0:
            raise ValueError(f"{mode}: {name} must be greater than zero, and is {value}")
    if proj_size < 0:
        raise ValueError(f"{mode}: proj_size should be positive, or zero for no projection, not {proj_size}")
    if proj_size >= hidden_size:
        raise ValueError(f"{mode}: proj_size {proj_size} has to be smaller than hidden_size {hidden_size}")
    if mode not in GATES:
        raise ValueError(f"Unrecognized RNN mode: {mode}; expected one of {', '.join(GATES)}")


def _no_projection(options: dict[str, Any]) -> None:
    if "proj_size" in options:
        raise ValueError("proj_size is only supported for LSTM, not RNN or GRU: leave it out")


class RNN(RNNBase):
    """``h = tanh(W_ih x + b_ih + W_hh h + b_hh)`` at each step, or ReLU for tanh; Elman (1990).

    Arguments: ``input_size, hidden_size, num_layers=1, nonlinearity="tanh", bias=True,
    batch_first=False, dropout=0.0, bidirectional=False, device=None, dtype=None``; see `forward`.

    Raises ``ValueError`` for a `nonlinearity` other than ``"tanh"`` and ``"relu"``.

    >>> output, h = mt.nn.RNN(3, 4, num_layers=2)(mt.zeros(5, 1, 3))
    >>> output.shape, h.shape
    (torch.Size([5, 1, 4]), torch.Size([2, 1, 4]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _no_projection(kwargs)
        if len(args) > 3:
            kind, args = args[3], (*args[:3], *args[4:])
        else:
            kind = kwargs.pop("nonlinearity", "tanh")
        if kind not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{kind}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{kind.upper()}", *args, **kwargs)
        self.nonlinearity = kind


class LSTM(RNNBase):
    """Long short-term memory: gates i, f, g, o; ``c = f c + i g`` and ``h = o tanh(c)`` at each step.

    Arguments: ``input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0,
    bidirectional=False, proj_size=0, device=None, dtype=None``; `hx` is a pair ``(h, c)``, and so is what
    comes back beside the output.  Under `proj_size` h is projected to that size (Sak et al., 2014).
    Hochreiter and Schmidhuber (1997).

    >>> output, (h, c) = mt.nn.LSTM(3, 4, batch_first=True, bidirectional=True)(mt.zeros(1, 5, 3))
    >>> output.shape, h.shape
    (torch.Size([1, 5, 8]), torch.Size([2, 1, 4]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)


class GRU(RNNBase):
    """The gated recurrent unit: gates r, z, n, and ``h = (1 - z) n + z h`` at each step; Cho et al. (2014).

    Arguments: ``input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0,
    bidirectional=False, device=None, dtype=None``; see `forward`.

    >>> output, h = mt.nn.GRU(3, 4)(mt.zeros(5, 3))
    >>> output.shape, h.shape
    (torch.Size([5, 4]), torch.Size([1, 4]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _no_projection(kwargs)
        super().__init__("GRU", *args, **kwargs)
