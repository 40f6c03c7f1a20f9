"""Parametrizations that are ready for use: weight and spectral normalisation, orthogonal matrices."""

from __future__ import annotations

from typing import Any

from ...engine.grad_mode import no_grad
from ...engine.tensor import Tensor
from .. import functional as F
from ..modules.module import Module
from .orthogonal_parametrization import orthogonal
from .parametrize import register_parametrization
from .power_iteration import as_matrix, draw, improve, norm_except_dim, output_dim, sigma, weight_from

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


class _WeightNorm(Module):
    """A tensor from its lengths and its directions."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Any:
        """``weight_g * weight_v / |weight_v|``."""
        return weight_from(weight_g, weight_v, self.dim)

    def right_inverse(self, weight: Tensor) -> Any:
        """The lengths, and the weight itself for the directions."""
        return norm_except_dim(weight, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Learn the length and the direction of a weight apart; returns `module`.

    ``original0`` is one length for each index along `dim` (a single one if it is None), ``original1``
    the direction.  State dicts of the older `nn.utils.weight_norm` can be loaded.  Salimans and
    Kingma (2016).

    >>> layer = mt.nn.utils.parametrizations.weight_norm(mt.nn.Linear(3, 2))
    >>> layer.parametrizations.weight.original0.shape
    torch.Size([2, 1])
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def rename(_: Module, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        old = [f"{prefix}{name}_g", f"{prefix}{name}_v"]
        if all(key in state_dict for key in old):
            for i, key in enumerate(old):
                state_dict[f"{prefix}parametrizations.{name}.original{i}"] = state_dict.pop(key)

    module.register_load_state_dict_pre_hook(rename)
    return module


class _SpectralNorm(Module):
    """A tensor divided by its largest singular value, which is followed by the power method."""

    _u: Tensor
    _v: Tensor

    def __init__(self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        self._check(weight.ndim, n_power_iterations, dim)
        self.dim, self.eps, self.n_power_iterations = dim % weight.ndim, eps, n_power_iterations
        if weight.ndim > 1:
            matrix = as_matrix(weight, self.dim)
            self.register_buffer("_u", draw(matrix, matrix.shape[0], eps))
            self.register_buffer("_v", draw(matrix, matrix.shape[1], eps))
            improve(matrix, self._u, self._v, eps, 15)

    def _check(self, ndim: int, n_power_iterations: int, dim: int) -> None:
        if not -ndim <= dim < ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [-{ndim}, {ndim - 1}] but got {dim})"
            )
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )

    def forward(self, weight: Tensor) -> Any:
        """`weight` with the spectral norm 1, as far as the two vectors know."""
        if weight.ndim == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            improve(matrix, self._u, self._v, self.eps, self.n_power_iterations)
        return weight / sigma(matrix, self._u, self._v)

    @no_grad()
    def right_inverse(self, value: Tensor) -> Tensor:
        """`value` itself, which is taken to have the norm 1."""
        return value


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12,
    dim: int | None = None,
) -> Module:  # fmt: skip
    """Divide a weight by its largest singular value whenever it is read; returns `module`.

    The weight is taken as a matrix with the outputs, `dim`, as rows: dimension 0, or 1 in transposed
    convolutions.  A vector is divided by its length.  The value is estimated by the power method: 15
    iterations at first, then `n_power_iterations` at each access in training.  Miyato et al. (2018).

    Raises ``ValueError`` for a name that is no tensor and for less than one iteration, ``IndexError``
    for a `dim` out of range.

    >>> _ = mt.manual_seed(0)
    >>> layer = mt.nn.utils.parametrizations.spectral_norm(mt.nn.Linear(3, 2))
    >>> np.linalg.norm(layer.weight.detach().numpy(), 2).round(3)
    np.float32(1.0)
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    made = _SpectralNorm(weight, n_power_iterations, output_dim(module, dim), eps)
    return register_parametrization(module, name, made)
