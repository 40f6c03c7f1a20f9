# The public names of microtensor.func, written by .ci/names.py.
from microtensor.func.derivatives import (
    grad as grad, grad_and_value as grad_and_value, jvp as jvp, linearize as linearize, vjp as vjp
)
from microtensor.func.jacobians import hessian as hessian, jacfwd as jacfwd, jacrev as jacrev
from microtensor.func.modules import (
    functional_call as functional_call, stack_module_state as stack_module_state
)
from microtensor.func.norms import replace_all_batch_norm_modules_ as replace_all_batch_norm_modules_
from microtensor.func.vmap import vmap as vmap
