"""Attention with several heads, as a layer."""

from __future__ import annotations

from typing import Any

from ....creation import factories as creation
from ....engine.attributes.dtype_objects import DtypeLike
from ....engine.size_device import DeviceLike
from ....engine.tensor import Tensor
from ... import functional as F
from ... import init
from ...parameter import Parameter
from ..linear import Linear
from ..module import Module


class NonDynamicallyQuantizableLinear(Linear):
    """`Linear`, under the name that PyTorch shows for the last projection of attention.

    >>> from microtensor.nn.modules.activation.multihead_attention import NonDynamicallyQuantizableLinear
    >>> NonDynamicallyQuantizableLinear(1, 2)
    NonDynamicallyQuantizableLinear(in_features=1, out_features=2, bias=True)
    """


class MultiheadAttention(Module):
    """Attention of `query` to `key` and `value` in `num_heads` heads: `F.multi_head_attention_forward`.

    Vaswani et al., arXiv:1706.03762, section 3.2.2.  Operands have the shapes (L, N, E), (S, N, kdim) and (S,
    N, vdim), with `batch_first` (N, L, E) and so on; or no N at all.  `add_bias_kv` learns one more key and
    value, `add_zero_attn` adds one of zeros.

    Raises ``ValueError`` for sizes that are not positive, ``AssertionError`` if `num_heads` does not divide
    `embed_dim`.

    >>> attend = mt.nn.MultiheadAttention(4, 2, batch_first=True)
    >>> x = mt.zeros(3, 5, 4)
    >>> out, weights = attend(x, x, x)
    >>> out.shape, weights.shape
    (torch.Size([3, 5, 4]), torch.Size([3, 5, 5]))
    """

    in_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    def __init__(
        self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True,
        add_bias_kv: bool = False, add_zero_attn: bool = False, kdim: int | None = None,
        vdim: int | None = None, batch_first: bool = False, device: DeviceLike = None,
        dtype: DtypeLike = None,
    ) -> None:  # fmt: skip
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and "
                f"num_heads={num_heads} instead"
            )
        super().__init__()
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == self.vdim == embed_dim
        self.dropout, self.batch_first, self.add_zero_attn = dropout, batch_first, add_zero_attn
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError(f"embed_dim {embed_dim} must be divisible by num_heads {num_heads}")
        self._make_parameters(bias, add_bias_kv, {"device": device, "dtype": dtype})
        self._reset_parameters()

    def _make_parameters(self, bias: bool, add_bias_kv: bool, where: dict[str, Any]) -> None:
        e, together = self.embed_dim, self._qkv_same_embed_dim
        shapes: dict[str, tuple[int, ...] | None] = {
            "q_proj_weight": None if together else (e, e),
            "k_proj_weight": None if together else (e, self.kdim),
            "v_proj_weight": None if together else (e, self.vdim),
            "in_proj_weight": (3 * e, e) if together else None,
            "in_proj_bias": (3 * e,) if bias else None,
            "bias_k": (1, 1, e) if add_bias_kv else None,
            "bias_v": (1, 1, e) if add_bias_kv else None,
        }
        for name, shape in shapes.items():
            value = None if shape is None else Parameter(creation.empty(*shape, **where))
            self.register_parameter(name, value)
        self.out_proj = NonDynamicallyQuantizableLinear(e, e, bias=bias, **where)

    def _reset_parameters(self) -> None:
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None and self.out_proj.bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                init.xavier_normal_(bias)

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None,
        need_weights: bool = True, attn_mask: Tensor | None = None, average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        """The result, shaped like `query`, and the weights of attention (None without `need_weights`)."""
        turned = self.batch_first and query.ndim == 3
        if turned:
            query, key, value = _time_first(query, key, value)
        result, weights = F.multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight, self.in_proj_bias,
            self.bias_k, self.bias_v, self.add_zero_attn, self.dropout, self.out_proj.weight,
            self.out_proj.bias, self.training, key_padding_mask, need_weights, attn_mask,
            not self._qkv_same_embed_dim, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight,
            average_attn_weights=average_attn_weights, is_causal=is_causal,
        )  # fmt: skip
        return (result.transpose(0, 1) if turned else result), weights


def _time_first(query: Tensor, key: Tensor, value: Tensor) -> tuple[Any, Any, Any]:
    """(N, T, E) as (T, N, E); what was one operand stays one, and is projected once."""
    first = query.transpose(0, 1)
    second = first if key is query else key.transpose(0, 1)
    return first, second, second if value is key else value.transpose(0, 1)
