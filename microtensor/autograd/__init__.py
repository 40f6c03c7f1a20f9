"""Differentiation as a function: ``grad`` and ``backward``, beside the Tensor's own methods.

| module | what is in it |
|---|---|
| `grad_backward` | grad and backward |
| `function` | Function: an op with a backward of one's own |
| `functional` | jacobian, hessian, vjp, jvp, vhp, hvp |
| `forward_ad` | forward mode: dual tensors |
| `graph`, `saved_tensor_hooks`, `observers` | nodes, hooks on what they save, and who watches a pass |
| `tensor_hooks`, `tensor_name` | register_hook and its family; what a tensor is called |
| `gradcheck`, `checking` | gradients against finite differences |
| `anomaly_mode`, `diagnosis` | where a NaN came from, and why a tensor has no gradient |
| `multithreading` | passes in several threads |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _lazy
from . import anomaly_mode, forward_ad, function, functional, grad_backward, graph, saved_tensor, tensor_hooks
from .gradcheck import gradcheck as gradcheck  # a module and a function: the package shows the function

if TYPE_CHECKING:
    from ._public import *

__getattr__, __dir__ = _lazy.publish(__name__)
