"""A layer of a transformer's encoder and one of its decoder (Vaswani et al., arXiv:1706.03762, 3.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ....engine.attributes.dtype_objects import DtypeLike
from ....engine.size_device import DeviceLike
from ....engine.tensor import Tensor
from ... import functional as F
from ..activation.multihead_attention import MultiheadAttention
from ..dropout import Dropout
from ..linear import Linear
from ..module import Module
from ..normalization import LayerNorm

Activation = str | Callable[[Tensor], Tensor]


def activation_of(activation: Activation) -> Callable[[Tensor], Any]:
    """A function: itself, or what ``"relu"`` or ``"gelu"`` names; ``RuntimeError`` for another name.

    >>> from microtensor.nn.modules.transformer.layers import activation_of
    >>> activation_of("relu")(mt.tensor([-1.0]))
    tensor([0.])
    """
    if not isinstance(activation, str):
        return activation
    if activation not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {activation}")
    return F.relu if activation == "relu" else F.gelu


class _Layer(Module):
    """What both layers share: attentions by name, the perceptron, and a norm and a dropout behind each."""

    attentions: ClassVar[tuple[str, ...]]
    self_attn: MultiheadAttention
    norm1: LayerNorm
    norm2: LayerNorm
    dropout1: Dropout
    dropout2: Dropout

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
        activation: Activation = F.relu, layer_norm_eps: float = 1e-5, batch_first: bool = False,
        norm_first: bool = False, bias: bool = True, device: DeviceLike = None, dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        super().__init__()
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        for name in self.attentions:
            attend = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, **where)
            setattr(self, name, attend)
        self.linear1 = Linear(d_model, dim_feedforward, bias, **where)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, **where)
        parts = range(1, len(self.attentions) + 2)
        for i in parts:
            setattr(self, f"norm{i}", LayerNorm(d_model, layer_norm_eps, bias=bias, **where))
        for i in parts:
            setattr(self, f"dropout{i}", Dropout(dropout))
        self.norm_first, self.activation = norm_first, activation_of(activation)

    def _attended(
        self, attend: Any, drop: Any, x: Tensor, memory: Tensor, mask: Any, padding: Any, causal: bool
    ) -> Any:
        found = attend(
            x, memory, memory, attn_mask=mask, is_causal=causal, key_padding_mask=padding, need_weights=False
        )
        return drop(found[0])

    def _perceptron(self, drop: Any, x: Tensor) -> Any:
        return drop(self.linear2(self.dropout(self.activation(self.linear1(x)))))

    def _beside(self, norm: Any, part: Callable[[Any], Any], x: Any) -> Any:
        """`x` plus what `part` makes of it; normalised before or after."""
        return x + part(norm(x)) if self.norm_first else norm(x + part(x))


class TransformerEncoderLayer(_Layer):
    """Attention of a sequence to itself, and a perceptron; each beside a path that skips it, with a norm.

    `d_model` is the width, `nhead` the number of heads, `dim_feedforward` the perceptron's width,
    `activation` a function, a module, ``"relu"`` or ``"gelu"``.  With `norm_first` the norms come before the
    parts, else after.  Sequences are (T, N, d_model), or (N, T, d_model) with `batch_first`, or without N.

    >>> layer = mt.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    >>> layer(mt.zeros(3, 5, 8)).shape
    torch.Size([3, 5, 8])
    """

    attentions = ("self_attn",)

    def forward(
        self, src: Tensor, src_mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """The sequence after this layer; masks as in `MultiheadAttention`."""

        def look(x: Any) -> Any:
            masks = src_mask, src_key_padding_mask, is_causal
            return self._attended(self.self_attn, self.dropout1, x, x, *masks)

        x = self._beside(self.norm1, look, src)
        return self._beside(self.norm2, lambda y: self._perceptron(self.dropout2, y), x)


class TransformerDecoderLayer(_Layer):
    """As the encoder's layer, with attention to the encoder's result (`memory`) between its two parts.

    >>> layer = mt.nn.TransformerDecoderLayer(8, 2, 16, batch_first=True)
    >>> layer(mt.zeros(3, 5, 8), mt.zeros(3, 4, 8)).shape
    torch.Size([3, 5, 8])
    """

    attentions = ("self_attn", "multihead_attn")
    multihead_attn: MultiheadAttention
    norm3: LayerNorm
    dropout3: Dropout

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Tensor | None = None, memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None, memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False, memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """The target sequence after this layer; masks as in `MultiheadAttention`."""

        def look(x: Any) -> Any:
            masks = tgt_mask, tgt_key_padding_mask, tgt_is_causal
            return self._attended(self.self_attn, self.dropout1, x, x, *masks)

        def remember(x: Any) -> Any:
            masks = memory_mask, memory_key_padding_mask, memory_is_causal
            return self._attended(self.multihead_attn, self.dropout2, x, memory, *masks)

        x = self._beside(self.norm2, remember, self._beside(self.norm1, look, tgt))
        return self._beside(self.norm3, lambda y: self._perceptron(self.dropout3, y), x)
