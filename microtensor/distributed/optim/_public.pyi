# The public names of microtensor.distributed.optim, written by .ci/names.py.
from microtensor.optim.zero_redundancy_optimizer import ZeroRedundancyOptimizer as ZeroRedundancyOptimizer
