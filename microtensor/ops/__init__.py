"""The ops, by family.  Importing this package defines them all and installs the Tensor's methods."""

from . import (  # noqa: F401
    activation,
    arithmetic,
    cast,
    compare,
    indexing,
    inplace,
    joining,
    loss,
    norm,
    numpy_protocol,
    operators,
    pointwise,
    product,
    reduce,
    shape,
)
