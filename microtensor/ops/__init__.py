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
| `complex` | real and imaginary parts, conjugates, polar form |
| `fourier` | Fourier transforms, also of short times |
| `lists` | one operation on each tensor of a list |
| `inplace` | writing into memory that has a history |
| `tensor_info` | what a tensor says of itself |

What most programs use is imported here, in that order; the rest waits until one of its names is used.  Any
other attribute is PyTorch's ``torch.ops``: the operators that `library` knows in the namespace of that name,
which is to be none of the families'.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

# ruff: noqa: I001
from .views import diagonals
from .views import expand
from .views import flip
from .views import permute
from .views import reshape
from .views import squeeze
from .views import triangles
from .elementwise import arithmetic
from .elementwise import division
from .elementwise import maximum
from .elementwise import power
from .elementwise import casting
from .elementwise import combinations
from .elementwise import clamp
from .elementwise import comparison
from .elementwise import exponential
from .elementwise import floating_point
from .elementwise import nonzero
from .elementwise import powers_roots
from .elementwise import rounding
from .elementwise import select
from .elementwise import sign_abs
from .elementwise import trigonometric
from .indexing import gather_scatter
from .indexing import getitem
from .indexing import index_put
from .indexing import masked
from .indexing import narrow
from .indexing import sorting
from .joining import cat_split
from .reductions import cumsum_flip
from .reductions import max_min
from .reductions import norm
from .reductions import prod
from .reductions import sum_mean
from .reductions import variance
from .matmul import matmul
from .activations import smooth
from .activations import softmax
from .losses import regression
from . import operators
from .inplace import methods
from .inplace import setitem


def __getattr__(name: str) -> Any:
    if name[:1] == "_":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if find_spec(f"{__name__}.{name}"):
        return import_module(f"{__name__}.{name}")
    return import_module("microtensor.library.operators").namespace(name)
