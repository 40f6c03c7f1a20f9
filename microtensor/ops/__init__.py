"""The ops, by family, each built on those before it.  Importing this package installs the Tensor's methods.

| family | what is in it |
|---|---|
| `views` | reshape, permute, flip, diagonals: the same elements, seen otherwise |
| `elementwise` | arithmetic, powers, exponentials, comparison, casting, choosing |
| `indexing` | reading and writing by index, gather and scatter, sorting, searching |
| `joining` | cat, stack, split, rearranging, as_strided |
| `reductions` | sum, mean, variance, extremes, medians, cumulative sums, histograms |
| `matmul` | products of matrices and vectors, einsum, tensordot |
| `distance` | norms of differences, similarity |
| `linalg` | solving, inverting, factorizing matrices |
| `special` | error, gamma and Bessel functions, orthogonal polynomials |
| `activations`, `losses`, `normalization` | what layers compute element by element, and at their end |
| `windows`, `convolution`, `pooling`, `vision` | sliding windows over images, and resampling |
| `recurrent` | RNN, GRU and LSTM over a sequence |
| `inplace` | writing into memory that has a history |
| `tensor_info` | what a tensor says of itself |

What most programs use is imported here, in that order; the rest waits until one of its names is used.
"""

# ruff: noqa: I001
from .views import diagonals, flip, reshape_permute
from .elementwise import (
    arithmetic, casting, clamp, comparison, exponential, floating_point, nonzero, powers_roots, rounding,
    select, sign_abs, trigonometric,
)  # fmt: skip
from .indexing import gather_scatter, getitem, index_put, masked, narrow, sorting
from .joining import cat_split
from .reductions import cumsum_flip, max_min, norm, prod, sum_mean, variance
from .matmul import matmul
from .activations import smooth_softmax
from .losses import regression
from . import operators
from .inplace import methods, setitem
