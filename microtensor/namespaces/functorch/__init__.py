"""What PyTorch installs as the package ``functorch``: the transforms of `func`, and modules as functions."""

from __future__ import annotations

from microtensor.func import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, vjp, vmap
from microtensor.func.functionalize import functionalize

from .._functorch.make_functional import (
    FunctionalModule,
    FunctionalModuleWithBuffers,
    combine_state_for_ensemble,
    make_functional,
    make_functional_with_buffers,
)

__all__ = [
    "FunctionalModule", "FunctionalModuleWithBuffers", "combine_state_for_ensemble", "functionalize", "grad",
    "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "make_functional", "make_functional_with_buffers",
    "vjp", "vmap",
]  # fmt: skip
