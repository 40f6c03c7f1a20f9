"""Layers that learn the size of their input from the first input.

Until then their parameters have no shape (see `uninitialized`).  The first call fills them in, before
``forward`` runs, and the layer becomes an ordinary one: of the ordinary class, without a trace of
having been lazy.
"""

from __future__ import annotations

import itertools
from typing import Any

from ....creation import from_data
from ....engine import dtypes
from ....engine.attributes.dtype_objects import DtypeLike
from ....engine.grad_mode import no_grad
from ....engine.size_device import DeviceLike
from ...uninitialized_parameter import UninitializedBuffer, UninitializedParameter, is_lazy
from ..batchnorm import BatchNorm1d
from ..linear import Linear


class LazyModuleMixin:
    """What makes a module lazy: put it before the ordinary class, and say in which class it ends.

    The constructor assigns uninitialised parameters, and `initialize_parameters` materialises them
    when the first input is there.  A state dict of a module that has run can be loaded into one that
    has not.

    >>> class LazyScale(mt.nn.modules.lazy.LazyModuleMixin, mt.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.scale = mt.nn.UninitializedParameter()
    ...     def initialize_parameters(self, x):
    ...         self.scale.materialize(x.shape[-1:])
    ...         mt.nn.init.ones_(self.scale)
    ...     def forward(self, x):
    ...         return self.scale * x
    >>> LazyScale()(mt.zeros(2, 3)).shape
    torch.Size([2, 3])
    """

    cls_to_become: type | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        this: Any = self
        self._load_hook = this.register_load_state_dict_pre_hook(_materialize_for)
        self._initialize_hook = this.register_forward_pre_hook(_infer_parameters, with_kwargs=True)

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Materialise the parameters for this input: to be defined by every lazy module.

        >>> class Lazy(mt.nn.modules.lazy.LazyModuleMixin, mt.nn.Module):
        ...     pass
        >>> Lazy().initialize_parameters()
        Traceback (most recent call last):
        NotImplementedError: initialize_parameters is not implemented for Lazy
        """
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def has_uninitialized_params(self) -> bool:
        """Whether some parameter or buffer has no shape yet.

        >>> mt.nn.LazyLinear(2).has_uninitialized_params()
        True
        """
        return any(is_lazy(tensor) for tensor in _tensors(self).values())


def _tensors(module: Any) -> dict[str, Any]:
    return dict(itertools.chain(module._parameters.items(), module._buffers.items()))


def _materialize_for(module: Any, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
    """Give what has no shape yet the shape that a state dict has for it."""
    for name, held in _tensors(module).items():
        given = state_dict.get(prefix + name)
        if is_lazy(held) and given is not None and not is_lazy(given):
            held.materialize(given.shape)


def _infer_parameters(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Before the first forward: materialise, and become an ordinary module."""
    module.initialize_parameters(*args, **kwargs)
    if module.has_uninitialized_params():
        raise RuntimeError(f"module {module._get_name()} has not been fully initialized")
    for name in ("_initialize_hook", "_load_hook"):
        getattr(module, name).remove()
        delattr(module, name)
    if not module._call_hooks:
        vars(module).pop("_call_hooks", None)  # so that calls are fast from now on
    if module.cls_to_become is not None:
        module.__class__ = module.cls_to_become


def lazy_parameters(module: Any, where: dict[str, Any], **wanted: bool) -> None:
    """Uninitialised parameters under these names, for those that are wanted."""
    for name, present in wanted.items():
        if present:
            setattr(module, name, UninitializedParameter(**where))


def settle(module: Any, shapes: dict[str, Any]) -> None:
    """Materialise what has no shape yet, and draw the first values."""
    with no_grad():
        for name, shape in shapes.items():
            if is_lazy(getattr(module, name)):
                getattr(module, name).materialize(shape)
        module.reset_parameters()


class LazyLinear(LazyModuleMixin, Linear):
    """A `Linear` whose `in_features` is the length of the last dimension of its first input.

    Raises ``AssertionError`` if weights were loaded that do not fit that input.

    >>> layer = mt.nn.LazyLinear(2)
    >>> layer.weight
    <UninitializedParameter>
    >>> _ = layer(mt.zeros(5, 3))
    >>> layer
    Linear(in_features=3, out_features=2, bias=True)
    """

    cls_to_become = Linear

    def __init__(
        self, out_features: int, bias: bool = True, device: DeviceLike = None, dtype: DtypeLike = None
    ) -> None:
        super().__init__(0, 0, False)
        lazy_parameters(self, {"device": device, "dtype": dtype}, weight=True, bias=bias)
        self.out_features = out_features

    def reset_parameters(self) -> None:
        """Draw new weights, if their shape is known."""
        if not self.has_uninitialized_params() and self.in_features:
            super().reset_parameters()

    def initialize_parameters(self, input: Any) -> None:
        """Take `in_features` from the input."""
        size = input.shape[-1]
        if self.has_uninitialized_params():
            self.in_features = size
            settle(self, {"weight": (self.out_features, size), "bias": (self.out_features,)})
        elif size != self.weight.shape[-1]:
            raise AssertionError(
                f"The in_features inferred from input: {size} is not equal to in_features from "
                f"self.weight: {self.weight.shape[-1]}"
            )
        self.in_features = size


class LazyNorm(LazyModuleMixin):
    """A batch or instance normalisation whose `num_features` is the length of dimension 1.

    It goes before the ordinary class, which is also what it becomes.
    """

    def __init__(
        self, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, device: DeviceLike = None, dtype: DtypeLike = None, *,
        bias: bool = True,
    ) -> None:  # fmt: skip
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        super().__init__(0, eps, momentum, False, False, **where, bias=False)
        self.num_features, self.affine, self.track_running_stats = 0, affine, track_running_stats
        lazy_parameters(self, where, weight=affine, bias=affine and bias)
        if track_running_stats:
            self.running_mean, self.running_var = UninitializedBuffer(**where), UninitializedBuffer(**where)
            self.num_batches_tracked = from_data.tensor(0, dtype=dtypes.int64)

    def reset_parameters(self) -> None:
        """Forget all batches, if the shapes are known."""
        if not self.has_uninitialized_params() and self.num_features:
            super().reset_parameters()  # type: ignore[misc]

    def initialize_parameters(self, input: Any) -> None:
        """Take `num_features` from the input."""
        fresh, self.num_features = self.has_uninitialized_params(), input.shape[1]
        if fresh:
            names = ("weight", "bias", "running_mean", "running_var")
            settle(self, dict.fromkeys(names, (self.num_features,)))


class LazyBatchNorm1d(LazyNorm, BatchNorm1d):  # type: ignore[misc]
    """A `BatchNorm1d` whose `num_features` is the length of dimension 1 of its first input.

    >>> layer = mt.nn.LazyBatchNorm1d()
    >>> _ = layer(mt.zeros(5, 3))
    >>> layer.num_features
    3
    """

    cls_to_become = BatchNorm1d
