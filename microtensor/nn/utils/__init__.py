"""What is done to a network's parameters and gradients as a whole, under PyTorch's names."""

from ..._later import later
from .clip_grad import (
    clip_grad_norm,
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
)
from .convert_parameters import parameters_to_vector, vector_to_parameters

__all__ = [
    "clip_grad_norm",
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "get_total_norm",
    "parameters_to_vector",
    "vector_to_parameters",
]

LATER: dict[str, tuple[str, ...]] = {
    "rnn": (),
    "init": ("skip_init",),
    "old_spectral_norm": ("remove_spectral_norm", "spectral_norm"),
    "old_weight_norm": ("remove_weight_norm", "weight_norm"),
    "parametrizations": (),
    "parametrize": (),
    "prune": (),
    "stateless": (),
}
__getattr__, __dir__ = later(__name__, LATER)
