# The public names of microtensor.nn.parallel, written by .ci/names.py.
from microtensor.nn.parallel.clip_grad import clip_grad_norm_ as clip_grad_norm_
from microtensor.nn.parallel.data_parallel import DataParallel as DataParallel
from microtensor.nn.parallel.distributed import DistributedDataParallel as DistributedDataParallel
