"""``torch.nn.attention``: masks by their form, and `flex_attention` with its functions, as PyTorch's."""

# ruff: noqa: E501 - programs, a thought a line

from __future__ import annotations

from collections.abc import Callable

import pytest

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

PROGRAMS = """
# causal masks by their form
from importlib import import_module
bias = import_module(torch.__name__ + ".nn.attention.bias")
F = torch.nn.functional
q, k, v = (torch.arange(n * 4.0).reshape(1, 1, n, 4).sin() for n in (3, 5, 5))
q.requires_grad_(True)
upper, lower = bias.causal_upper_left(3, 5), bias.causal_lower_right(3, 5)
texts = [repr(upper), repr(lower), upper.variant.name, lower.seq_len_q, lower.seq_len_kv]
dense = [upper._materialize(), lower._materialize()]
a = F.scaled_dot_product_attention(q, k, v, upper)
b = F.scaled_dot_product_attention(q, k, v, attn_mask=lower, scale=0.3)
(a.sum() + b.square().sum()).backward()
errors = [
    raises(lambda: F.scaled_dot_product_attention(q, k, v, lower, is_causal=True), "should not be used with", ValueError),
    raises(lambda: bias.causal_upper_left(3), "only supports 2D", AssertionError),
    raises(lambda: bias.CausalBias(1, 2, 3), "must be a CausalVariant", AssertionError),
]
del upper, lower

# flex_attention: scores that a function changes
from importlib import import_module
flex = import_module(torch.__name__ + ".nn.attention.flex_attention")
q, k, v = (torch.arange(2 * 2 * n * 4.0).reshape(2, 2, n, 4).sin() for n in (5, 6, 6))
slopes, table = torch.tensor([0.5, 0.25]), torch.arange(30.0).reshape(5, 6).cos()
plain = flex.flex_attention(q, k, v)
alibi = flex.flex_attention(q, k, v, score_mod=lambda s, b, h, i, j: s + slopes[h] * (j - i))
learnt = flex.flex_attention(q, k, v, score_mod=lambda s, b, h, i, j: s + table[i, j], scale=0.7)
capped = flex.flex_attention(q, k, v, score_mod=lambda s, b, h, i, j: 2.0 * torch.tanh(s / 2.0))
batch = flex.flex_attention(q, k, v, score_mod=lambda s, b, h, i, j: torch.where(b == 0, s, s * 2))
out, aux = flex.flex_attention(q, k, v, return_aux=flex.AuxRequest(lse=True))
lse = aux.lse

# flex_attention: pairs that a function chooses
from importlib import import_module
flex = import_module(torch.__name__ + ".nn.attention.flex_attention")
q, k, v = (torch.arange(2 * 2 * 6 * 4.0).reshape(2, 2, 6, 4).cos() for _ in range(3))
documents = torch.tensor([0, 0, 0, 1, 1, 1])
causal = lambda b, h, i, j: i >= j
window = lambda b, h, i, j: i - j <= 2
same = lambda b, h, i, j: documents[i] == documents[j]
both, either = flex.and_masks(causal, window), flex.or_masks(same, window)
outs = []
for mod in (causal, window, same, both, either):
    mask = flex.create_block_mask(mod, None, None, 6, 6, device="cpu")
    outs.append(flex.flex_attention(q, k, v, block_mask=mask))
masks = [flex.create_mask(mod, 2, 1, 6, 6, device="cpu") for mod in (causal, both, either)]
lengths = list(mask.seq_lengths)
shape = list(mask.shape)

# flex_attention: groups of heads
from importlib import import_module
flex = import_module(torch.__name__ + ".nn.attention.flex_attention")
q = torch.arange(1 * 4 * 3 * 4.0).reshape(1, 4, 3, 4).sin()
k, v = (torch.arange(1 * 2 * 3 * 4.0).reshape(1, 2, 3, 4).cos() for _ in range(2))
out = flex.flex_attention(q, k, v, enable_gqa=True, score_mod=lambda s, b, h, i, j: s + h)

# kernels are named, and all give the same
from importlib import import_module
attention = import_module(torch.__name__ + ".nn.attention")
q = torch.arange(24.0).reshape(1, 2, 3, 4).sin()
with attention.sdpa_kernel(attention.SDPBackend.MATH):
    a = torch.nn.functional.scaled_dot_product_attention(q, q, q)
with attention.sdpa_kernel([attention.SDPBackend.MATH, attention.SDPBackend.EFFICIENT_ATTENTION], set_priority=True):
    b = torch.nn.functional.scaled_dot_product_attention(q, q, q)
names = [m.name for m in (attention.SDPBackend.MATH, attention.SDPBackend.FLASH_ATTENTION)]
wrong = raises(lambda: attention.sdpa_kernel("math").__enter__(), "Backend must be an instance of SDPBackend")
"""


def test_attention_program(program: str, agree: Callable[..., None]) -> None:
    agree(program)
