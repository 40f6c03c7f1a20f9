"""Activation functions and attention, as layers.

| module | what is in it |
|---|---|
| `base` | what all of them share |
| `rectifiers` | ReLU and what is like it: LeakyReLU, ELU, GELU, SiLU, Softplus |
| `saturating` | Sigmoid, Tanh, Softmax, Hardtanh, Softshrink, GLU |
| `random` | RReLU, Softmax2d |
| `multihead_attention` | MultiheadAttention |
"""

from __future__ import annotations

from .... import _lazy

__getattr__, __dir__ = _lazy.beside(
    __name__, "base", "rectifiers", "saturating", "random", "multihead_attention"
)
