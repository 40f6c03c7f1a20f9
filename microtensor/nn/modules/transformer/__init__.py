"""Transformers.

| module | what is in it |
|---|---|
| `layers` | one encoder or decoder layer |
| `stacks` | several of them: TransformerEncoder, TransformerDecoder, Transformer |
"""

from __future__ import annotations

from .... import _lazy

__getattr__, __dir__ = _lazy.beside(__name__, "stacks", "layers")
