"""Pruning: setting weights to zero that matter least, or at random, and keeping them there.

Each method is a class and a function; `pruning` holds what they share.  Han et al., "Learning both
weights and connections for efficient neural networks" (2015).
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from typing import Any

from ... import random as random_
from ...creation import factories as creation
from ...engine.tensor import Tensor
from ...ops.indexing.sorting import topk
from ...ops.reductions.norm import norm
from ..modules.module import Module
from .convert_parameters import parameters_to_vector
from .forward_pre_hooks import hooks_of, remove_hook
from .prune_methods import BasePruningMethod, PruningContainer, _method_on

__all__ = [
    "BasePruningMethod",
    "CustomFromMask",
    "Identity",
    "L1Unstructured",
    "LnStructured",
    "PruningContainer",
    "RandomStructured",
    "RandomUnstructured",
    "custom_from_mask",
    "global_unstructured",
    "identity",
    "is_pruned",
    "l1_unstructured",
    "ln_structured",
    "random_structured",
    "random_unstructured",
    "remove",
]

Amount = float  # an int is a number of units, a float a fraction of them


class Identity(BasePruningMethod):
    """Prunes nothing, and puts a mask of ones there."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Any:
        """The mask as it is."""
        return default_mask


class _Some(BasePruningMethod):
    """Prunes a number, or a fraction, of what there is."""

    def __init__(self, amount: Amount) -> None:
        _check_amount(amount)
        self.amount = amount

    def _count(self, size: int) -> int:
        """How many of `size` units to prune; ``ValueError`` if there are not so many."""
        if not isinstance(self.amount, int):
            return round(self.amount * size)
        if self.amount > size:
            raise ValueError(
                f"amount={self.amount} should be smaller than the number of parameters to prune={size}"
            )
        return self.amount


class RandomUnstructured(_Some):
    """Prunes elements at random.

    >>> _ = mt.manual_seed(0)
    >>> RandomUnstructured(2).prune(mt.ones(4))
    tensor([0., 0., 1., 1.])
    """

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Any:
        """The mask without some elements."""
        return _without(default_mask, random_.rand_like, t, self._count(t.numel()), largest=True)


class L1Unstructured(_Some):
    """Prunes the elements of smallest magnitude.

    >>> L1Unstructured(0.5).prune(mt.tensor([3.0, 1.0, 2.0, 4.0]))
    tensor([3., 0., 0., 4.])
    """

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Any:
        """The mask without the smallest elements."""
        return _without(default_mask, abs, t, self._count(t.numel()), largest=False)


def _without(mask: Tensor, score: Any, t: Tensor, count: int, largest: bool) -> Any:
    """`mask` with zeros where `score` has its `count` largest, or smallest, elements."""
    mask = mask.clone()
    if count:
        flat = mask.reshape(-1)
        flat[topk(score(t.detach()).reshape(-1), count, largest=largest)[1]] = 0
        mask = flat.reshape(mask.shape)
    return mask


class _Channels(_Some):
    """Prunes whole channels along `dim`."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: Amount, dim: int = -1) -> None:
        super().__init__(amount)
        self.dim = dim

    def _keep(self, t: Tensor, channels: int, count: int) -> Any:
        """An index of the channels that stay."""
        raise NotImplementedError

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Any:
        """The mask without some channels.

        Raises ``ValueError`` for a tensor of one dimension, ``IndexError`` if `dim` is out of range.
        """
        _check_structure(t, self.dim)
        channels = t.shape[self.dim]
        count = self._count(channels)
        if not count:
            return default_mask
        mask = creation.zeros_like(t, requires_grad=False)
        key: list[Any] = [slice(None)] * t.ndim
        key[self.dim] = self._keep(t.detach(), channels, count)
        mask[tuple(key)] = 1
        return mask * default_mask.to(dtype=mask.dtype)


class RandomStructured(_Channels):
    """Prunes channels along `dim` at random."""

    def _keep(self, t: Tensor, channels: int, count: int) -> Any:
        draws = random_.rand(channels)
        return draws > topk(draws, count, largest=False)[0][-1]


class LnStructured(_Channels):
    """Prunes the channels along `dim` whose `n`-norm is smallest.

    >>> LnStructured(1, n=2, dim=0).prune(mt.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[0., 0.],
            [3., 4.]])
    """

    def __init__(self, amount: Amount, n: Any, dim: int = -1) -> None:
        super().__init__(amount, dim)
        self.n = n

    def _keep(self, t: Tensor, channels: int, count: int) -> Any:
        others = tuple(d for d in range(t.ndim) if d != self.dim % t.ndim)
        return topk(norm(t, self.n, others), channels - count)[1]


class CustomFromMask(BasePruningMethod):
    """Prunes where a given mask is zero."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Any:
        """The two masks together; ``AssertionError`` if their shapes differ."""
        if default_mask.shape != self.mask.shape:
            raise AssertionError(
                f"default_mask shape {tuple(default_mask.shape)} must match self.mask shape "
                f"{tuple(self.mask.shape)}"
            )
        return default_mask * self.mask.to(dtype=default_mask.dtype)


def _check_amount(amount: Any) -> None:
    if not isinstance(amount, numbers.Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    if not 0 <= float(amount) <= (math.inf if isinstance(amount, numbers.Integral) else 1):
        raise ValueError(
            f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer"
        )


def _check_structure(t: Tensor, dim: int) -> None:
    if t.ndim <= 1:
        raise ValueError(
            "Structured pruning can only be applied to multidimensional tensors. Found tensor of shape "
            f"{tuple(t.shape)} with {t.ndim} dims"
        )
    if dim >= t.ndim:
        raise IndexError(f"Invalid index {dim} for tensor of size {tuple(t.shape)}")


# ------------------------------------------------------------------ functions


def identity(module: Module, name: str) -> Module:
    """Give the tensor a mask of ones; returns `module`, as all of these do.

    >>> identity(mt.nn.Linear(2, 1), "weight").weight_mask
    tensor([[1., 1.]])
    """
    Identity.apply(module, name)
    return module


def random_unstructured(module: Module, name: str, amount: Amount) -> Module:
    """Prune an `amount` of the elements, a number or a fraction, at random."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(
    module: Module, name: str, amount: Amount, importance_scores: Tensor | None = None
) -> Module:
    """Prune the `amount` of elements, a number or a fraction, that are smallest.

    >>> layer = l1_unstructured(mt.nn.Linear(3, 2), "weight", amount=0.5)
    >>> int(layer.weight_mask.sum()), sorted(layer.state_dict())
    (3, ['bias', 'weight_mask', 'weight_orig'])
    """
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: Module, name: str, amount: Amount, dim: int) -> Module:
    """Prune an `amount` of the channels along `dim`, a number or a fraction, at random."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: Module, name: str, amount: Amount, n: Any, dim: int, importance_scores: Tensor | None = None
) -> Module:
    """Prune the `amount` of channels along `dim` whose `n`-norm is smallest."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Module, name: str, mask: Tensor) -> Module:
    """Prune where `mask` is zero.

    >>> layer = custom_from_mask(mt.nn.Linear(2, 1), "weight", mt.tensor([[1, 0]]))
    >>> float(layer.weight[0, 1])
    0.0
    """
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Module, str]],
    pruning_method: type[BasePruningMethod],
    importance_scores: dict[tuple[Module, str], Tensor] | None = None,
    **kwargs: Any,
) -> None:
    """Prune several tensors, ``(module, name)``, as one: by one method, with its arguments.

    Raises ``TypeError`` for a method that is not unstructured.

    >>> a, b = mt.nn.Linear(2, 2), mt.nn.Linear(2, 2)
    >>> both = [(a, "weight"), (b, "weight")]
    >>> global_unstructured(both, L1Unstructured, amount=3)
    >>> int(a.weight_mask.sum() + b.weight_mask.sum())
    5
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    if not isinstance(importance_scores, dict | None):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    parameters, given = list(parameters), importance_scores or {}
    scores = parameters_to_vector([given.get(p, getattr(*p)) for p in parameters])
    masks = parameters_to_vector([_mask_of(*p) for p in parameters])
    mask = _whole_method(pruning_method, kwargs).compute_mask(scores, masks)
    sizes = [getattr(*p).numel() for p in parameters]
    for (module, name), part in zip(parameters, mask.split(sizes), strict=True):
        custom_from_mask(module, name, mask=part.reshape(getattr(module, name).shape))


def _mask_of(module: Module, name: str) -> Any:
    held = getattr(module, name + "_mask", None)
    return creation.ones_like(getattr(module, name)) if held is None else held


def _whole_method(pruning_method: Any, kwargs: dict[str, Any]) -> PruningContainer:
    method = pruning_method(**kwargs)
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method '
            f"{pruning_method} of type {method.PRUNING_TYPE}"
        )
    method._tensor_name = "all"
    return PruningContainer(method)


def remove(module: Module, name: str) -> Module:
    """Make the pruned tensor an ordinary parameter, zeros included; ``ValueError`` if it is not pruned.

    >>> sorted(remove(identity(mt.nn.Linear(2, 1), "weight"), "weight").state_dict())
    ['bias', 'weight']
    """
    method = _method_on(module, name)
    if method is None:
        raise ValueError(
            f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed"
        )
    method.remove(module)
    remove_hook(module, method)
    return module


def is_pruned(module: Module) -> bool:
    """Whether some tensor of the module or of its descendants is pruned.

    >>> is_pruned(mt.nn.Linear(1, 1))
    False
    """
    return any(isinstance(h, BasePruningMethod) for _, m in module.named_modules() for h in hooks_of(m))
