"""What every way of pruning shares: a mask beside the original, multiplied before each forward.

The parameter ``weight`` becomes ``weight_orig``, the buffer ``weight_mask`` says what is left of it,
and ``weight`` is their product, made anew by a forward pre-hook, so that only what is left learns.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

from ...creation import factories as creation
from ...engine.tensor import Tensor
from ..modules.module import Module
from .forward_pre_hooks import hooks_of, remove_hook

__all__ = ["BasePruningMethod", "PruningContainer"]


class BasePruningMethod(ABC):
    """The base of all pruning methods: a subclass gives `compute_mask` and `PRUNING_TYPE`.

    `PRUNING_TYPE` is ``"unstructured"`` (elements), ``"structured"`` (channels along the attribute
    `dim`) or ``"global"`` (everything), and says what a second pruning may choose from.

    >>> class Odd(mt.nn.utils.prune.BasePruningMethod):
    ...     PRUNING_TYPE = "unstructured"
    ...     def compute_mask(self, t, default_mask):
    ...         mask = default_mask.clone()
    ...         mask.view(-1)[1::2] = 0
    ...         return mask
    >>> layer = mt.nn.Linear(4, 1)
    >>> method = Odd.apply(layer, "weight")
    >>> layer.weight_mask
    tensor([[1., 0., 1., 0.]])
    """

    _tensor_name: str
    PRUNING_TYPE: ClassVar[str]

    def __call__(self, module: Any, inputs: Any) -> None:
        """Make the pruned tensor anew."""
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Any:
        """The mask for scores `t`, of their shape, given the mask of earlier prunings."""

    def apply_mask(self, module: Any) -> Any:
        """The product of original and mask."""
        mask, original = (getattr(module, self._tensor_name + end) for end in ("_mask", "_orig"))
        return mask.to(dtype=original.dtype) * original

    @classmethod
    def apply(
        cls, module: Any, name: str, *args: Any, importance_scores: Tensor | None = None, **kwargs: Any
    ) -> BasePruningMethod:
        """Prune the tensor `name` of a module, by its own magnitudes or by `importance_scores`.

        The other arguments are the constructor's.  On a tensor that is pruned already, the new method
        chooses from what is left.  Raises ``AssertionError`` for scores of another shape; if the mask
        cannot be computed, the module is as before.
        """
        earlier = _method_on(module, name)
        method = _joined(earlier, cls(*args, **kwargs), name)
        original = getattr(module, name)
        scores = original if importance_scores is None else importance_scores
        _check_scores(scores, original, f"parameter {name} of {module}")
        held = None if earlier is None else getattr(module, name + "_mask").detach().clone()
        before = creation.ones_like(original) if held is None else held
        mask = method.compute_mask(scores, default_mask=before)
        _hang_up(module, name, mask, method, earlier)
        return method

    def prune(
        self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Tensor | None = None
    ) -> Any:
        """`t` with the mask applied, without a module.

        >>> mt.nn.utils.prune.L1Unstructured(1).prune(mt.tensor([3.0, -1.0, 2.0]))
        tensor([3., -0., 2.])
        """
        scores = t if importance_scores is None else importance_scores
        _check_scores(scores, t, "tensor t")
        before = creation.ones_like(t) if default_mask is None else default_mask
        return t * self.compute_mask(scores, default_mask=before)

    def remove(self, module: Any) -> None:
        """Make the pruned tensor the parameter; what was pruned stays zero."""
        name = self._tensor_name
        value = self.apply_mask(module)
        original = getattr(module, name + "_orig")
        for suffix in ("", "_orig", "_mask"):
            delattr(module, name + suffix)
        original.data = value.data
        setattr(module, name, original)


def _method_on(module: Module, name: str) -> Any:
    """The method that prunes this tensor already, or None."""
    found = (h for h in hooks_of(module) if isinstance(h, BasePruningMethod) and h._tensor_name == name)
    return next(found, None)


def _joined(earlier: Any, new: BasePruningMethod, name: str) -> BasePruningMethod:
    new._tensor_name = name
    if earlier is None:
        return new
    return PruningContainer(*(earlier if isinstance(earlier, PruningContainer) else [earlier]), new)


def _check_scores(scores: Tensor, t: Tensor, what: str) -> None:
    if scores.shape != t.shape:
        raise AssertionError(
            f"importance_scores should have the same shape as {what}, got {tuple(scores.shape)} vs "
            f"{tuple(t.shape)}"
        )


def _hang_up(module: Any, name: str, mask: Tensor, method: Any, earlier: Any) -> None:
    """Change the module, once the mask is known."""
    if earlier is None:
        original = getattr(module, name)
        module.register_parameter(name + "_orig", original)
        delattr(module, name)
    else:
        remove_hook(module, earlier)
    module.register_buffer(name + "_mask", mask)
    method(module, None)
    module.register_forward_pre_hook(method)


class PruningContainer(BasePruningMethod):
    """Several pruning methods on one tensor, in order.

    Raises ``TypeError`` for what is no method, ``ValueError`` for one on another tensor.
    """

    def __init__(self, *args: BasePruningMethod) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        if args:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: Any) -> None:
        """One more, which chooses from what the others leave."""
        if not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if self._tensor_name != method._tensor_name:
            raise ValueError(
                f"Can only add pruning methods acting on the parameter named '{self._tensor_name}' to "
                f"PruningContainer {self}. Found '{method._tensor_name}'"
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, index: int) -> BasePruningMethod:
        return self._pruning_methods[index]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Any:
        """`default_mask`, in which the last method masks some of what is left."""
        method = self._pruning_methods[-1]
        left = _left(method, t, default_mask)
        mask = default_mask.to(dtype=t.dtype).clone()
        part = method.compute_mask(t[left], default_mask=default_mask[left])
        mask[left] = part.to(dtype=mask.dtype)
        return mask


def _left(method: Any, t: Tensor, mask: Any) -> Any:
    """An index of what the method may choose from."""
    if method.PRUNING_TYPE == "unstructured":
        return mask == 1
    key: list[Any] = [slice(None)] * t.ndim
    if method.PRUNING_TYPE == "structured":
        if not hasattr(method, "dim"):
            raise AttributeError(
                'Pruning methods of PRUNING_TYPE "structured" need to have the attribute `dim` defined.'
            )
        dim = method.dim + t.ndim * (method.dim < 0)
        if dim < 0:
            raise IndexError(f"Index is out of bounds for tensor with dimensions {t.ndim}")
        key[dim] = mask.sum(dim=tuple(d for d in range(t.ndim) if d != dim)) != 0
    elif method.PRUNING_TYPE != "global":
        raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
    return tuple(key)
