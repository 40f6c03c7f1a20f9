"""The ops, by family.  Importing this package installs the Tensor's methods.

What most programs use is imported here; a family that few use waits in ``METHODS`` (and its functions in
the table of ``microtensor/__init__``), by module, until one of its names is used.
"""

from .._later import methods_later
from ..tensor import Tensor
from . import (
    activation,
    arithmetic,
    cast,
    compare,
    diagonals,
    elementary,
    extremes,
    gathering,
    indexing,
    inplace,
    joining,
    loss,
    moments,
    norm,
    numpy_protocol,
    operators,
    ordering,
    pointwise,
    prod,
    product,
    reduce,
    scan,
    shape,
)

METHODS: dict[str, tuple[str, ...]] = {
    "exchange": ("__array_namespace__", "__dlpack__", "__dlpack_device__"),
    "bessel": ("i0", "i0_"),
    "determinant": ("det", "logdet"),
    "entropies": ("logit", "logit_", "sinc", "sinc_", "xlogy", "xlogy_"),
    "error_functions": ("erfc", "erfc_", "erfinv", "erfinv_"),
    "gamma": (
        "digamma",
        "digamma_",
        "lgamma",
        "lgamma_",
        "mvlgamma",
        "mvlgamma_",
        "polygamma",
        "polygamma_",
    ),
    "inverse": ("cholesky_inverse", "cholesky_solve", "inverse"),
    "matrix_functions": ("matrix_exp", "matrix_power", "pinverse"),
    "older_names": ("cholesky", "qr", "slogdet", "svd", "triangular_solve"),
    "tensor_products": ("kron",),
    "vectors": ("cross",),
}
methods_later(Tensor, __name__, METHODS)
