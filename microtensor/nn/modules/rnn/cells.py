"""One step of a recurrent network, for loops of one's own: RNNCell, LSTMCell, GRUCell, in ordinary ops."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ....creation import factories as creation
from ....engine.attributes.dtype_objects import DtypeLike
from ....engine.size_device import DeviceLike
from ....engine.tensor import Tensor
from ....ops.activations.smooth import relu
from ....ops.elementwise.trigonometric import tanh
from ....ops.matmul.matmul import linear
from ....ops.recurrent.gru import gru_gates
from ....ops.recurrent.lstm import lstm_gates
from ... import init
from ...parameter import Parameter
from ..module import Module


class RNNCellBase(Module):
    """What the cells have in common: weights for `num_chunks` gates, drawn within ``1 / sqrt(hidden_size)``.

    >>> list(mt.nn.RNNCellBase(2, 3, bias=True, num_chunks=4).state_dict())
    ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh']
    """

    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: DeviceLike = None,
        dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows, where = num_chunks * hidden_size, {"device": device, "dtype": dtype}
        self.weight_ih = Parameter(creation.empty(rows, input_size, **where))
        self.weight_hh = Parameter(creation.empty(rows, hidden_size, **where))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(creation.empty(rows, **where)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights.

        >>> mt.nn.GRUCell(1, 1).reset_parameters()
        """
        bound = 1 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        """The sizes, and what is not the default."""
        words = f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else f", bias={self.bias}")
        kind = getattr(self, "nonlinearity", "tanh")
        return words if kind == "tanh" else f"{words}, nonlinearity={kind}"

    def _row(self, name: str, x: Any) -> Any:
        """An operand of one or two dimensions, as rows."""
        if x.dim() not in (1, 2):
            raise ValueError(f"{self._get_name()}: Expected {name} to be 1D or 2D, got {x.dim()}D instead")
        return x if x.dim() == 2 else x.unsqueeze(0)

    def _input(self, input: Any) -> Any:
        rows = self._row("input", input)
        if rows.shape[1] != self.input_size:
            raise RuntimeError(
                f"{self._get_name()}: input has inconsistent input_size: got {rows.shape[1]} expected "
                f"{self.input_size}"
            )
        return rows

    def _state(self, name: str, state: Any, input: Any, rows: Any) -> Any:
        """A given state as rows, zeros if None; checked."""
        if state is None:
            return Tensor._of(np.zeros((len(rows), self.hidden_size), rows.dtype))
        given, state = state.dim(), self._row(name, state)
        if given != input.dim():
            raise RuntimeError(
                f"{self._get_name()}: for {input.dim()}-D input {name} has to be {input.dim()}-D, and it has "
                f"inconsistent hidden_size: got {given}-D"
            )
        if len(state) != len(rows):
            raise RuntimeError(
                f"{self._get_name()}: Input batch size {len(rows)} doesn't match {name} batch size "
                f"{len(state)}"
            )
        if state.shape[1] != self.hidden_size:
            raise RuntimeError(
                f"{self._get_name()}: {name} has inconsistent hidden_size: got {state.shape[1]}, expected "
                f"{self.hidden_size}"
            )
        return state

    def _sent(self, rows: Any, h: Any) -> tuple[Any, Any]:
        """What input and state send to the gates."""
        return linear(rows, self.weight_ih, self.bias_ih), linear(h, self.weight_hh, self.bias_hh)


class RNNCell(RNNCellBase):
    """``tanh(W_ih x + b_ih + W_hh h + b_hh)``, or ReLU for tanh: (B, I) and (B, H) to (B, H), or without B.

    Raises ``RuntimeError``, when called, for a `nonlinearity` that it does not know.

    >>> mt.nn.RNNCell(2, 3)(mt.zeros(5, 2)).shape
    torch.Size([5, 3])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh",
        device: DeviceLike = None, dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Any = None) -> Tensor:
        """The new state."""
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"RNNCell: Unknown nonlinearity: {self.nonlinearity}; use 'tanh' or 'relu'")
        rows = self._input(input)
        from_x, from_h = self._sent(rows, self._state("hidden", hx, input, rows))
        new = (tanh if self.nonlinearity == "tanh" else relu)(from_x + from_h)
        return new if input.dim() == 2 else new.squeeze(0)


class LSTMCell(RNNCellBase):
    """One step of an LSTM: (B, I) and a pair (h, c) of (B, H) to a new pair, or all without B.

    >>> h, c = mt.nn.LSTMCell(2, 3)(mt.zeros(5, 2))
    >>> h.shape, c.shape
    (torch.Size([5, 3]), torch.Size([5, 3]))
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: DeviceLike = None,
        dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> tuple[Tensor, Tensor]:
        """The new h and c."""
        if isinstance(hx, Tensor):
            raise TypeError("LSTMCell: expected hx to be a pair of tensors, (h, c), not a Tensor")
        rows, (h, c) = self._input(input), hx or (None, None)
        h, c = self._state("hidden0", h, input, rows), self._state("hidden1", c, input, rows)
        from_x, from_h = self._sent(rows, h)
        h, c, _ = lstm_gates(from_x + from_h, c)
        return (h, c) if input.dim() == 2 else (h.squeeze(0), c.squeeze(0))


class GRUCell(RNNCellBase):
    """One step of a GRU: (B, I) and (B, H) to (B, H), or all without B.

    >>> mt.nn.GRUCell(2, 3)(mt.zeros(2)).shape
    torch.Size([3])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: DeviceLike = None,
        dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Tensor:
        """The new state."""
        rows = self._input(input)
        h = self._state("hidden", hx, input, rows)
        new, _ = gru_gates(*self._sent(rows, h), h)
        return new if input.dim() == 2 else new.squeeze(0)
