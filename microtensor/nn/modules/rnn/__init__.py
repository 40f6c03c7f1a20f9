"""Recurrent networks.

| module | what is in it |
|---|---|
| `layers` | RNN, LSTM, GRU: where a sequence is run |
| `cells` | RNNCell, LSTMCell, GRUCell: one step |
| `batches` | sequences of equal and of different lengths under one name |
| `packed_sequence` | PackedSequence |
"""

from __future__ import annotations

from .... import _lazy

__getattr__, __dir__ = _lazy.beside(__name__, "layers", "cells", "packed_sequence")
