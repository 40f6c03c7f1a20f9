"""Methods of PyTorch's tensors and modules that are not here, for what is called on a variable.

A name behind ``torch.`` can be looked up; ``x.to_sparse()`` cannot, as nobody knows what `x` is before
the program runs.  So this table holds the names that nothing but a tensor or a module has: no number's,
array's or dictionary's (``values``, ``imag``, ``index``).  One that has arrived since counts as here.
"""

from __future__ import annotations

from .. import nn
from ..engine.tensor import Tensor

__all__ = ["why_absent"]

_COO = "of sparse tensors this is not here: compute with x.to_dense(), or with mm, add and sum"
_REAL_NUMBERS = "quantized numbers are not here: keep float16 or float32"
_DEVICE = "everything runs on the CPU: leave the call out"
_PADDED = "nested tensors are not here: pad the rows, and mask what was added"
_HALVES = "NumPy has no complex32: keep complex64"

_TABLE = {
    _COO: "sspaddmm resize_as_sparse_",
    _REAL_NUMBERS: (
        "dequantize int_repr q_scale q_zero_point q_per_channel_axis q_per_channel_scales "
        "q_per_channel_zero_points qscheme"
    ),
    _DEVICE: "ipu mtia xpu record_stream to_mkldnn",
    _PADDED: "to_padded_tensor",
    _HALVES: "chalf",
}
_REASONS = {name: why for why, names in _TABLE.items() for name in names.split()}


def why_absent(name: str) -> str:
    """Why neither a tensor nor a module has this method of PyTorch's; "" for any other name.

    >>> from microtensor.compat.absent_methods import why_absent
    >>> why_absent("record_stream")
    'everything runs on the CPU: leave the call out'
    """
    here = hasattr(Tensor, name) or hasattr(nn.Module, name)
    return "" if here else _REASONS.get(name, "")
