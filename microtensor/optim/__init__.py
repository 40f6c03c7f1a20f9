"""Optimizers: PyTorch's ``torch.optim``, in NumPy.

Each algorithm is one file: the published formula, and the function that computes it on vectors.
`elementwise` ties those to parameters, `optimizer` holds what is not arithmetic, and
`lr_scheduler` changes learning rates while training goes on.
"""

from .._later import later
from . import lr_scheduler
from .adadelta import Adadelta
from .adagrad import Adagrad
from .adam import Adam, AdamW
from .adamax import Adamax
from .asgd import ASGD
from .lbfgs import LBFGS
from .nadam import NAdam
from .optimizer import Optimizer
from .radam import RAdam
from .rmsprop import RMSprop
from .rprop import Rprop
from .sgd import SGD

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "lr_scheduler",
]

# What few programs use is imported when it is first used.
LATER: dict[str, tuple[str, ...]] = {
    "adafactor": ("Adafactor",),
    "muon": ("Muon",),
    "swa_utils": (),
}
__getattr__, __dir__ = later(__name__, LATER)
