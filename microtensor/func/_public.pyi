# The public names of microtensor.func, written by .ci/names.py.
from microtensor.func.batch_norm_replacement import (
    replace_all_batch_norm_modules_ as replace_all_batch_norm_modules_
)
from microtensor.func.derivatives import (
    grad as grad, grad_and_value as grad_and_value, jvp as jvp, linearize as linearize, vjp as vjp
)
from microtensor.func.functionalize import functionalize as functionalize
from microtensor.func.jacobians import hessian as hessian, jacfwd as jacfwd, jacrev as jacrev
from microtensor.func.module_state import stack_module_state as stack_module_state
from microtensor.func.parameter_swap import functional_call as functional_call
from microtensor.func.vmap import vmap as vmap
