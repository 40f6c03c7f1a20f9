"""Which dtype a function computes in under autocast, and the casts of its arguments.

The lists are those of PyTorch 2.13 for the CPU (its table "CPU Op-Specific Behavior", and what its functions
are seen to return): products are computed in the lower precision, losses, decompositions and transforms in
float32, and what joins tensors in the widest dtype among them.  All other functions take what comes.
Functions that PyTorch makes of these, as `einsum`, are cast where they call them.

A function that is in a list casts its arguments and then runs without autocast.  float64 is never cast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from microtensor import Tensor
from microtensor.engine.attributes.dtype_objects import float32, float64
from microtensor.engine.grad_mode import is_grad_enabled
from microtensor.engine.overriding.dispatch import MISSING, uncast

__all__ = ["FLOAT32", "LOWER", "PROMOTED", "Casting"]

LOWER = frozenset([
    "addbmm", "addmm", "baddbmm", "bmm", "conv1d", "conv2d", "conv3d", "conv_tbc", "conv_transpose1d",
    "conv_transpose2d", "conv_transpose3d", "elman", "linear", "lstm", "matmul", "mm", "prelu",
    "scaled_dot_product_attention", "vecdot",
])  # fmt: skip
"""Functions, by their names, that compute in the dtype of autocast."""

FLOAT32 = frozenset([
    "adaptive_avg_pool3d", "adaptive_max_pool3d", "avg_pool3d", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "cdist", "cholesky", "cholesky_ex", "cholesky_inverse",
    "cholesky_solve", "cond", "cosine_embedding_loss", "cross_entropy", "ctc_loss", "eig", "eigh", "eigvals",
    "eigvalsh", "fft", "fft2", "fftn", "fractional_max_pool2d", "fractional_max_pool3d", "geqrf",
    "grid_sample", "hfft", "hinge_embedding_loss", "householder_product", "huber_loss", "ifft", "ifft2",
    "ifftn", "ihfft", "inv", "inv_ex", "inverse", "irfft", "irfft2", "irfftn", "kl_div", "l1_loss", "lstsq",
    "lu", "lu_solve", "margin_ranking_loss", "matrix_rank", "max_pool3d", "max_unpool2d", "max_unpool3d",
    "mse_loss", "multi_margin_loss", "multilabel_margin_loss", "nanquantile",
    "nll_loss", "orgqr", "ormqr", "pinverse", "poisson_nll_loss", "polar", "prod", "qr", "quantile", "rfft",
    "rfft2", "rfftn", "smooth_l1_loss", "soft_margin_loss", "solve", "stft", "svd", "svdvals", "tensorinv",
    "tensorsolve", "trace", "triangular_solve", "triplet_margin_loss", "view_as_complex",
])  # fmt: skip
"""Functions that compute in float32."""

PROMOTED = frozenset(["cat", "index_copy", "stack"])
"""Functions that compute in the widest dtype among their arguments."""

_PLAIN = frozenset(["addbmm_", "addmm_", "baddbmm_", "bilinear"])
"""Functions that call some of `LOWER` and compute in the dtype of their arguments nevertheless."""

Cast = Callable[[Any], Any]


@dataclass(frozen=True)
class Casting:
    """The caster of a thread in which autocast is on: to `dtype`, keeping casts of weights in `cache`."""

    dtype: Any
    cached: bool
    cache: dict[tuple[int, Any, int, bool], tuple[Tensor, Tensor]]

    def __call__(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What `function` gives for cast arguments; `MISSING` if it is in no list."""
        policy = self._policy(getattr(function, "__name__", ""), args, kwargs)
        if policy is None:
            return MISSING
        with uncast():
            if kwargs.get("out") is None:
                args = tuple([_mapped(value, policy) for value in args])
                kwargs = {name: _mapped(value, policy) for name, value in kwargs.items()}
            return function(*args, **kwargs)

    def _policy(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Cast | None:
        if name in LOWER:
            return self.lowered
        if name in FLOAT32 or (name == "pad" and _pads_in_float32(args, kwargs)):
            return _single
        if name in PROMOTED:
            return self._promoted((*args, *kwargs.values()))
        if name == "gru":
            return self.lowered if args[0].dtype is self.dtype else _single
        vectors = name == "inner" and all(x.ndim == 1 for x in args)
        return _kept if vectors or name in _PLAIN else None

    def lowered(self, x: Any) -> Any:
        """`x` in the lower precision: for a weight, the same tensor each time while autocast lasts."""
        if not _eligible(x) or x.dtype is self.dtype:
            return x
        if not (self.cached and x.dtype is float32 and x.requires_grad and x.is_leaf and x._view is None):
            return x.to(self.dtype)
        key = id(x), self.dtype, x._version, is_grad_enabled()
        if key not in self.cache:
            self.cache[key] = x, x.to(self.dtype)
        return self.cache[key][1]

    def _promoted(self, values: tuple[Any, ...]) -> Cast:
        found = {x.dtype for x in _tensors(values) if _eligible(x)}
        if not found <= {float32, self.dtype}:
            raise RuntimeError(
                f"autocast to {self.dtype}: tensors of {', '.join(sorted(map(str, found)))} have no common "
                f"dtype; expected float32 and {self.dtype} alone, so cast the others first"
            )
        return _single if float32 in found else _kept


def _kept(x: Any) -> Any:
    return x


def _single(x: Any) -> Any:
    return x.to(float32) if _eligible(x) and x.dtype is not float32 else x


def _eligible(x: Any) -> bool:
    return isinstance(x, Tensor) and x.is_floating_point() and x.dtype is not float64


def _mapped(value: Any, cast: Cast) -> Any:
    """`value` with its tensors cast, also those in lists and tuples."""
    if type(value) in (list, tuple):
        return type(value)([_mapped(item, cast) for item in value])
    return cast(value)


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif type(value) in (list, tuple):
        for item in value:
            yield from _tensors(item)


def _pads_in_float32(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a call of `pad` replicates, or reflects in one or two dimensions."""
    widths, mode = [*args[1:3], *(kwargs[name] for name in ("pad", "mode") if name in kwargs), "", ""][:2]
    return mode == "replicate" or (mode == "reflect" and len(widths) <= 4)
