"""The ops, by family.  Importing this package defines them all and installs the Tensor's methods."""

from . import (
    activation,
    arithmetic,
    cast,
    compare,
    elementary,
    indexing,
    inplace,
    joining,
    loss,
    norm,
    numpy_protocol,
    operators,
    ordering,
    pointwise,
    product,
    reduce,
    shape,
)
