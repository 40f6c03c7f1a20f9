"""The transformer: stacks of its layers, and both stacks together (Vaswani et al., arXiv:1706.03762).

PyTorch's encoder has a second implementation for inference, on nested tensors, which leaves padded positions
as zeros; here evaluation computes what training computes, without the dropout.
"""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np

from ....engine import dtypes
from ....engine.attributes.dtype_objects import DtypeLike
from ....engine.size_device import DeviceLike
from ....engine.tensor import Tensor
from ... import functional as F
from ... import init
from ...functional.attention import future
from ..container.sequences import ModuleList
from ..module import Module
from ..normalization import LayerNorm
from .layers import Activation, TransformerDecoderLayer, TransformerEncoderLayer


def _copies(layer: Module, count: int) -> ModuleList:
    return ModuleList([copy.deepcopy(layer) for _ in range(count)])


def _never_nested(layer: Any) -> str:
    """Why PyTorch would not use nested tensors for copies of this layer; "" if it would."""
    if not isinstance(layer, TransformerEncoderLayer):
        return " was not TransformerEncoderLayer"
    attention = layer.self_attn
    reasons = {
        ".norm_first was True": layer.norm_first,
        ".self_attn.batch_first was not True(use batch_first for better inference performance)":
            not attention.batch_first,
        ".self_attn was passed bias=False": attention.in_proj_bias is None,
        ".activation_relu_or_gelu was not True": layer.activation not in (F.relu, F.gelu),
        ".norm1.eps was not equal to encoder_layer.norm2.eps": layer.norm1.eps != layer.norm2.eps,
        ".self_attn.num_heads is odd": attention.num_heads % 2 == 1,
    }  # fmt: skip
    return next((why for why, holds in reasons.items() if holds), "")


class TransformerEncoder(Module):
    """`num_layers` copies of an encoder layer, one after the other, and a norm at the end if given.

    The copies start with equal weights.  `enable_nested_tensor` and `mask_check` choose among PyTorch's
    implementations, and change nothing here; it warns, as there, of a layer for which the first does nothing.

    >>> layer = mt.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    >>> mt.nn.TransformerEncoder(layer, 2)(mt.zeros(3, 5, 8)).shape
    torch.Size([3, 5, 8])
    """

    def __init__(
        self, encoder_layer: TransformerEncoderLayer, num_layers: int, norm: Module | None = None,
        enable_nested_tensor: bool = True, mask_check: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.layers, self.num_layers, self.norm = _copies(encoder_layer, num_layers), num_layers, norm
        self.enable_nested_tensor, self.mask_check = enable_nested_tensor, mask_check
        why = _never_nested(encoder_layer)
        if enable_nested_tensor and why:
            warnings.warn(
                "enable_nested_tensor is True, but self.use_nested_tensor is False because encoder_layer"
                f"{why}", UserWarning, stacklevel=2,
            )  # fmt: skip

    def forward(
        self, src: Tensor, mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:  # fmt: skip
        """The sequence after all layers; masks as in `MultiheadAttention`."""
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask, bool(is_causal))
        return src if self.norm is None else self.norm(src)


class TransformerDecoder(Module):
    """`num_layers` copies of a decoder layer, one after the other, and a norm at the end if given.

    >>> layer = mt.nn.TransformerDecoderLayer(8, 2, 16)
    >>> mt.nn.TransformerDecoder(layer, 2)(mt.zeros(5, 3, 8), mt.zeros(4, 3, 8)).shape
    torch.Size([5, 3, 8])
    """

    def __init__(
        self, decoder_layer: TransformerDecoderLayer, num_layers: int, norm: Module | None = None
    ) -> None:
        super().__init__()
        self.layers, self.num_layers, self.norm = _copies(decoder_layer, num_layers), num_layers, norm

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Tensor | None = None, memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None, memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None, memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """The target sequence after all layers; masks as in `MultiheadAttention`."""
        masks = tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask
        for layer in self.layers:
            tgt = layer(tgt, memory, *masks, bool(tgt_is_causal), memory_is_causal)
        return tgt if self.norm is None else self.norm(tgt)


class Transformer(Module):
    """An encoder, and a decoder that attends to its result; matrices start as Glorot has them.

    `custom_encoder` and `custom_decoder` take the place of the stacks that the sizes describe.  Sequences are
    (T, N, d_model), or (N, T, d_model) with `batch_first`, or without N.

    >>> model = mt.nn.Transformer(8, 2, 1, 1, 16, batch_first=True)
    >>> model(mt.zeros(3, 5, 8), mt.zeros(3, 4, 8)).shape
    torch.Size([3, 4, 8])
    """

    def __init__(
        self, d_model: int = 512, nhead: int = 8, num_encoder_layers: int = 6, num_decoder_layers: int = 6,
        dim_feedforward: int = 2048, dropout: float = 0.1, activation: Activation = F.relu,
        custom_encoder: Any = None, custom_decoder: Any = None, layer_norm_eps: float = 1e-5,
        batch_first: bool = False, norm_first: bool = False, bias: bool = True, device: DeviceLike = None,
        dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        super().__init__()
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        sizes = d_model, nhead, dim_feedforward, dropout, activation
        options = layer_norm_eps, batch_first, norm_first, bias
        if custom_encoder is None:
            encoder_layer = TransformerEncoderLayer(*sizes, *options, **where)
            norm = LayerNorm(d_model, layer_norm_eps, bias=bias, **where)
            custom_encoder = TransformerEncoder(encoder_layer, num_encoder_layers, norm)
        self.encoder = custom_encoder
        if custom_decoder is None:
            decoder_layer = TransformerDecoderLayer(*sizes, *options, **where)
            norm = LayerNorm(d_model, layer_norm_eps, bias=bias, **where)
            custom_decoder = TransformerDecoder(decoder_layer, num_decoder_layers, norm)
        self.decoder = custom_decoder
        self._reset_parameters()
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def forward(
        self, src: Tensor, tgt: Tensor, src_mask: Tensor | None = None, tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None, memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None, tgt_is_causal: bool | None = None, memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """The target sequence after the decoder; ``RuntimeError`` for batches or widths that differ."""
        self._check(src, tgt)
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask,
                              is_causal=src_is_causal)  # fmt: skip
        return self.decoder(
            tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask, memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal, memory_is_causal=memory_is_causal,
        )  # fmt: skip

    def _check(self, src: Tensor, tgt: Tensor) -> None:
        batch = 0 if self.batch_first else 1
        if src.ndim == 3 and src.shape[batch] != tgt.shape[batch]:
            raise RuntimeError(
                f"the batch number of src and tgt must be equal: {src.shape[batch]} and {tgt.shape[batch]}"
            )
        if not src.shape[-1] == tgt.shape[-1] == self.d_model:
            raise RuntimeError(
                f"the feature number of src and tgt must be equal to d_model {self.d_model}: "
                f"{src.shape[-1]} and {tgt.shape[-1]}"
            )

    @staticmethod
    def generate_square_subsequent_mask(
        sz: int, device: DeviceLike = None, dtype: DtypeLike = None
    ) -> Tensor:
        """The mask that hides what comes later: -inf above the diagonal, else 0.

        >>> mt.nn.Transformer.generate_square_subsequent_mask(2)
        tensor([[0., -inf],
                [0., 0.]])
        """
        dtype = dtypes.default_dtype() if dtype is None else np.dtype(dtype)
        return Tensor._of(future(sz, sz, dtype))

    def _reset_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.dim() > 1:
                init.xavier_uniform_(parameter)
