"""Sparse tensors (COO, CSR, CSC) under the names of ``torch.sparse``: for what is mostly zeros.

A `SparseTensor` is indices and values; everything is computed with the values, by dense ops, and so has its
gradients from them.

| module | what is in it |
|---|---|
| `tensor` | the tensor itself, `coalesced`, and how calls of functions reach it |
| `functions` | which functions there are, and what computes each |
| `creation` | sparse_coo_tensor, spdiags, and the checks |
| `compressed`, `compressed_creation` | CSR and CSC: COO in a certain order |
| `index_conversion` | where rows begin, from the row of each entry, and back |
| `conversion` | to_dense, to_sparse, sparse_mask, dtypes |
| `arithmetic`, `products`, `reductions`, `softmaxes` | numbers |
| `shapes`, `selecting`, `joining` | dimensions and parts |
| `segments` | runs of rows of a dense tensor, reduced |
| `writes` | what changes a tensor in place |
| `gradients` | sparse gradients of dense leaves, and gradients of sparse tensors |
| `namespace_functions`, `methods`, `legacy_types` | PyTorch's names |
| `queries`, `printing`, `shown` | what a tensor says of itself; names of nodes |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _lazy

if TYPE_CHECKING:
    from ._public import *

__getattr__, __dir__ = _lazy.publish(__name__)
