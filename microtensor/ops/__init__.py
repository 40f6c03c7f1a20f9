"""The ops, by family.  Importing this package installs the Tensor's methods.

What most programs use is imported here; a family that few use waits until one of its names is used.
"""

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
    operators,
    ordering,
    pointwise,
    prod,
    product,
    reduce,
    scan,
    shape,
)
