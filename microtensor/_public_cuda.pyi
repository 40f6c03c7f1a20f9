# The public names of microtensor, written by .ci/names.py.
from microtensor.legacy.cuda_tensor_types import (
    BoolTensor as BoolTensor, ByteTensor as ByteTensor, CharTensor as CharTensor, DoubleTensor as
    DoubleTensor, FloatTensor as FloatTensor, HalfTensor as HalfTensor, IntTensor as IntTensor, LongTensor
    as LongTensor, ShortTensor as ShortTensor
)
from microtensor import amp as amp
