"""Learning rates that change while training goes on: PyTorch's ``torch.optim.lr_scheduler``.

A scheduler writes into ``optimizer.param_groups``; call its ``step()`` after the optimizer's.
"""

from .base import LRScheduler as LRScheduler
from .base import _LRScheduler as _LRScheduler
from .composite import ChainedScheduler as ChainedScheduler
from .composite import SequentialLR as SequentialLR
from .cosine import CosineAnnealingLR as CosineAnnealingLR
from .cosine import CosineAnnealingWarmRestarts as CosineAnnealingWarmRestarts
from .cyclic import CyclicLR as CyclicLR
from .decay import ConstantLR as ConstantLR
from .decay import ExponentialLR as ExponentialLR
from .decay import LinearLR as LinearLR
from .decay import MultiStepLR as MultiStepLR
from .decay import PolynomialLR as PolynomialLR
from .decay import StepLR as StepLR
from .functions import LambdaLR as LambdaLR
from .functions import MultiplicativeLR as MultiplicativeLR
from .one_cycle import OneCycleLR as OneCycleLR
from .plateau import ReduceLROnPlateau as ReduceLROnPlateau
