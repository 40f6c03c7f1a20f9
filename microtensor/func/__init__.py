"""Transforms of functions, as in ``torch.func``: they take a function and return one, and nest.

All of them are made of one thing, the recorded graph.  A transform gives the function fresh
inputs that are connected to the old ones, records, and differentiates the record; since every
formula is itself recorded, whatever a transform returns can be transformed again.
"""

from __future__ import annotations

from .._later import later
from .derivatives import grad, grad_and_value, jvp, linearize, vjp
from .jacobians import hessian, jacfwd, jacrev
from .modules import functional_call, stack_module_state
from .vmap import vmap

# Imported when it is first used.
LATER: dict[str, tuple[str, ...]] = {
    "norms": ("replace_all_batch_norm_modules_",),
}
__getattr__, __dir__ = later(__name__, LATER)
__all__ = [
    "functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize",
    "replace_all_batch_norm_modules_", "stack_module_state", "vjp", "vmap",
]  # fmt: skip
