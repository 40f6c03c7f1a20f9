# The public names of microtensor.optim, written by .ci/names.py.
from microtensor.optim.adadelta import Adadelta as Adadelta
from microtensor.optim.adafactor import Adafactor as Adafactor
from microtensor.optim.adagrad import Adagrad as Adagrad
from microtensor.optim.adam import Adam as Adam, AdamW as AdamW
from microtensor.optim.adamax import Adamax as Adamax
from microtensor.optim.asgd import ASGD as ASGD
from microtensor.optim.lbfgs import LBFGS as LBFGS
from microtensor.optim.muon import Muon as Muon
from microtensor.optim.nadam import NAdam as NAdam
from microtensor.optim.optimizer import Optimizer as Optimizer
from microtensor.optim.radam import RAdam as RAdam
from microtensor.optim.rmsprop import RMSprop as RMSprop
from microtensor.optim.rprop import Rprop as Rprop
from microtensor.optim.sgd import SGD as SGD
from microtensor.optim.sparse_adam import SparseAdam as SparseAdam
from microtensor.optim import lr_scheduler as lr_scheduler
from microtensor.optim import swa_utils as swa_utils
