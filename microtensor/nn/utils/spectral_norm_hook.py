"""Spectral normalisation by a hook, the older form: the weight is computed before each forward.

`parametrizations.spectral_norm` is the newer form.  State dicts of before version 1, which held the
weight and not its right singular vector, are not converted.
"""

from __future__ import annotations

from typing import Any, TypeVar

from ...engine.grad_mode import no_grad
from ..modules.module import Module
from ..parameter import Parameter
from ..uninitialized_parameter import is_lazy
from .forward_pre_hooks import find, forbid_second, remove_hook
from .power_iteration import as_matrix, draw, improve, output_dim, sigma

__all__ = ["SpectralNorm", "remove_spectral_norm", "spectral_norm"]

M = TypeVar("M", bound=Module)


class SpectralNorm:
    """The hook: ``<name>_orig`` divided by its largest singular value.

    The singular vectors, ``<name>_u`` and ``<name>_v``, are improved by power iterations whenever the
    module runs in training.
    """

    version = 1

    def __init__(
        self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.name, self.n_power_iterations, self.dim, self.eps = name, n_power_iterations, dim, eps

    def compute_weight(self, module: Any, do_power_iteration: bool) -> Any:
        """The weight, of spectral norm 1 as far as the vectors know."""
        weight, u, v = (getattr(module, self.name + suffix) for suffix in ("_orig", "_u", "_v"))
        matrix = as_matrix(weight, self.dim)
        if do_power_iteration:
            improve(matrix.mH, v, u, self.eps, self.n_power_iterations)
        return weight / sigma(matrix, u, v)

    def __call__(self, module: Any, inputs: Any) -> None:
        """Make the weight anew."""
        setattr(module, self.name, self.compute_weight(module, module.training))

    def install(self, module: Any) -> None:
        """Put the original and the two vectors into the place of the weight."""
        forbid_second(module, SpectralNorm, self.name, "spectral_norm")
        weight = module._parameters[self.name]
        self._check(weight)
        rows, columns = as_matrix(weight.detach(), self.dim).shape
        vectors = draw(weight, rows, self.eps), draw(weight, columns, self.eps)
        delattr(module, self.name)
        module.register_parameter(self.name + "_orig", weight)
        # Not a parameter, and there before the first forward, since others may look for it.
        setattr(module, self.name, weight.data)
        for suffix, vector in zip(("_u", "_v"), vectors, strict=True):
            module.register_buffer(self.name + suffix, vector)
        module.register_forward_pre_hook(self)
        self.note = module.register_state_dict_post_hook(self._note_version)

    def _check(self, weight: Any) -> None:
        if weight is None:
            raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{self.name}` is None")
        if is_lazy(weight):
            raise ValueError(
                "The module passed to `SpectralNorm` can't have uninitialized parameters. Make sure to run "
                "the dummy forward before applying spectral normalization"
            )

    def _note_version(self, module: Any, state: Any, prefix: str, metadata: Any) -> None:
        metadata.setdefault("spectral_norm", {})[self.name + ".version"] = self.version

    def remove(self, module: Any) -> None:
        """Make the weight a parameter again, with the value that it has now."""
        with no_grad():
            weight = self.compute_weight(module, do_power_iteration=False)
        for suffix in ("", "_u", "_v", "_orig"):
            delattr(module, self.name + suffix)
        module.register_parameter(self.name, Parameter(weight))


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Divide a weight by its largest singular value before each forward; returns `module`.

    The weight is taken as a matrix with the outputs, `dim`, as rows: dimension 0, or 1 in transposed
    convolutions.  The value is estimated by the power method, `n_power_iterations` for each forward
    pass in training.  Miyato et al. (2018).

    Raises ``RuntimeError`` if it is there already; ``ValueError`` for less than one iteration, for a
    parameter that is None, and for a lazy module that has not run; ``KeyError`` for an unknown name.

    >>> layer = mt.nn.utils.spectral_norm(mt.nn.Linear(3, 2))
    >>> sorted(layer.state_dict())
    ['bias', 'weight_orig', 'weight_u', 'weight_v']
    """
    SpectralNorm(name, n_power_iterations, output_dim(module, dim), eps).install(module)
    return module


def remove_spectral_norm(module: M, name: str = "weight") -> M:
    """Undo `spectral_norm`, keeping the value of the weight; ``ValueError`` if it is not there.

    >>> mt.nn.utils.remove_spectral_norm(mt.nn.utils.spectral_norm(mt.nn.Linear(3, 2)))
    Linear(in_features=3, out_features=2, bias=True)
    """
    hook = find(module, SpectralNorm, name)
    if hook is None:
        raise ValueError(f"spectral_norm of '{name}' not found in {module}")
    hook.remove(module)
    remove_hook(module, hook)
    hook.note.remove()
    return module
