"""What is done to a network's parameters and gradients as a whole, under PyTorch's names."""

from ..._later import later
from .clip_grad import clip_grad_norm_, clip_grad_value_
from .convert_parameters import parameters_to_vector, vector_to_parameters

__all__ = ["clip_grad_norm_", "clip_grad_value_", "parameters_to_vector", "vector_to_parameters"]

LATER: dict[str, tuple[str, ...]] = {
    "rnn": (),
}
__getattr__, __dir__ = later(__name__, LATER)
