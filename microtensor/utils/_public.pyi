# The public names of microtensor.utils, written by .ci/names.py.
from microtensor.nn.swap_tensors import swap_tensors as swap_tensors
from microtensor.utils import _contextlib as _contextlib
from microtensor.utils import _foreach_utils as _foreach_utils
from microtensor.utils import _python_dispatch as _python_dispatch
from microtensor.utils import _pytree as _pytree
from microtensor.utils import benchmark as benchmark
from microtensor.utils import checkpoint as checkpoint
from microtensor.utils import collect_env as collect_env
from microtensor.utils import cpp_extension as cpp_extension
from microtensor.utils import data as data
from microtensor.utils import dlpack as dlpack
from microtensor.utils import flop_counter as flop_counter
from microtensor.utils import hooks as hooks
from microtensor.utils import model_zoo as model_zoo
from microtensor.utils import tensorboard as tensorboard
from microtensor.utils import weak as weak
