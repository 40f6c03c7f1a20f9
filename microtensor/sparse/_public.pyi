# The public names of microtensor.sparse, written by .ci/names.py.
from microtensor.sparse.creation import (
    check_sparse_tensor_invariants as check_sparse_tensor_invariants, spdiags as spdiags
)
from microtensor.sparse.legacy_types import (
    ByteTensor as ByteTensor, CharTensor as CharTensor, DoubleTensor as DoubleTensor, FloatTensor as
    FloatTensor, HalfTensor as HalfTensor, IntTensor as IntTensor, LongTensor as LongTensor, ShortTensor
    as ShortTensor
)
from microtensor.sparse.namespace_functions import addmm as addmm, mm as mm, sum as sum
from microtensor.sparse.softmaxes import log_softmax as log_softmax, softmax as softmax
