# The public names of microtensor.nn, written by .ci/names.py.
from microtensor.nn.uninitialized_parameter import (
    UninitializedBuffer as UninitializedBuffer, UninitializedParameter as UninitializedParameter,
    UninitializedTensorMixin as UninitializedTensorMixin, is_lazy as is_lazy
)
