"""Layers, losses and what modules are made of, file by file as in PyTorch.

`module` is the class of them all, and `module_parts` what it is made of.

| module | what is in it |
|---|---|
| `linear`, `conv`, `pooling`, `padding` | Linear, Bilinear; Conv1d to ConvTranspose3d; MaxPool2d ... |
| `activation`, `dropout`, `normalization`, `batchnorm`, `instancenorm` | what stands between layers |
| `rnn`, `transformer`, `sparse` | RNN, LSTM, GRU; Transformer; Embedding, EmbeddingBag |
| `loss`, `distance`, `adaptive` | losses, distances, adaptive softmax |
| `container`, `flatten`, `fold`, `pixelshuffle`, `channelshuffle`, `upsampling` | structure and shape |
| `lazy` | layers that take their sizes from the first input |
| `utils` | one number or one for each dimension |
"""

from __future__ import annotations

from ... import _lazy

__getattr__, __dir__ = _lazy.publish(__name__)
